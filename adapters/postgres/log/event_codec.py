"""Events to stored bytes and back: types by registered name, personal fields sealed, old versions upcast."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast
from uuid import UUID

import orjson
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticSerializationError, from_json, to_json, to_jsonable_python

from adapters.postgres.log.sealing import ContactKey, Unopenable
from domain.event import ERASED, Event, PersonalField
from domain.log.append import NewEvent
from domain.log.port import NotStorable

SEALED_KEY = b'"sealed":"'
ERASED_PREFIX = b'{"erased":['
"""Start of the sealed fields of an event that was written with erased values; their names follow."""

RESERVED = {"sealed", "erased"}

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""Converts the fields of one version to the next; personal fields are missing when erased."""


class Undecodable(Exception):
    """Stored bytes cannot be decoded; the text says why."""


class UnknownType(Undecodable):
    """The event's type or version comes from a newer program."""


class Validator(Protocol):
    """Pydantic's validator of an event class, with a typed result."""

    def validate_json(self, data: bytes, /) -> Event: ...

    def validate_python(self, data: Mapping[str, Any], /) -> Event: ...


@dataclass(frozen=True, slots=True)
class EventType:
    """How events of one type are encoded and decoded.

    `optional`: all personal fields may be absent. An event without any of them needs no key, so it can still
    be appended after its contact was erased.
    """

    cls: type[Event]
    validator: Validator
    name: str
    version: int
    personal: tuple[str, ...]
    seal_prefix: bytes
    optional: bool

    @classmethod
    def of(cls, event: type[Event]) -> "EventType":
        fields = event.model_fields
        if RESERVED & fields.keys():
            raise TypeError(f"{event.__name__}: the names {sorted(RESERVED)} are taken")
        for name, field in fields.items():
            if _nests_personal(field.annotation):
                raise TypeError(f"{event.__name__}.{name}: only fields of the event itself can be personal")
        personal = tuple(name for name, field in fields.items() if _is_personal(field))
        seal_prefix = (b"," if len(personal) < len(fields) else b"") + SEALED_KEY
        validator = cast(Validator, event.__pydantic_validator__)
        optional = all(fields[name].default is None for name in personal)
        return cls(event, validator, event.TOPIC, event.VERSION, personal, seal_prefix, optional)

    def seals(self, fields: Mapping[str, Any]) -> bool:
        """Return whether an event with these fields has to be sealed."""
        if not self.optional:
            return True
        return any(fields[name] is not None for name in self.personal)


