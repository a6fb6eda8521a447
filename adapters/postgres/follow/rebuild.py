"""Rebuild of a read model: fill a new table beside the live one, compare the two, and switch."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection, IsolationLevel
from psycopg.sql import SQL, Identifier
from psycopg_pool import ConnectionPool

from adapters.postgres.follow.follower import BATCH_SIZE, EventSource, LogFollower
from adapters.postgres.follow.read_models import LiveTable, ReadModel, differing_rows, live_table
from adapters.postgres.schema.definitions import defined_tables
from domain.event import Recorded
from projections.projection import Projection

Db = Connection[Any]

LOCK_NAME = "rebuild of "
SHOWN = 5
COLUMNS = """
select array_agg(attname || ' ' || format_type(atttypid, atttypmod) order by attname) from pg_attribute
where attrelid = to_regclass(%%(%s)s) and attnum > 0 and not attisdropped
"""
NEWEST = """
select coalesce(max(substring(relname from '[0-9]+$')::integer), 0) from pg_class
where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname ~ %s
"""


class RebuildRefused(Exception):
    """The read model cannot be rebuilt now; the text says why."""


class BeingRebuilt(RebuildRefused):
    """Another process rebuilds this read model."""


class LiveBehind(RebuildRefused):
    """The live table is behind the new one."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Result of comparing both tables at `position`; `examples` are keys of rows that differ."""

    position: int
    rows: int
    differing: int
    examples: Sequence[str] = ()

    @property
    def equal(self) -> bool:
        return self.differing == 0


class ReadAhead:
    """Event source that fetches the next batch while the current one is folded."""

    def __init__(self, log: EventSource) -> None:
        self._log = log
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
        self._next: tuple[int, int, Future[Sequence[Recorded]]] | None = None

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        ahead, self._next = self._next, None
        events = ahead[2].result() if ahead and ahead[:2] == (after, limit) else self._log.read(after, limit)
        if len(events) == limit:
            head = events[-1].position
            self._next = (head, limit, self._thread.submit(self._log.read, head, limit))
        return events

    def close(self) -> None:
        """Wait for the thread."""
        self._thread.shutdown(cancel_futures=True)


