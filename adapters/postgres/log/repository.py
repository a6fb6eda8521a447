"""Reading the log: streams folded into aggregates, and pages of it."""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeVar
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from psycopg import Connection
from psycopg.rows import RowMaker

from adapters.postgres.connection.arrays import Bigints, Texts, Uuids
from adapters.postgres.connection.datastore import LogDatastore
from adapters.postgres.log.append_writer import SnapshotRecorder
from adapters.postgres.log.event_codec import Mapper
from adapters.postgres.log.row_reader import COLUMNS, Row, RowDecoder
from adapters.postgres.log.sealing import MasterKey
from adapters.postgres.log.snapshots import LONG, Snapshots
from domain.event import Event, Recorded
from domain.log.append import KnownWamid
from domain.log.port import Loaded, LogUnavailable, UnreadableEvent

S = TypeVar("S")

NEAR_S = 900

PAGE = f"""select {COLUMNS} from events e left join contact_keys k on k.contact_id = e.contact_id
    where e.notification_id > %(after)s {{}} order by e.notification_id limit %(limit)s"""

AT = f"""select {COLUMNS} from events e left join contact_keys k on k.contact_id = e.contact_id
    where e.notification_id = any(%(positions)b) order by e.notification_id"""

# Found by the streams, then sorted: the order of the log alone would be walked through for them.
STREAMS_PAGE = f"""with e as materialized (
    select * from events e where e.notification_id > %(after)s {{}})
select {COLUMNS} from e left join contact_keys k on k.contact_id = e.contact_id
    order by e.notification_id limit %(limit)s"""

