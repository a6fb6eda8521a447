"""Client on kafka-python: pure Python, installs anywhere."""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import kafka
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.errors import (
    KafkaError,
    OffsetOutOfRangeError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
)
from kafka.structs import OffsetAndMetadata

from adapters.kafka.consumer import OutOfRange
from adapters.kafka.security import NO_SECURITY, KafkaSecurity
from adapters.kafka.settings import (
    HEADERS_READ,
    MAX_REQUEST_BYTES,
    METADATA_S,
    READ_FETCH_BYTES,
    READ_S,
    TOPIC_SETTINGS,
    Timing,
)
from adapters.kafka.topics import PartitionedRecord, time_of
from schemas.topics import Bounds, Record, TopicsUnavailable

DELIVERY_S = 5.0


class PythonClient:
    """Kafka client with one producer, replaced when nothing was acknowledged for long."""

    def __init__(
        self, bootstrap: str, timing: Timing | None = None, security: KafkaSecurity = NO_SECURITY
    ) -> None:
        self._server = {"bootstrap_servers": bootstrap.split(","), **security.of_kafka_python()}
        self._timing = timing or Timing()
        self._lock = threading.Lock()
        self._producer: KafkaProducer | None = None
        self._alive_at = 0.0
        self._reading = threading.Lock()
        self._reader: kafka.KafkaConsumer | None = None

    def create(self, topics: Sequence[str], partitions: int) -> None:
        with self._admin() as admin:
            for topic in topics:
                options = {"num_partitions": partitions, "replication_factor": -1, "configs": TOPIC_SETTINGS}
                with suppress(TopicAlreadyExistsError):
                    admin.create_topics({topic: options})
            admin.wait_for_topics(list(topics))

    def partition_count(self, topic: str) -> int | None:
        with self._admin() as admin:
            found = admin.describe_topics([topic])[0]
        if found["error_code"] == UnknownTopicOrPartitionError.errno:
            return None
        if found["error_code"]:
            raise TopicsUnavailable(f"{topic}: Kafka's error {found['error_code']}")
        return len(found["partitions"])

    def send(self, records: Sequence[PartitionedRecord], timeout_s: float) -> None:
        until = time.monotonic() + timeout_s
        try:
            producer = self._producing()
            sent = [
                producer.send(
                    record.topic,
                    key=record.key,
                    value=record.value,
                    headers=list(record.headers.items()),
                    partition=record.partition,
                )
                for record in records
            ]
            for future in sent:
                future.get(max(0.0, until - time.monotonic()))
        except KafkaError as error:
            self._failed()
            raise TopicsUnavailable(str(error)) from error
        self._alive_at = time.monotonic()

    def join(self, topic: str, group: str, name: str) -> "PythonMember":
        return PythonMember(self._server, topic, group, name, self._timing)

    def bounds(self, topic: str) -> Mapping[int, Bounds]:
        with _Reading(self) as reader:
            known = reader.partitions_for_topic(topic)
            asked = [TopicPartition(topic, partition) for partition in sorted(known or ())]
            first = reader.beginning_offsets(asked, timeout_ms=int(READ_S * 1_000)) if asked else {}
            last = reader.end_offsets(asked, timeout_ms=int(READ_S * 1_000)) if asked else {}
        return {each.partition: Bounds(first[each], last[each]) for each in asked}

    def read(self, topic: str, starts: Mapping[int, int], limit: int, name: str) -> Sequence[Record]:
        found: dict[int, list[Record]] = {partition: [] for partition in starts}
        deadline = time.monotonic() + READ_S
        with _Reading(self) as reader:
            places = [TopicPartition(topic, partition) for partition in starts]
            ends = reader.end_offsets(places, timeout_ms=int(READ_S * 1_000))
            left = {place for place in places if starts[place.partition] < ends[place]}
            reader.assign(left)
            for place in left:
                reader.seek(place, starts[place.partition])
                reader.resume(place)  # it may be paused by the read before
            while left:
                if time.monotonic() > deadline:
                    raise TopicsUnavailable(f"{topic} could not be read within {READ_S:.0f} s")
                for place, records in reader.poll(timeout_ms=200).items():
                    found[place.partition] += (
                        replace(_record(name, record), produced_at=time_of(record.timestamp))
                        for record in records
                    )
                for place in list(left):
                    if len(found[place.partition]) >= limit or reader.position(place) >= ends[place]:
                        left.remove(place)
                        reader.pause(place)
        return [record for partition in sorted(found) for record in found[partition][:limit]]

    def close(self) -> None:
        with self._lock:
            producer, self._producer = self._producer, None
        if producer is not None:
            _close(producer)
        with self._reading:
            self._close_reader()

    def _close_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            with suppress(KafkaError):
                reader.close(autocommit=False, timeout_ms=2_000)

    def _admin(self) -> "_Admin":
        return _Admin(self._server)

    def _producing(self) -> KafkaProducer:
        with self._lock:
            if self._producer is None:
                self._producer = KafkaProducer(
                    **self._server,
                    bootstrap_timeout_ms=1_500,
                    acks="all",
                    enable_idempotence=True,
                    linger_ms=2,
                    batch_size=128 * 1024,
                    max_request_size=MAX_REQUEST_BYTES,
                    max_block_ms=1_500,
                    request_timeout_ms=3_000,
                    delivery_timeout_ms=int(DELIVERY_S * 1_000),
                    reconnect_backoff_max_ms=500,
                    metadata_max_age_ms=int(METADATA_S * 1_000),
                    allow_auto_create_topics=False,
                    metrics_enabled=False,
                )
                self._alive_at = time.monotonic()
            return self._producer

    def _failed(self) -> None:
        """Replace the producer if it has failed for longer than our patience: it may never recover."""
        with self._lock:
            if self._producer is None or time.monotonic() - self._alive_at < self._timing.producer_patience_s:
                return
            failed, self._producer = self._producer, None
        # In a thread, because `close` waits until its records have expired.
        threading.Thread(target=_close, args=[failed], name="closes-producer", daemon=True).start()


