"""The simulator refuses as Meta does, and breaks when it is told to."""

from typing import Any
from uuid import uuid4

import pytest

from adapters.whatsapp.graph import GraphRefused, OutcomeUnknown
from tests.services.simulator.processes import PNID, SimulatorProcess, soon
from tests.services.simulator.receiver import TOKEN, Receiver, eventually

GOOD: dict[str, Any] = {"messaging_product": "whatsapp", "to": "5520987651234", "text": {"body": "oi"}}


def post(
    simulator: SimulatorProcess, body: Any, pnid: str = PNID, token: str = TOKEN, version: str = "v25.0"
) -> Any:
    """Status and error of one raw call."""
    answer = simulator.http.post(
        f"/graph/{version}/{pnid}/messages", json=body, headers={"Authorization": f"Bearer {token}"}
    )
    return answer.status_code, answer.json().get("error", {})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"messaging_product": None}, 100),
        ({"to": None}, 100),
        ({"to": "abc"}, 131009),
        ({"to": "+55 20 4000-0001"}, 131021),
        ({"to": None, "recipient": "marina"}, 131009),
        ({"recipient_type": "group"}, 131009),
        ({"text": None}, 131008),
        ({"text": {}}, 131008),
        ({"text": {"body": ""}}, 100),
        ({"text": {"body": " "}}, 100),
        ({"text": {"body": "a" * 4097}}, 100),
        ({"type": "image", "image": {"id": "1"}}, 131051),
        ({"type": "template", "template": {"name": "x"}}, 131008),
        ({"type": "template", "template": {"name": "x", "language": {"code": "pt_BR"}}}, 132001),
        ({"type": "poll"}, 100),
        ({"type": "reaction"}, 131008),
        ({"type": "reaction", "reaction": {"message_id": "wamid.x"}}, 131008),
        ({"type": "reaction", "reaction": {"message_id": 7, "emoji": "👍"}}, 131009),
        ({"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "a" * 33}}, 131009),
        ({"context": {}}, 131009),
        ({"biz_opaque_callback_data": "a" * 513}, 100),
        ({"status": "read", "message_id": "wamid.unknown"}, 100),
        ({"status": "read", "typing_indicator": {"type": "voice"}}, 131009),
        ({}, 131047),
    ],
)
def test_what_meta_refuses_is_refused_in_its_shape(
    simulator: SimulatorProcess, change: dict[str, Any], code: int
) -> None:
    simulator.phone(number="5520987651234")
    body = {name: part for name, part in (GOOD | change).items() if part is not None}
    status, error = post(simulator, body)
    assert error["code"] == code
    assert status == (404 if code == 132001 else 400)
    assert error["message"].startswith(f"(#{code}) ")
    assert {"type", "fbtrace_id"} <= error.keys()
    assert simulator.calls() == []


def test_token_number_and_version_are_checked(simulator: SimulatorProcess) -> None:
    status, error = post(simulator, GOOD, token="wrong")
    assert (status, error["code"]) == (401, 190)
    status, error = post(simulator, GOOD, pnid="404")
    assert (status, error["code"], error["error_subcode"]) == (400, 100, 33)
    assert post(simulator, GOOD, version="latest")[1]["code"] == 2500
    with pytest.raises(GraphRefused) as refused:
        simulator.graph.send_text("404", "5520987651234", "oi", uuid4(), deadline=soon())
    assert (refused.value.halt, refused.value.scope) == (True, "number")


def a_customer(simulator: SimulatorProcess) -> str:
    wa_id = simulator.phone()
    simulator.writes(wa_id, "Oi")
    return wa_id


def send(simulator: SimulatorProcess, wa_id: str, seconds: float = 5.0) -> Any:
    return simulator.graph.send_text(PNID, wa_id, "Olá", uuid4(), deadline=soon(seconds))


@pytest.mark.parametrize(
    ("fault", "code"), [("error_before", 131016), ("throttle", 130429), ("pair_limit", 131056)]
)
def test_a_refusal_that_may_pass_takes_nothing(simulator: SimulatorProcess, fault: str, code: int) -> None:
    wa_id = a_customer(simulator)
    simulator.faults(**{fault: 1})
    with pytest.raises(GraphRefused) as refused:
        send(simulator, wa_id)
    assert (refused.value.code, refused.value.retryable, refused.value.halt) == (code, True, False)
    assert simulator.calls() == []
    simulator.faults()
    assert send(simulator, wa_id).wamid


