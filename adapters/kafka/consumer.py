"""A member of a Kafka group that reads from our own offsets, and is built anew when it stands still."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from schemas.topics import OffsetOutOfRange, Record, StartAt, TopicsUnavailable

SLICE_S = 0.1


class OutOfRange(Exception):
    """The broker does not have the offset that a partition asks for."""

    def __init__(self, partition: int, offset: int) -> None:
        super().__init__(f"partition {partition} has no offset {offset}")
        self.partition, self.offset = partition, offset


class GroupMember(Protocol):
    """One membership of a group, as a client library gives it. Used by one thread."""

    def receive(self, max_records: int, timeout_s: float) -> Sequence[Record]:
        """Records of partitions that were begun; none when none came, or while the group is changing.

        Raises:
            OutOfRange: for one partition; what it returned before is not lost.
            TopicsUnavailable: the client gave up.
        """
        ...

    def waiting(self) -> frozenset[int]:
        """Partitions that the group gave us and that nobody has begun yet."""
        ...

    def begin(self, offsets: Mapping[int, int]) -> None:
        """Read the waiting partitions, all of them at once, from these offsets."""
        ...

    def seek(self, partition: int, offset: int) -> None: ...

    def assigned(self) -> frozenset[int]: ...

    def joined(self) -> bool:
        """The group has told us our partitions, be it none."""
        ...

    def ends(self, partitions: Sequence[int], timeout_s: float) -> Mapping[int, tuple[int, int]]:
        """Earliest offset, and the next one to be written.

        Raises:
            TopicsUnavailable: the broker does not answer.
        """
        ...

    def commit(self, offsets: Mapping[int, int]) -> None:
        """In the background, without a word when it fails."""
        ...

    def close(self) -> None: ...


class Watchdog:
    """Bites when a consumer waited long and got nothing; each bite without success makes it calmer."""

    def __init__(self, patience_s: float = 15.0, most_s: float = 240.0) -> None:
        self._usual_s, self._most_s = patience_s, most_s
        self._patience_s, self._waited_s = patience_s, 0.0

    def received(self) -> None:
        """Something came."""
        self._patience_s, self._waited_s = self._usual_s, 0.0

    def waited(self, seconds: float) -> bool:
        """Nothing came for so long; true when somebody must look."""
        self._waited_s += seconds
        if self._waited_s < self._patience_s:
            return False
        self._waited_s = 0.0
        return True

    def restarted(self) -> None:
        """A new consumer was made."""
        self._patience_s = min(self._patience_s * 2, self._most_s)


class KafkaConsumer:
    """Begins each partition where our tracking says; what Kafka has stored as offset is never read."""

    def __init__(
        self, topic: str, start: StartAt, join: Callable[[], GroupMember], watchdog: Watchdog | None = None
    ) -> None:
        self._topic, self._start, self._join = topic, start, join
        self._watchdog = watchdog or Watchdog()
        self._member: GroupMember | None = None
        self._next: dict[int, int] = {}
        self._lag = 0

    def poll(self, max_records: int, timeout_s: float) -> Sequence[Record]:
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

    def committed(self, offsets: Mapping[int, int]) -> None:
        if self._member is not None:
            self._member.commit(offsets)

    def assigned(self) -> frozenset[int]:
        return self._member.assigned() if self._member is not None else frozenset()

    def lag(self) -> int:
        with suppress(TopicsUnavailable):  # then the last known one
            self._lag = self._measure_lag()
        return self._lag

    def close(self) -> None:
        if self._member is not None:
            self._member.close()
            self._member = None

    def _receive(self, max_records: int, timeout_s: float) -> Sequence[Record]:
        """Wait in slices, because a partition that the group has just given us must be begun first."""
        member = self._joined()
        try:
            records = member.receive(max_records, min(timeout_s, SLICE_S))
        except OutOfRange as gone:
            earliest, latest = member.ends([gone.partition], 2.0)[gone.partition]
            raise OffsetOutOfRange(self._topic, gone.partition, gone.offset, earliest, latest) from gone
        if waiting := member.waiting():
            offsets = {partition: self._start(partition) for partition in sorted(waiting)}
            member.begin(offsets)
            self._next.update(offsets)
        for record in records:
            self._next[record.partition] = record.offset + 1
        return records

    def _restart_if_stuck(self) -> None:
        """Build the member anew if there is something to read, or if it does not even know its partitions."""
        try:
            stuck = self._member is None or not self._member.joined() or self._measure_lag() > 0
        except TopicsUnavailable:
            stuck = True
        if stuck:
            self._watchdog.restarted()
            self.close()

    def _measure_lag(self) -> int:
        partitions = [partition for partition in self.assigned() if partition in self._next]
        if self._member is None or not partitions:
            return 0
        ends = self._member.ends(partitions, 1.0)
        return sum(max(0, ends[partition][1] - self._next[partition]) for partition in partitions)

    def _joined(self) -> GroupMember:
        if self._member is None:
            self._next.clear()
            self._member = self._join()
        return self._member
