"""Topics in Apache Kafka, on either client library."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from adapters.kafka.consumer import GroupMember, KafkaConsumer
from schemas.topics import (
    PARTITIONS,
    Outgoing,
    PartitionsChanged,
    StartAt,
    UnknownTopic,
    check_size,
    partition_of,
)

# How long a checked number of partitions is trusted.
COUNT_TRUSTED_S = 30.0


@dataclass(frozen=True, slots=True)
class PartitionedRecord:
    """A record with its topic's name in the cluster and its partition."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: Mapping[str, bytes]


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

    def close(self) -> None: ...


class KafkaTopics:
    """Topics port on one cluster. The prefix separates installations (and tests) on the same cluster."""

    def __init__(self, client: KafkaClient, prefix: str = "", partitions: int = PARTITIONS) -> None:
        self._client, self._prefix, self._partitions = client, prefix, partitions
        self._counted_at: dict[str, float] = {}

    def create(self, names: Sequence[str]) -> None:
        self._client.create([self._prefix + name for name in names], self._partitions)
        for name in names:
            self.partitions(name)

    def partitions(self, topic: str) -> int:
        if time.monotonic() - self._counted_at.get(topic, float("-inf")) > COUNT_TRUSTED_S:
            found = self._client.partition_count(self._prefix + topic)
            if found is None:
                raise UnknownTopic(topic)
            if found != self._partitions:
                raise PartitionsChanged(topic, self._partitions, found)
            self._counted_at[topic] = time.monotonic()
        return self._partitions

    def produce(self, records: Sequence[Outgoing], timeout_s: float = 2.0) -> None:
        check_size(records)
        until = time.monotonic() + timeout_s
        for topic in {record.topic for record in records}:
            self.partitions(topic)
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
        self._client.send(placed, until - time.monotonic())

    def consumer(self, topic: str, group: str, start: StartAt) -> KafkaConsumer:
        self.partitions(topic)
        stored, member_of = self._prefix + topic, self._prefix + group
        return KafkaConsumer(topic, start, lambda: self._client.join(stored, member_of, topic))

    def close(self) -> None:
        self._client.close()
