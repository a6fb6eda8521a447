"""Group commit: rows of several callers, collected for two milliseconds, in one transaction."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

WINDOW_S = 0.002
MAX_WEIGHT = 8_000_000

Row = TypeVar("Row")


@dataclass(slots=True)
class PendingCommit(Generic[Row]):
    """Rows of one caller and the deadline (monotonic seconds) until which it waits."""

    rows: Sequence[Row]
    weight: int
    deadline: float
    stored: Future[None] = field(default_factory=Future)


class GroupCommit(Generic[Row]):
    """Thread that passes the rows of all waiting callers to `store`.

    `store(rows, deadline)` returns when the rows are durable and raises when they may not be; the deadline is
    that of the first caller to give up.
    """

    def __init__(self, store: Callable[[Sequence[Row], float], None], weight: Callable[[Row], int]) -> None:
        self._store, self._weight = store, weight
        self._queue: deque[PendingCommit[Row]] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None

    def store(self, rows: Sequence[Row], timeout_s: float) -> None:
        """Wait until the rows are durable.

        Raises:
            TimeoutError: not within `timeout_s`; they may still become durable later.
            RuntimeError: after `close`.
        """
        entry = PendingCommit(rows, sum(map(self._weight, rows)), time.monotonic() + timeout_s)
        with self._changed:
            if self._closed:
                raise RuntimeError("closed")
            if self._thread is None:  # started on first use, because a thread does not survive a fork
                self._thread = threading.Thread(target=self._run, name="shared-commits", daemon=True)
                self._thread.start()
            self._queue.append(entry)
            self._changed.notify()
        try:
            entry.stored.result(timeout_s)
        except TimeoutError:
            entry.stored.cancel()  # not stored at all, if its batch has not begun
            raise

    def close(self) -> None:
        """Store what is queued, then end the thread."""
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
        """Wait for the entries of the next transaction; returns none when closed."""
        while True:
            with self._changed:
                while not self._queue:
                    if self._closed:
                        return []
                    self._changed.wait()
            time.sleep(WINDOW_S)
            if batch := self._take_batch():
                return batch

    def _take_batch(self) -> list[PendingCommit[Row]]:
        batch: list[PendingCommit[Row]] = []
        weight = 0
        with self._changed:
            while self._queue and (not batch or weight + self._queue[0].weight <= MAX_WEIGHT):
                entry = self._queue.popleft()
                if entry.stored.set_running_or_notify_cancel():
                    batch.append(entry)
                    weight += entry.weight
        return batch
