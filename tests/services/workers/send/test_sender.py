"""Attempts are claimed, made once, and their outcome is written down."""

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.whatsapp.graph import GraphApi
from domain.delivery import Accepted, AttemptStarted, Delivered, Failed, Read, RetryDue, Unconfirmed
from schemas.topics import OUTBOUND, Outgoing, Record
from services.queries.channels import ChannelLookup
from services.workers.send.attempts import Claimed, NotSent, Sent
from services.workers.send.pacing import Pacing
from tests.services.simulator.processes import SimulatorProcess
from tests.support import traffic
from tests.support.cell import Cell, attempt_of, worked_off
from tests.support.waiting import until
from tests.support.webhook_server import WebhookServer

WHO = "5520911110001"


@pytest.fixture
def simulator(
    one_simulator: SimulatorProcess, webhook: WebhookServer, cell: Cell
) -> Iterator[SimulatorProcess]:
    """The Graph API and a customer's phones; its webhooks reach the cell."""
    one_simulator.settle()
    with webhook.leading_to(cell.topics):
        yield one_simulator
        one_simulator.settle()


def met(cell: Cell, simulator: SimulatorProcess, name: str = "Rita") -> UUID:
    """A customer of the simulator writes; the conversation."""
    before = len(cell.history())
    simulator.writes(simulator.phone(name), "Bom dia")
    while True:
        cell.ingest()
        for event in cell.history()[before:]:
            if event.conversation_id is not None:
                return event.conversation_id


def kinds(facts: Iterable[Any]) -> list[Any]:
    return [type(fact) for fact in facts]


def asked(cell: Cell) -> list[Record]:
    """Every record of the outbound topic."""
    consumer = cell.topics.consumer(OUTBOUND, "test", lambda partition: 0)
    records = list(consumer.poll(1000, 2))
    consumer.close()
    return records


def ticked(cell: Cell, message_id: UUID) -> None:
    """Wait until its second tick came back and was read."""

    def delivered() -> bool:
        cell.ingest()
        return Delivered in kinds(cell.delivery(message_id))

    until("the second tick", delivered, 6.0)


def test_a_message_is_sent_once_and_its_ticks_come_back(cell: Cell, simulator: SimulatorProcess) -> None:
    message_id = cell.answer(met(cell, simulator), "Olá!")
    cell.publish()
    cell.send(simulator.graph)
    ticked(cell, message_id)

    assert kinds(cell.delivery(message_id)) == [AttemptStarted, Accepted, Delivered]
    assert [(call["text"], call["n_calls"]) for call in simulator.calls()] == [("Olá!", 1)]


def test_a_record_that_comes_twice_claims_nothing_the_second_time(
    cell: Cell, simulator: SimulatorProcess
) -> None:
    message_id = cell.answer(met(cell, simulator), "Olá!")
    cell.publish()
    record = asked(cell)[0]
    assert record.key is not None
    assert record.value is not None
    cell.topics.produce([Outgoing(OUTBOUND, record.key, record.value)] * 3)
    cell.send(simulator.graph)

    first, second = kinds(cell.delivery(message_id))[:2]
    assert (first, second) == (AttemptStarted, Accepted)
    assert cell.facts(AttemptStarted)[0].attempt == 1
    assert len(cell.facts(AttemptStarted)) == 1
    assert [call["n_calls"] for call in simulator.calls()] == [1]


def test_messages_of_one_conversation_go_out_in_order_one_at_a_time(
    cell: Cell, simulator: SimulatorProcess
) -> None:
    threads = [met(cell, simulator, name) for name in ("Rita", "Joana", "Caio")]
    for n in range(4):
        for thread in threads:
            cell.answer(thread, f"{thread}:{n}")
    simulator.faults(answer_delay_ms=60)
    for _ in range(5):
        cell.publish()
        cell.send(simulator.graph)

    said = [call["text"] for call in simulator.calls()]
    assert len(said) == 12
    for thread in threads:
        assert [text for text in said if text.startswith(str(thread))] == [f"{thread}:{n}" for n in range(4)]


def test_a_call_without_an_answer_is_unconfirmed_and_never_made_again(
    cell: Cell, simulator: SimulatorProcess
) -> None:
    thread = met(cell, simulator)
    message_id = cell.answer(thread, "Olá!")
    later = cell.answer(thread, "Mais uma coisa")
    simulator.faults(timeout_after=1.0, delay_ms=(2500, 2500))
    cell.publish()
    cell.send(simulator.graph, call_s=1.5)
    assert kinds(cell.delivery(message_id)) == [AttemptStarted, Unconfirmed]

    simulator.faults()
    cell.schedule(grace_s=0)
    cell.publish()
    cell.send(simulator.graph)
    assert Accepted in kinds(cell.delivery(later)), "an unconfirmed message holds up nobody"
    ticked(cell, message_id)
    assert kinds(cell.delivery(message_id)) == [AttemptStarted, Unconfirmed, Accepted, Delivered]
    assert [call["n_calls"] for call in simulator.calls()] == [1, 1]


def test_a_refusal_that_may_pass_is_tried_again_and_those_behind_it_wait(
    cell: Cell, simulator: SimulatorProcess
) -> None:
    thread = met(cell, simulator)
    first, second = cell.answer(thread, "um"), cell.answer(thread, "dois")
    simulator.faults(pair_limit=1.0)
    cell.publish()
    cell.send(simulator.graph)
    assert kinds(cell.delivery(first)) == [AttemptStarted, Failed, RetryDue]
    simulator.faults()
    cell.publish()
    cell.send(simulator.graph)
    assert cell.delivery(second) == [], "the later message waits"

    until("the hour of the retry", cell.schedule, every_s=0.2)
    assert cell.schedule() == 0, "an hour comes once"
    for _ in range(2):
        cell.publish()
        cell.send(simulator.graph)
    assert [call["text"] for call in simulator.calls()] == ["um", "dois"]
    started = [fact.attempt for fact in cell.delivery(first) if isinstance(fact, AttemptStarted)]
    assert started == [1, 2]