class _Reading:
    """The client's one consumer without a group, for one thread at a time; its failures replace it."""

    def __init__(self, client: PythonClient) -> None:
        self._client = client

    def __enter__(self) -> kafka.KafkaConsumer:
        client = self._client
        client._reading.acquire()
        try:
            if client._reader is None:
                client._reader = kafka.KafkaConsumer(
                    **client._server,
                    bootstrap_timeout_ms=1_500,
                    group_id=None,
                    enable_auto_commit=False,
                    auto_offset_reset="earliest",
                    allow_auto_create_topics=False,
                    max_partition_fetch_bytes=READ_FETCH_BYTES,
                    request_timeout_ms=3_000,
                    reconnect_backoff_max_ms=500,
                    metadata_max_age_ms=int(METADATA_S * 1_000),
                    metrics_enabled=False,
                )
        except KafkaError as error:
            client._reading.release()
            raise TopicsUnavailable(str(error)) from error
        return client._reader

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is not None:
                self._client._close_reader()
        finally:
            self._client._reading.release()
        if isinstance(error, KafkaError):
            raise TopicsUnavailable(str(error)) from error


class PythonMember(ConsumerRebalanceListener):  # type: ignore[misc]
    """Group member on kafka-python. New partitions stay paused until they are begun."""

    def __init__(self, server: Mapping[str, Any], topic: str, group: str, name: str, timing: Timing) -> None:
        self._topic, self._name = topic, name
        self._waiting: set[int] = set()
        self._assigned: frozenset[int] = frozenset()
        self._joined = False
        try:
            self._consumer = kafka.KafkaConsumer(
                **server,
                bootstrap_timeout_ms=2_000,
                group_id=group,
                enable_auto_commit=False,
                auto_offset_reset="none",
                allow_auto_create_topics=False,
                partition_assignment_strategy=(RangePartitionAssignor,),
                session_timeout_ms=int(timing.session_s * 1_000),
                heartbeat_interval_ms=int(timing.session_s * 250),
                max_poll_interval_ms=int(timing.max_poll_interval_s * 1_000),
                request_timeout_ms=int(timing.max_poll_interval_s * 1_000) + 5_000,
                reconnect_backoff_max_ms=500,
                metadata_max_age_ms=int(METADATA_S * 1_000),
                metrics_enabled=False,
            )
        except KafkaError as error:
            raise TopicsUnavailable(str(error)) from error
        self._consumer.subscribe([topic], listener=self)

    def receive(self, max_records: int, timeout_s: float) -> Sequence[Record]:
        self._finish_joining()
        try:
            polled = self._consumer.poll(timeout_ms=int(timeout_s * 1_000), max_records=max_records)
        except OffsetOutOfRangeError as error:
            partition, offset = next(iter(error.args[0].items()))
            self._consumer.pause(partition)
            raise OutOfRange(partition.partition, offset) from error
        except KafkaError as error:
            raise TopicsUnavailable(str(error)) from error
        return [_record(self._name, record) for records in polled.values() for record in records]

    def waiting(self) -> frozenset[int]:
        return frozenset(self._waiting)

    def begin(self, offsets: Mapping[int, int]) -> None:
        for partition, offset in offsets.items():
            self._waiting.discard(partition)
            if partition in self._assigned:
                self.seek(partition, offset)

    def seek(self, partition: int, offset: int) -> None:
        self._consumer.seek(TopicPartition(self._topic, partition), offset)
        if partition not in self._waiting:
            self._consumer.resume(TopicPartition(self._topic, partition))

    def assigned(self) -> frozenset[int]:
        return self._assigned

    def joined(self) -> bool:
        return self._joined

    def ends(self, partitions: Sequence[int], timeout_s: float) -> Mapping[int, tuple[int, int]]:
        asked = [TopicPartition(self._topic, partition) for partition in partitions]
        try:
            first = self._consumer.beginning_offsets(asked, timeout_ms=int(timeout_s * 1_000))
            last = self._consumer.end_offsets(asked, timeout_ms=int(timeout_s * 1_000))
        except KafkaError as error:
            raise TopicsUnavailable(str(error)) from error
        return {each.partition: (first[each], last[each]) for each in asked}

    def commit(self, offsets: Mapping[int, int]) -> None:
        with suppress(KafkaError):
            self._consumer.commit_async(
                {
                    TopicPartition(self._topic, partition): OffsetAndMetadata(offset, "", -1)
                    for partition, offset in offsets.items()
                }
            )

    def close(self) -> None:
        with suppress(KafkaError):
            self._consumer.close(autocommit=False, timeout_ms=2_000)

    def _finish_joining(self) -> None:
        """Keep kafka-python (3.0.12) from hanging when a poll ends while it joins the group.

        A join caused by new metadata counts as no longer needed as soon as it has started. If the poll that
        started it ends before it completes, no later poll takes its result, and heartbeats have stopped.
        """
        coordinator = self._consumer._coordinator
        if coordinator.rejoining:
            coordinator.request_rejoin()

    # Called in a thread of the client; our offsets, which may block, are read later in our own thread.

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        for partition in assigned:
            self._consumer.pause(partition)
            self._consumer.seek(partition, 0)  # else it would use the offset stored in Kafka
        self._assigned = frozenset(partition.partition for partition in assigned)
        self._waiting = set(self._assigned)
        self._joined = True

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._assigned, self._waiting, self._joined = frozenset(), set(), False

    def on_partitions_lost(self, lost: Iterable[TopicPartition]) -> None:
        self.on_partitions_revoked(lost)


class _Admin:
    """A short-lived admin client whose failures are raised as `TopicsUnavailable`."""

    def __init__(self, server: Mapping[str, Any]) -> None:
        self._server = server

    def __enter__(self) -> KafkaAdminClient:
        try:
            self._client = KafkaAdminClient(
                **self._server, bootstrap_timeout_ms=1_500, request_timeout_ms=5_000
            )
        except KafkaError as error:
            raise TopicsUnavailable(str(error)) from error
        return self._client

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        with suppress(KafkaError):
            self._client.close()
        if isinstance(error, KafkaError):
            raise TopicsUnavailable(str(error)) from error


def _close(producer: KafkaProducer) -> None:
    try:
        producer.close(timeout=DELIVERY_S + 1)
    except KafkaError:
        producer._sender.force_close()  # else its thread lives as long as the process
        with suppress(KafkaError):
            producer.close(timeout=1)


def _record(topic: str, record: Any) -> Record:
    headers = {name: value or b"" for name, value in record.headers[:HEADERS_READ]}
    return Record(topic, record.partition, record.offset, record.key, record.value, headers)
