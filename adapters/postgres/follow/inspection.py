"""Inspection of a database: log, read models, keys and indices compared with each other, in one snapshot."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import IsolationLevel
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from adapters.postgres.connection.arrays import register_arrays
from adapters.postgres.connection.timeouts import KEEP_ALIVE
from adapters.postgres.follow.read_models import ReadModel, differing_rows
from adapters.postgres.log.event_codec import EventCodec
from adapters.postgres.log.key_rotation import walk_sealed
from adapters.postgres.log.key_usage import check_master_key
from adapters.postgres.log.repository import EVENT_RANGE
from adapters.postgres.log.row_reader import EventRow, RowDecoder
from adapters.postgres.log.sealing import MasterKey
from adapters.postgres.log.upcasters import UPCASTERS
from adapters.postgres.schema.migrate import check
from domain.conversation.message_events import (
    MessageEchoed,
    MessageImported,
    MessageReceived,
    MessageSent,
    NoticeReceived,
)
from domain.event import Recorded
from domain.log.port import UnreadableEvent
from domain.registry import FACTS
from projections.projection import Projection

Db = psycopg.Connection[Any]

BATCH = 1_000
SHOWN = 5
"""How many examples of one kind are named."""

ASIDE = 1_000_000
"""Added to a generation: the temporary table that a read model is folded into once more."""

IN_THREAD = (MessageReceived, MessageImported, NoticeReceived, MessageSent, MessageEchoed)

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong: where, what, and what to do."""

    where: str
    what: str
    advice: str


@dataclass(frozen=True, slots=True)
class Check:
    """A query that finds what contradicts something else: one row for each, as text."""

    where: str
    query: str
    what: str
    advice: str


RESTORE = "restore a backup from before the damage into a database of its own, and copy the row from there"
REBUILD = "run `balcao project rebuild {} --switch --force`"

CHECKS = (
    Check(
        "log",
        "select event_id::text || ' at positions ' || string_agg(notification_id::text, ', '"
        " order by notification_id) from events group by event_id having count(*) > 1",
        "event id {} is there more than once",
        RESTORE,
    ),
    Check(
        "log",
        "select originator_id::text || ': ' || count(*) || ' events, the newest has version '"
        " || max(originator_version) from events group by originator_id"
        " having count(*) <> max(originator_version) or min(originator_version) <> 1",
        "the versions of stream {} have a gap",
        RESTORE,
    ),
    Check(
        "keys",
        "select k.contact_id::text from contact_keys k join erasures e using (contact_id)",
        "contact {} was erased and has a key",
        "erase it again: `balcao contact erase <id>`",
    ),
    Check(
        "identities",
        "select i.contact_id::text from identities i"
        " where not exists (select from events e where e.originator_id = i.contact_id)",
        "an address leads to contact {}, which has no event",
        RESTORE,
    ),
    Check(
        "threads",
        "select t.conversation_id::text from threads t"
        " where not exists (select from events e where e.originator_id = t.conversation_id)",
        "a thread leads to conversation {}, which has no event",
        RESTORE,
    ),
    Check(
        "threads",
        "select e.originator_id::text from events e where e.topic = 'conversation.started'"
        " and not exists (select from threads t where t.conversation_id = e.originator_id)"
        " and not exists (select from erasures x where x.contact_id = e.contact_id)",
        "conversation {} is of no thread: the next message of its customer starts another one",
        RESTORE,
    ),
    Check(
        "message ids",
        "select t.message_id || ' at position ' || t.position from inspected_messages t"
        " where t.claimed and not exists (select from wamids w where w.message_id = t.message_id)",
        "message {} has no WhatsApp id in `wamids`: a repeat of it would be taken once more",
        RESTORE,
    ),
    Check(
        "message ids",
        "select w.message_id::text from wamids w"
        " where not exists (select from inspected_messages t where t.message_id = w.message_id)",
        "a WhatsApp id leads to message {}, which has no event",
        RESTORE,
    ),
)