def test_a_channel_that_has_to_rest_long_costs_a_message_one_retry(
    cell: Cell, simulator: SimulatorProcess
) -> None:
    thread = met(cell, simulator)
    message_id = cell.answer(thread, "Olá!")
    cell.publish()
    pacing = Pacing()
    pacing.rest(cell.channel_id, 600)
    cell.send(simulator.graph, pacing=pacing)
    assert kinds(cell.delivery(message_id)) == [AttemptStarted, Failed, RetryDue]
    due = cell.delivery(message_id)[-1]
    assert isinstance(due, RetryDue)
    assert due.due_at > datetime.now(UTC) + timedelta(seconds=590), "not before the rest is over"
    assert simulator.calls() == []


def test_a_claim_without_outcome_is_given_up_after_its_deadline(cell: Cell) -> None:
    message_id = cell.answer(cell.meet(), "Olá!")
    cell.publish()
    sender = cell.sender(GraphApi("http://127.0.0.1:9", "t"), call_s=0.01, workers=0)
    sender.step(2)  # nobody calls: as if the process died behind its claim
    sender.reader.close()
    time.sleep(0.05)
    assert cell.schedule(grace_s=30) == 0
    assert cell.schedule(grace_s=0) == 1
    assert kinds(cell.delivery(message_id)) == [AttemptStarted, Unconfirmed]

    cell.receive(traffic.body(statuses=[traffic.status("wamid.late", "read", opaque=str(message_id))]))
    cell.ingest()
    assert kinds(cell.delivery(message_id))[2:] == [Accepted, Read]


def test_a_sender_that_wakes_behind_its_deadline_does_not_call(
    cell: Cell, simulator: SimulatorProcess
) -> None:
    cell.answer(met(cell, simulator), "Olá!")
    cell.publish()
    item = attempt_of(asked(cell)[0])
    channel = ChannelLookup(cell.log).by_number([traffic.NUMBER])[traffic.NUMBER]
    past = datetime.now(UTC) - timedelta(seconds=1)
    claim = Claimed(item, channel, WHO, None, "Olá!", past, time.monotonic() + 60)
    outcome = cell.sender(simulator.graph)._call(claim)

    assert isinstance(outcome, NotSent)
    assert outcome.retryable
    assert simulator.calls() == []


def test_nothing_is_sent_to_a_contact_who_was_erased(cell: Cell, simulator: SimulatorProcess) -> None:
    message_id = cell.answer(met(cell, simulator), "Olá!")
    cell.publish()
    with cell.log.datastore.checkout() as db:
        db.execute("delete from contact_keys")
    cell.send(simulator.graph)
    outcome = cell.delivery(message_id)[-1]
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.retryable) == ("contact_erased", False)
    assert simulator.calls() == []


def test_a_revoked_token_stops_its_channel_with_the_reason_and_no_storm(
    cell: Cell, simulator: SimulatorProcess
) -> None:
    messages = [cell.answer(met(cell, simulator, name), "Olá!") for name in ("Rita", "Joana")]
    revoked = GraphApi(f"{simulator.base}/graph/v26.0", "revoked")
    sender = cell.sender(revoked)
    sender.start()
    cell.publish()
    worked_off(sender)
    third = cell.answer(met(cell, simulator, "Caio"), "Olá!")
    cell.publish()
    worked_off(sender)
    sender.close()

    outcomes = [cell.delivery(id)[-1] for id in (*messages, third)]
    assert [(type(fact), getattr(fact, "code", None)) for fact in outcomes] == [(Failed, "190")] * 3
    assert "stopped" in getattr(outcomes[2], "title", "")
    assert cell.rows("select field from notices") == [("channel_halted",)]


def test_a_tick_that_comes_before_the_answer_of_the_call_is_not_lost(
    cell: Cell, simulator: SimulatorProcess
) -> None:
    message_id = cell.answer(met(cell, simulator), "Olá!")
    simulator.faults(status_first=1.0, answer_delay_ms=400)
    cell.publish()
    sender = cell.sender(simulator.graph)
    sender.start()
    sender.step(2)
    ticked(cell, message_id)
    sender.close()
    facts = kinds(cell.delivery(message_id))
    assert facts[0] is AttemptStarted
    assert sorted(kind.__name__ for kind in facts[1:]) == ["Accepted", "Delivered"]


def test_ticks_that_name_only_the_wamid_wait_for_the_message(cell: Cell) -> None:
    message_id = cell.answer(cell.meet(), "Olá!")
    cell.publish()
    sender = cell.sender(GraphApi("http://127.0.0.1:9", "t"), workers=0)
    sender.step(2)
    cell.receive(traffic.body(statuses=[traffic.status("wamid.x", "delivered", at=int(time.time()))]))
    cell.ingest()
    assert cell.rows("select count(*) from orphans") == [(1,)]
    sender.outcomes.start()
    sender.outcomes.put(sender._calls.get(), Sent("wamid.x"))  # type: ignore[arg-type]
    sender.close()
    assert kinds(cell.delivery(message_id)) == [AttemptStarted, Accepted, Delivered]
    assert cell.rows("select count(*) from orphans") == [(0,)]
