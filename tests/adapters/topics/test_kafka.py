"""What only topics in Kafka must prove."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import kafka as library
import pytest
from kafka.errors import TopicAlreadyExistsError

from adapters.kafka.consumer import KafkaConsumer, Watchdog
from schemas.topics import PartitionsChanged, Topics, TopicsUnavailable
from tests.adapters.topics.conftest import TOPIC, from_the_beginning, outgoing, read, topics_on, until

CLIENTS = [pytest.param(name, marks=pytest.mark.kafka) for name in ("kafka-python", "confluent")]


@pytest.fixture
def prefix() -> str:
    return f"t{uuid4().hex[:12]}."


@pytest.fixture(params=CLIENTS)
def topics(request: pytest.FixtureRequest, kafka: str, prefix: str) -> Iterator[Topics]:
    topics = topics_on(request.param, kafka, prefix, 4)
    topics.create([TOPIC])
    yield topics
    topics.close()


def test_the_watchdog_rebuilds_a_consumer_that_stands_still(topics: Topics) -> None:
    consumer = topics.consumer(TOPIC, "readers", from_the_beginning)
    assert isinstance(consumer, KafkaConsumer)
    consumer._watchdog = Watchdog(patience_s=1.0)
    until(lambda: len(consumer.assigned()) == 4, [consumer])
    stuck = consumer._member
    client: Any = vars(stuck)["_consumer"]
    if isinstance(client, library.KafkaConsumer):
        client.pause(*client.assignment())
    else:
        client.pause(client.assignment())

    topics.produce(outgoing(*range(20)), timeout_s=10)

    assert len(read(consumer, 20)) == 20
    assert consumer._member is not stuck
    consumer.close()


def test_the_watchdog_leaves_a_consumer_alone_that_has_nothing_to_read(topics: Topics) -> None:
    consumer = topics.consumer(TOPIC, "readers", from_the_beginning)
    assert isinstance(consumer, KafkaConsumer)
    consumer._watchdog = Watchdog(patience_s=0.3)
    until(lambda: len(consumer.assigned()) == 4, [consumer])
    member = consumer._member

    for _ in range(10):
        consumer.poll(10, 0.2)

    assert consumer._member is member
    consumer.close()


def test_partitions_that_somebody_added_get_no_key_of_ours(
    topics: Topics, kafka: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.kafka.python_client.METADATA_S", 1.0)
    topics.produce(outgoing(*range(10)), timeout_s=10)
    before = {partition: bounds.end for partition, bounds in topics.bounds(TOPIC).items()}
    admin = add_partitions(kafka, prefix + TOPIC, 6)
    monkeypatch.setattr("adapters.kafka.topics.COUNT_TRUSTED_S", 0.0)
    until(lambda: len(topics.bounds(TOPIC)) == 6, [])

    topics.produce(outgoing(*range(10)), timeout_s=10)

    after = {partition: bounds.end for partition, bounds in topics.bounds(TOPIC).items()}
    assert after == {partition: 2 * end for partition, end in before.items()} | {4: 0, 5: 0}
    admin.close()


def test_partitions_that_somebody_took_away_stop_the_producer(
    topics: Topics, kafka: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics.produce(outgoing(1), timeout_s=10)
    admin = library.KafkaAdminClient(bootstrap_servers=kafka)
    admin.delete_topics([prefix + TOPIC])
    until(lambda: make_again(admin, prefix + TOPIC, 3), [])
    monkeypatch.setattr("adapters.kafka.topics.COUNT_TRUSTED_S", 0.0)

    def refused() -> bool:
        try:
            topics.produce(outgoing(2), timeout_s=10)
        except PartitionsChanged:
            return True
        except TopicsUnavailable:
            return False
        return False

    until(refused, [])
    admin.close()


def make_again(admin: library.KafkaAdminClient, topic: str, partitions: int) -> bool:
    """Create a topic with other partitions, once the broker has deleted the one of that name."""
    try:
        admin.create_topics({topic: {"num_partitions": partitions, "replication_factor": 1}})
    except TopicAlreadyExistsError:
        return False
    return True


def add_partitions(bootstrap: str, topic: str, count: int) -> library.KafkaAdminClient:
    admin = library.KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_partitions({topic: count})
    return admin
