"""Following the log in batches, each handled once in effect, under the lock of a position."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

from adapters.postgres.connection.listener import Listener
from adapters.postgres.connection.timeouts import KEEP_ALIVE, RECONNECT_S
from adapters.postgres.follow.parked_events import ParkedEvents, reason_of
from domain.event import Recorded
from domain.log.port import LogUnavailable, UnreadableEvent

BATCH_SIZE = 1_000
POLL_S, RETRY_S = 1.0, 0.5
TRIES, PAUSE_S = 3, 0.05
EVENTS_CHANNEL, PROJECTED_CHANNEL = "balcao_events", "balcao_projected"
TRANSIENT_ERRORS = (LogUnavailable, psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
"""Transient errors: an unavailable database or a standby, a full disk, a connection that the server closed
because we froze. No event is to blame."""

Db = Connection[Any]
Handle = Callable[[Db, Sequence[Recorded]], None]

# The timeout ends the session of a holder that froze, so that others get the row.
LOCK = """
select position, heartbeat_at < clock_timestamp() - interval '500 ms',
    exists (select from parked_events k where k.name = p.name),
    set_config('idle_in_transaction_session_timeout', '3s', true), set_config('synchronous_commit', %s, true)
from positions p where name = %s and generation = %s for update skip locked
"""
EXISTS = "select from positions where name = %s and generation = %s"
ADVANCE = "update positions set position = %s, heartbeat_at = clock_timestamp() where name = %s"


class EventSource(Protocol):
    """The part of `domain.log.port.Log` that a follower needs."""

    def read(self, after: int, limit: int) -> Sequence[Recorded]: ...


class PositionGone(Exception):
    """The position was deleted or belongs to a newer table; this follower has nothing left to do."""


@dataclass(frozen=True, slots=True)
class LockedPosition:
    """The locked row of a position."""

    position: int
    heartbeat_due: bool
    has_parked: bool


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Events of the log, and the event after them that this program cannot read, if there is one."""

    events: Sequence[Recorded]
    unreadable: UnreadableEvent | None = None

    @property
    def size(self) -> int:
        return len(self.events) + (self.unreadable is not None)

    @property
    def head(self) -> int:
        """The position of the last event; only for a batch that is not empty."""
        return self.events[-1].position if self.unreadable is None else self.unreadable.position


def follower_pool(url: str, size: int = 2, name: str = "follower") -> ConnectionPool[Db]:
    """Connections for followers: in autocommit, as `LogFollower` needs them."""
    return ConnectionPool(
        url,
        min_size=1,
        max_size=size,
        timeout=2,
        reconnect_timeout=RECONNECT_S,
        open=True,
        name=name,
        kwargs={"autocommit": True, **KEEP_ALIVE},
    )