class Rebuild:
    """Rebuild of one read model into a new table, which has a position of its own."""

    def __init__(self, pool: ConnectionPool[Db], log: EventSource, projection: Projection[Any]) -> None:
        self._pool, self._log, self._projection = pool, log, projection
        self._name = projection.name
        with pool.connection() as db:
            live = live_table(db, self._name)
            self._has_position = live is not None
            self._live, self._live_version = live or LiveTable(self._newest_table(db), projection.version)
        self._new = ReadModel(projection, self._live + 1)
        self._key = projection.row._fields[: projection.key_size]

    @property
    def table(self) -> str:
        """Name of the new table and of its position."""
        return self._new.table

    def difference_in_kind(self) -> str | None:
        """Return why the live table cannot be compared with the new one, None if it can.

        It is damaged (its view or position is gone, its columns are not as defined), or was folded by another
        version, so that no projector of this program brings it to the head. Only while `building`.
        """
        with self._pool.connection() as db:
            row = db.execute(
                "select to_regclass(%(view)s) is null or to_regclass(%(live)s) is null"
                f" or ({COLUMNS % 'live'}) is distinct from ({COLUMNS % 'new'})",
                {"view": self._name, "live": self._live_name, "new": self.table},
            ).fetchone()
        if self._live_version != self._projection.version:
            return "was folded by another version of the program"
        return None if self._has_position and row == (False,) else "is damaged or gone"

    @contextmanager
    def building(self) -> Iterator[None]:
        """Create the new table and its position; drop both at the end unless `switch` was called.

        Raises:
            BeingRebuilt
        """
        with self._pool.connection() as db:
            mine = "select pg_try_advisory_lock(hashtextextended(%s, 0))"
            if db.execute(mine, [LOCK_NAME + self._name]).fetchone() != (True,):
                raise BeingRebuilt(f"{self._name} is being rebuilt already")
            try:
                self._make(db)
                yield
            finally:
                self._drop(db)
                db.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [LOCK_NAME + self._name])

    def fill(self, advanced: Callable[[int], None]) -> None:
        """Fold the log to its end; `advanced` is called with the size of each batch.

        Raises:
            RebuildRefused: an event cannot be folded.
        """
        reader = ReadAhead(self._log)
        follower = self._follower(reader)
        try:
            while seen := follower.step(self._new.handle, BATCH_SIZE):
                advanced(seen)
        finally:
            reader.close()
        self._refuse_parked()

    def compare(self) -> Comparison:
        """Bring the new table to the position of the live one and compare the two.

        Runs in one snapshot (repeatable read), so the live projector need not stop.

        Raises:
            LiveBehind
        """
        with self._pool.connection() as db:
            db.set_isolation_level(IsolationLevel.REPEATABLE_READ)
            try:
                with db.transaction():
                    return self._compare(db)
            finally:
                db.set_isolation_level(None)

    def switch(self) -> None:
        """Replace the live table by the new one; the live projector is locked out meanwhile."""
        with self._pool.connection() as db, db.transaction():
            db.execute("set local lock_timeout = '10s'")
            positions = "select position from positions where name = %s for update"
            live = db.execute(positions, [self._name]).fetchone()
            serves = live_table(db, self._name)
            if (serves is not None) != self._has_position or (serves and serves.generation != self._live):
                raise RebuildRefused(f"{self._name} was switched by somebody else")
            db.execute(positions, [self.table])
            position = live[0] if live is not None else 0
            self._replace(db, max(position, self._fold_until(db, position)))

    def _make(self, db: Db) -> None:
        """Create the new table from its definition: the live one may be damaged or gone."""
        self._drop(db)
        with db.transaction(), defined_tables(db) as schema:
            first = db.execute(
                SQL("select name || '_' || generation from {} where name = %s").format(
                    Identifier(schema, "positions")
                ),
                [self._name],
            ).fetchone()
            assert first is not None, "a migration makes the position of each read model"
            defined = Identifier(schema, first[0])
            db.execute(SQL("create table {} (like {} including all)").format(Identifier(self.table), defined))
            options = db.execute(
                "select array_to_string(reloptions, ', ') from pg_class where oid = %s::regclass",
                [f"{schema}.{first[0]}"],
            ).fetchone()
            if options and options[0]:
                set_options = SQL("alter table {} set ({})").format(Identifier(self.table), SQL(options[0]))
                db.execute(set_options)
            db.execute(
                "insert into positions (name, generation, version, building) values (%s, %s, %s, true)",
                [self.table, self._new.generation, self._projection.version],
            )

    def _drop(self, db: Db) -> None:
        """Drop the new table unless it is the live one by now."""
        with db.transaction():
            serves = live_table(db, self._name)
            if serves is not None and serves.generation >= self._new.generation:
                return
            db.execute("delete from positions where name = %s", [self.table])
            db.execute("delete from parked_events where name = %s", [self.table])
            db.execute(SQL("drop table if exists {}").format(Identifier(self.table)))

    @property
    def _live_name(self) -> str:
        return f"{self._name}_{self._live}"

    def _newest_table(self, db: Db) -> int:
        """Return the generation of the newest table, 0 without any; for when the position is gone."""
        row = db.execute(NEWEST, [f"^{self._name}_[0-9]+$"]).fetchone()
        assert row is not None, "an aggregate has one row"
        return int(row[0])

    def _follower(self, log: EventSource) -> LogFollower:
        return LogFollower(self._pool, self.table, log, generation=self._new.generation, durable=False)

    def _refuse_parked(self) -> None:
        with self._pool.connection() as db:
            row = db.execute(
                "select position, reason from parked_events where name = %s order by position limit 1",
                [self.table],
            ).fetchone()
        if row is not None:
            raise RebuildRefused(f"the event at position {row[0]} cannot be folded: {row[1]}")

    def _fold_until(self, db: Db, position: int) -> int:
        """Fold into the new table up to `position`; return the new table's position."""
        row = db.execute("select position from positions where name = %s", [self.table]).fetchone()
        at: int = row[0] if row is not None else 0
        while at < position:
            events = self._log.read(at, min(BATCH_SIZE, position - at))
            self._new.handle(db, events)
            at = events[-1].position
        db.execute("update positions set position = %s where name = %s", [at, self.table])
        return at

    def _compare(self, db: Db) -> Comparison:
        live = db.execute("select position from positions where name = %s", [self._name]).fetchone()
        assert live is not None, "checked in the constructor"
        if self._fold_until(db, live[0]) > live[0]:
            raise LiveBehind(f"{self._name} is behind its new table: is a projector running?")
        old, new = Identifier(self._live_name), Identifier(self.table)
        sums = SQL("select count(*), coalesce(bit_xor(hashtextextended(t::text, 0)), 0) from {} t")
        one, other = (db.execute(sums.format(table)).fetchone() for table in (old, new))
        assert one is not None, "an aggregate has one row"
        if one == other:
            return Comparison(live[0], one[0], 0)
        differing = differing_rows(db, old, new, self._key, SHOWN)
        return Comparison(live[0], one[0], differing[0][1], [key for key, _ in differing])

    def _replace(self, db: Db, position: int) -> None:
        view = SQL("view {} as select * from {}").format(Identifier(self._name), Identifier(self.table))
        try:
            with db.transaction():  # keeps what others were granted
                db.execute(SQL("create or replace {}").format(view))
        except psycopg.errors.InvalidTableDefinition:  # the view has other columns than the definition
            db.execute(SQL("drop view {}").format(Identifier(self._name)))
            db.execute(SQL("create {}").format(view))
        db.execute(SQL("drop table if exists {}").format(Identifier(self._live_name)))
        db.execute("delete from parked_events where name = %s", [self._name])
        db.execute("delete from positions where name = %s", [self._name])
        db.execute(
            "update positions set name = %s, position = %s, building = false,"
            " heartbeat_at = clock_timestamp() where name = %s",
            [self._name, position, self.table],
        )
