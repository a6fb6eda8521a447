"""What a customer does on the phone reaches the business, and the other way round."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from adapters.whatsapp.normalise import normalise
from adapters.whatsapp.split import split
from domain.incoming import IncomingMessage, IncomingStatus, IncomingSystemNotice
from services.simulator import DEMO_PHONES, seed
from tests.adapters.whatsapp.bodies import webhook_files
from tests.services.simulator.processes import PNID, SimulatorProcess, soon
from tests.services.simulator.receiver import Receiver, eventually


def test_the_callback_is_verified_by_a_handshake(simulator: SimulatorProcess) -> None:
    assert eventually(lambda: simulator.get("/ledger")["handshake"] is True)


def test_a_customers_message_comes_signed_in_metas_bytes(
    simulator: SimulatorProcess, receiver: Receiver
) -> None:
    wa_id = simulator.phone("João Ávila")
    message_id = simulator.writes(wa_id, "Olá, 1/2 a@b 😀")
    assert eventually(lambda: len(receiver.bodies) == 1)
    (raw,) = receiver.bodies
    assert rb"Ol\u00e1, 1\/2 a\u0040b \ud83d\ude00" in raw
    assert raw.isascii()
    ((key, item),) = split(raw, datetime.now(UTC))
    incoming = normalise(item)
    assert isinstance(incoming, IncomingMessage)
    assert (incoming.wamid, incoming.text, incoming.time_flagged) == (message_id, "Olá, 1/2 a@b 😀", False)
    assert (incoming.sender.name, incoming.sender.wa_id) == ("João Ávila", wa_id)
    assert incoming.sender.bsuid is not None
    assert key == f"{PNID}:{incoming.sender.bsuid}".encode()
    assert receiver.badly_signed == 0


def test_ticks_of_the_customers_own_message(simulator: SimulatorProcess, receiver: Receiver) -> None:
    wa_id = simulator.phone()
    receiver.answer = lambda n: 200 if n > 1 else 503
    message_id = simulator.writes(wa_id, "Bom dia")
    (bubble,) = simulator.bubbles(wa_id)
    assert (bubble["direction"], bubble["text"], bubble["type"]) == ("out", "Bom dia", "text")
    assert eventually(lambda: simulator.bubbles(wa_id)[0]["status"] == "delivered")
    assert len(receiver.bodies) == 2
    assert receiver.bodies[0] == receiver.bodies[1]
    simulator.graph.mark_read(PNID, message_id, deadline=soon())
    assert simulator.bubbles(wa_id)[0]["status"] == "read"


def test_an_answer_shows_on_the_phone_and_its_statuses_bring_our_id_back(
    simulator: SimulatorProcess, receiver: Receiver
) -> None:
    wa_id, ours = simulator.phone(), uuid4()
    simulator.writes(wa_id, "Oi")
    accepted = simulator.graph.send_text(PNID, wa_id, "Posso ajudar?", ours, deadline=soon())
    assert accepted.wa_id == wa_id
    assert eventually(lambda: receiver.statuses() == ["sent", "delivered"])
    bubble = simulator.bubbles(wa_id)[-1]
    assert (bubble["direction"], bubble["text"], bubble["status"]) == ("in", "Posso ajudar?", "delivered")
    assert simulator.post(f"/phones/{wa_id}/read") == {"read": 1}
    assert simulator.post(f"/phones/{wa_id}/read") == {"read": 0}
    assert eventually(lambda: receiver.statuses() == ["sent", "delivered", "read"])
    for raw in receiver.bodies[1:]:
        ((_, item),) = split(raw, datetime.now(UTC))
        status = normalise(item)
        assert isinstance(status, IncomingStatus)
        assert (status.wamid, status.message_id) == (accepted.wamid, ours)


def test_a_phone_without_connection_gets_its_messages_later(
    simulator: SimulatorProcess, receiver: Receiver
) -> None:
    wa_id = simulator.phone()
    simulator.writes(wa_id, "Oi")
    simulator.post(f"/phones/{wa_id}/online", {"online": False})
    simulator.graph.send_text(PNID, wa_id, "Alô?", uuid4(), deadline=soon())
    assert eventually(lambda: receiver.statuses() == ["sent"])
    simulator.post(f"/phones/{wa_id}/online", {"online": True})
    assert eventually(lambda: receiver.statuses() == ["sent", "delivered"])


def test_the_id_of_an_account_without_ninth_digit_is_learned_from_the_answer(
    simulator: SimulatorProcess,
) -> None:
    wa_id = simulator.phone(number="+5520987651234", ninth_digit=False)
    assert wa_id == "552087651234"
    simulator.writes(wa_id, "Oi")
    accepted = simulator.graph.send_text(PNID, "5520987651234", "Olá", uuid4(), deadline=soon())
    assert accepted.wa_id == wa_id
    assert [bubble["text"] for bubble in simulator.bubbles(wa_id)] == ["Oi", "Olá"]


def test_a_customer_who_hides_the_number_is_reached_by_user_id(
    simulator: SimulatorProcess, receiver: Receiver
) -> None:
    wa_id = simulator.phone(hides_number=True, username="marina")
    simulator.writes(wa_id, "Oi")
    assert eventually(lambda: len(receiver.bodies) == 1)
    assert wa_id.encode() not in receiver.bodies[0].replace(receiver.items("messages")[0]["id"].encode(), b"")
    ((_, item),) = split(receiver.bodies[0], datetime.now(UTC))
    incoming = normalise(item)
    assert isinstance(incoming, IncomingMessage)
    assert (incoming.sender.phone, incoming.sender.username) == (None, "marina")
    accepted = simulator.graph.send_text(
        PNID, None, "Olá", uuid4(), recipient_bsuid=incoming.sender.bsuid, deadline=soon()
    )
    assert accepted.wa_id is None
    assert eventually(lambda: receiver.statuses() == ["sent", "delivered"])
    assert "recipient_id" not in receiver.items("statuses")[0]


def test_a_changed_user_id_is_told_in_both_forms(simulator: SimulatorProcess, receiver: Receiver) -> None:
    wa_id = simulator.phone()
    new = simulator.post(f"/phones/{wa_id}/user-id")["user_id"]
    assert eventually(lambda: len(receiver.bodies) == 2)
    items = [item for raw in receiver.bodies for _, item in split(raw, datetime.now(UTC))]
    system, update = map(normalise, items)
    assert isinstance(system, IncomingSystemNotice)
    assert system.becomes is not None
    assert system.becomes.bsuid == new
    assert isinstance(update, IncomingSystemNotice)
    assert update.becomes is not None
    assert update.becomes.bsuid == new
    assert update.sender.phone == system.sender.phone


def test_the_stream_brings_bubbles_and_ticks_and_resumes(simulator: SimulatorProcess) -> None:
    wa_id = simulator.phone()
    url = f"/v1/phones/{wa_id}/stream"
    with simulator.http.stream("GET", url, timeout=5) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith(":")
        simulator.writes(wa_id, "a\n\nevent: x\ndata: y")
        first = _event(lines)
        assert (first["event"], first["data"]["text"]) == ("message", "a\n\nevent: x\ndata: y")
        second = _event(lines)
        assert (second["event"], second["data"]["status"]) == ("status", "delivered")
    simulator.writes(wa_id, "b")
    with simulator.http.stream("GET", url, timeout=5, headers={"Last-Event-ID": second["id"]}) as stream:
        assert _event(stream.iter_lines())["data"]["text"] == "b"


def _event(lines: Iterator[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in lines:
        if not line and "data" in found:
            return found
        name, _, value = line.partition(": ")
        if name in ("event", "id"):
            found[name] = value
        elif name == "data":
            found[name] = json.loads(value)
    raise AssertionError("the stream ended")


def test_a_stop_ends_open_streams_and_exits_0(simulator: SimulatorProcess) -> None:
    wa_id = simulator.phone()
    with simulator.http.stream("GET", f"/v1/phones/{wa_id}/stream", timeout=5) as stream:
        next(stream.iter_lines())
        simulator.process.terminate()
        assert simulator.process.wait(3) == 0


def test_kill_9_loses_nothing_that_the_phone_wrote(simulator: SimulatorProcess, receiver: Receiver) -> None:
    wa_id = simulator.phone()
    receiver.answer = lambda n: 503
    texts = [f"mensagem {n}" for n in range(20)]
    for text in texts:
        simulator.writes(wa_id, text)
    simulator.kill()
    receiver.bodies.clear()
    receiver.answer = lambda n: 200
    simulator.start()
    assert eventually(lambda: receiver.texts() == texts)
    assert eventually(lambda: {bubble["status"] for bubble in simulator.bubbles(wa_id)} == {"delivered"})


def test_every_sample_can_be_sent_and_arrives_with_its_signature(
    simulator: SimulatorProcess, receiver: Receiver
) -> None:
    for path in webhook_files():
        body = json.loads(path.read_bytes())
        told = simulator.post("/webhooks", {"body": body})
        assert told["answers"] == [200]
        assert json.loads(receiver.bodies[-1]) == body
    assert receiver.badly_signed == 0


def test_text_is_sent_as_it_is_and_a_message_in_it_opens_the_window(
    simulator: SimulatorProcess, receiver: Receiver
) -> None:
    now = int(datetime.now(UTC).timestamp())
    raw = (
        '{"object":"whatsapp_business_account", "entry":[{"id":"1","changes":[{"field":"messages","value":'
        f'{{"metadata":{{"phone_number_id":"{PNID}"}},"messages":[{{"from":"5511987654321","id":"wamid.X",'
        f'"timestamp":"{now}","type":"text","text":{{"body":"oi"}}}}]}}}}]}}]}}'
    )
    simulator.post("/webhooks", {"body": raw})
    assert receiver.bodies == [raw.encode()]
    assert simulator.graph.send_text(PNID, "551187654321", "olá", uuid4(), deadline=soon()).wamid


def test_the_demo_has_three_customers_and_seeding_twice_changes_nothing(
    simulator: SimulatorProcess,
) -> None:
    for _ in range(2):
        seed(simulator.folder, PNID, "Loja Aurora")
    phones = simulator.get("/phones")["items"]
    assert [phone["name"] for phone in phones] == [phone.name for phone in DEMO_PHONES]
    assert {phone["business_name"] for phone in phones} == {"Loja Aurora"}
    assert all(phone["wa_id"].startswith("5520") for phone in phones)


@pytest.mark.parametrize("body", [{"text": ""}, {"text": "  \n"}, {}, {"text": 7}, {"text": "a", "x": 1}])
def test_an_empty_message_is_refused(simulator: SimulatorProcess, body: object) -> None:
    wa_id = simulator.phone()
    assert simulator.http.post(f"/v1/phones/{wa_id}/messages", json=body).status_code == 422


def test_an_unknown_phone_is_not_found(simulator: SimulatorProcess) -> None:
    assert simulator.http.post("/v1/phones/999/messages", json={"text": "a"}).status_code == 404
    assert simulator.http.get("/v1/phones/999/messages").status_code == 404
    assert simulator.http.get("/v1/phones/999/stream", timeout=2).status_code == 404