class LogFollower:
    """Consumer of the log that hands batches to a handler, under the lock of one position.

    The handler writes on the connection that it is given, so its writes and the position are committed
    together. Of several followers with one name, in any process, one at a time has the lock. `durable=False`
    commits without waiting for the disk; use it when the handler only writes rows of this database.

    Exceptions of an unavailable database, of wrong SQL and of the `transient` classes are raised. Any other
    one is traced to its event by bisection; that event and the later ones of its conversation are parked.

    A handler must not end with `executemany`: that uses a pipeline, in which PostgreSQL's timeout does not
    end the session of a process that froze.
    """

    def __init__(
        self,
        database: str | ConnectionPool[Db],
        name: str,
        log: EventSource,
        *,
        generation: int = 1,
        durable: bool = True,
        transient: tuple[type[Exception], ...] = (),
    ) -> None:
        self._owns_pool = isinstance(database, str)
        self._pool = follower_pool(database, name=name) if isinstance(database, str) else database
        self.name, self.generation = name, generation
        self._log = log
        self._durable = "on" if durable else "off"
        self._transient: tuple[type[Exception], ...] = (*TRANSIENT_ERRORS, *transient)
        self._escaping: tuple[type[Exception], ...] = (
            *self._transient,
            psycopg.ProgrammingError,
            PositionGone,
        )
        self._parked = ParkedEvents(name)
        self.has_more = False
        """Whether the last batch was full, so that there may be more events."""

    def close(self) -> None:
        """Close the pool, unless it was passed in."""
        if self._owns_pool:
            self._pool.close(timeout=2)

    def ensure_position(self) -> None:
        """Create the position at the start of the log if it does not exist."""
        with self._connection() as db:
            db.execute("insert into positions (name) values (%s) on conflict do nothing", [self.name])

    def run(self, handle: Handle, stop: threading.Event) -> None:
        """Follow until `stop`, retrying transient errors.

        Raises:
            PositionGone
        """
        self._retry_transient(self.ensure_position, stop)
        with Listener(str(self._pool.conninfo), EVENTS_CHANNEL) as wakeups:
            while not stop.is_set():
                self._retry_transient(lambda: self.step(handle), stop)
                if not self.has_more:
                    wakeups.wait(POLL_S)

    def step(self, handle: Handle, limit: int = BATCH_SIZE) -> int | None:
        """Handle the next batch and return its number of events; None when another follower holds the lock.

        Raises:
            PositionGone
        """
        try:
            return self._handle_batch(handle, limit)
        except self._escaping:
            raise
        except Exception as error:
            return self._bisect(handle, limit, error)

    def retry(self, handle: Handle) -> tuple[int, int]:
        """Handle the parked events by conversation; returns how many were handled and how many remain."""
        with self._connection() as db:
            threads = self._parked.threads(db)
        handled = [len(events) for thread, events in threads.items() if self._retry_thread(handle, thread)]
        return sum(handled), sum(map(len, threads.values())) - sum(handled)

    @contextmanager
    def _connection(self) -> Iterator[Db]:
        with self._pool.connection() as db:
            try:
                yield db
            except psycopg.errors.ReadOnlySqlTransaction:
                db.close()  # the server became a standby: the pool must not hand this connection out again
                raise

    def _retry_transient(self, act: Callable[[], Any], stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                act()
                return
            except self._transient:
                stop.wait(RETRY_S)

    def _handle_batch(self, handle: Handle, limit: int) -> int | None:
        with self._connection() as db:
            with db.transaction():
                if (locked := self._lock(db)) is None:
                    self.has_more = False
                    return None
                batch = self._read(locked.position, limit)
                self.has_more = batch.size == limit or batch.unreadable is not None
                if batch.size == 0:
                    if locked.heartbeat_due:
                        db.execute(ADVANCE, [locked.position, self.name])
                    return 0
                events = self._parked.exclude_parked(db, batch.events) if locked.has_parked else batch.events
                handle(db, events)
                if batch.unreadable is not None:
                    self._parked.park(db, batch.unreadable, reason_of(batch.unreadable))
                db.execute(ADVANCE, [batch.head, self.name])
            # Outside the transaction: PostgreSQL commits transactions that notify one at a time.
            db.execute("select pg_notify(%s, %s)", [PROJECTED_CHANNEL, f"{self.name}:{batch.head}"])
        return batch.size

    def _lock(self, db: Db) -> LockedPosition | None:
        row = db.execute(LOCK, [self._durable, self.name, self.generation]).fetchone()
        if row is not None:
            return LockedPosition(row[0], row[1], row[2])
        if db.execute(EXISTS, [self.name, self.generation]).fetchone() is None:
            raise PositionGone(f"{self.name}, generation {self.generation}")
        return None

    def _read(self, after: int, limit: int) -> EventBatch:
        try:
            return EventBatch(self._log.read(after, limit))
        except UnreadableEvent as unreadable:
            return EventBatch(unreadable.before, unreadable)

    def _bisect(self, handle: Handle, limit: int, error: Exception) -> int | None:
        """Handle the batch again in parts: halve the size after a failure, double it after a success."""
        done, size, failures = 0, max(1, limit // 2), int(limit == 1)
        while done < limit:
            size = min(size, limit - done)
            try:
                seen = self._park_next(error) if failures == TRIES else self._handle_batch(handle, size)
            except self._escaping:
                raise
            except Exception as again:
                error = again
                if size == 1:
                    failures += 1
                    time.sleep(PAUSE_S)
                size = max(1, size // 2)
                continue
            if not seen:
                break
            done, size, failures = done + seen, size * 2, 0
        return done

    def _park_next(self, error: Exception) -> int | None:
        """Park the next event because of `error`."""
        with self._connection() as db, db.transaction():
            if (locked := self._lock(db)) is None:
                return None
            batch = self._read(locked.position, 1)
            for event in batch.events:
                self._parked.park(db, event, reason_of(error))
            if batch.unreadable is not None:
                self._parked.park(db, batch.unreadable, reason_of(batch.unreadable))
            if batch.size:
                db.execute(ADVANCE, [batch.head, self.name])
            return batch.size

    def _retry_thread(self, handle: Handle, thread: UUID) -> bool:
        """Handle all parked events of a thread, or none."""
        try:
            with self._connection() as db, db.transaction():
                db.execute("set local lock_timeout = '5s'")
                db.execute("select from positions where name = %s for update", [self.name])
                positions = self._parked.threads(db).get(thread, [])
                handle(db, [event for at in positions for event in self._log.read(at - 1, 1)])
                self._parked.release(db, thread)
                return True
        except self._escaping:
            raise
        except Exception as error:
            with self._connection() as db:
                self._parked.set_reason(db, thread, reason_of(error))
            return False
