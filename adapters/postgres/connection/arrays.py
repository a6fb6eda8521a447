"""Array parameters in PostgreSQL's binary format, with a fixed type.

psycopg derives the type of a list from its values (empty, small, large), and each type would be another
prepared statement.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, repeat
from operator import is_
from struct import Struct, pack
from typing import Any, ClassVar, cast
from uuid import UUID

from psycopg import AsyncConnection, Connection
from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEADER = Struct(">iiIii")  # dimensions, has nulls, element type, length, lower bound
_EMPTY = Struct(">iiI")
_LENGTH = Struct(">i").pack
_NULL = _LENGTH(-1)
_SIXTEEN = _LENGTH(16)


class Array:
    """An encoded array; the subclass determines the element type."""

    __slots__ = ("encoded",)

    element: ClassVar[int]
    oid: ClassVar[int]

    def __init__(self, length: int, parts: Iterable[bytes]) -> None:
        if length == 0:
            self.encoded = _EMPTY.pack(0, 0, self.element)
        else:
            self.encoded = b"".join((_HEADER.pack(1, 1, self.element, length, 1), *parts))


class Uuids(Array):
    """A `uuid[]`."""

    element, oid = 2950, 2951

    @classmethod
    def of(cls, values: Sequence[UUID | None]) -> Array:
        first = values[0] if values else None
        if first is not None and all(map(is_, values, repeat(first))):  # often one tenant or conversation
            return cls.of_bytes([first.bytes] * len(values))
        if any(map(is_, values, repeat(None))):
            return cls(len(values), [_NULL if v is None else _SIXTEEN + v.bytes for v in values])
        return cls.of_bytes([v.int.to_bytes(16, "big") for v in cast(Sequence[UUID], values)])

    @classmethod
    def of_bytes(cls, values: Sequence[bytes]) -> Array:
        return cls(len(values), (_SIXTEEN, _SIXTEEN.join(values)))


class Bigints(Array):
    """A `bigint[]`."""

    element, oid = 20, 1016

    @classmethod
    def of(cls, values: Sequence[int | None]) -> Array:
        if None in values:
            return cls(len(values), [_NULL if v is None else pack(">iq", 8, v) for v in values])
        lengths = chain.from_iterable((8, value) for value in values)
        return cls(len(values), (pack(">" + "iq" * len(values), *lengths),))


class Integers(Array):
    """An `integer[]`."""

    element, oid = 23, 1007

    @classmethod
    def of(cls, values: Sequence[int]) -> Array:
        lengths = chain.from_iterable((4, value) for value in values)
        return cls(len(values), (pack(">" + "ii" * len(values), *lengths),))


class Byteas(Array):
    """A `bytea[]`."""

    element, oid = 17, 1001

    @classmethod
    def of(cls, values: Sequence[bytes]) -> Array:
        return cls(len(values), [part for v in values for part in (_LENGTH(len(v)), v)])


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
        return cls(len(encoded), [_LENGTH(len(v)) + v for v in encoded])


class _ArrayDumper(Dumper):
    """Dumper for arrays, which are encoded already.

    The type is set per instance: a dumper class with a type would be found by COPY for columns of that type,
    in place of the dumper of lists.
    """

    format = Format.BINARY

    def __init__(self, cls: type[Array], context: AdaptContext | None = None) -> None:
        super().__init__(cls, context)
        self.oid = cls.oid

    def dump(self, obj: Array) -> bytes:
        return obj.encoded


def register_arrays(db: Connection[Any] | AsyncConnection[Any]) -> None:
    """Register the array classes as parameter types (`%b`) of a connection."""
    for array in (Uuids, Bigints, Integers, Byteas, Jsons, Texts):
        db.adapters.register_dumper(array, _ArrayDumper)