@pytest.mark.parametrize("fault", ["error_after", "timeout_after"])
def test_a_lost_answer_leaves_the_outcome_unknown_and_the_statuses_come(
    simulator: SimulatorProcess, receiver: Receiver, fault: str
) -> None:
    wa_id = a_customer(simulator)
    simulator.faults(**{fault: 1})
    with pytest.raises(OutcomeUnknown):
        send(simulator, wa_id, 0.5)
    (call,) = simulator.calls()
    assert call["n_calls"] == 1
    assert eventually(lambda: receiver.statuses() == ["sent", "delivered"])
    assert receiver.items("statuses")[0]["biz_opaque_callback_data"] == call["message_id"]


def test_the_ledger_counts_calls_of_one_message(simulator: SimulatorProcess) -> None:
    wa_id, ours = a_customer(simulator), uuid4()
    for _ in range(2):
        simulator.graph.send_text(PNID, wa_id, "Olá", ours, deadline=soon())
    (call,) = simulator.calls()
    assert (call["message_id"], call["n_calls"], len(call["wamids"])) == (str(ours), 2, 2)


def test_copies_of_a_webhook_have_the_same_bytes(simulator: SimulatorProcess, receiver: Receiver) -> None:
    simulator.faults(duplicate=3)
    a_customer(simulator)
    assert eventually(lambda: len(receiver.bodies) == 3)
    assert len(set(receiver.bodies)) == 1


def test_a_webhook_comes_again_until_it_is_answered_with_exactly_200(
    simulator: SimulatorProcess, receiver: Receiver
) -> None:
    answers = [500, 204, 301, 200]
    receiver.answer = lambda n: answers[n - 1]
    wa_id = a_customer(simulator)
    assert eventually(lambda: simulator.bubbles(wa_id)[0]["status"] == "delivered")
    assert simulator.get("/ledger")["webhooks"][0]["answers"] == answers


def test_a_skipped_delivered_is_not_told(simulator: SimulatorProcess, receiver: Receiver) -> None:
    simulator.faults(skip_delivered=1)
    wa_id = a_customer(simulator)
    send(simulator, wa_id)
    simulator.post(f"/phones/{wa_id}/read")
    assert eventually(lambda: receiver.statuses() == ["sent", "read"])


def test_a_status_may_come_before_the_answer(simulator: SimulatorProcess, receiver: Receiver) -> None:
    simulator.faults(status_first=1)
    wamid = send(simulator, a_customer(simulator)).wamid
    assert receiver.items("statuses")[0]["id"] == wamid


def test_the_window_may_refuse_later_by_a_webhook(simulator: SimulatorProcess, receiver: Receiver) -> None:
    simulator.faults(window="later", status_form="v23")
    send(simulator, simulator.phone())
    assert eventually(lambda: receiver.statuses() == ["failed"])
    assert receiver.items("statuses")[0]["errors"][0]["code"] == 131047


def test_the_old_form_of_status_names_a_conversation(simulator: SimulatorProcess, receiver: Receiver) -> None:
    simulator.faults(window="off", status_form="v23")
    send(simulator, simulator.phone())
    assert eventually(lambda: len(receiver.statuses()) == 2)
    assert all("conversation" in status for status in receiver.items("statuses"))


def test_shuffled_delayed_and_batched_webhooks_all_arrive(
    simulator: SimulatorProcess, receiver: Receiver
) -> None:
    simulator.faults(shuffle=True, delay_ms=[0, 300], batch=True, seed=7)
    wa_id = simulator.phone()
    texts = [f"m{n}" for n in range(30)]
    for text in texts:
        simulator.writes(wa_id, text)
    assert eventually(lambda: len(receiver.texts()) == 30)
    assert sorted(receiver.texts()) == sorted(texts)
    assert receiver.texts() != texts
    assert len(receiver.bodies) < 30


def test_the_pair_limit_lets_a_burst_of_45_through(simulator: SimulatorProcess) -> None:
    simulator.faults(enforce_pair_limit=True)
    wa_id = a_customer(simulator)
    for _ in range(45):
        send(simulator, wa_id)
    with pytest.raises(GraphRefused) as refused:
        send(simulator, wa_id)
    assert (refused.value.code, refused.value.scope) == (131056, "customer")


def test_an_unknown_knob_is_refused(simulator: SimulatorProcess) -> None:
    assert simulator.http.post("/v1/faults", json={"explode": 1}).status_code == 422
    assert simulator.http.post("/v1/faults", json={"throttle": 2}).status_code == 422


def test_knobs_survive_kill_9(simulator: SimulatorProcess) -> None:
    simulator.faults(throttle=1, seed=3)
    simulator.kill()
    simulator.start()
    assert simulator.get("/faults")["throttle"] == 1
