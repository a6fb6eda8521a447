"""A cell on each adapter of the topics, with what only a test does to them; the simulated Graph API."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import kafka as library
import psycopg
import pytest

from adapters.kafka import kafka_topics
from services.runtime.clock import utc_now
from tests.services.simulator.processes import SimulatorProcess
from tests.support import traffic
from tests.support.cell import Cell, opened
from tests.support.waiting import until
from tests.support.webhook_server import WebhookServer


@pytest.fixture(scope="module")
def webhook() -> Iterator[WebhookServer]:
    with WebhookServer.opened() as webhook:
        yield webhook


@pytest.fixture(scope="module")
def one_simulator(
    tmp_path_factory: pytest.TempPathFactory, webhook: WebhookServer
) -> Iterator[SimulatorProcess]:
    simulator = SimulatorProcess(tmp_path_factory.mktemp("simulator"), webhook.url)
    simulator.post("/numbers", {"phone_number_id": traffic.NUMBER, "business_name": "Aurora"})
    yield simulator
    simulator.stop()


@pytest.fixture(
    params=["postgres", *(pytest.param(k, marks=pytest.mark.kafka) for k in ("kafka-python", "confluent"))]
)
def any_cell(request: pytest.FixtureRequest, database_url: str, topic_prefix: str) -> Iterator["LossyCell"]:
    """A cell whose topics are in PostgreSQL or Kafka, and can lose records."""
    if request.param == "postgres":
        with opened(database_url) as cell:
            yield LossyCell(cell)
        return
    kafka = str(request.getfixturevalue("kafka"))
    with (
        closing(kafka_topics(request.param, kafka, topic_prefix)) as topics,
        opened(database_url, topics) as cell,
    ):
        yield LossyCell(cell, kafka, topic_prefix)


class LossyCell:
    """A cell, and what only the server of its topics does to them."""

    def __init__(self, cell: Cell, kafka: str = "", prefix: str = "") -> None:
        self.cell, self._kafka, self._prefix = cell, kafka, prefix

    def lose(self, topic: str, partition: int, before: int) -> None:
        """Delete the records before an offset, read or not."""
        if not self._kafka:
            with psycopg.connect(self.cell.url) as db:
                db.execute(
                    "delete from topic_records where topic = %s and partition = %s and record_offset < %s",
                    [topic, partition, before],
                )
            return
        with self._admin() as admin:
            admin.delete_records({library.TopicPartition(self._prefix + topic, partition): before})

    def add_partitions(self, topic: str, count: int) -> None:
        """Give a topic more partitions while everything runs."""
        if not self._kafka:
            with psycopg.connect(self.cell.url) as db:
                db.execute("update topics set partitions = %s where name = %s", [count, topic])
            return
        with self._admin() as admin:
            admin.create_partitions({self._prefix + topic: count})

    def produce_elsewhere(
        self, topic: str, partition: int, key: bytes, value: bytes, ago: timedelta = timedelta()
    ) -> None:
        """Produce as another program does, which chooses partition and time."""
        if not self._kafka:
            with psycopg.connect(self.cell.url) as db:
                db.execute(
                    "insert into topic_heads (topic, partition) values (%s, %s) on conflict do nothing",
                    [topic, partition],
                )
                db.execute(
                    "select topic_append(%s::text[], %s::int4[], %s::bytea[], %s::bytea[], %s::bytea[])",
                    [[topic], [partition], [key], [value], [b"{}"]],
                )
                db.execute(
                    "update topic_records set produced_at = produced_at - %s"
                    " where topic = %s and partition = %s",
                    [ago, topic, partition],
                )
            return
        producer = library.KafkaProducer(bootstrap_servers=self._kafka, metadata_max_age_ms=200)
        name, at = self._prefix + topic, int((utc_now() - ago).timestamp() * 1_000)
        try:
            until("the new partition", lambda: partition in (producer.partitions_for(name) or ()), 20)
            producer.send(name, key=key, value=value, partition=partition, timestamp_ms=at).get(10)
        finally:
            producer.close()

    @contextmanager
    def _admin(self) -> Iterator[library.KafkaAdminClient]:
        admin = library.KafkaAdminClient(bootstrap_servers=self._kafka)
        try:
            yield admin
        finally:
            admin.close()
