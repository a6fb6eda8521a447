"""Rows of the log opened into facts; the keys that came with a statement live no longer than its rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from adapters.postgres.log.event_codec import Mapper, Undecodable, UnknownTopic
from adapters.postgres.log.sealing import ContactKey, MasterKey, Unopenable
from domain.event import Event, Recorded
from domain.log.port import UnknownEvent, UnreadableEvent

COLUMNS = """e.originator_id, e.originator_version, e.topic, e.state, e.event_id, e.tenant_id,
    e.conversation_id, e.contact_id, e.metadata, e.notification_id, e.recorded_at, k.wrapped"""


class Row(NamedTuple):
    """An event as it is stored, with the wrapped key of its contact, if that still exists."""

    stream_id: UUID
    stream_version: int
    topic: str
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
    """Opens the rows of one statement, each contact's key once."""

    def __init__(self, mapper: Mapper, master: MasterKey) -> None:
        self._mapper = mapper
        self._master = master
        self._keys: dict[UUID, ContactKey] = {}

    def fact(self, row: Row, before: Sequence[Recorded] = ()) -> Event:
        """The fact of a row.

        Raises:
            UnreadableEvent: with `before`.
        """
        try:
            version = row.metadata.get("version", 1)
            return self._mapper.decode(row.topic, version, row.state, row.event_id, self._key(row))
        except (Undecodable, Unopenable) as error:
            failure = UnknownEvent if isinstance(error, UnknownTopic) else UnreadableEvent
            raise failure(
                str(error),
                topic=row.topic,
                position=row.position,
                event_id=row.event_id,
                stream_id=row.stream_id,
                tenant_id=row.tenant_id,
                conversation_id=row.conversation_id,
                before=before,
            ) from error

    def recorded(self, rows: Sequence[Row]) -> list[Recorded]:
        """The events of a page, in order.

        Raises:
            UnreadableEvent: with those that stand before it.
        """
        page: list[Recorded] = []
        for row in rows:
            circumstances = row.metadata
            page.append(
                Recorded(
                    self.fact(row, page),
                    row.position,
                    row.event_id,
                    row.stream_id,
                    row.stream_version,
                    row.tenant_id,
                    row.conversation_id,
                    row.contact_id,
                    row.recorded_at,
                    circumstances.get("actor", ""),
                    _id(circumstances.get("causation_id")),
                    _id(circumstances.get("correlation_id")),
                    tuple(source) if (source := circumstances.get("source")) else None,
                )
            )
        return page

    def _key(self, row: Row) -> ContactKey | None:
        contact_id, wrapped = row.contact_id, row.wrapped
        if contact_id is None or wrapped is None:
            return None
        key = self._keys.get(contact_id)
        if key is None:
            key = self._keys[contact_id] = self._master.unwrap(wrapped, contact_id)
        return key


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
