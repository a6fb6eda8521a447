"""Heartbeats of workers: a loop that asks whether to stop is alive."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.follow.heartbeats import beat
from domain.log.port import LogUnavailable
from services.runtime.clock import utc_now

EVERY_S = 1.0


class BeatingEvent(threading.Event):
    """A read-only view of a loop's `stop` event that sends a heartbeat when it is asked."""

    def __init__(self, stop: threading.Event, pool: QueryPool, name: str) -> None:
        super().__init__()
        self._stop, self._pool, self._name = stop, pool, name
        self._beat_at = 0.0

    def is_set(self) -> bool:
        self._beat()
        return self._stop.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        self._beat()
        return self._stop.wait(timeout)

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._beat_at < EVERY_S:
            return
        self._beat_at = now
        try:
            self._pool.write(lambda db: beat(db, self._name, utc_now()))
        except LogUnavailable:
            return  # readiness needs the same database


@contextmanager
def beating(url: str, name: str, stop: threading.Event) -> Iterator[threading.Event]:
    """Give the loop of `name` its `stop` event, which sends heartbeats."""
    with QueryPool(url, 1, "heartbeat") as pool:
        yield BeatingEvent(stop, pool, name)
