"""Writing to the log: everything of one append in one call of one database function."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from psycopg import Connection
from psycopg.rows import tuple_row

from adapters.postgres.connection.arrays import Bigints, Byteas, Integers, Jsons, Texts, Uuids

APPEND = f"select append_events({', '.join(['%b'] * 19)}, %s::text::jsonb)"


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Events to insert, one sequence per column."""

    streams: Sequence[UUID] = ()
    versions: Sequence[int] = ()
    types: Sequence[str] = ()
    states: Sequence[bytes] = ()
    tenants: Sequence[UUID] = ()
    conversations: Sequence[UUID | None] = ()
    contacts: Sequence[UUID | None] = ()
    event_ids: Sequence[UUID] = ()
    metadata: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class WamidColumns:
    """Message ids (wamids) to insert, one sequence per column."""

    weeks: Sequence[int] = ()
    hashes: Sequence[bytes] = ()
    messages: Sequence[UUID] = ()
    conversations: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class EncodedAppend:
    """An append as parameters of the database function.

    `streams` maps each stream to its expected version. `advances` are (source, expected, next); expected None
    means the library's rule: only forward. `extras` are the optional parts, passed as JSON.
    """

    events: EventColumns = EventColumns()
    streams: Mapping[UUID, int] = field(default_factory=dict)
    sealed_for: Collection[UUID] = ()
    advances: Sequence[tuple[str, int | None, int]] = ()
    wamids: WamidColumns = WamidColumns()
    extras: Mapping[str, Any] | None = None

    @property
    def parameters(self) -> tuple[Any, ...]:
        events, wamids = self.events, self.wamids
        streams = Uuids.of(events.streams)
        return (
            streams,
            Bigints.of(events.versions),
            Texts.of(events.types),
            Byteas.of(events.states),
            Uuids.of(events.tenants),
            streams if events.conversations == events.streams else Uuids.of(events.conversations),
            Uuids.of(events.contacts),
            Uuids.of(events.event_ids),
            Jsons.of(events.metadata),
            Uuids.of(list(self.streams)),
            Bigints.of(list(self.streams.values())),
            Uuids.of(list(self.sealed_for)),
            Texts.of([source for source, _, _ in self.advances]),
            Bigints.of([expected for _, expected, _ in self.advances]),
            Bigints.of([following for _, _, following in self.advances]),
            Integers.of(wamids.weeks),
            Uuids.of_bytes(wamids.hashes),
            Uuids.of(wamids.messages),
            streams if wamids.conversations == events.streams else Uuids.of(wamids.conversations),
            None if self.extras is None else orjson.dumps(self.extras).decode(),
        )


def append(db: Connection[Any], batch: EncodedAppend) -> dict[str, Any]:
    """Call the database function, in the transaction of `db` if there is one."""
    with db.cursor(row_factory=tuple_row) as rows:
        answer = rows.execute(APPEND, batch.parameters, prepare=True).fetchone()
    assert answer is not None
    found: dict[str, Any] = answer[0]
    return found
