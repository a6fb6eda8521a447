"""A loop that turns is alive: each time that it asks whether to stop, it is seen to be at work."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.follow.heartbeats import PostgresHeartbeats
from domain.log.port import LogUnavailable

EVERY_S = 1.0


class Turns(threading.Event):
    """The `stop` of a loop, which counts being asked as a sign of life. Set it on the one that it follows."""

    def __init__(self, stop: threading.Event, heartbeats: PostgresHeartbeats, name: str) -> None:
        super().__init__()
        self._stop, self._heartbeats, self._name = stop, heartbeats, name
        self._beat_at = 0.0

    def is_set(self) -> bool:
        self._turned()
        return self._stop.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        self._turned()
        return self._stop.wait(timeout)

    def _turned(self) -> None:
        now = time.monotonic()
        if now - self._beat_at < EVERY_S:
            return
        self._beat_at = now
        try:
            self._heartbeats.beat(self._name)
        except LogUnavailable:
            return  # then nobody can ask, either


@contextmanager
def seen_at_work(url: str, name: str, stop: threading.Event) -> Iterator[threading.Event]:
    """The `stop` to give to the loop of `name`."""
    with QueryPool(url, 1, "heartbeat") as pool:
        yield Turns(stop, PostgresHeartbeats(pool), name)
