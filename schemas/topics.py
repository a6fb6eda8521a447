"""The port of the topics: records by key, in order within a partition, from explicit offsets."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

INBOUND = "whatsapp.inbound.v1"
OUTBOUND = "whatsapp.outbound.v1"
CONVERSATION_EVENTS = "conversation.events.v1"
BOT_TURNS = "bot.turns.v1"
BOT_REPLIES = "bot.replies.v1"
TOPICS = (INBOUND, OUTBOUND, CONVERSATION_EVENTS, BOT_TURNS, BOT_REPLIES)
PARTITIONS = 12
RETENTION_DAYS = 7
MAX_RECORD_BYTES = 4 * 1024 * 1024  # a webhook of Meta has 3 MB at most


def parked(topic: str) -> str:
    """The topic that keeps what could not be processed from `topic`."""
    return f"{topic}.parked"


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key: CRC-32, the same in every adapter (librdkafka calls it `consistent`)."""
    return zlib.crc32(key) % partitions


class TopicsUnavailable(Exception):
    """The topics cannot take or give records now; trying again later may succeed."""


class OffsetOutOfRange(Exception):
    """The offset that our tracking asks for is no longer there: an alarm, never a jump."""

    def __init__(self, topic: str, partition: int, offset: int, earliest: int, latest: int) -> None:
        super().__init__(f"{topic}/{partition}: offset {offset} is outside {earliest}..{latest}")
        self.topic, self.partition, self.offset = topic, partition, offset
        self.earliest, self.latest = earliest, latest


class UnknownTopic(Exception):
    """No such topic was created."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"topic {topic} does not exist; `balcao migrate` creates the topics")
        self.topic = topic


class PartitionsChanged(Exception):
    """A topic has another number of partitions than pinned, so keys would lose their order."""

    def __init__(self, topic: str, pinned: int, found: int) -> None:
        super().__init__(f"topic {topic} has {found} partitions where {pinned} are pinned")
        self.topic, self.pinned, self.found = topic, pinned, found


class RecordTooLarge(Exception):
    """No adapter takes a record of this size, now or later."""

    def __init__(self, topic: str, size: int) -> None:
        super().__init__(f"a record of {size} bytes for {topic}; the limit is {MAX_RECORD_BYTES}")
        self.topic, self.size = topic, size


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to produce; the key decides the partition, so order holds per key."""

    topic: str
    key: bytes
    value: bytes
    headers: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of all that it carries."""
        headers = sum(len(name) + len(value) for name, value in self.headers.items())
        return len(self.key) + len(self.value) + headers


def refuse_too_large(records: Sequence[Outgoing]) -> None:
    """Check every record before the first is stored.

    Raises:
        RecordTooLarge: one is beyond what every adapter takes.
    """
    for record in records:
        if record.size > MAX_RECORD_BYTES:
            raise RecordTooLarge(record.topic, record.size)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it was consumed; `offset` grows by at least one within its partition."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes] = field(default_factory=dict)


class Consumer(Protocol):
    """One member of a group on one topic. Where it starts comes from our tracking, never from the broker."""

    def poll(self, max_records: int, timeout_s: float) -> Sequence[Record]:
        """Wait up to `timeout_s` for at least one record; records of one partition come in offset order.

        Raises:
            OffsetOutOfRange: our tracked offset is gone from the topic.
            TopicsUnavailable: the broker does not answer.
        """
        ...

    def seek(self, partition: int, offset: int) -> None:
        """Read `partition` from `offset` next (after a refused or failed batch)."""
        ...

    def committed(self, offsets: Mapping[int, int]) -> None:
        """Tell lag tools the next offsets; a courtesy, never trusted, never raises."""
        ...

    def assigned(self) -> frozenset[int]:
        """The partitions that this member reads now."""
        ...

    def lag(self) -> int:
        """Records of the assigned partitions not yet polled."""
        ...

    def close(self) -> None: ...


class Topics(Protocol):
    """Durable records by topic. Produced means acknowledged by all replicas."""

    def create(self, names: Sequence[str]) -> None:
        """Make the topics that are missing, with the pinned number of partitions; safe twice and at once.

        Raises:
            PartitionsChanged: one exists with another number.
            TopicsUnavailable: nobody answers.
        """
        ...

    def partitions(self, topic: str) -> int:
        """The pinned number of partitions, compared with the real one.

        Raises:
            PartitionsChanged: somebody changed it.
            UnknownTopic: it was never created.
            TopicsUnavailable: nobody answers.
        """
        ...

    def produce(self, records: Sequence[Outgoing], timeout_s: float = 2.0) -> None:
        """Store all records durably, in their order per key; may be called from several threads.

        Raises:
            TopicsUnavailable: not all were acknowledged within `timeout_s`; they may still be there.
            PartitionsChanged, UnknownTopic, RecordTooLarge: none was stored.
        """
        ...

    def consumer(self, topic: str, group: str, start: "StartAt") -> Consumer:
        """Join `group`; each partition starts at `start(partition)`, the next offset to read."""
        ...

    def close(self) -> None: ...


class StartAt(Protocol):
    """Gives the next offset of a partition from our tracking; called at every assignment."""

    def __call__(self, partition: int, /) -> int: ...
