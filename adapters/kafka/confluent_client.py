"""Client on confluent-kafka (librdkafka): an extra for installations with high load."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec
from confluent_kafka.cimpl import NewTopic

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

ANSWER_S = 1.5
QUIET = {"log_level": 0, "reconnect.backoff.max.ms": 500, "allow.auto.create.topics": False}


class ConfluentClient:
    """Kafka client with one producer for all threads; a thread of ours polls for its acknowledgements."""

    def __init__(
        self,
        bootstrap: str,
        timing: Timing | None = None,
        security: KafkaSecurity = NO_SECURITY,
        suspect: Callable[[], None] = lambda: None,
    ) -> None:
        """`suspect` is called, in any thread, when brokers could not be reached or entered."""
        self._server = {
            "bootstrap.servers": bootstrap,
            "error_cb": lambda _: suspect(),
            **QUIET,
            **security.of_librdkafka(),
        }
        self._timing = timing or Timing()
        self._lock = threading.Lock()
        self._producer: Producer | None = None
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._admin: AdminClient | None = None

    def create(self, topics: Sequence[str], partitions: int) -> None:
        admin = AdminClient(self._server)
        wanted = [
            NewTopic(topic, num_partitions=partitions, replication_factor=-1, config=TOPIC_SETTINGS)
            for topic in topics
        ]
        for made in admin.create_topics(wanted, request_timeout=5).values():
            try:
                made.result()
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise TopicsUnavailable(str(error)) from error
        until = time.monotonic() + 10
        while any(self.partition_count(topic) is None for topic in topics):
            if time.monotonic() > until:
                raise TopicsUnavailable("the topics do not appear in the metadata")
            time.sleep(0.05)

    def partition_count(self, topic: str) -> int | None:
        try:
            found = self._producing().list_topics(topic, ANSWER_S).topics[topic]
        except KafkaException as error:
            raise TopicsUnavailable(str(error)) from error
        if found.error is None:
            return len(found.partitions)
        if found.error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC):
            return None
        raise TopicsUnavailable(str(found.error))

    def send(self, records: Sequence[PartitionedRecord], timeout_s: float) -> None:
        producer = self._producing()
        waiting = Acknowledgements(len(records))
        try:
            for record in records:
                producer.produce(
                    record.topic,
                    key=record.key,
                    value=record.value,
                    headers=list(record.headers.items()),
                    partition=record.partition,
                    on_delivery=waiting.on_delivery,
                )
        except (BufferError, KafkaException) as error:
            # BufferError: the queue is full, no broker takes records.
            raise TopicsUnavailable(str(error)) from error
        waiting.wait(timeout_s)

    def join(self, topic: str, group: str, name: str) -> "ConfluentMember":
        return ConfluentMember(self._server, topic, group, name, self._timing)

    def bounds(self, topic: str) -> Mapping[int, Bounds]:
        if (count := self.partition_count(topic)) is None:
            return {}
        specs: Any = OffsetSpec
        first, last = (
            self._offsets(topic, count, specs.earliest()),
            self._offsets(topic, count, specs.latest()),
        )
        return {partition: Bounds(first[partition], last[partition]) for partition in first}

    def _offsets(self, topic: str, count: int, spec: Any) -> dict[int, int]:
        wanted = {TopicPartition(topic, partition): spec for partition in range(count)}
        deadline = time.monotonic() + READ_S
        while True:
            answers = self._reading_admin().list_offsets(wanted, request_timeout=READ_S)
            try:
                return {place.partition: int(found.result(READ_S).offset) for place, found in answers.items()}
            except (KafkaException, TimeoutError) as error:
                # A topic, or partitions, that were just made: this client does not know their leaders yet.
                with self._lock:
                    self._admin = None
                if time.monotonic() > deadline:
                    raise TopicsUnavailable(str(error)) from error
                time.sleep(0.1)

    def read(self, topic: str, starts: Mapping[int, int], limit: int, name: str) -> Sequence[Record]:
        ends = self.bounds(topic)
        left = {partition for partition, start in starts.items() if start < ends[partition].end}
        found: dict[int, list[Record]] = {partition: [] for partition in starts}
        deadline = time.monotonic() + READ_S
        reader = Consumer(
            {
                **self._server,
                "group.id": "reader",  # the library wants one; it is never joined
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "enable.partition.eof": True,
                "fetch.message.max.bytes": READ_FETCH_BYTES,
                "fetch.wait.max.ms": 100,
            }
        )
        try:
            reader.assign([TopicPartition(topic, partition, starts[partition]) for partition in left])
            while left:
                if time.monotonic() > deadline:
                    raise TopicsUnavailable(f"{topic} could not be read within {READ_S:.0f} s")
                messages: list[Any] = reader.consume(limit, 0.2)
                for message in messages:
                    partition = message.partition()
                    if message.error() is not None:
                        if message.error().code() == KafkaError._PARTITION_EOF:
                            left.discard(partition)
                    elif partition in left:
                        at = time_of(message.timestamp()[1])
                        found[partition].append(replace(_record(name, message), produced_at=at))
                        if len(found[partition]) >= limit or message.offset() + 1 >= ends[partition].end:
                            left.discard(partition)
        except KafkaException as error:
            raise TopicsUnavailable(str(error)) from error
        finally:
            reader.close()
        return [record for partition in sorted(found) for record in found[partition]]

    def _reading_admin(self) -> AdminClient:
        with self._lock:
            if self._admin is None:
                self._admin = AdminClient(self._server)
            return self._admin

    def close(self) -> None:
        with self._lock:
            self._admin = None
            producer, self._producer = self._producer, None
        self._closed.set()
        if producer is not None and self._thread is not None:
            self._thread.join(timeout=2)
            producer.flush(2)

    def _producing(self) -> Producer:
        with self._lock:
            if self._producer is None:
                self._producer = Producer(
                    {
                        **self._server,
                        "acks": "all",
                        "enable.idempotence": True,
                        "linger.ms": 2,
                        "message.max.bytes": MAX_REQUEST_BYTES,
                        "message.timeout.ms": 5_000,
                        "request.timeout.ms": 3_000,
                        "socket.timeout.ms": 4_000,
                        "topic.metadata.refresh.interval.ms": int(METADATA_S * 1_000),
                    }
                )
                self._closed.clear()
                self._thread = threading.Thread(
                    target=self._acknowledge, args=[self._producer], name="acknowledgements", daemon=True
                )
                self._thread.start()
            return self._producer

    def _acknowledge(self, producer: Producer) -> None:
        while not self._closed.is_set():
            producer.poll(0.1)


class Acknowledgements:
    """Counter of the broker's acknowledgements for one call."""

    def __init__(self, missing: int) -> None:
        self._missing = missing
        self._failed: str | None = None
        self._done = threading.Event()
        if missing == 0:
            self._done.set()

    def on_delivery(self, error: KafkaError | None, _: Message) -> None:
        """Count one acknowledgement; called once per record, by one thread."""
        if error is not None:
            self._failed = str(error)
        self._missing -= 1
        if self._missing == 0 or error is not None:
            self._done.set()

    def wait(self, timeout_s: float) -> None:
        """Wait until all records are acknowledged.

        Raises:
            TopicsUnavailable: one was refused, or the time is over.
        """
        if not self._done.wait(max(0.0, timeout_s)):
            raise TopicsUnavailable(f"Kafka did not acknowledge within {timeout_s:.1f} s")
        if self._failed is not None:
            raise TopicsUnavailable(self._failed)


