"""Facts to stored bytes and back: topics by name, personal fields sealed, old versions upcast."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast
from uuid import UUID

import orjson
from eventsourcing.persistence import StoredEvent
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticSerializationError, from_json, to_json, to_jsonable_python

from adapters.postgres.log.sealing import ContactKey, Unopenable
from domain.event import ERASED, Event, PersonalField
from domain.log.append import NewEvent
from domain.log.port import NotStorable

NIL = UUID(int=0)
SEALED = b'"sealed":"'
MARKED = b'{"erased":['
"""Begins the sealed fields of a fact that was written with erased values: their names."""

RESERVED = {"sealed", "erased"}

_ZERO = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns the fields of one version into those of the next; personal ones are missing when erased."""


class Undecodable(Exception):
    """Stored bytes that do not become a fact here, and why."""


class UnknownTopic(Undecodable):
    """The topic or version is of a newer program."""


@dataclass(frozen=True)
class LogEvent(StoredEvent):
    """A row of the log: the library's columns and ours. `position` is 0 until it is stored."""

    event_id: UUID = NIL
    tenant_id: UUID = NIL
    conversation_id: UUID | None = None
    contact_id: UUID | None = None
    metadata: bytes = b"{}"
    position: int = 0


class Validator(Protocol):
    """Makes facts: pydantic's own validator, with the type of what comes out."""

    def validate_json(self, data: bytes, /) -> Event: ...

    def validate_python(self, data: Mapping[str, Any], /) -> Event: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """How facts of one topic are written and read.

    `optional`: its personal fields may all be absent. A fact without any of them says nothing of a person, so
    it needs no key, and can be stated of somebody who was erased.
    """

    cls: type[Event]
    validator: Validator
    topic: str
    version: int
    personal: tuple[str, ...]
    joint: bytes
    optional: bool

    @classmethod
    def of(cls, event: type[Event]) -> "Kind":
        fields = event.model_fields
        if RESERVED & fields.keys():
            raise TypeError(f"{event.__name__}: the names {sorted(RESERVED)} are taken")
        for name, field in fields.items():
            if _nests_personal(field.annotation):
                raise TypeError(f"{event.__name__}.{name}: only fields of the event itself can be personal")
        personal = tuple(name for name, field in fields.items() if _is_personal(field))
        joint = (b"," if len(personal) < len(fields) else b"") + SEALED
        validator = cast(Validator, event.__pydantic_validator__)
        optional = all(fields[name].default is None for name in personal)
        return cls(event, validator, event.TOPIC, event.VERSION, personal, joint, optional)

    def seals(self, fields: Mapping[str, Any]) -> bool:
        """Whether a fact with these fields has to be sealed."""
        if not self.optional:
            return True
        return any(fields[name] is not None for name in self.personal)