class EventCodec:
    """Codec of all registered event types. A stored name is looked up here and never imports code."""

    def __init__(
        self, facts: Iterable[type[Event]], upcasters: Mapping[tuple[str, int], Upcast] | None = None
    ) -> None:
        kinds = [EventType.of(fact) for fact in facts]
        self._by_class = {kind.cls: kind for kind in kinds}
        self._by_name = {kind.name: kind for kind in kinds}
        if len(self._by_name) != len(kinds):
            raise TypeError("two events share a type name")
        self._upcasters = dict(upcasters or {})

    def seals(self, fact: Event) -> bool:
        """Return whether the event has personal fields that are set."""
        return self._type_of(fact).seals(fact.__dict__)

    def encode(self, new: NewEvent, key: ContactKey | None, nonce: bytes) -> tuple[str, bytes, bytes]:
        """Encode a new event to type, state and metadata.

        `key` is its contact's, None where nothing is personal. `nonce` must never be used twice with a key.

        Raises:
            NotStorable
        """
        kind = self._type_of(new.fact)
        try:
            return kind.name, _state(kind, new, key, nonce), _metadata(kind.version, new)
        except (PydanticSerializationError, orjson.JSONEncodeError) as error:
            raise NotStorable(f"{kind.name} is not JSON: {type(error).__name__}") from error

    def decode(self, name: str, version: int, state: bytes, event_id: UUID, key: ContactKey | None) -> Event:
        """Decode the event of a row; without its contact's key each personal field reads `ERASED`.

        Raises:
            Undecodable
        """
        kind = self._by_name.get(name)
        if kind is None:
            raise UnknownType("unknown type")
        if version > kind.version:
            raise UnknownType(f"version {version}, {kind.version} is the newest known")
        try:
            public, sealed, rest = state.rpartition(SEALED_KEY)
            if not sealed:
                return self._read(kind, version, state)
            if key is None:
                return self._erased(kind, version, public.rstrip(b",") + b"}")
            plain = key.open(rest[:-2], event_id.bytes)
            if plain.startswith(ERASED_PREFIX):
                return self._partly_erased(kind, version, public.rstrip(b",") + b"}", plain)
            return self._read(kind, version, public + plain[1:])
        except ValidationError as error:
            where = ", ".join(f"{'.'.join(map(str, e['loc']))} {e['type']}" for e in error.errors()[:5])
            raise Undecodable(f"does not fit version {kind.version}: {where}") from None
        except (ValueError, Unopenable) as error:
            raise Undecodable(str(error)) from None
        except (TypeError, KeyError, AttributeError, RecursionError) as error:  # JSON of another shape
            raise Undecodable(f"does not fit version {kind.version}: {type(error).__name__}") from None

    def _type_of(self, fact: Event) -> EventType:
        try:
            return self._by_class[type(fact)]
        except KeyError:
            raise NotStorable(f"{type(fact).__name__} is not registered") from None

    def _read(self, kind: EventType, version: int, state: bytes) -> Event:
        if version == kind.version:
            return kind.validator.validate_json(state)
        return kind.validator.validate_python(self._upcast(kind, version, from_json(state)))

    def _erased(self, kind: EventType, version: int, public: bytes) -> Event:
        fields = self._upcast(kind, version, from_json(public))
        return kind.validator.validate_python(fields | dict.fromkeys(kind.personal, ERASED))

    def _partly_erased(self, kind: EventType, version: int, public: bytes, plain: bytes) -> Event:
        opened = from_json(plain)
        erased = opened.pop("erased")
        fields = self._upcast(kind, version, from_json(public) | opened)
        personal = {name: ERASED for name in kind.personal if name in erased}
        return kind.validator.validate_python(fields | personal)

    def _upcast(self, kind: EventType, version: int, fields: dict[str, Any]) -> dict[str, Any]:
        for old in range(version, kind.version):
            try:
                upcast = self._upcasters[kind.name, old]
            except KeyError:
                raise Undecodable(f"no upcaster from version {old} to {old + 1}") from None
            fields = upcast(fields)
        return fields


def _state(kind: EventType, new: NewEvent, key: ContactKey | None, nonce: bytes) -> bytes:
    fields = new.fact.__dict__.copy()
    seals = kind.seals(fields)
    personal = {name: fields.pop(name) for name in kind.personal}
    public = _json(fields)
    if b"\\" in public and _NUL.search(public):
        # Valid JSON, but PostgreSQL's jsonb refuses it: one such event would break SQL queries on the log.
        raise NotStorable(f"{kind.name} holds NUL in a field that is not personal")
    if not seals:
        return public
    if key is None:
        raise NotStorable(f"{kind.name} has personal fields and no contact")
    if ERASED in personal.values():
        personal = _with_erased_names(personal)
    sealed = key.seal(_json(personal), new.event_id.bytes, nonce)
    return b'%b%b%b"}' % (public[:-1], kind.seal_prefix, sealed)


def _metadata(version: int, new: NewEvent) -> bytes:
    if "\0" in new.actor:
        raise NotStorable("an actor with NUL in its name")
    fields: dict[str, Any] = {"version": version, "actor": new.actor}
    if new.causation_id:
        fields["causation_id"] = new.causation_id
    if new.correlation_id:
        fields["correlation_id"] = new.correlation_id
    if source := new.source:
        fields["source"] = [source.topic, source.partition, source.offset]
    return orjson.dumps(fields)


def _json(fields: dict[str, Any]) -> bytes:
    """Encode the fields as pydantic does, with the faster orjson where that is possible."""
    try:
        return orjson.dumps(fields, to_jsonable_python, orjson.OPT_UTC_Z)
    except orjson.JSONEncodeError:  # an integer beyond 64 bits, or invalid text
        return to_json(fields)


def _with_erased_names(personal: dict[str, Any]) -> dict[str, Any]:
    erased = [name for name, value in personal.items() if value is ERASED]
    kept = {name: value for name, value in personal.items() if value is not ERASED}
    return {"erased": erased, **kept}


def _is_personal(field: FieldInfo) -> bool:
    return any(isinstance(mark, PersonalField) for mark in field.metadata)


def _nests_personal(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(
            _is_personal(field) or _nests_personal(field.annotation)
            for field in annotation.model_fields.values()
        )
    return any(_nests_personal(part) for part in getattr(annotation, "__args__", ()))