class ConfluentMember:
    """Group member on librdkafka. Assigned partitions are read only after `begin`."""

    def __init__(self, server: Mapping[str, Any], topic: str, group: str, name: str, timing: Timing) -> None:
        self._topic, self._name = topic, name
        self._waiting: frozenset[int] = frozenset()
        self._assigned: frozenset[int] = frozenset()
        self._joined = False
        self._out_of_range: set[int] = set()
        self._gone: list[OutOfRange] = []
        self._positions: dict[int, int] = {}
        self._consumer = Consumer(
            {
                **server,
                "group.id": group,
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "error",
                "partition.assignment.strategy": "range",
                "session.timeout.ms": int(timing.session_s * 1_000),
                "heartbeat.interval.ms": int(timing.session_s * 250),
                "max.poll.interval.ms": int(timing.max_poll_interval_s * 1_000),
                "fetch.wait.max.ms": 100,
                "topic.metadata.refresh.interval.ms": int(METADATA_S * 1_000),
            }
        )
        self._consumer.subscribe(
            [topic], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_revoke
        )

    def receive(self, max_records: int, timeout_s: float) -> Sequence[Record]:
        if self._gone:
            raise self._gone.pop()
        try:
            # `consume` waits until it has all records asked for: wait for one, then take what is there.
            messages = self._consumer.consume(1, timeout_s)
            if messages and max_records > 1:
                messages += self._consumer.consume(max_records - 1, 0)
        except KafkaException as error:
            raise TopicsUnavailable(str(error)) from error
        records = [record for message in messages if (record := self._record(message)) is not None]
        if self._gone and not records:
            raise self._gone.pop()
        return records

    def waiting(self) -> frozenset[int]:
        return self._waiting

    def begin(self, offsets: Mapping[int, int]) -> None:
        if frozenset(offsets) != self._assigned:
            return  # the group changed meanwhile: the next call begins the new assignment
        self._positions = dict(offsets)
        self._assign()
        self._waiting = frozenset()

    def seek(self, partition: int, offset: int) -> None:
        self._out_of_range.discard(partition)
        self._positions[partition] = offset
        if not self._waiting:
            self._assign()

    def assigned(self) -> frozenset[int]:
        return self._assigned

    def joined(self) -> bool:
        return self._joined

    def ends(self, partitions: Sequence[int], timeout_s: float) -> Mapping[int, tuple[int, int]]:
        try:
            return {
                partition: self._consumer.get_watermark_offsets(
                    TopicPartition(self._topic, partition), timeout=timeout_s
                )
                for partition in partitions
            }
        except KafkaException as error:
            raise TopicsUnavailable(str(error)) from error

    def commit(self, offsets: Mapping[int, int]) -> None:
        with suppress(KafkaException):
            self._consumer.commit(
                offsets=[TopicPartition(self._topic, p, offset) for p, offset in offsets.items()],
                asynchronous=True,
            )

    def close(self) -> None:
        with suppress(KafkaException, RuntimeError):
            self._consumer.close()

    def _assign(self) -> None:
        """Assign the partitions at our positions; `seek` fails after an offset was out of range."""
        positions = [
            TopicPartition(self._topic, partition, offset)
            for partition, offset in self._positions.items()
            if partition not in self._out_of_range
        ]
        try:
            self._consumer.assign(positions)
        except KafkaException as error:
            raise TopicsUnavailable(str(error)) from error

    def _record(self, message: Any) -> Record | None:
        error = message.error()
        if error is not None:
            if error.code() == KafkaError._AUTO_OFFSET_RESET:
                partition = message.partition()
                self._out_of_range.add(partition)
                self._gone.append(OutOfRange(partition, self._positions.get(partition, 0)))
            return None  # librdkafka recovers from any other error
        record = _record(self._name, message)
        self._positions[record.partition] = record.offset + 1
        return record

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.assign([])  # nothing is read before our own offsets are known
        self._assigned = self._waiting = frozenset(partition.partition for partition in partitions)
        self._out_of_range.clear()
        self._gone.clear()
        self._joined = True

    def _on_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.unassign()
        self._assigned = self._waiting = frozenset()
        self._out_of_range.clear()
        self._gone.clear()
        self._joined = False


def _record(topic: str, message: Any) -> Record:
    headers = {name: value or b"" for name, value in (message.headers() or ())[:HEADERS_READ]}
    return Record(topic, message.partition(), message.offset(), message.key(), message.value(), headers)
