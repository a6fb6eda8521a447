"""Rows of the log decoded into events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from adapters.postgres.log.event_codec import EventCodec, Undecodable, UnknownType
from adapters.postgres.log.sealing import ContactKey, MasterKey, Unopenable
from domain.event import Event, Recorded
from domain.log.port import UnknownEvent, UnreadableEvent

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
            version = row.metadata.get("version", 1)
            return self._codec.decode(row.type, version, row.state, row.event_id, self._key(row))
        except (Undecodable, Unopenable) as error:
            failure = UnknownEvent if isinstance(error, UnknownType) else UnreadableEvent
            raise failure(
                str(error),
                topic=row.type,
                position=row.position,
                event_id=row.event_id,
                stream_id=row.stream_id,
                tenant_id=row.tenant_id,
                conversation_id=row.conversation_id,
                before=before,
            ) from error

    def recorded(self, rows: Sequence[EventRow]) -> list[Recorded]:
        """Decode the rows with their metadata, in order.

        Raises:
            UnreadableEvent: carries the events before it.
        """
        events: list[Recorded] = []
        for row in rows:
            metadata = row.metadata
            events.append(
                Recorded(
                    self.fact(row, events),
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
            )
        return events

    def _key(self, row: EventRow) -> ContactKey | None:
        contact_id, wrapped = row.contact_id, row.wrapped
        if contact_id is None or wrapped is None:
            return None
        key = self._keys.get(contact_id)
        if key is None:
            key = self._keys[contact_id] = self._master.unwrap(wrapped, contact_id)
        return key


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
