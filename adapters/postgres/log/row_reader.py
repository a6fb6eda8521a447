"""Rows of the log decoded into events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from adapters.postgres.log.event_codec import EventCodec, Undecodable, UnknownType
from adapters.postgres.log.sealing import ContactKey, MasterKey, Unopenable
from domain.event import Event, Recorded
from domain.log.port import UnknownEvent, UnreadableEvent

log = structlog.get_logger("log")

DAMAGED_METADATA = "its metadata are damaged"
MAX_LOGGED = 10_000
_logged: set[UUID] = set()
"""The unreadable events that this process has logged: each is read again and again."""

COLUMNS = """e.originator_id, e.originator_version, e.topic, e.state, e.event_id, e.tenant_id,
    e.conversation_id, e.contact_id, e.metadata, e.notification_id, e.recorded_at, k.wrapped"""


class EventRow(NamedTuple):
    """A stored event with the wrapped key of its contact, None when the contact was erased."""

    stream_id: UUID
    stream_version: int
    type: str
    state: bytes
    event_id: UUID
    tenant_id: UUID
    conversation_id: UUID | None
    contact_id: UUID | None
    metadata: dict[str, Any]
    position: int
    recorded_at: datetime
    wrapped: bytes | None


class RowDecoder:
    """Decoder of one statement's rows. It unwraps each contact's key once and must not outlive them."""

    def __init__(self, mapper: EventCodec, master: MasterKey) -> None:
        self._codec = mapper
        self._master = master
        self._keys: dict[UUID, ContactKey] = {}

    def fact(self, row: EventRow, before: Sequence[Recorded] = ()) -> Event:
        """Decode the event of a row.

        Raises:
            UnreadableEvent: carries `before`, the events decoded so far.
        """
        try:
            version = _version(row)
            return self._codec.decode(row.type, version, row.state, row.event_id, self._key(row))
        except UnknownType as error:
            raise _unreadable(UnknownEvent, row, str(error), before) from error
        except (Undecodable, Unopenable) as error:
            raise _unreadable(UnreadableEvent, row, str(error), before) from error

    def recorded(self, rows: Sequence[EventRow]) -> list[Recorded]:
        """Decode the rows with their metadata, in order.

        Raises:
            UnreadableEvent: carries the events before it.
        """
        events: list[Recorded] = []
        for row in rows:
            fact, metadata = self.fact(row, events), row.metadata
            try:
                recorded = Recorded(
                    fact,
                    row.position,
                    row.event_id,
                    row.stream_id,
                    row.stream_version,
                    row.tenant_id,
                    row.conversation_id,
                    row.contact_id,
                    row.recorded_at,
                    metadata.get("actor", ""),
                    _id(metadata.get("causation_id")),
                    _id(metadata.get("correlation_id")),
                    tuple(source) if (source := metadata.get("source")) else None,
                )
            except (ValueError, TypeError, AttributeError) as error:
                raise _unreadable(UnreadableEvent, row, DAMAGED_METADATA, events) from error
            events.append(recorded)
        return events

    def _key(self, row: EventRow) -> ContactKey | None:
        contact_id, wrapped = row.contact_id, row.wrapped
        if contact_id is None or wrapped is None:
            return None
        key = self._keys.get(contact_id)
        if key is None:
            key = self._keys[contact_id] = self._master.unwrap(wrapped, contact_id)
        return key


def _version(row: EventRow) -> int:
    """Return the version of an event's type.

    Raises:
        Undecodable: the metadata are damaged.
    """
    version = row.metadata.get("version", 1) if isinstance(row.metadata, dict) else None
    if not isinstance(version, int):
        raise Undecodable(DAMAGED_METADATA)
    return version


def _unreadable(
    kind: type[UnreadableEvent], row: EventRow, reason: str, before: Sequence[Recorded]
) -> UnreadableEvent:
    """Build the error; the first one about an event is logged."""
    if row.event_id not in _logged and len(_logged) < MAX_LOGGED:
        _logged.add(row.event_id)
        log.error("event cannot be read", position=row.position, type=row.type, reason=reason)
    return kind(
        reason,
        topic=row.type,
        position=row.position,
        event_id=row.event_id,
        stream_id=row.stream_id,
        tenant_id=row.tenant_id,
        conversation_id=row.conversation_id,
        before=before,
    )


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
