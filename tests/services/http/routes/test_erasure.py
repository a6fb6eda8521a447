"""Erasing a person by HTTP: admins only, once, with a rehearsal and a receipt."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.postgres.follow.follower import LogFollower
from domain.contact.state import ContactErased
from services.workers.publish.publisher import NAME, TRANSIENT_ERRORS, Publisher
from tests.services.http.actions import contact_of, get_json, send, ticket_of, write_card
from tests.support.office import Office, Watcher
from tests.support.waiting import until

PATH = "/v1/contacts/{}/erasure"


@pytest.fixture(autouse=True)
def publishing(office: Office) -> Iterator[None]:
    """The publisher follows, too: an erasure is finished when it has passed."""
    stop, cell = threading.Event(), office.cell
    follower = LogFollower(cell.url, NAME, cell.log, transient=TRANSIENT_ERRORS)
    publisher = Publisher(cell.log, cell.topics, cell.log.log_id(), clear=True)
    thread = threading.Thread(target=publisher.run, args=[follower, stop], daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join(10)
    follower.close()


def test_an_admin_erases_a_person_and_gets_the_same_receipt_each_time(office: Office) -> None:
    conversation = office.customer_writes("um segredo", "outro segredo")
    davi = office.login("davi")
    send(davi, conversation, "resposta")
    contact = contact_of(davi, conversation)

    rehearsed = davi.post(PATH.format(contact), json={"dry_run": True}).json()
    assert (rehearsed["dry_run"], rehearsed["position"], rehearsed["finished_at"]) == (True, None, None)
    counts = {each["place"]: each["count"] for each in rehearsed["removed"]}
    assert (counts["contact_keys"], counts["messages"], counts["topic whatsapp.inbound.v1"]) == (1, 3, 2)
    assert ticket_of(davi, conversation)["state"] == "queue"

    first = davi.post(PATH.format(contact), json={}).json()
    second = davi.post(PATH.format(contact), json={"dry_run": False}).json()

    assert first["removed"] == rehearsed["removed"]
    assert first == second
    assert second["finished_at"] is not None
    assert second["contacts"] == [contact]
    assert {each["place"] for each in second["remains"]} >= {"events", "wamids", "backups", "dead rows"}
    assert len(office.cell.facts(ContactErased)) == 1


def test_nobody_but_an_admin_of_the_tenant_erases(office: Office) -> None:
    contact = contact_of(office.login("davi"), office.customer_writes("oi"))
    for name in ("ana", "clara"):
        refused = office.login(name).post(PATH.format(contact), json={})
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    davi = office.login("davi")
    wrong: list[Any] = [{"dry_run": "yes"}, {"force": True}, [], None]
    for body in wrong:
        assert davi.post(PATH.format(contact), json=body).status_code == 422, body
    for unknown in (uuid4(), office.people["ana"], office.cell.tenant_id):
        assert davi.post(PATH.format(unknown), json={"dry_run": True}).status_code == 404
        assert davi.post(PATH.format(unknown), json={}).status_code == 404
    assert office.cell.facts(ContactErased) == []


def test_what_is_shown_of_an_erased_customer(office: Office) -> None:
    conversation = office.customer_writes("um segredo")
    davi, ana = office.login("davi"), office.login("ana")
    contact = contact_of(davi, conversation)
    write_card(davi, contact, name="Rita Segredo", email="rita@segredo.example", attributes={"cpf": "123"})
    ana.put(f"/v1/conversations/{conversation}/draft", json={"text": "rascunho segredo"})
    office.settle()
    watching = Watcher(davi)

    davi.post(PATH.format(contact), json={})
    office.settle()

    page = get_json(davi, f"/v1/contacts/{contact}")
    assert (page["erased"], page["name"], page["email"], page["phone"]) == (True, "", None, None)
    assert page["attributes"] == {}
    shown = ticket_of(davi, conversation)
    assert (shown["state"], shown["contact"]["name"], shown["contact"]["erased"]) == ("closed", "", True)
    assert shown["last_message"] is None
    messages = get_json(davi, f"/v1/conversations/{conversation}/messages")["items"]
    assert [(each["text"], each["erased"], each["provider_id"]) for each in messages] == [(None, True, None)]
    until("the stream to say so", lambda: any(t["contact"]["erased"] for t in watching.tickets))
    watching.leave()
    for path in (f"/v1/contacts/{contact}/events", f"/v1/conversations/{conversation}/events", "/v1/events"):
        told = davi.get(path).text.lower()
        assert "segredo" not in told
        assert "erased" in told
    # Who they were can still be asked for by their id, though it leads nowhere any more.
    about = get_json(davi, "/v1/events", contact=contact)["items"]
    assert {"contact.registered", "contact.erased", "conversation.erased"} < {each["type"] for each in about}
    for client in (davi, ana):  # ana sees few tickets, for which the list is made another way
        for q in ("rita", ""):
            listed = client.get("/v1/contacts", params={"q": q}).json()["items"]
            assert contact not in [each["id"] for each in listed]


def test_nothing_can_be_done_in_a_conversation_of_somebody_erased(office: Office) -> None:
    conversation = office.customer_writes("oi")
    davi = office.login("davi")
    contact = contact_of(davi, conversation)
    davi.post(PATH.format(contact), json={})
    office.settle()

    path = f"/v1/conversations/{conversation}"
    key = {"Idempotency-Key": "k"}
    refused = [
        send(davi, conversation, "olá"),
        davi.post(f"{path}/notes", json={"text": "nota"}, headers=key),
        davi.put(f"{path}/tags", json={"tags": ["x"]}),
        davi.put(f"{path}/answered", json={"answered": True}),
        write_card(davi, contact, name="Outra"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [
        (409, "contact_erased")
    ] * len(refused)
    davi.put(f"{path}/draft", json={"text": "rascunho"})
    assert office.cell.rows("select count(*) from drafts") == [(0,)]


def test_the_answer_comes_after_the_list_outside_the_database(office: Office, tmp_path: Path) -> None:
    davi = office.login("davi")
    contact = contact_of(davi, office.customer_writes("oi"))

    davi.post(PATH.format(contact), json={})

    listed = (tmp_path / "erased.jsonl").read_text()
    assert contact in listed
    assert "552099" not in listed


@pytest.mark.parametrize("customer", [2])
def test_the_same_number_writes_again_and_is_somebody_new(office: Office, customer: int) -> None:
    davi = office.login("davi")
    first = office.customer_writes("antes", customer=customer)
    contact = contact_of(davi, first)
    davi.post(PATH.format(contact), json={})

    second = office.customer_writes("depois", customer=customer)

    assert second != first
    assert UUID(contact_of(davi, second)) != UUID(contact)
    assert ticket_of(davi, second)["contact"]["name"] == f"Cliente {customer}"