class Inspection:
    """Reads everything in one snapshot and changes nothing; read models are folded into temporary tables.

    A running installation is not held up: no row and no table is locked.
    """

    def __init__(self, db: Db, master: MasterKey, projections: Mapping[str, Projection[Any]]) -> None:
        self._db, self._master, self._projections = db, master, projections
        self._codec = EventCodec(FACTS, UPCASTERS)
        self._sources: dict[str, int] = {}
        self._keyless: dict[UUID, int] = {}
        self._not_compared: dict[str, str] = {}
        self._lost: list[Problem] = []

    def head(self) -> int:
        """Return the newest position."""
        return int(self._rows("select coalesce(max(notification_id), 0) from events")[0][0])

    def run(self, progress: Progress) -> Iterator[Problem]:
        """Yield what is wrong, one after the other; `progress` is told how many events were read."""
        models = list(self._models())
        yield from self._lost
        positions = self._rows("select name, position from positions where not building")
        reached: dict[str, int] = dict(positions)
        parked: dict[str, set[int]] = {}
        for name, position in self._rows("select name, position from parked_events"):
            parked.setdefault(name, set()).add(position)
        yield from self._parked(parked)
        self._db.execute(
            "create temporary table inspected_messages"
            " (message_id uuid, position bigint, claimed boolean) on commit drop"
        )
        expected = 1
        for rows in self._batches():
            if rows[0].position != expected or rows[-1].position - rows[0].position != len(rows) - 1:
                yield self._gap(expected, rows)
            expected = rows[-1].position + 1
            events, unreadable = self._decoded(rows)
            for error in unreadable:
                advice = f"its conversation stops there, all others go on; {RESTORE}"
                yield Problem(
                    "log", f"the event at position {error.position} cannot be read: {error}", advice
                )
            self._note(rows, events)
            for model in models:
                name = model.projection.name
                skipped = parked.get(name, set())
                model.handle(
                    self._db,
                    [e for e in events if e.position <= reached[name] and e.position not in skipped],
                )
            progress(len(rows))
        yield from self._sealed()
        yield from self._contradictions()
        yield from self._offsets()
        for model in models:
            yield from self._compare(model)

    def notes(self) -> Sequence[str]:
        """Return what could not be compared, and why."""
        return [f"{name}: {why}" for name, why in self._not_compared.items()]

    def _models(self) -> Iterator[ReadModel[Any]]:
        erased = self._rows("select coalesce(max(position), 0) from erasures")[0][0]
        for name, projection in self._projections.items():
            found = self._rows("select generation, version, position from positions where name = %s", name)
            if not found:
                self._not_compared[name] = "it has no position; run `balcao migrate`"
            elif found[0][1] != projection.version:
                self._not_compared[name] = "it was folded by another version of the program; rebuild it"
            elif found[0][2] < erased:
                self._not_compared[name] = "it is behind an erasure; not compared, try again"
            elif not self._has_columns(f"{name}_{found[0][0]}", projection):
                what = f"the table {name}_{found[0][0]} is damaged or gone"
                self._lost.append(Problem(name, what, REBUILD.format(name)))
            else:
                generation = found[0][0]
                model = ReadModel(projection, generation + ASIDE)
                self._db.execute(
                    SQL("create temporary table {} (like {} including all) on commit drop").format(
                        Identifier(model.table), Identifier(f"{name}_{generation}")
                    )
                )
                yield model

    def _has_columns(self, table: str, projection: Projection[Any]) -> bool:
        columns = self._rows(
            "select attname::text from pg_attribute"
            " where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped",
            table,
        )
        return {name for (name,) in columns}.issuperset(projection.row._fields)

    def _batches(self) -> Iterator[list[EventRow]]:
        after, query = 0, EVENT_RANGE.format("")
        with self._db.cursor(row_factory=lambda _: EventRow._make, binary=True) as cursor:
            while rows := cursor.execute(query, {"after": after, "limit": BATCH}).fetchall():
                yield rows
                after = rows[-1].position

    def _decoded(self, rows: Sequence[EventRow]) -> tuple[list[Recorded], list[UnreadableEvent]]:
        decoder = RowDecoder(self._codec, self._master)
        events, unreadable = [], []
        for row in rows:
            try:
                events += decoder.recorded([row])
            except UnreadableEvent as error:
                unreadable.append(error)
        return events, unreadable

    def _gap(self, expected: int, rows: Sequence[EventRow]) -> Problem:
        for row in rows:
            if row.position != expected:
                break
            expected += 1
        what = f"there is no event at position {expected}, the next one is at {row.position}"
        return Problem("log", what, RESTORE)

    def _note(self, rows: Sequence[EventRow], events: Sequence[Recorded]) -> None:
        for row in rows:
            if row.wrapped is None and row.contact_id is not None and b'"sealed":"' in row.state:
                self._keyless.setdefault(row.contact_id, row.position)
        messages = []
        for event in events:
            if event.source is not None:
                topic, partition, offset = event.source
                source = f"{topic}/{partition}"
                self._sources[source] = max(self._sources.get(source, 0), offset)
            if isinstance(event.fact, IN_THREAD):
                claimed = not isinstance(event.fact, MessageSent)
                messages.append((event.fact.message_id, event.position, claimed))
        copying = "copy inspected_messages from stdin"
        with self._db.cursor() as cursor, cursor.copy(copying) as copy:
            for message in messages:
                copy.write_row(message)

    def _parked(self, parked: Mapping[str, set[int]]) -> Iterator[Problem]:
        for name, positions in parked.items():
            what = f"{name} has parked {len(positions)} events, the first at position {min(positions)}"
            yield Problem("followers", what, "see `balcao project status`, then `balcao project retry`")

    def _sealed(self) -> Iterator[Problem]:
        keyless = list(self._keyless)
        erased = self._rows("select contact_id from erasures where contact_id = any(%s)", keyless)
        for contact_id in self._keyless.keys() - {id for (id,) in erased}:
            first = self._keyless[contact_id]
            what = f"contact {contact_id} was not erased, has sealed events (the first at {first}) and no key"
            yield Problem("keys", what, RESTORE)
        for table, key, _, is_open in walk_sealed(self._db, self._master, lambda *_: None):
            if not is_open:
                yield Problem(table, f"the row {key} opens with no master key", RESTORE)

    def _contradictions(self) -> Iterator[Problem]:
        self._db.execute("analyze inspected_messages")
        for one in CHECKS:
            limited = SQL("select w.*, count(*) over () from ({}) w(what) limit {}").format(
                SQL(one.query),
                SHOWN,
            )
            for found, count in self._db.execute(limited).fetchall():
                more = f" ({count} in all)" if count > SHOWN else ""
                yield Problem(one.where, one.what.format(found) + more, one.advice)

    def _offsets(self) -> Iterator[Problem]:
        tracked = dict(self._rows("select application_name, notification_id from tracking"))
        for source, offset in self._sources.items():
            if (following := tracked.get(source, 0)) <= offset:
                what = (
                    f"{source} is to be read from {following} on, but record {offset} is in the log already"
                )
                yield Problem(
                    "topics", what, "nothing is lost: what is read again is known by its message ids"
                )

    def _compare(self, model: ReadModel[Any]) -> Iterator[Problem]:
        name = model.projection.name
        live = Identifier(f"{name}_{model.generation - ASIDE}")
        columns = model.projection.row._fields
        key, aside = columns[: model.projection.key_size], Identifier(model.table)
        differing = differing_rows(self._db, live, aside, key, SHOWN, columns)
        for row, count in differing:
            more = f" ({count} in all)" if count > SHOWN else ""
            yield Problem(name, f"the row {row} is not what the log gives{more}", REBUILD.format(name))

    def _rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self._db.execute(query.encode(), parameters).fetchall()


def inspect(
    url: str,
    master_key: str,
    projections: Mapping[str, Projection[Any]],
    found: Callable[[Problem], None],
    started: Callable[[int], Progress],
) -> Sequence[str]:
    """Inspect a database; `found` is told each problem. Returns what could not be compared.

    Raises:
        SchemaRefused, WrongMasterKey
    """
    with psycopg.connect(url, autocommit=True, row_factory=tuple_row, **KEEP_ALIVE) as db:
        register_arrays(db)
        check(db)
        master = MasterKey(master_key)
        check_master_key(db, master)
        db.set_isolation_level(IsolationLevel.REPEATABLE_READ)
        with db.transaction(force_rollback=True):
            db.execute("set local temp_buffers = '32MB'; set local synchronous_commit = off")
            inspection = Inspection(db, master, projections)
            progress = started(inspection.head())
            for problem in inspection.run(progress):
                found(problem)
            return inspection.notes()