# A snapshot comes as a row without an event; that of another tenant's stream stays away like its events.
STREAMS = f"""with wanted as materialized (
    select s.id, n.version, n.name, n.state from unnest(%(ids)b) s(id)
    left join lateral (
        select n.originator_version, n.topic, n.state from snapshots n
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

# The time in a message's own id leads to its event, whatever the length of the thread.
BROUGHT = f"""select {COLUMNS}
    from unnest(%(messages)b, %(conversations)b, %(minted_ms)b) m(id, conversation_id, minted_ms)
    join lateral (
        select * from events c
        where c.originator_id = m.conversation_id
            and c.recorded_at between to_timestamp(m.minted_ms / 1000 - {NEAR_S})
                                  and to_timestamp(m.minted_ms / 1000 + {NEAR_S})
            and convert_from(c.state, 'UTF8')::jsonb ->> 'message_id' = m.id::text
        order by c.originator_version limit 1
    ) e on true
    left join contact_keys k on k.contact_id = e.contact_id"""


class Repository:
    """Folds streams, from their snapshots where their kind has such; opens pages of the log."""

    def __init__(
        self, datastore: LogDatastore, mapper: Mapper, master: MasterKey, snapshots: Snapshots
    ) -> None:
        self._datastore = datastore
        self._mapper = mapper
        self._master = master
        self._snapshots = snapshots
        self._taken = SnapshotRecorder(datastore)

    def load(
        self, ids: Iterable[UUID], evolve: Callable[[S | None, Event], S], tenant_id: UUID | None
    ) -> dict[UUID, Loaded[S]]:
        """As `Log.load`."""
        wanted = list(dict.fromkeys(ids))
        loaded: dict[UUID, Loaded[S]] = dict.fromkeys(wanted, Loaded(None, 0))
        if not wanted:
            return loaded
        try:
            rows = self._streams(wanted, self._snapshots.names, tenant_id)
            loaded |= self._folded(rows, evolve)
        except _DamagedSnapshot:
            loaded |= self._folded(self._streams(wanted, [], tenant_id), evolve)
        return loaded

    def page(
        self,
        after: int,
        limit: int,
        tenant_id: UUID | None,
        conversation_id: UUID | None,
        until: int | None,
    ) -> Sequence[Recorded]:
        """As `Log.read`."""
        narrowed = "and e.tenant_id = %(tenant)s " if tenant_id else ""
        narrowed += "and e.conversation_id = %(conversation)s " if conversation_id else ""
        narrowed += "and e.notification_id <= %(until)s" if until is not None else ""
        wanted = {"tenant": tenant_id, "conversation": conversation_id, "until": until}
        rows = self._rows(PAGE.format(narrowed), {"after": after, "limit": limit, **wanted})
        return RowDecoder(self._mapper, self._master).recorded(rows)

    def at(self, positions: Iterable[int]) -> Sequence[Recorded]:
        """As `Log.at`."""
        rows = self._rows(AT, {"positions": Bigints.of(list(positions))})
        return RowDecoder(self._mapper, self._master).recorded(rows)

    def streams_page(
        self, ids: Iterable[UUID], tenant_id: UUID, after: int, limit: int, until: int | None
    ) -> Sequence[Recorded]:
        """As `Log.streams`."""
        narrowed = "and e.tenant_id = %(tenant)s and e.originator_id = any(%(ids)b) "
        narrowed += "and e.notification_id <= %(until)s" if until is not None else ""
        wanted = {"tenant": tenant_id, "ids": Uuids.of(list(ids)), "until": until}
        rows = self._rows(STREAMS_PAGE.format(narrowed), {"after": after, "limit": limit, **wanted})
        return RowDecoder(self._mapper, self._master).recorded(rows)

    def brought(self, messages: Iterable[KnownWamid]) -> dict[UUID, Event]:
        """As `Log.brought`."""
        wanted = list(messages)
        if not wanted:
            return {}
        parameters = {
            "messages": Uuids.of([message.message_id for message in wanted]),
            "conversations": Uuids.of([message.conversation_id for message in wanted]),
            "minted_ms": Bigints.of([message.message_id.int >> 80 for message in wanted]),
        }
        opening = RowDecoder(self._mapper, self._master)
        found: dict[UUID, Event] = {}
        for row in self._rows(BROUGHT, parameters):
            with contextlib.suppress(UnreadableEvent):
                fact = opening.fact(row)
                found[getattr(fact, "message_id")] = fact  # noqa: B009
        return found

    def _streams(self, ids: Sequence[UUID], names: Sequence[str], tenant_id: UUID | None) -> list[Row]:
        return self._rows(STREAMS, {"ids": Uuids.of(ids), "names": Texts.of(names), "tenant": tenant_id})

    def _rows(self, query: str, parameters: Mapping[str, Any]) -> list[Row]:
        def read(db: Connection[Any]) -> list[Row]:
            with db.cursor(row_factory=_row, binary=True) as rows:
                return rows.execute(query, parameters, prepare=True).fetchall()

        return self._datastore.asked(read)

    def _folded(self, rows: Sequence[Row], evolve: Callable[[S | None, Event], S]) -> dict[UUID, Loaded[S]]:
        opening = RowDecoder(self._mapper, self._master)
        folded: dict[UUID, Loaded[S]] = {}
        for stream_id, stream in groupby(rows, key=_stream_of):
            state: S | None = None
            count = 0
            for row in stream:
                if row.event_id is None:
                    state = self._restored(row)
                else:
                    state = evolve(state, opening.fact(row))
                    count += 1
            folded[stream_id] = Loaded(state, row.stream_version)
            if count > LONG:
                self._take(stream_id, row.stream_version, state)
        return folded

    def _restored(self, row: Row) -> Any:
        try:
            return self._snapshots.decode(row.topic, row.state)
        except ValueError as error:
            raise _DamagedSnapshot from error

    def _take(self, stream_id: UUID, version: int, state: object) -> None:
        encoded = self._snapshots.encode(state)
        if encoded is not None:
            name, stored = encoded
            with contextlib.suppress(LogUnavailable):  # the next long load will do it
                self._taken.replace(StoredEvent(stream_id, version, name, stored))


class _DamagedSnapshot(Exception):
    """A snapshot whose bytes do not become a state."""


def _row(cursor: Any) -> RowMaker[Row]:
    return Row._make


def _stream_of(row: Row) -> UUID:
    return row.stream_id
