"""Topics in Apache Kafka, on either client library."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from adapters.kafka.consumer import GroupMember, KafkaConsumer
from adapters.kafka.refusals import RefusalWatch
from schemas.topics import (
    PARTITIONS,
    RETENTION_DAYS,
    Bounds,
    Outgoing,
    PartitionsChanged,
    Record,
    StartAt,
    UnknownTopic,
    check_size,
    partition_of,
)

# How long a checked number of partitions is trusted.
COUNT_TRUSTED_S = 30.0
LAST_MS = 253_402_300_799_000  # the end of the year 9999


@dataclass(frozen=True, slots=True)
class PartitionedRecord:
    """A record with its topic's name in the cluster and its partition."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: Mapping[str, bytes]


def time_of(timestamp_ms: int) -> datetime:
    """Read the time of a record; other producers may have written any number."""
    return datetime.fromtimestamp(min(max(0, timestamp_ms), LAST_MS) / 1_000, UTC)


class KafkaClient(Protocol):
    """The part of a client library that the port needs. All methods raise TopicsUnavailable."""

    def create(self, topics: Sequence[str], partitions: int) -> None:
        """Create the topics; an existing one stays as it is."""
        ...

    def partition_count(self, topic: str) -> int | None:
        """Return the number of partitions; None if the topic does not exist."""
        ...

    def send(self, records: Sequence[PartitionedRecord], timeout_s: float) -> None:
        """Produce; return when all replicas have acknowledged every record."""
        ...

    def join(self, topic: str, group: str, name: str) -> GroupMember:
        """Join a group; its records carry `name`, the topic's name without our prefix."""
        ...

    def bounds(self, topic: str) -> Mapping[int, Bounds]:
        """Return what each partition holds; empty when the topic does not exist."""
        ...

    def read(self, topic: str, starts: Mapping[int, int], limit: int, name: str) -> Sequence[Record]:
        """Read at most `limit` records of each partition, without a group; named as by `join`."""
        ...

    def close(self) -> None: ...


class KafkaTopics:
    """Topics port on one cluster. The prefix separates installations (and tests) on the same cluster."""

    unread_alarm = timedelta(days=RETENTION_DAYS / 2)  # then the broker deletes it, read or not

    def __init__(
        self, client: KafkaClient, prefix: str, refusals: RefusalWatch, partitions: int = PARTITIONS
    ) -> None:
        self._client, self._prefix, self._partitions = client, prefix, partitions
        self._refusals = refusals
        self._counted_at: dict[str, float] = {}

    def create(self, names: Sequence[str]) -> None:
        with self._refusals.entering():
            self._client.create([self._prefix + name for name in names], self._partitions)
        for name in names:
            self.partitions(name)

    def partitions(self, topic: str) -> int:
        return self._count(topic)

    def _count(self, topic: str, by: float | None = None) -> int:
        if time.monotonic() - self._counted_at.get(topic, float("-inf")) > COUNT_TRUSTED_S:
            with self._refusals.entering(by):
                found = self._client.partition_count(self._prefix + topic)
            if found is None:
                raise UnknownTopic(topic)
            if found < self._partitions:
                raise PartitionsChanged(topic, self._partitions, found)
            self._counted_at[topic] = time.monotonic()
        return self._partitions

    def produce(self, records: Sequence[Outgoing], timeout_s: float = 2.0) -> None:
        check_size(records)
        until = time.monotonic() + timeout_s
        for topic in {record.topic for record in records}:
            self._count(topic, until)
        placed = [
            PartitionedRecord(
                self._prefix + record.topic,
                partition_of(record.key, self._partitions),
                record.key,
                record.value,
                record.headers,
            )
            for record in records
        ]
        with self._refusals.entering(until):
            self._client.send(placed, until - time.monotonic())

    def consumer(self, topic: str, group: str, start: StartAt) -> KafkaConsumer:
        with suppress(PartitionsChanged):  # what is there can be read
            self.partitions(topic)
        stored, member_of = self._prefix + topic, self._prefix + group
        return KafkaConsumer(
            topic, start, lambda: self._client.join(stored, member_of, topic), self._refusals
        )

    def bounds(self, topic: str) -> Mapping[int, Bounds]:
        with self._refusals.entering():
            found = self._client.bounds(self._prefix + topic)
        if not found:
            raise UnknownTopic(topic)
        return found

    def read(self, topic: str, starts: Mapping[int, int], limit: int) -> Sequence[Record]:
        with self._refusals.entering():
            return self._client.read(self._prefix + topic, starts, limit, topic) if starts else ()

    def close(self) -> None:
        self._refusals.close()
        self._client.close()