class Mapper:
    """Knows every topic, all registered before the first event is read: a stored name imports nothing."""

    def __init__(
        self,
        facts: Iterable[type[Event]],
        upcasters: Mapping[tuple[str, int], Upcast] | None = None,
    ) -> None:
        kinds = [Kind.of(fact) for fact in facts]
        self._by_class = {kind.cls: kind for kind in kinds}
        self._by_topic = {kind.topic: kind for kind in kinds}
        if len(self._by_topic) != len(kinds):
            raise TypeError("two facts share a topic")
        self._upcasters = dict(upcasters or {})

    def seals(self, fact: Event) -> bool:
        """Whether this fact says something personal."""
        return self._kind(fact).seals(fact.__dict__)

    def encode(self, new: NewEvent, key: ContactKey | None, nonce: bytes) -> tuple[str, bytes, bytes]:
        """Topic, state and metadata of a new event; `key` is its contact's, None where nothing is personal.

        `nonce` must be fresh: it is never used twice under a key.

        Raises:
            NotStorable
        """
        kind = self._kind(new.fact)
        try:
            return kind.topic, _state(kind, new, key, nonce), _metadata(kind.version, new)
        except (PydanticSerializationError, orjson.JSONEncodeError) as error:
            raise NotStorable(f"{kind.topic} is not JSON: {type(error).__name__}") from error

    def decode(self, topic: str, version: int, state: bytes, event_id: UUID, key: ContactKey | None) -> Event:
        """The fact of a row; without its contact's key each personal field reads `ERASED`.

        Raises:
            Undecodable
        """
        kind = self._by_topic.get(topic)
        if kind is None:
            raise UnknownTopic("unknown topic")
        if version > kind.version:
            raise UnknownTopic(f"version {version}, {kind.version} is the newest known")
        try:
            public, sealed, rest = state.rpartition(SEALED)
            if not sealed:
                return self._read(kind, version, state)
            if key is None:
                return self._erased(kind, version, public.rstrip(b",") + b"}")
            plain = key.open(rest[:-2], event_id.bytes)
            if plain.startswith(MARKED):
                return self._partly_erased(kind, version, public.rstrip(b",") + b"}", plain)
            return self._read(kind, version, public + plain[1:])
        except ValidationError as error:
            where = ", ".join(f"{'.'.join(map(str, e['loc']))} {e['type']}" for e in error.errors()[:5])
            raise Undecodable(f"does not fit version {kind.version}: {where}") from None
        except (ValueError, Unopenable) as error:
            raise Undecodable(str(error)) from None

    def _kind(self, fact: Event) -> Kind:
        try:
            return self._by_class[type(fact)]
        except KeyError:
            raise NotStorable(f"{type(fact).__name__} is not registered") from None

    def _read(self, kind: Kind, version: int, state: bytes) -> Event:
        if version == kind.version:
            return kind.validator.validate_json(state)
        return kind.validator.validate_python(self._upcast(kind, version, from_json(state)))

    def _erased(self, kind: Kind, version: int, public: bytes) -> Event:
        fields = self._upcast(kind, version, from_json(public))
        return kind.validator.validate_python(fields | dict.fromkeys(kind.personal, ERASED))

    def _partly_erased(self, kind: Kind, version: int, public: bytes, plain: bytes) -> Event:
        opened = from_json(plain)
        erased = opened.pop("erased")
        fields = self._upcast(kind, version, from_json(public) | opened)
        personal = {name: ERASED for name in kind.personal if name in erased}
        return kind.validator.validate_python(fields | personal)

    def _upcast(self, kind: Kind, version: int, fields: dict[str, Any]) -> dict[str, Any]:
        for old in range(version, kind.version):
            try:
                upcast = self._upcasters[kind.topic, old]
            except KeyError:
                raise Undecodable(f"no way from version {old} to {old + 1}") from None
            fields = upcast(fields)
        return fields


def _state(kind: Kind, new: NewEvent, key: ContactKey | None, nonce: bytes) -> bytes:
    fields = new.fact.__dict__.copy()
    seals = kind.seals(fields)
    personal = {name: fields.pop(name) for name in kind.personal}
    public = _json(fields)
    if b"\\" in public and _ZERO.search(public):
        # It is JSON, but PostgreSQL's jsonb refuses it: one such event breaks every query in SQL.
        raise NotStorable(f"{kind.topic} holds NUL in a field that is not personal")
    if not seals:
        return public
    if key is None:
        raise NotStorable(f"{kind.topic} has personal fields, and no contact whom they are about")
    if ERASED in personal.values():
        personal = _marked(personal)
    sealed = key.seal(_json(personal), new.event_id.bytes, nonce)
    return b'%b%b%b"}' % (public[:-1], kind.joint, sealed)


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
    """The fields as pydantic writes them, by the faster encoder wherever that can."""
    try:
        return orjson.dumps(fields, to_jsonable_python, orjson.OPT_UTC_Z)
    except orjson.JSONEncodeError:  # an integer past 64 bits, or text that is none
        return to_json(fields)


def _marked(personal: dict[str, Any]) -> dict[str, Any]:
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
