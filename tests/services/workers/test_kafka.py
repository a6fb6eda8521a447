"""The same ways with Apache Kafka between the processes."""

import time
from collections.abc import Iterator

import pytest

from adapters.kafka import kafka_topics
from adapters.whatsapp.graph import GraphApi
from domain.conversation.message_events import MessageReceived
from domain.delivery import AttemptStarted
from schemas.conversation_events import read
from schemas.topics import CONVERSATION_EVENTS, OUTBOUND
from tests.support import traffic
from tests.support.cell import Cell, opened


@pytest.fixture(params=["kafka-python", "confluent"])
def kafka_cell(
    request: pytest.FixtureRequest, database_url: str, kafka: str, topic_prefix: str
) -> Iterator[Cell]:
    topics = kafka_topics(request.param, kafka, topic_prefix)
    try:
        with opened(database_url, topics) as cell:
            yield cell
    finally:
        topics.close()


def test_a_message_becomes_an_event_once_and_an_answer_is_asked_for(kafka_cell: Cell) -> None:
    cell = kafka_cell
    bodies = [traffic.body([traffic.text(f"w{n}", f"{n}", f"55209111100{n % 5:02}")]) for n in range(40)]
    cell.receive(*bodies, *bodies)
    until = time.monotonic() + 30
    while len(cell.facts(MessageReceived)) < 40 and time.monotonic() < until:
        cell.ingest()
    cell.ingest()
    assert sorted(str(fact.text) for fact in cell.facts(MessageReceived)) == sorted(map(str, range(40)))

    thread = cell.meet("5520911110077", "mine")
    message_id = cell.answer(thread, "Olá!")
    cell.publish()
    sender = cell.sender(_nobody(), workers=0)
    until = time.monotonic() + 20
    while not sender.step(1.0) and time.monotonic() < until:
        pass
    sender.reader.close()
    assert [type(fact) for fact in cell.delivery(message_id)] == [AttemptStarted]

    cell.publish()
    events = cell.topics.consumer(CONVERSATION_EVENTS, "stranger", lambda partition: 0)
    known: set[str] = set()
    expected = sum(1 for event in cell.history() if event.contact_id)
    until = time.monotonic() + 20
    while len(known) < expected and time.monotonic() < until:
        known |= {
            read(record.headers, record.value or b"")["id"]
            for record in events.poll(1000, 1)
            if record.topic == CONVERSATION_EVENTS
        }
    events.close()
    assert len(known) == expected
    assert cell.log.offsets(OUTBOUND, 12) != dict.fromkeys(range(12), 0)


def _nobody() -> GraphApi:
    return GraphApi("http://127.0.0.1:9", "t")
