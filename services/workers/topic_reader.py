"""A topic read from the offsets that the log keeps, so that they move only together with the events."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import structlog

from domain.log.append import Advance, Append, Conflict
from domain.log.port import Log, LogUnavailable
from schemas.topics import (
    Consumer,
    OffsetOutOfRange,
    Outgoing,
    Record,
    Topics,
    TopicsUnavailable,
    parked_topic,
)
from services.write.batch_retry import process_with_bisection
from services.write.unit_of_work import StreamCache

TRANSIENT_ERRORS = (LogUnavailable, TopicsUnavailable)
"""What passes by itself."""

NOT_RECORD_ERRORS = (*TRANSIENT_ERRORS, OffsetOutOfRange)
"""What no record is to blame for."""

AGAIN_S = 0.5

_MAX_REASON_BYTES = 500

log = structlog.get_logger("reader")


class StaleOwner(Exception):
    """Another member has moved our offsets: the records are theirs, nothing was written."""


class OfRecord(Protocol):
    """What a record asks for."""

    @property
    def record(self) -> Record: ...


R = TypeVar("R", bound=OfRecord)


@dataclass
class TopicReader:
    """One member of a group. For one thread."""

    log: Log
    topics: Topics
    topic: str
    group: str
    _next: dict[int, int] = field(default_factory=dict)
    _consumer: Consumer | None = None

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        """Records that were not taken yet, in order per partition."""
        if self._consumer is None:
            self._consumer = self.topics.consumer(self.topic, self.group, self._start)
        records = self._consumer.poll(max_records, timeout_s)
        return [record for record in records if record.offset >= self._at(record.partition)]

    def process_next(self, max_records: int, timeout_s: float, step: Callable[[list[Record]], None]) -> int:
        """Settle what is there, waiting at most `timeout_s` for it; return the number of records.

        Nothing when another member has moved our offsets: the records are read again from where we stand.
        """
        records = self.poll(max_records, timeout_s)
        if not records:
            return 0
        try:
            step(records)
        except StaleOwner:
            self.rewind({record.partition for record in records})
            return 0
        self.committed()
        return len(records)

    def advances(self, records: Sequence[Record]) -> list[Advance]:
        """To be written with the events: from where we stand to behind `records`."""
        return [
            Advance(f"{self.topic}/{partition}", self._next[partition], next)
            for partition, next in _ends(records).items()
        ]

    def advanced(self, records: Sequence[Record]) -> None:
        """The append that held their advances has happened."""
        self._next.update(_ends(records))

    def committed(self) -> None:
        """Tell lag tools where we stand."""
        if self._consumer is not None:
            self._consumer.committed(dict(self._next))

    def rewind(self, partitions: set[int]) -> None:
        """Read again from where we stand."""
        if self._consumer is not None:
            for partition in partitions:
                self._consumer.seek(partition, self._next[partition])

    def refuse_stale(self, lost: Conflict) -> None:
        """Take over the offsets of the log if they are not ours any more.

        Raises:
            StaleOwner: they are not; the records must be dropped and read again.
        """
        if lost.sources:
            log.warning("another member has moved our offsets", sources=sorted(lost.sources))
            self._next.update(_partitions(lost.sources))
            raise StaleOwner

    def process_batch(
        self, batch: Sequence[R], write: Callable[[Sequence[R], StreamCache], Conflict | None]
    ) -> None:
        """Write what records ask for, in parts where the whole cannot be; who breaks it is parked alone.

        Raises:
            StaleOwner: another member moved the offsets.
            LogUnavailable, TopicsUnavailable
        """
        process_with_bisection(
            self.log,
            batch,
            write,
            lambda one, why: self._park(one.record, why),
            (*NOT_RECORD_ERRORS, StaleOwner),
        )

    def _park(self, record: Record, broken: Exception) -> None:
        """Keep a record that breaks a decision, and go on behind it.

        Raises:
            StaleOwner, LogUnavailable, TopicsUnavailable
        """
        log.error("record parked", partition=record.partition, offset=record.offset, exc_info=broken)
        self.keep_parked([(record, f"{type(broken).__name__}: {broken}")])
        answer = self.log.append(Append(advances=self.advances([record])))
        if isinstance(answer, Conflict):
            self.refuse_stale(answer)
        self.advanced([record])

    def keep_parked(self, records: Sequence[tuple[Record, str]]) -> None:
        """Produce them to the parked topic; when the append behind this is lost they stand there twice."""
        self.topics.produce([_parked(record, reason) for record, reason in records])

    def close(self) -> None:
        """Leave the group."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _start(self, partition: int) -> int:
        """Where a partition begins that was just assigned to us: where the log says it stands."""
        offsets = self.log.offsets(self.topic, self.topics.partitions(self.topic))
        self._next[partition] = offsets.get(partition, 0)
        return self._next[partition]

    def _at(self, partition: int) -> int:
        return self._next[partition] if partition in self._next else self._start(partition)


def _ends(records: Sequence[Record]) -> dict[int, int]:
    """The next offset of each partition behind the records."""
    return {record.partition: record.offset + 1 for record in records}


def _partitions(sources: Mapping[str, int]) -> dict[int, int]:
    return {int(source.rpartition("/")[2]): at for source, at in sources.items()}


def _parked(record: Record, reason: str) -> Outgoing:
    headers = {
        "reason": reason.encode(errors="replace")[:_MAX_REASON_BYTES],
        "partition": str(record.partition).encode(),
        "offset": str(record.offset).encode(),
    }
    return Outgoing(parked_topic(record.topic), record.key or b"", record.value or b"", headers)
