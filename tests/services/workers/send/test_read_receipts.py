"""Receipts go beside the messages: told in order, harmless when they fail or come twice, never in the way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.whatsapp.graph import GraphApi
from schemas.outbound import ReadItem, encode
from schemas.topics import OUTBOUND, Outgoing, parked_topic
from services.runtime.clock import utc_now
from tests.adapters.whatsapp.actions import answering, says
from tests.services.simulator.processes import SimulatorProcess
from tests.support import traffic
from tests.support.cell import Cell, worked_off
from tests.support.webhook_server import WebhookServer


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory, webhook: WebhookServer) -> Iterator[SimulatorProcess]:
    simulator = SimulatorProcess(tmp_path_factory.mktemp("simulator"), webhook.url)
    simulator.post("/numbers", {"phone_number_id": traffic.NUMBER, "business_name": "Aurora"})
    yield simulator
    simulator.stop()


def asked(cell: Cell, conversation: UUID, *items: ReadItem) -> None:
    key = str(conversation).encode()
    cell.topics.produce([Outgoing(OUTBOUND, key, encode(item)) for item in items])


def receipt(cell: Cell, conversation: UUID, wamid: str, typing: bool = False) -> ReadItem:
    return ReadItem(cell.tenant_id, cell.channel_id, conversation, wamid, typing, utc_now())


def met(cell: Cell, simulator: SimulatorProcess, webhook: WebhookServer, name: str) -> tuple[UUID, str, str]:
    """A customer writes: the conversation, their number, and the message's id there."""
    before = len(cell.history())
    who = simulator.phone(name)
    with webhook.leading_to(cell.topics):
        wamid = simulator.writes(who, "Bom dia")
        while True:
            cell.ingest()
            for event in cell.history()[before:]:
                if event.conversation_id is not None:
                    return event.conversation_id, who, wamid


def test_what_people_read_turns_blue_on_the_customers_phone(
    cell: Cell, simulator: SimulatorProcess, webhook: WebhookServer
) -> None:
    conversation, who, wamid = met(cell, simulator, webhook, "Rita")
    assert simulator.bubbles(who)[0]["status"] != "read"
    item = receipt(cell, conversation, wamid, typing=True)
    asked(cell, conversation, item, item)
    head = cell.log.head()

    cell.send(simulator.graph)

    assert simulator.bubbles(who)[0]["status"] == "read"
    assert cell.log.head() == head


def test_a_receipt_that_is_refused_holds_up_no_message_and_is_not_parked(
    cell: Cell, simulator: SimulatorProcess, webhook: WebhookServer
) -> None:
    conversation, who, wamid = met(cell, simulator, webhook, "Rui")
    asked(cell, conversation, receipt(cell, conversation, "wamid.of.nobody"))
    message_id = cell.answer(conversation, "Olá!")
    cell.publish()
    asked(cell, conversation, receipt(cell, conversation, wamid))

    sender = cell.sender(simulator.graph)
    sender.start()
    worked_off(sender)
    sender.close()

    assert [bubble["text"] for bubble in simulator.bubbles(who)] == ["Bom dia", "Olá!"]
    assert "delivery.accepted" in [fact.TOPIC for fact in cell.delivery(message_id)]
    assert simulator.bubbles(who)[0]["status"] == "read"
    consumer = cell.topics.consumer(parked_topic(OUTBOUND), "test", lambda partition: 0)
    assert list(consumer.poll(10, 0.3)) == []
    consumer.close()


def test_of_a_channel_that_is_gone_nothing_is_told(
    cell: Cell, simulator: SimulatorProcess, webhook: WebhookServer
) -> None:
    conversation, who, wamid = met(cell, simulator, webhook, "Ivo")
    asked(cell, conversation, replace(receipt(cell, conversation, wamid), channel_id=uuid4()))
    cell.send(simulator.graph)
    assert simulator.bubbles(who)[0]["status"] != "read"


def test_somebody_who_wrote_long_ago_does_not_write_any_more(cell: Cell) -> None:
    conversation = cell.meet()
    now = receipt(cell, conversation, "w1", typing=True)
    with answering(says(200, {"success": True})) as (url, requests):
        graph = GraphApi(url, "token")
        for item in (now, replace(now, asked_at=utc_now() - timedelta(minutes=1))):
            asked(cell, conversation, item)
            cell.send(graph)
        graph.close()
    assert [b"typing_indicator" in request for request in requests] == [True, False]
    assert all(b'"status":"read"' in request for request in requests)
