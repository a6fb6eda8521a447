"""Explain failed connections to Kafka: examine the brokers after a failure until one accepts."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from adapters.kafka.handshake import examine
from adapters.kafka.security import KafkaSecurity
from schemas.topics import TopicsRefused, TopicsUnavailable

AGAIN_S = 2.0
LOG_EVERY = 30
"""A lasting refusal is logged again after this many examinations."""

TRY_EVERY_S = 5.0
"""While Kafka refuses, one call per interval is passed to the client anyway: it may succeed."""

EXPLAINED_S = 1.0
"""How long a failed call without a deadline waits for its reason."""

log = structlog.get_logger("kafka")


class RefusalWatch:
    """Names the reason why Kafka refuses us. After a failure a thread examines the brokers until one accepts.

    Meanwhile calls fail at once with the reason; the client libraries would wait for seconds and not tell it.
    """

    def __init__(self, bootstrap: str, security: KafkaSecurity) -> None:
        self._bootstrap, self._security = bootstrap, security
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._examined = threading.Event()
        self._thread: threading.Thread | None = None
        self._refused: TopicsRefused | None = None
        self._try_at = 0.0

    def check(self) -> None:
        """Fail at once while Kafka is known to refuse us.

        Raises:
            TopicsRefused
        """
        if self._refused is not None:
            if time.monotonic() < self._try_at:
                self._raise()
            self._try_at = time.monotonic() + TRY_EVERY_S

    def entered(self) -> None:
        """Note that Kafka accepted us, whatever the last examination found."""
        self._refused = None

    def suspect(self) -> None:
        """Start to examine the brokers, because a call failed; returns at once."""
        with self._lock:
            if self._closed.is_set() or (self._thread is not None and self._thread.is_alive()):
                return
            self._examined.clear()
            self._thread = threading.Thread(target=self._watch, name="kafka-refusals", daemon=True)
            self._thread.start()

    @contextmanager
    def explaining(self, by: float | None = None) -> Iterator[None]:
        """Raise a failure as `TopicsRefused` if Kafka refuses us; waits for that to be known until `by`."""
        try:
            yield
        except TopicsUnavailable as error:
            if type(error) is TopicsUnavailable:
                self.suspect()
                left_s = EXPLAINED_S if by is None else max(0.0, by - time.monotonic())
                self._examined.wait(left_s)
                if self._refused is not None:
                    self._raise()
            raise

    @contextmanager
    def entering(self, by: float | None = None) -> Iterator[None]:
        """Explain refusals like `explaining`, but fail at once while Kafka is known to refuse us."""
        self.check()
        with self.explaining(by):
            yield
        self.entered()

    def close(self) -> None:
        """End the thread."""
        self._closed.set()

    def _raise(self) -> None:
        if (refused := self._refused) is not None:
            raise TopicsRefused(refused.why, refused.where)

    def _watch(self) -> None:
        rounds = 0
        while not self._closed.is_set():
            self._examine(rounds % LOG_EVERY == 0)
            self._examined.set()
            if self._refused is None:
                return
            rounds += 1
            self._closed.wait(AGAIN_S)

    def _examine(self, log_again: bool) -> None:
        entrance = examine(self._bootstrap, self._security)
        before = self._refused
        where, why = next(iter(entrance.refusals.items()), ("", ""))
        self._refused = TopicsRefused(why, where) if entrance.is_closed else None
        if before is None:
            self._try_at = time.monotonic() + TRY_EVERY_S
        if log_again or (self._refused is None) != (before is None):
            for server, reason in entrance.refusals.items():
                log.error("Kafka does not let us in", server=server, reason=reason)
            if before is not None and self._refused is None:
                log.warning("Kafka lets us in again")
