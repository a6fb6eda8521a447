"""Watches the topics: measures how far our groups are, says what needs a person, and deletes what is old."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.topics.stored_offsets import StoredOffsets
from adapters.postgres.topics.topic_states import PARKED, TopicState, store_states
from adapters.postgres.topics.topics import PostgresTopics
from domain.log.port import LogUnavailable
from schemas.topics import TOPICS, PartitionsChanged, Topics, TopicsUnavailable, UnknownTopic
from services.queries.topic_states import measure
from services.runtime.clock import Clock, utc_now

EVERY_S = 5.0
EXPIRE_EVERY_S = 600.0
LOG_AGAIN_S = 3600.0

log = structlog.get_logger("topics")


@dataclass
class TopicWatch:
    """Measures the topics for the health checks. Several may run; each logs what it sees, once an hour."""

    topics: Topics
    pool: QueryPool
    now: Clock = utc_now
    _logged_at: dict[tuple[str, str | None, int | None], float] = field(default_factory=dict)
    _expire_at: float = field(default_factory=lambda: time.monotonic() + EXPIRE_EVERY_S)

    def step(self) -> Sequence[TopicState]:
        """Measure, store, and say what needs a person.

        Raises:
            LogUnavailable, TopicsUnavailable
        """
        states = measure(self.topics, StoredOffsets(self.pool), self.now)
        store_states(self.pool, states)
        for state in states:
            self._judge(state)
        for topic in TOPICS:
            self._compare_partitions(topic, [state for state in states if state.topic == topic])
        if time.monotonic() >= self._expire_at:
            self._expire_at = time.monotonic() + EXPIRE_EVERY_S
            self.expire()
        return states

    def expire(self) -> int:
        """Delete what is old and read from the topics in PostgreSQL; return the number of records.

        Raises:
            LogUnavailable, TopicsUnavailable
        """
        if not isinstance(self.topics, PostgresTopics):
            return 0  # Kafka deletes by itself
        return self.topics.expire(StoredOffsets(self.pool).first_unread())

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop`; while database or broker is unavailable nothing is measured."""
        while not stop.wait(EVERY_S):
            try:
                self.step()
            except (LogUnavailable, TopicsUnavailable) as error:
                self._log(log.warning, "topics cannot be measured", reason=type(error).__name__)
            except Exception as bug:
                self._log(log.error, "topics cannot be measured", reason=type(bug).__name__, exc_info=bug)

    def _judge(self, state: TopicState) -> None:
        where = {"offset": state.offset, "first_available": state.earliest, "end": state.end}
        if state.stopped:
            what = "partition stopped, its next record is not there; see `balcao topics skip`"
            self._log(log.error, what, state.topic, state.partition, **where)
        elif state.lost and state.group == PARKED:
            what = "parked records expired before they were replayed; see `balcao topics skip`"
            self._log(log.error, what, state.topic, state.partition, lost=state.lost, **where)
        if state.late and state.oldest_at is not None:
            what = (
                "parked records wait for long" if state.group == PARKED else "records are not read for long"
            )
            hours = int((self.now() - state.oldest_at).total_seconds() / 3600)
            self._log(
                log.warning, what, state.topic, state.partition, unread=state.unread, oldest_hours=hours
            )

    def _compare_partitions(self, topic: str, states: Sequence[TopicState]) -> None:
        try:
            ours = self.topics.partitions(topic)
        except (PartitionsChanged, UnknownTopic) as changed:
            self._log(log.error, str(changed), topic)
            return
        if len(states) > ours:
            what = "topic has more partitions than we produce to; all are read, the order of keys is kept"
            self._log(log.warning, what, topic, produced_to=ours, found=len(states))

    def _log(
        self,
        level: Callable[..., None],
        what: str,
        topic: str | None = None,
        partition: int | None = None,
        **about: object,
    ) -> None:
        """Log it, once an hour."""
        if time.monotonic() - self._logged_at.get((what, topic, partition), float("-inf")) < LOG_AGAIN_S:
            return
        self._logged_at[what, topic, partition] = time.monotonic()
        place = {"topic": topic, "partition": partition}
        level(what, **{name: value for name, value in place.items() if value is not None}, **about)


@contextmanager
def watching(topics: Topics, url: str) -> Iterator[None]:
    """Watch the topics in a thread of its own, so that a broker that hangs delays nobody."""
    stop = threading.Event()
    with QueryPool(url, 1, "topic-watch") as pool:
        watch = TopicWatch(topics, pool)
        thread = threading.Thread(target=watch.run, args=[stop], name="topic-watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(2.0)
