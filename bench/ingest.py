"""How fast messages that wait in a topic become rows that an agent sees, for each kind of topics.

All messages stand in the topic before the first is taken, so what the generator spends on getting them there
is no part of it; `balcao ingest` and `balcao project` then run as they do in production.
"""

import random
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from adapters.kafka.broker import KafkaBroker
from adapters.whatsapp.split import split
from bench.figures import Figure
from bench.load import text_of
from bench.system import System, settings_of, system
from schemas.inbound import encode
from schemas.topics import INBOUND, Outgoing
from services.runtime.topics import topics_of
from tests.system.webhooks import as_meta_writes, body_of, text_item

MESSAGES, EACH = 50_000, 25
"""How many there are, and how many each customer writes: the first costs several times the others."""

PRODUCED_AT_ONCE = 500
VISIBLE_WITHIN_S = 300.0
BARS = {"postgresql": "≥ 5,000", "kafka-python": "≥ 2,500", "confluent": "≥ 5,000"}
"""By kind of topics."""
KINDS = tuple(BARS)

TAKEN = f"select coalesce(sum(notification_id), 0) from tracking where application_name like '{INBOUND}/%'"
BEHIND = """
select (select max(notification_id) from events) - min(position) from positions
where name in ('workspace', 'timeline')
"""


def measure(kind: str, count: int = MESSAGES) -> list[Figure]:
    """Messages a second, and what each process spent on one."""
    with configured(kind) as (measured, others):
        into_topic = produced(measured, list(records(count)))
        measured.start("project")
        measured.start("ingest")
        spent, began, before = measured.spent(**others), time.monotonic(), number(measured, TAKEN)
        wait_until_visible(measured, count)
        seconds, used = time.monotonic() - began, spent.seconds()
    done = count - before
    each = ", ".join(f"{name} {cpu / done * 1e6:.0f}" for name, cpu in used.items())
    return [
        Figure(
            f"topic → visible, {kind}",
            done / seconds,
            "messages/s",
            bar=BARS[kind],
            note=f"µs of CPU a message: {each}",
        ),
        Figure(f"into the topic, {kind}", into_topic, "messages/s", note="one thread, 500 at once"),
    ]


def records(count: int) -> Iterator[Outgoing]:
    """Messages as the webhook route produces them, each customer in turn."""
    dice, at = random.Random(count), datetime.now(UTC)
    received_at = at.isoformat().encode()
    for n in range(count):
        text = text_of("ingest", n, dice)
        item = text_item(f"wamid.ingest{n:08d}", f"5511{920000000 + n % (count // EACH)}", text, at)
        for key, kept in split(as_meta_writes(body_of([item])), at):
            headers = {"received_at": received_at, "body_hash": kept.body_hash.encode()}
            yield Outgoing(INBOUND, key, encode(kept), headers)


def produced(measured: System, waiting: Sequence[Outgoing]) -> float:
    """Put them into the topic; messages a second."""
    topics = topics_of(settings_of(measured.running))
    try:
        began, left = time.monotonic(), iter(waiting)
        while batch := list(islice(left, PRODUCED_AT_ONCE)):
            topics.produce(batch, 10.0)
        return len(waiting) / (time.monotonic() - began)
    finally:
        topics.close()


def wait_until_visible(measured: System, count: int) -> None:
    """Until all were taken, and both read models stand at the head of the log."""
    deadline = time.monotonic() + VISIBLE_WITHIN_S
    while number(measured, TAKEN) < count or number(measured, BEHIND) > 0:
        assert time.monotonic() < deadline, measured.running.log_of("ingest")[-2000:]
        time.sleep(0.1)


def number(measured: System, question: str) -> int:
    return int(str(measured.answer(question)[0]))


@contextmanager
def configured(kind: str) -> Iterator[tuple[System, dict[str, int]]]:
    """A system on this kind of topics, and the processes that stand beside it."""
    if kind == "postgresql":
        with system() as measured:
            yield measured, {}
        return
    with broker() as running, system(BALCAO_KAFKA=running.bootstrap, BALCAO_KAFKA_CLIENT=kind) as measured:
        yield measured, {"broker": running.pid}


@contextmanager
def broker() -> Iterator[KafkaBroker]:
    """One Kafka, gone without a trace afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="balcao-bench-kafka-"))
    running = KafkaBroker(folder)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)
