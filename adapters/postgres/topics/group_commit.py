"""Several callers, one transaction: what arrives within two milliseconds is stored together."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(slots=True)
class PendingCommit(Generic[Row]):
    """What one caller brought, and until when it waits."""

    rows: Sequence[Row]
    weight: int
    deadline: float
    stored: Future[None] = field(default_factory=Future)


class GroupCommit(Generic[Row]):
    """A thread that gives `store` the rows of all callers who wait.

    `store(rows, until)` returns when the rows are durable and raises when they may not be; `until` is the
    monotonic second at which the first caller gives up.
    """

    def __init__(
        self,
        store: Callable[[Sequence[Row], float], None],
        weight: Callable[[Row], int],
        window_s: float = 0.002,
        most: int = 8_000_000,
    ) -> None:
        self._store, self._weight, self._window_s, self._max_weight = store, weight, window_s, most
        self._queue: deque[PendingCommit[Row]] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None

    def store(self, rows: Sequence[Row], timeout_s: float) -> None:
        """Wait until the rows are durable.

        Raises:
            TimeoutError: not within `timeout_s`; they may become so later.
            RuntimeError: after `close`.
        """
        entry = PendingCommit(rows, sum(map(self._weight, rows)), time.monotonic() + timeout_s)
        with self._changed:
            if self._closed:
                raise RuntimeError("closed")
            if self._thread is None:  # not before the first use: a process may fork until then
                self._thread = threading.Thread(target=self._run, name="shared-commits", daemon=True)
                self._thread.start()
            self._queue.append(entry)
            self._changed.notify()
        try:
            entry.stored.result(timeout_s)
        except TimeoutError:
            entry.stored.cancel()  # if its turn has not come it will not be stored at all
            raise

    def close(self) -> None:
        """Store what waits, then end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while batch := self._next_batch():
            rows = [row for entry in batch for row in entry.rows]
            try:
                self._store(rows, min(entry.deadline for entry in batch))
            except Exception as error:
                for entry in batch:
                    entry.stored.set_exception(error)
            else:
                for entry in batch:
                    entry.stored.set_result(None)

    def _next_batch(self) -> list[PendingCommit[Row]]:
        """The entries of the next transaction; none when closed."""
        while True:
            with self._changed:
                while not self._queue:
                    if self._closed:
                        return []
                    self._changed.wait()
            time.sleep(self._window_s)
            if batch := self._take_batch():
                return batch

    def _take_batch(self) -> list[PendingCommit[Row]]:
        batch: list[PendingCommit[Row]] = []
        weight = 0
        with self._changed:
            while self._queue and (not batch or weight + self._queue[0].weight <= self._max_weight):
                entry = self._queue.popleft()
                if entry.stored.set_running_or_notify_cancel():
                    batch.append(entry)
                    weight += entry.weight
        return batch
