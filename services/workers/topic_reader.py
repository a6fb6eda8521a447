"""Readers of topics: one loop for all; offsets are stored together with the effects of the records."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from domain.log.append import Advance, Conflict
from domain.log.port import Log, LogUnavailable
from schemas.topics import READERS, Consumer, OffsetOutOfRange, Record, Topics, TopicsUnavailable
from services.workers.decoding import Decoded, park
from services.write.bisection import process_with_bisection
from services.write.stream_cache import StreamCache
from services.write.unit_of_work import UnitOfWork

TRANSIENT_ERRORS = (LogUnavailable, TopicsUnavailable)
"""Errors that end when the database or the broker is back."""

RETRY_S = 0.5
LOOK_AGAIN_S = 1.0
"""How often the stored offset of a stopped partition is looked at."""

log = structlog.get_logger("reader")

T = TypeVar("T")


class StaleOwner(Exception):
    """Another member of the group has moved our offsets: the records are theirs, nothing was written."""


NOT_RECORD_ERRORS = (*TRANSIENT_ERRORS, StaleOwner)
"""Errors that no record causes."""


@dataclass
class TopicReader:
    """A member of a consumer group. For one thread.

    `stored_offset` says where a partition begins that is assigned to us: offsets are kept where the effects
    of the records are kept, so that both move together.

    A partition whose stored offset is not in its topic stops alone, until that offset is moved by an
    operator (`balcao topics skip`).
    """

    topics: Topics
    topic: str
    group: str
    stored_offset: Callable[[int], int]
    _next: dict[int, int] = field(default_factory=dict)
    _stopped: dict[int, int] = field(default_factory=dict)
    _look_again_at: float = 0.0
    _consumer: Consumer | None = None

    def run(self, step: Callable[[], object], stop: threading.Event) -> None:
        """Call `step` until `stop`, then leave the group; waits while database or broker is unavailable."""
        try:
            while not stop.is_set():
                try:
                    step()
                except TRANSIENT_ERRORS as error:
                    reason = type(error).__name__
                    log.warning("database or topics unavailable, retrying", reason=reason, again_in_s=RETRY_S)
                    self.close()  # the next poll joins again, at the stored offsets
                    stop.wait(RETRY_S)
        finally:
            self.close()

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        """Read the next records, in order per partition; waits at most `timeout_s` for the first."""
        if self._consumer is None:
            self._consumer = self.topics.consumer(self.topic, self.group, self._assigned)
        self._restart_moved(self._consumer)
        while True:
            try:
                records = self._consumer.poll(max_records, timeout_s)
            except OffsetOutOfRange as gone:  # once for a partition
                self._stop(gone)
                continue
            return [record for record in records if record.offset >= self._at(record.partition)]

    def process_next(
        self, max_records: int, timeout_s: float, process: Callable[[list[Record]], None]
    ) -> int:
        """Process the next records; return how many were processed.

        Raising `StaleOwner`, `process` says that none was: they are read again from the stored offsets.
        """
        records = self.poll(max_records, timeout_s)
        if not records:
            return 0
        try:
            process(records)
        except StaleOwner:
            self.rewind({record.partition for record in records})
            return 0
        self.report_offsets()
        return len(records)

    def steps(self, records: Sequence[Record]) -> list[tuple[int, int, int]]:
        """Return partition, present and next offset: how the records move our offsets."""
        return [(partition, self._next[partition], next) for partition, next in _ends(records).items()]

    def advance(self, records: Sequence[Record]) -> None:
        """Continue after these records: their effects and offsets are stored."""
        self._next.update(_ends(records))

    def move_to(self, offsets: Mapping[int, int]) -> None:
        """Continue at other offsets: another member has moved them."""
        self._next.update(offsets)

    def rewind(self, partitions: set[int]) -> None:
        """Read these partitions again from our offsets."""
        if self._consumer is not None:
            for partition in partitions:
                self._consumer.seek(partition, self._next[partition])

    def report_offsets(self) -> None:
        """Report our offsets, for tools that measure lag."""
        if self._consumer is not None:
            self._consumer.committed(dict(self._next))

    def close(self) -> None:
        """Leave the group."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None
        self._next.clear()

    def _stop(self, gone: OffsetOutOfRange) -> None:
        """Leave out a partition; log it once, however often the group joins again meanwhile."""
        if self._stopped.get(gone.partition) == gone.offset:
            return
        self._stopped[gone.partition] = gone.offset
        log.error(
            "offset out of range, partition stopped; see `balcao topics skip`",
            topic=gone.topic,
            partition=gone.partition,
            offset=gone.offset,
            first_available=gone.earliest,
            end=gone.latest,
        )

    def _restart_moved(self, consumer: Consumer) -> None:
        """Continue stopped partitions whose stored offset was moved."""
        if not self._stopped or time.monotonic() < self._look_again_at:
            return
        self._look_again_at = time.monotonic() + LOOK_AGAIN_S
        for partition, offset in list(self._stopped.items()):
            if (moved_to := self.stored_offset(partition)) == offset:
                continue
            del self._stopped[partition]
            if partition in consumer.assigned():
                where = {"topic": self.topic, "partition": partition, "offset": moved_to}
                log.warning("stopped partition continues", **where)
                self._next[partition] = moved_to
                consumer.seek(partition, moved_to)

    def _assigned(self, partition: int) -> int:
        self._next[partition] = self.stored_offset(partition)
        return self._next[partition]

    def _at(self, partition: int) -> int:
        return self._next[partition] if partition in self._next else self._assigned(partition)


