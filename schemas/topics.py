"""Port of the topics: records with keys, ordered within a partition, consumed from explicit offsets."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

INBOUND = "whatsapp.inbound.v1"
OUTBOUND = "whatsapp.outbound.v1"
CONVERSATION_EVENTS = "conversation.events.v1"
BOT_TURNS = "bot.turns.v1"
BOT_REPLIES = "bot.replies.v1"
TOPICS = (INBOUND, OUTBOUND, CONVERSATION_EVENTS, BOT_TURNS, BOT_REPLIES)
READERS = {INBOUND: "ingest", OUTBOUND: "send", BOT_REPLIES: "bot-replies", BOT_TURNS: "bot"}
"""Our own consumer group of each topic. Turns may have a reader of others instead."""

PARTITIONS = 12
RETENTION_DAYS = 7
ERASED_HEADER = "erased"
"""Header of a record whose value was removed, because its customer was erased."""

MAX_RECORD_BYTES = 4 * 1024 * 1024  # a webhook request of Meta has 3 MB at most


def parked_topic(topic: str) -> str:
    """Return the topic for records of `topic` that could not be processed."""
    return f"{topic}.parked"


def partition_of(key: bytes, partitions: int) -> int:
    """Compute the partition of a key by CRC-32, the same in every adapter (librdkafka's `consistent`)."""
    return zlib.crc32(key) % partitions


class TopicsUnavailable(Exception):
    """Records cannot be produced or consumed now; retrying later may succeed."""


class TopicsRefused(TopicsUnavailable):
    """The broker refuses us, or we do not trust it; somebody may repair it while we wait.

    `why` names no address, so that strangers may read it.
    """

    def __init__(self, why: str, where: str) -> None:
        super().__init__(f"Kafka at {where}: {why}")
        self.why, self.where = why, where


class OffsetOutOfRange(Exception):
    """The stored offset is not in the topic. Consumers stop this partition alone and never skip records."""

    def __init__(self, topic: str, partition: int, offset: int, earliest: int, latest: int) -> None:
        super().__init__(f"{topic}/{partition}: offset {offset} is outside {earliest}..{latest}")
        self.topic, self.partition, self.offset = topic, partition, offset
        self.earliest, self.latest = earliest, latest


class UnknownTopic(TopicsUnavailable):
    """The topic does not exist; somebody may create it while we wait."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"topic {topic} does not exist; `balcao migrate` creates the topics")
        self.topic = topic


class PartitionsChanged(TopicsUnavailable):
    """A topic has fewer partitions than configured, so some keys have none; it may be repaired while we wait.

    More do no harm: we choose the partition of a key among the configured ones, and read all.
    """

    def __init__(self, topic: str, pinned: int, found: int) -> None:
        super().__init__(f"topic {topic} has {found} partitions where {pinned} are pinned")
        self.topic, self.pinned, self.found = topic, pinned, found


class RecordTooLarge(Exception):
    """A record is larger than any adapter accepts."""

    def __init__(self, topic: str, size: int) -> None:
        super().__init__(f"a record of {size} bytes for {topic}; the limit is {MAX_RECORD_BYTES}")
        self.topic, self.size = topic, size


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to produce. The key determines the partition, so order is kept per key."""

    topic: str
    key: bytes
    value: bytes
    headers: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Size in bytes of key, value and headers."""
        headers = sum(len(name) + len(value) for name, value in self.headers.items())
        return len(self.key) + len(self.value) + headers


def check_size(records: Sequence[Outgoing]) -> None:
    """Check the size of all records.

    Raises:
        RecordTooLarge
    """
    for record in records:
        if record.size > MAX_RECORD_BYTES:
            raise RecordTooLarge(record.topic, record.size)


@dataclass(frozen=True, slots=True)
class Record:
    """A consumed record. Offsets grow by at least one within a partition."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes] = field(default_factory=dict)
    produced_at: datetime | None = None
    """Only known of records that were read without a group."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a partition holds: the offset of its first record, and the one that its next record will have."""

    earliest: int
    end: int


StartAt = Callable[[int], int]
"""Returns the next offset of a partition; called at every assignment."""


class Consumer(Protocol):
    """A member of a consumer group on one topic. It starts at our own offsets, never at the broker's."""

    def poll(self, max_records: int, timeout_s: float) -> Sequence[Record]:
        """Wait up to `timeout_s` for at least one record; records of a partition come in offset order.

        Raises:
            OffsetOutOfRange: once for a partition whose offset is not in the topic; it is not read any more
                until `seek`, while the others are.
            TopicsUnavailable: the broker does not answer.
        """
        ...

    def seek(self, partition: int, offset: int) -> None:
        """Continue `partition` at `offset`: after a failed batch, or where it was out of range."""
        ...

    def committed(self, offsets: Mapping[int, int]) -> None:
        """Publish the next offsets for lag monitoring; never read back, never raises."""
        ...

    def assigned(self) -> frozenset[int]:
        """Return the partitions that this member reads now."""
        ...

    def lag(self) -> int:
        """Return the number of records of the assigned partitions that were not polled yet."""
        ...

    def close(self) -> None: ...


class Topics(Protocol):
    """Durable topics. A record counts as produced when all replicas have acknowledged it."""

    unread_alarm: timedelta
    """The age at which an unread record is an alarm."""

    def create(self, names: Sequence[str]) -> None:
        """Create the missing topics with the configured number of partitions; idempotent.

        Raises:
            PartitionsChanged: one exists with fewer.
            TopicsUnavailable: the broker does not answer.
        """
        ...

    def partitions(self, topic: str) -> int:
        """Return the configured number of partitions after comparing it with the topic's.

        Raises:
            PartitionsChanged: the topic has fewer.
            UnknownTopic: the topic does not exist.
            TopicsUnavailable: the broker does not answer.
        """
        ...

    def produce(self, records: Sequence[Outgoing], timeout_s: float = 2.0) -> None:
        """Store all records durably, in order per key; thread-safe.

        Raises:
            TopicsUnavailable: not all were acknowledged within `timeout_s`; they may be stored nevertheless.
            PartitionsChanged, UnknownTopic, RecordTooLarge: none was stored.
        """
        ...

    def consumer(self, topic: str, group: str, start: StartAt) -> Consumer:
        """Join `group`; each partition starts at the offset `start(partition)`."""
        ...

    def bounds(self, topic: str) -> Mapping[int, Bounds]:
        """Return what each partition holds now, also those that were added.

        Raises:
            UnknownTopic, TopicsUnavailable
        """
        ...

    def read(self, topic: str, starts: Mapping[int, int], limit: int) -> Sequence[Record]:
        """Read at most `limit` records of each of these partitions from an offset on, without a group.

        Raises:
            TopicsUnavailable
        """
        ...

    def close(self) -> None: ...
