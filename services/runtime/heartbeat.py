"""Heartbeats of workers: a loop that asks whether to stop is alive."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from psycopg import Connection

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.follow.heartbeats import beat
from adapters.postgres.schema.migrate import LogMoved, check_log
from domain.log.port import LogUnavailable
from services.runtime.clock import utc_now

EVERY_S = 1.0


class BeatingEvent(threading.Event):
    """A read-only view of a loop's `stop` event that sends a heartbeat when it is asked.

    Each heartbeat sets the clock by the database's. The event is also set once the log is restored, because
    the loop may remember what is gone: it has to begin anew. A log that moved raises `LogMoved`.
    """

    def __init__(self, stop: threading.Event, pool: QueryPool, name: str) -> None:
        super().__init__()
        self._stop, self._pool, self._name = stop, pool, name
        self._beat_at = 0.0
        self._log_id: str | None = None
        self._restored = False

    def is_set(self) -> bool:
        self._beat()
        return self._restored or self._stop.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        self._beat()
        return self._restored or self._stop.wait(timeout)

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._beat_at < EVERY_S:
            return
        self._beat_at = now
        try:
            log_id = self._pool.write(self._send)
        except LogMoved:
            raise
        except LogUnavailable:
            return  # readiness needs the same database
        self._restored = self._log_id not in (None, log_id)
        self._log_id = self._log_id or log_id

    def _send(self, db: Connection[Any]) -> str:
        asked_at = utc_now.local()
        ahead_s = beat(db, self._name, asked_at)
        utc_now.correct(asked_at, asked_at + timedelta(seconds=ahead_s), utc_now.local())
        return check_log(db)


@contextmanager
def beating(url: str, name: str, stop: threading.Event) -> Iterator[threading.Event]:
    """Give the loop of `name` its `stop` event, which sends heartbeats."""
    with QueryPool(url, 1, "heartbeat") as pool:
        beating_stop = BeatingEvent(stop, pool, name)
        beating_stop.is_set()  # it knows the log's id before the loop opens the log
        yield beating_stop
