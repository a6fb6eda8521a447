"""Typed arrays in PostgreSQL's binary form, built whole: psycopg's own lists cost more than the insert."""

from collections.abc import Iterable, Sequence
from itertools import chain, repeat
from operator import is_
from struct import Struct, pack
from typing import Any, ClassVar
from uuid import UUID

from psycopg import Connection
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEADER = Struct(">iiIii")  # dimensions, has nulls, element type, length, lower bound
_EMPTY = Struct(">iiI")
_LENGTH = Struct(">i").pack
_NULL = _LENGTH(-1)
_SIXTEEN = _LENGTH(16)


class Array(bytes):
    """An encoded array; its class says of what."""

    element: ClassVar[int]
    oid: ClassVar[int]

    @classmethod
    def _of(cls, length: int, parts: Iterable[bytes]) -> "Array":
        if length == 0:
            return cls(_EMPTY.pack(0, 0, cls.element))
        return cls(_HEADER.pack(1, 1, cls.element, length, 1) + b"".join(parts))


class Uuids(Array):
    """A `uuid[]`."""

    element, oid = 2950, 2951

    @classmethod
    def of(cls, values: Sequence[UUID | None]) -> Array:
        if None in values:
            return cls._of(len(values), [_NULL if v is None else _SIXTEEN + v.bytes for v in values])
        if values and all(map(is_, values, repeat(values[0]))):  # one tenant, one conversation
            return cls.of_bytes([values[0].bytes] * len(values))  # type: ignore[union-attr]
        return cls.of_bytes([v.int.to_bytes(16, "big") for v in values])  # type: ignore[union-attr]

    @classmethod
    def of_bytes(cls, values: Sequence[bytes]) -> Array:
        return cls._of(len(values), (_SIXTEEN, _SIXTEEN.join(values)))


class Bigints(Array):
    """A `bigint[]`."""

    element, oid = 20, 1016

    @classmethod
    def of(cls, values: Sequence[int | None]) -> Array:
        if None in values:
            return cls._of(len(values), [_NULL if v is None else pack(">iq", 8, v) for v in values])
        lengths = chain.from_iterable((8, value) for value in values)
        return cls._of(len(values), (pack(">" + "iq" * len(values), *lengths),))


class Integers(Array):
    """An `integer[]`."""

    element, oid = 23, 1007

    @classmethod
    def of(cls, values: Sequence[int]) -> Array:
        lengths = chain.from_iterable((4, value) for value in values)
        return cls._of(len(values), (pack(">" + "ii" * len(values), *lengths),))


class Byteas(Array):
    """A `bytea[]`."""

    element, oid = 17, 1001

    @classmethod
    def of(cls, values: Sequence[bytes]) -> Array:
        return cls._of(len(values), chain.from_iterable((_LENGTH(len(v)), v) for v in values))


class Jsons(Byteas):
    """A `json[]` of UTF-8 bytes."""

    element, oid = 114, 199


class Texts(Array):
    """A `text[]`."""

    element, oid = 25, 1009

    @classmethod
    def of(cls, values: Iterable[str]) -> Array:
        known: dict[str, bytes] = {}
        encoded = [known.get(value) or known.setdefault(value, value.encode()) for value in values]
        return cls._of(len(encoded), [_LENGTH(len(v)) + v for v in encoded])


class _ArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Array) -> bytes:
        return obj


def register_arrays(db: Connection[Any]) -> None:
    """Let these classes be passed as parameters (`%b`) of this connection."""
    for array in (Uuids, Bigints, Integers, Byteas, Jsons, Texts):
        dumper = type(f"{array.__name__}Dumper", (_ArrayDumper,), {"oid": array.oid})
        db.adapters.register_dumper(array, dumper)
