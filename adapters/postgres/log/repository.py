"""Reads of the log: streams folded into aggregates, and events by position."""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeVar
from uuid import UUID

import structlog
from psycopg.rows import RowMaker

from adapters.postgres.connection.arrays import Bigints, Texts, Uuids
from adapters.postgres.connection.datastore import LogDatastore
from adapters.postgres.log.event_codec import EventCodec
from adapters.postgres.log.row_reader import COLUMNS, EventRow, RowDecoder
from adapters.postgres.log.sealing import MasterKey
from adapters.postgres.log.snapshots import SNAPSHOT_AFTER, Damaged, Snapshots
from domain.event import Event, Recorded
from domain.log.append import KnownWamid
from domain.log.port import Loaded, LogUnavailable, UnreadableEvent
from domain.minted import minted_ms

S = TypeVar("S")

CLOCK_TOLERANCE_S = 900

log = structlog.get_logger("log")

EVENT_RANGE = f"""select {COLUMNS} from events e left join contact_keys k on k.contact_id = e.contact_id
    where e.notification_id > %(after)s {{}} order by e.notification_id limit %(limit)s"""

EVENTS_AT = f"""select {COLUMNS} from events e left join contact_keys k on k.contact_id = e.contact_id
    where e.notification_id = any(%(positions)b) order by e.notification_id"""

# Materialised, so that the planner uses the index on streams and sorts, instead of scanning the whole log.
STREAM_EVENTS = f"""with e as materialized (
    select * from events e where e.notification_id > %(after)s {{}})
select {COLUMNS} from e left join contact_keys k on k.contact_id = e.contact_id
    order by e.notification_id limit %(limit)s"""

# A snapshot comes as a row without an event. Another tenant's snapshots are left out like its events; so is
# one of a version that the stream has not reached, which a restored log may meet.
LOAD = f"""with wanted as materialized (
    select s.id, n.version, n.name, n.state from unnest(%(ids)b) s(id)
    left join lateral (
        select n.originator_version, n.topic, n.state from snapshots n
        join events v on v.originator_id = n.originator_id and v.originator_version = n.originator_version
        where n.originator_id = s.id and n.topic = any(%(names)b) order by n.originator_version desc limit 1
    ) n(version, name, state) on true)
select w.id, w.version, w.name, w.state, null, e.tenant_id, null, null, null, 0, null, null
    from wanted w join events e on e.originator_id = w.id and e.originator_version = w.version
    where %(tenant)s::uuid is null or e.tenant_id = %(tenant)s
union all
select {COLUMNS} from wanted w
    join events e on e.originator_id = w.id and e.originator_version > coalesce(w.version, 0)
    left join contact_keys k on k.contact_id = e.contact_id
    where %(tenant)s::uuid is null or e.tenant_id = %(tenant)s
order by 1, 2"""

# A message id (UUIDv7) holds the time at which it was minted; that narrows the search to a few events. They
# are compared as bytes: one that is damaged is no JSON, and would fail the query.
MESSAGE_EVENTS = f"""select {COLUMNS}
    from unnest(%(messages)b, %(conversations)b, %(minted_ms)b) m(id, conversation_id, minted_ms)
    join lateral (
        select * from events c
        where c.originator_id = m.conversation_id
            and c.recorded_at between to_timestamp(m.minted_ms / 1000 - {CLOCK_TOLERANCE_S})
                                  and to_timestamp(m.minted_ms / 1000 + {CLOCK_TOLERANCE_S})
            and position(convert_to('"message_id":"' || m.id || '"', 'UTF8') in c.state) > 0
        order by c.originator_version limit 1
    ) e on true
    left join contact_keys k on k.contact_id = e.contact_id"""


