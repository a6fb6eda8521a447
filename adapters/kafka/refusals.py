"""What stands between us and Kafka, named: asked for when a client fails, and until it is repaired."""

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
"""A refusal that stands is logged again after so many looks."""

TRY_EVERY_S = 5.0
"""While we are refused one call in this time goes to the client all the same: it may know better."""

EXPLAINED_S = 1.0
"""How long a failed call waits for its reason, unless it has a deadline."""

log = structlog.get_logger("kafka")


class RefusalWatch:
    """Says why Kafka does not let us in. Once a client failed a thread looks until we are let in.

    Meanwhile calls fail at once with the reason: no client library says it, and each would wait for seconds.
    """

    def __init__(self, bootstrap: str, security: KafkaSecurity) -> None:
        self._bootstrap, self._security = bootstrap, security
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._looked = threading.Event()
        self._thread: threading.Thread | None = None
        self._refused: TopicsRefused | None = None
        self._try_at = 0.0

    def check(self) -> None:
        """Do nothing unless Kafka is known to refuse us.

        Raises:
            TopicsRefused
        """
        if self._refused is not None:
            if time.monotonic() < self._try_at:
                self._raise()
            self._try_at = time.monotonic() + TRY_EVERY_S

    def entered(self) -> None:
        """Note that Kafka let us in, whatever the look said."""
        self._refused = None

    def suspect(self) -> None:
        """Begin to look, because something failed; returns at once."""
        with self._lock:
            if self._closed.is_set() or (self._thread is not None and self._thread.is_alive()):
                return
            self._looked.clear()
            self._thread = threading.Thread(target=self._watch, name="kafka-refusals", daemon=True)
            self._thread.start()

    @contextmanager
    def explaining(self, by: float | None = None) -> Iterator[None]:
        """Raise a failure as `TopicsRefused` if that is the reason; waits until `by` for it to be known."""
        try:
            yield
        except TopicsUnavailable as error:
            if type(error) is TopicsUnavailable:
                self.suspect()
                left_s = EXPLAINED_S if by is None else max(0.0, by - time.monotonic())
                self._looked.wait(left_s)
                if self._refused is not None:
                    self._raise()
            raise

    @contextmanager
    def entering(self, by: float | None = None) -> Iterator[None]:
        """As `explaining`, for a call that needs Kafka: it fails at once while we are known to be refused."""
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
        looks = 0
        while not self._closed.is_set():
            self._look(looks % LOG_EVERY == 0)
            self._looked.set()
            if self._refused is None:
                return
            looks += 1
            self._closed.wait(AGAIN_S)

    def _look(self, log_again: bool) -> None:
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