class LogTopicReader(TopicReader):
    """A reader whose offsets are stored in the log, in the append of what the records brought about."""

    def __init__(self, log: Log, topics: Topics, topic: str) -> None:
        super().__init__(topics, topic, READERS[topic], self._stored_offset)
        self.log = log

    def process_batch(
        self,
        batch: Sequence[Decoded[T]],
        write: Callable[[Sequence[Decoded[T]], StreamCache], Conflict | None],
    ) -> None:
        """Write the effects of records; retry conflicts, and park alone a record that breaks a decision.

        Raises:
            StaleOwner: another member moved the offsets.
            LogUnavailable, TopicsUnavailable
        """
        process_with_bisection(self.log, batch, write, self._park_broken, NOT_RECORD_ERRORS)

    def commit(self, unit: UnitOfWork, batch: Sequence[Decoded[T]]) -> Conflict | None:
        """Park what could not be decoded, then commit the unit together with the offsets of its records.

        Raises:
            StaleOwner: another member moved the offsets.
            LogUnavailable, TopicsUnavailable
        """
        park(self.topics, batch)
        records = [item.record for item in batch]
        unit.advance(
            Advance(f"{self.topic}/{partition}", present, next)
            for partition, present, next in self.steps(records)
        )
        answer = unit.commit()
        if isinstance(answer, Conflict):
            if answer.sources:
                log.warning(
                    "offsets moved by another consumer, reading again", sources=sorted(answer.sources)
                )
                self.move_to({int(source.rpartition("/")[2]): at for source, at in answer.sources.items()})
                raise StaleOwner
            return answer
        self.advance(records)
        return None

    def _park_broken(self, broken: Decoded[T], reason: Exception) -> None:
        record = broken.record
        log.error(
            "record cannot be processed, parked",
            partition=record.partition,
            offset=record.offset,
            exc_info=reason,
        )
        parked: Decoded[T] = Decoded(record, None, f"{type(reason).__name__}: {reason}")
        self.commit(UnitOfWork(StreamCache(self.log)), [parked])

    def _stored_offset(self, partition: int) -> int:
        return self.log.offsets(self.topic, partition + 1)[partition]


def _ends(records: Sequence[Record]) -> dict[int, int]:
    """Return the offset after the last of these records, by partition."""
    return {record.partition: record.offset + 1 for record in records}