class Repository:
    """Loader of aggregates, from their snapshots where there are any, and of events by position."""

    datastore: LogDatastore
    _events: EventCodec
    _master: MasterKey
    _snapshots: Snapshots

    def load(
        self,
        ids: Iterable[UUID],
        evolve: Callable[[S | None, Event], S | None],
        tenant_id: UUID | None = None,
    ) -> dict[UUID, Loaded[S]]:
        """Implement `Log.load`."""
        wanted = list(dict.fromkeys(ids))
        loaded: dict[UUID, Loaded[S]] = dict.fromkeys(wanted, Loaded(None, 0))
        if not wanted:
            return loaded
        try:
            rows = self._load_rows(wanted, self._snapshots.names, tenant_id)
            loaded |= self._fold(rows, evolve)
        except Damaged:
            loaded |= self._fold(self._load_rows(wanted, [], tenant_id), evolve)
        return loaded

    def read(
        self,
        after: int,
        limit: int,
        tenant_id: UUID | None = None,
        conversation_id: UUID | None = None,
        until: int | None = None,
    ) -> Sequence[Recorded]:
        """Implement `Log.read`."""
        narrowed = "and e.tenant_id = %(tenant)s " if tenant_id else ""
        narrowed += "and e.conversation_id = %(conversation)s " if conversation_id else ""
        narrowed += "and e.notification_id <= %(until)s" if until is not None else ""
        wanted = {"tenant": tenant_id, "conversation": conversation_id, "until": until}
        rows = self._rows(EVENT_RANGE.format(narrowed), {"after": after, "limit": limit, **wanted})
        return RowDecoder(self._events, self._master).recorded(rows)

    def events_at(self, positions: Iterable[int]) -> Sequence[Recorded]:
        """Implement `Log.events_at`."""
        rows = self._rows(EVENTS_AT, {"positions": Bigints.of(list(positions))})
        return RowDecoder(self._events, self._master).recorded(rows)

    def streams(
        self, ids: Iterable[UUID], tenant_id: UUID, after: int, limit: int, until: int | None = None
    ) -> Sequence[Recorded]:
        """Implement `Log.streams`."""
        narrowed = "and e.tenant_id = %(tenant)s and e.originator_id = any(%(ids)b) "
        narrowed += "and e.notification_id <= %(until)s" if until is not None else ""
        wanted = {"tenant": tenant_id, "ids": Uuids.of(list(ids)), "until": until}
        rows = self._rows(STREAM_EVENTS.format(narrowed), {"after": after, "limit": limit, **wanted})
        return RowDecoder(self._events, self._master).recorded(rows)

    def message_events(self, messages: Iterable[KnownWamid]) -> dict[UUID, Event]:
        """Implement `Log.message_events`."""
        wanted = list(messages)
        if not wanted:
            return {}
        parameters = {
            "messages": Uuids.of([message.message_id for message in wanted]),
            "conversations": Uuids.of([message.conversation_id for message in wanted]),
            "minted_ms": Bigints.of([minted_ms(message.message_id) for message in wanted]),
        }
        decoder = RowDecoder(self._events, self._master)
        found: dict[UUID, Event] = {}
        for row in self._rows(MESSAGE_EVENTS, parameters):
            with contextlib.suppress(UnreadableEvent):
                fact = decoder.fact(row)
                found[getattr(fact, "message_id")] = fact  # noqa: B009
        return found

    def _load_rows(self, ids: Sequence[UUID], names: Sequence[str], tenant_id: UUID | None) -> list[EventRow]:
        return self._rows(LOAD, {"ids": Uuids.of(ids), "names": Texts.of(names), "tenant": tenant_id})

    def _rows(self, query: str, parameters: Mapping[str, Any]) -> list[EventRow]:
        return self.datastore.rows(query, parameters, _row)

    def _fold(
        self, rows: Sequence[EventRow], evolve: Callable[[S | None, Event], S | None]
    ) -> dict[UUID, Loaded[S]]:
        decoder = RowDecoder(self._events, self._master)
        folded: dict[UUID, Loaded[S]] = {}
        for stream_id, stream in groupby(rows, key=lambda row: row.stream_id):
            state: S | None = None
            count = 0
            for row in stream:
                if row.event_id is None:
                    state = self._from_snapshot(row)
                else:
                    state = evolve(state, decoder.fact(row))
                    count += 1
            folded[stream_id] = Loaded(state, row.stream_version)
            if count > SNAPSHOT_AFTER:
                self._save_snapshot(stream_id, row.stream_version, state)
        return folded

    def _from_snapshot(self, row: EventRow) -> Any:
        try:
            return self._snapshots.decode(row.type, row.stream_id, row.stream_version, row.state)
        except Damaged:
            log.error(
                "snapshot damaged, folding all events", stream=str(row.stream_id), version=row.stream_version
            )
            raise

    def _save_snapshot(self, stream_id: UUID, version: int, state: object) -> None:
        def store() -> None:
            if (encoded := self._snapshots.encode(stream_id, version, state)) is not None:
                self._replace_snapshot(stream_id, version, *encoded)

        with contextlib.suppress(LogUnavailable):  # the next long load writes it
            self._master.retrying(store)

    def _replace_snapshot(self, stream_id: UUID, version: int, name: str, stored: bytes) -> None:
        """Store a snapshot in place of the older ones of its stream."""
        with self.datastore.checkout() as db, db.transaction():
            db.execute(
                "delete from snapshots where originator_id = %s and originator_version <= %s",
                (stream_id, version),
            )
            db.execute(
                "insert into snapshots values (%s, %s, %s, %b) on conflict do nothing",
                (stream_id, version, name, stored),
            )


def _row(cursor: Any) -> RowMaker[EventRow]:
    return EventRow._make
