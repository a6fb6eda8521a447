"""Consumer of a Kafka topic from our own offsets; it rejoins the group when its client is stuck."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from adapters.kafka.refusals import RefusalWatch
from schemas.topics import OffsetOutOfRange, Record, StartAt, TopicsUnavailable

SLICE_S = 0.1
LONGEST_PATIENCE_S = 240.0


class OutOfRange(Exception):
    """The broker does not have the offset that was asked for."""

    def __init__(self, partition: int, offset: int) -> None:
        super().__init__(f"partition {partition} has no offset {offset}")
        self.partition, self.offset = partition, offset


class GroupMember(Protocol):
    """One membership of a consumer group in a client library. Used by one thread."""

    def receive(self, max_records: int, timeout_s: float) -> Sequence[Record]:
        """Return records of partitions that were begun; none on timeout or while the group is rebalancing.

        Raises:
            OutOfRange: once for a partition; it is not read any more until `seek`, the others are.
            TopicsUnavailable: the client gave up.
        """
        ...

    def waiting(self) -> frozenset[int]:
        """Return the assigned partitions that were not begun yet."""
        ...

    def begin(self, offsets: Mapping[int, int]) -> None:
        """Start reading all waiting partitions at these offsets."""
        ...

    def seek(self, partition: int, offset: int) -> None: ...

    def assigned(self) -> frozenset[int]: ...

    def joined(self) -> bool:
        """Return whether the group has assigned partitions to us, even if none."""
        ...

    def ends(self, partitions: Sequence[int], timeout_s: float) -> Mapping[int, tuple[int, int]]:
        """Return the earliest and the next offset of each partition.

        Raises:
            TopicsUnavailable: the broker does not answer.
        """
        ...

    def commit(self, offsets: Mapping[int, int]) -> None:
        """Commit offsets in the background; failures are ignored."""
        ...

    def close(self) -> None: ...


class Watchdog:
    """Timer that asks for a check when nothing was received for long; backs off after each restart."""

    def __init__(self, patience_s: float = 15.0) -> None:
        self._usual_s = self._patience_s = patience_s
        self._waited_s = 0.0

    def received(self) -> None:
        """Reset: the consumer received records."""
        self._patience_s, self._waited_s = self._usual_s, 0.0

    def waited(self, seconds: float) -> bool:
        """Add time without records; return whether a check is due."""
        self._waited_s += seconds
        if self._waited_s < self._patience_s:
            return False
        self._waited_s = 0.0
        return True

    def restarted(self) -> None:
        """Back off: the consumer was restarted."""
        self._patience_s = min(self._patience_s * 2, LONGEST_PATIENCE_S)


class KafkaConsumer:
    """Consumer that begins each partition at our own offset; the offsets stored in Kafka are never read."""

    def __init__(
        self, topic: str, start: StartAt, join: Callable[[], GroupMember], refusals: RefusalWatch
    ) -> None:
        self._topic, self._start, self._join, self._refusals = topic, start, join, refusals
        self._watchdog = Watchdog()
        self._member: GroupMember | None = None
        self._next: dict[int, int] = {}
        self._stopped: set[int] = set()
        self._lag = 0

    def poll(self, max_records: int, timeout_s: float) -> Sequence[Record]:
        if self._member is None or not self._member.joined():
            self._refusals.check()
        with self._refusals.explaining():
            return self._poll(max_records, timeout_s)

    def _poll(self, max_records: int, timeout_s: float) -> Sequence[Record]:
        began = time.monotonic()
        deadline = began + timeout_s
        while True:
            records = self._receive(max_records, max(0.0, deadline - time.monotonic()))
            if records:
                self._watchdog.received()
                return records
            if time.monotonic() >= deadline:
                break
        if self._watchdog.waited(time.monotonic() - began):
            self._restart_if_stuck()
        return ()

    def seek(self, partition: int, offset: int) -> None:
        if partition in self.assigned():
            self._joined().seek(partition, offset)
            self._next[partition] = offset
            self._stopped.discard(partition)

    def committed(self, offsets: Mapping[int, int]) -> None:
        if self._member is not None:
            self._member.commit(offsets)

    def assigned(self) -> frozenset[int]:
        return self._member.assigned() if self._member is not None else frozenset()

    def lag(self) -> int:
        with suppress(TopicsUnavailable):  # keeps the last known lag
            self._lag = self._measure_lag()
        return self._lag

    def close(self) -> None:
        if self._member is not None:
            self._member.close()
            self._member = None

    def _receive(self, max_records: int, timeout_s: float) -> Sequence[Record]:
        """Receive in short slices: a partition that was just assigned has to be begun between them."""
        member = self._joined()
        try:
            records = member.receive(max_records, min(timeout_s, SLICE_S))
        except OutOfRange as gone:
            self._stopped.add(gone.partition)
            earliest, latest = member.ends([gone.partition], 2.0)[gone.partition]
            raise OffsetOutOfRange(self._topic, gone.partition, gone.offset, earliest, latest) from gone
        if waiting := member.waiting():
            offsets = {partition: self._start(partition) for partition in sorted(waiting)}
            member.begin(offsets)
            self._next.update(offsets)
            self._stopped -= waiting
        for record in records:
            self._next[record.partition] = record.offset + 1
        return records

    def _restart_if_stuck(self) -> None:
        """Leave the group, to rejoin at the next poll, if there is something to read or no assignment yet."""
        try:
            stuck = self._member is None or not self._member.joined() or self._measure_lag() > 0
        except TopicsUnavailable:
            stuck = True
        if stuck:
            self._watchdog.restarted()
            self.close()

    def _measure_lag(self) -> int:
        partitions = [p for p in self.assigned() if p in self._next and p not in self._stopped]
        if self._member is None or not partitions:
            return 0
        ends = self._member.ends(partitions, 1.0)
        return sum(max(0, ends[partition][1] - self._next[partition]) for partition in partitions)

    def _joined(self) -> GroupMember:
        if self._member is None:
            self._next.clear()
            self._stopped.clear()
            self._member = self._join()
        return self._member
