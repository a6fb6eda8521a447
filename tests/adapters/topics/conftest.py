"""The three adapters behind one fixture, with what only a test does to them."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from adapters.kafka.broker import KafkaBroker
from adapters.kafka.refusals import RefusalWatch
from adapters.kafka.security import NO_SECURITY, KafkaSecurity
from adapters.kafka.settings import Timing
from adapters.kafka.topics import KafkaTopics
from adapters.postgres.topics.topics import PostgresTopics
from schemas.topics import Consumer, Outgoing, Record, StartAt, Topics, TopicsUnavailable
from tests.support.databases import url_of

ADAPTERS = (
    "postgres",
    pytest.param("kafka-python", marks=pytest.mark.kafka),
    pytest.param("confluent", marks=pytest.mark.kafka),
)
TOPIC = "whatsapp.inbound.v1"
# As short as brokers allow, so that a member that is silent is replaced within the test.
TIMING = Timing(session_s=6.0, max_poll_interval_s=6.0)
LEASE_S = 2.0


def from_the_beginning(_: int) -> int:
    return 0


@dataclass
class Adapter:
    """Topics of one adapter, and more of them on the same data."""

    make: Callable[[int], Topics]
    made: list[Topics] = field(default_factory=list)
    consumers: list[Consumer] = field(default_factory=list)

    def topics(self, partitions: int = 4) -> Topics:
        """Another process's topics."""
        self.made.append(self.make(partitions))
        return self.made[-1]

    def member(self, topics: Topics, start: StartAt = from_the_beginning, group: str = "readers") -> Consumer:
        self.consumers.append(topics.consumer(TOPIC, group, start))
        return self.consumers[-1]

    def close(self) -> None:
        for consumer in self.consumers:
            consumer.close()
        for topics in self.made:
            topics.close()


def topics_on(
    kind: str, where: str, prefix: str, partitions: int, security: KafkaSecurity = NO_SECURITY
) -> Topics:
    """What `kind` makes of a database's URL or of bootstrap servers."""
    if kind == "postgres":
        return PostgresTopics(where, partitions, prefix, lease_s=LEASE_S)
    refusals = RefusalWatch(where, security)
    if kind == "confluent":
        from adapters.kafka.confluent_client import ConfluentClient

        client = ConfluentClient(where, TIMING, security, refusals.suspect)
        return KafkaTopics(client, prefix, refusals, partitions)
    from adapters.kafka.python_client import PythonClient

    return KafkaTopics(PythonClient(where, TIMING, security), prefix, refusals, partitions)


@pytest.fixture(params=ADAPTERS)
def adapter(request: pytest.FixtureRequest) -> Iterator[Adapter]:
    """Topics with four partitions, on a server that the tests share."""
    kind = str(request.param)
    where = request.getfixturevalue("database_url" if kind == "postgres" else "kafka")
    prefix = f"t{uuid4().hex[:12]}."
    adapter = Adapter(lambda partitions: topics_on(kind, where, prefix, partitions))
    yield adapter
    adapter.close()


@pytest.fixture
def topics(adapter: Adapter) -> Topics:
    topics = adapter.topics()
    topics.create([TOPIC])
    return topics


@dataclass
class TopicsServer:
    """The server behind the topics, which a test may freeze and kill."""

    freeze: Callable[[], None]
    thaw: Callable[[], None]
    kill_and_restart: Callable[[], None]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        self.freeze()
        try:
            yield
        finally:
            self.thaw()


@pytest.fixture(scope="module")
def breakable_broker() -> Iterator[KafkaBroker]:
    """A broker apart from the one that other tests rely on; started once, because that takes long."""
    with TemporaryDirectory(prefix="balcao-test-") as folder:
        broker = KafkaBroker(Path(folder))
        try:
            broker.start()
            yield broker
        finally:
            broker.stop()


@pytest.fixture(params=ADAPTERS)
def breakable(request: pytest.FixtureRequest) -> Iterator[tuple[Adapter, TopicsServer]]:
    """Topics on a server of the test's own."""
    kind = str(request.param)
    if kind == "postgres":
        where = str(request.getfixturevalue("fresh_database_url"))
        server = TopicsServer(
            lambda: _signal_backends(where, signal.SIGSTOP),
            lambda: _signal_backends(where, signal.SIGCONT),
            lambda: _terminate(where),
        )
    else:
        broker: KafkaBroker = request.getfixturevalue("breakable_broker")
        where = broker.bootstrap
        server = TopicsServer(
            lambda: _freeze(broker.pid),
            lambda: os.kill(broker.pid, signal.SIGCONT),
            lambda: _restart(broker),
        )
    prefix = f"t{uuid4().hex[:12]}."
    adapter = Adapter(lambda partitions: topics_on(kind, where, prefix, partitions))
    yield adapter, server
    adapter.close()


def _freeze(pid: int) -> None:
    """Stop the process; one of its threads may run on for a moment, so wait for the last."""
    os.kill(pid, signal.SIGSTOP)
    while any(
        stat.read_text().rpartition(")")[2].split()[0] != "T"
        for stat in Path(f"/proc/{pid}/task").glob("*/stat")
    ):
        time.sleep(0.01)


def _restart(broker: KafkaBroker) -> None:
    broker.kill()
    broker.start()


def text(number: int) -> bytes:
    return b"%06d" % number


def outgoing(*numbers: int, key: bytes | None = None) -> list[Outgoing]:
    """Records whose key is one of ten, and whose value is their number."""
    return [Outgoing(TOPIC, key or b"key-%d" % (number % 10), text(number)) for number in numbers]


def read(consumer: Consumer, count: int, timeout_s: float = 30.0) -> list[Record]:
    """Poll until `count` records came; an answer that the server is away is waited out."""
    records: list[Record] = []
    until = time.monotonic() + timeout_s
    while len(records) < count and time.monotonic() < until:
        try:
            records += consumer.poll(100, 0.2)
        except TopicsUnavailable:
            time.sleep(0.1)
    return records


def until(done: Callable[[], bool], consumers: Sequence[Consumer], timeout_s: float = 30.0) -> list[Record]:
    """Poll them in turn until something is so; return what came."""
    records: list[Record] = []
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, [sorted(consumer.assigned()) for consumer in consumers]
        for consumer in consumers:
            records += consumer.poll(100, 0.1)
    return records


def _signal_backends(url: str, number: signal.Signals) -> None:
    """Signal every backend that serves this database."""
    with psycopg.connect(url_of(url, "postgres"), autocommit=True) as connection:
        name = conninfo_to_dict(url)["dbname"]
        rows = connection.execute("select pid from pg_stat_activity where datname = %s", [name]).fetchall()
    for (pid,) in rows:
        if number == signal.SIGSTOP:
            _freeze(pid)
        else:
            os.kill(pid, number)


def _terminate(url: str) -> None:
    with psycopg.connect(url_of(url, "postgres"), autocommit=True) as connection:
        name = conninfo_to_dict(url)["dbname"]
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
        )
