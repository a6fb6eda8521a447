"""Records the outcomes of calls, several in one append; keeps them while the log is unavailable."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

import structlog

from domain import streams
from domain.log.append import Conflict
from domain.log.port import Log, LogUnavailable
from services.runtime.clock import Clock
from services.workers.send.attempts import Attempts, Claimed, NotSent, Outcome
from services.write.bisection import process_with_bisection
from services.write.stream_cache import StreamCache
from services.write.unit_of_work import UnitOfWork

MAX_TOGETHER = 200
RETRY_S = 0.3
STOP_S = 2.0

log = structlog.get_logger("outcomes")

Landed = tuple[Claimed, Outcome, datetime]


@dataclass
class Outcomes:
    """A queue of outcomes, and the thread that writes them. `landed` is called once they are written."""

    log: Log
    now: Clock
    random: Random
    landed: Callable[[Sequence[Claimed]], None]
    _queue: "queue.SimpleQueue[Landed | None]" = field(default_factory=queue.SimpleQueue)
    _thread: threading.Thread | None = None
    _give_up_at: float = float("inf")

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="outcomes", daemon=True)
        self._thread.start()

    def put(self, claim: Claimed, outcome: Outcome) -> None:
        """Queue an outcome to be written."""
        self._queue.put((claim, outcome, self.now()))

    def close(self) -> None:
        """Write what is queued, as far as the log takes it within two seconds.

        Attempts whose outcome is not written become unconfirmed.
        """
        self._give_up_at = time.monotonic() + STOP_S
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(STOP_S + 1)

    def _run(self) -> None:
        while batch := self._next():
            while not self._written(batch):
                if time.monotonic() > self._give_up_at:
                    return
                time.sleep(RETRY_S)
            self.landed([claim for claim, _, _ in batch])

    def _next(self) -> list[Landed]:
        """Wait for outcomes; none once closed."""
        first = self._queue.get()
        if first is None:
            return []
        batch = [first]
        while len(batch) < MAX_TOGETHER and not self._queue.empty():
            if (landed := self._queue.get()) is None:
                self._queue.put(None)
                break
            batch.append(landed)
        return batch

    def _written(self, batch: Sequence[Landed]) -> bool:
        """Write them all; return False while the log is unavailable."""
        try:
            process_with_bisection(self.log, batch, self._write, self._broken, (LogUnavailable,))
        except LogUnavailable:
            return False
        return True

    def _write(self, batch: Sequence[Landed], cache: StreamCache) -> Conflict | None:
        cache.load([claim.item.message_id for claim, _, _ in batch], streams.delivery)
        refused = [claim.item for claim, outcome, _ in batch if isinstance(outcome, NotSent)]
        cache.load([item.conversation_id for item in refused], streams.conversation)
        unit = UnitOfWork(cache)
        attempts = Attempts(unit, self.random)
        for claim, outcome, at in batch:
            attempts.record_outcome(claim.item, claim.channel, outcome, at)
        answer = unit.commit()
        return answer if isinstance(answer, Conflict) else None

    def _broken(self, landed: Landed, reason: Exception) -> None:
        log.error("outcome cannot be written, it becomes unconfirmed", exc_info=reason)
