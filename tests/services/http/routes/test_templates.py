"""Templates over HTTP: listed, filled, sent, refused before Meta is asked; and they open conversations."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from adapters.whatsapp.templates import read_template
from domain import streams
from domain.contact.state import MarketingPreferred
from domain.conversation.message_events import MessageSent
from domain.conversation.ticket_events import Closed, TicketOpened
from domain.event import Event
from domain.log.append import Appended
from domain.template.state import TemplateRemoved, TemplateStatusChanged, stream_of
from services.commands.installation import InstallationCommands
from services.commands.organisation import ChannelChange
from services.write.actor import Administrator
from services.write.command_runner import CommandRunner
from services.write.unit_of_work import Origin
from tests.services.http.actions import get_json, take
from tests.support.office import Office
from tests.support.traffic import NUMBER
from tests.support.waiting import until

ACCOUNT = "500000000000001"
ORDER = {
    "id": "77",
    "name": "pedido_enviado",
    "language": "pt_BR",
    "category": "UTILITY",
    "status": "APPROVED",
    "quality_score": {"score": "GREEN"},
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Pedido {{1}}", "example": {"header_text": ["1234"]}},
        {
            "type": "BODY",
            "text": "Olá, {{1}}! Saiu para {{2}}.",
            "example": {"body_text": [["Ana", "Recife"]]},
        },
        {"type": "FOOTER", "text": "Casa Aurora"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "Falar"},
                {"type": "URL", "text": "Ver", "url": "https://loja.example/{{1}}", "example": ["x"]},
            ],
        },
    ],
}
GIVEN = {"header.1": "1234", "body.1": "Rosa", "body.2": "Olinda", "button.1": "p/1234"}


def has(office: Office, account: str = ACCOUNT, **changed: Any) -> UUID:
    """Meta has a template, and it is known here."""
    read = read_template(account, {**ORDER, **changed})
    assert read is not None
    return happens(office, read.meta_id, read, account)


def happens(office: Office, meta_id: str, fact: Event, account: str = ACCOUNT) -> UUID:
    template_id = stream_of(office.cell.tenant_id, account, meta_id)
    unit = CommandRunner(office.cell.log).unit(office.cell.tenant_id)
    unit.record(template_id, [fact], streams.template, Origin(office.cell.tenant_id, "system:test"))
    assert isinstance(unit.commit(), Appended)
    office.settle()
    return template_id


def of_account(office: Office, **more: Any) -> None:
    """The number of the office belongs to the account."""
    by = Administrator(office.cell.tenant_id)
    office.organisation().configure(office.cell.channel_id, ChannelChange(account=ACCOUNT, **more), by)
    office.settle()


def send(
    client: httpx2.Client, conversation: UUID, template: UUID, given: Any = GIVEN, key: str | None = None
) -> httpx2.Response:
    body = {"type": "template", "template_id": str(template), "parameters": given}
    headers = {"Idempotency-Key": key or str(uuid4())}
    return client.post(f"/v1/conversations/{conversation}/messages", json=body, headers=headers)


def write_first(
    client: httpx2.Client, office: Office, contact: str, template: UUID, key: str | None = None, **more: Any
) -> httpx2.Response:
    body = {
        "channel_id": str(office.cell.channel_id),
        "contact_id": contact,
        "template_id": str(template),
        "parameters": GIVEN,
        **more,
    }
    return client.post("/v1/conversations", json=body, headers={"Idempotency-Key": key or str(uuid4())})


def test_the_bell_lists_what_can_be_sent_first_and_says_why_others_cannot(office: Office) -> None:
    of_account(office)
    has(office)
    has(office, id="78", name="aviso_de_pausa", status="PAUSED", quality_score={"score": "RED"})
    has(office, id="79", name="cartões", components=[{"type": "BODY", "text": "Vê"}, {"type": "CAROUSEL"}])
    has(office, "999", id="80", name="de_outra_conta")
    ana = office.login("ana")
    here = {"channel_id": str(office.cell.channel_id)}
    until("the account to be known", lambda: len(get_json(ana, "/v1/templates", **here)["items"]) == 3)
    listed = get_json(ana, "/v1/templates", **here)["items"]
    assert [(each["name"], each["sendable"], each["why_not"]) for each in listed] == [
        ("pedido_enviado", True, None),
        ("aviso_de_pausa", False, "paused"),
        ("cartões", False, "unsupported"),
    ]
    (first, *_) = listed
    assert [(each["key"], each["kind"], each["example"]) for each in first["parameters"]] == [
        ("header.1", "text", "1234"),
        ("body.1", "text", "Ana"),
        ("body.2", "text", "Recife"),
        ("button.1", "suffix", "x"),
    ]
    assert first["header"] == {"format": "TEXT", "text": "Pedido {{1}}", "example": "1234"}
    found = get_json(ana, "/v1/templates", q="PEDÍDO enviádo", **here)["items"]
    assert [each["name"] for each in found] == ["pedido_enviado"]
    names: list[str] = []
    after: dict[str, str] = {}
    while len(names) < len(listed):
        answer = get_json(ana, "/v1/templates", limit=1, **here, **after)
        names += [each["name"] for each in answer["items"]]
        after = {"cursor": answer["next"]}
    assert names == [each["name"] for each in listed]
    assert after["cursor"] is None
    assert len(get_json(ana, "/v1/templates")["items"]) == 4


def test_a_template_is_sent_with_the_window_closed_and_shown_as_the_customer_sees_it(office: Office) -> None:
    of_account(office)
    template = has(office)
    conversation = office.customer_writes("oi", ago=timedelta(days=2))
    ana = office.login("ana")
    key = str(uuid4())
    answer = send(ana, conversation, template, key=key)
    assert answer.status_code == 202, answer.text
    assert send(ana, conversation, template, key=key).json() == answer.json()
    office.settle()
    messages = get_json(ana, f"/v1/conversations/{conversation}/messages")["items"]
    (sent,) = [each for each in messages if each["direction"] == "out"]
    assert (sent["type"], sent["text"], sent["status"]) == (
        "template",
        "Olá, Rosa! Saiu para Olinda.",
        "pending",
    )
    shown = sent["template"]
    assert shown["header"]["text"] == "Pedido 1234"
    assert shown["footer"] == "Casa Aurora"
    assert [(each["type"], each["url"]) for each in shown["buttons"]] == [
        ("QUICK_REPLY", None),
        ("URL", "https://loja.example/p/1234"),
    ]
    ticket = get_json(ana, f"/v1/conversations/{conversation}")["ticket"]
    assert (ticket["owner"]["name"], ticket["unanswered"]) == ("Ana", False)
    # What Meta changes later changes nothing of what was sent.
    has(office, components=[{"type": "BODY", "text": "Outro texto"}])
    assert sent in get_json(ana, f"/v1/conversations/{conversation}/messages")["items"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            {key: value for key, value in GIVEN.items() if key != "body.2"},
            {"code": "parameter_missing", "parameters": ["body.2"]},
        ),
        ({**GIVEN, "body.1": " "}, {"code": "parameter_missing", "parameters": ["body.1"]}),
        (
            {**GIVEN, "body.1": "a\nb"},
            {"code": "parameter_invalid", "parameter": "body.1", "reason": "newline"},
        ),
        (
            {**GIVEN, "body.1": "x" * 1025},
            {"code": "parameter_invalid", "parameter": "body.1", "reason": "too_long"},
        ),
        ({**GIVEN, "nome": "x"}, {"code": "parameter_invalid", "reason": "unknown"}),
    ],
    ids=["missing", "blank", "newline", "long", "unknown"],
)
def test_what_whatsapp_would_refuse_is_told_with_the_parameter(
    office: Office, given: dict[str, str], problem: dict[str, Any]
) -> None:
    of_account(office)
    conversation, template = office.customer_writes("oi"), has(office)
    answer = send(office.login("ana"), conversation, template, given)
    assert answer.status_code == 422
    assert problem.items() <= answer.json().items()
    assert office.cell.rows("select count(*) from timeline where type = 'template'") == [(0,)]


def test_a_template_that_meta_would_refuse_is_refused_before(office: Office) -> None:
    of_account(office)
    conversation, template, ana = office.customer_writes("oi"), has(office), office.login("ana")
    for fact, reason in (
        (TemplateStatusChanged(status="PAUSED"), "paused"),
        (TemplateStatusChanged(status="DISABLED"), "disabled"),
        (TemplateStatusChanged(status="REJECTED", reason="SCAM"), "rejected"),
        (TemplateStatusChanged(status="PENDING"), "not_approved"),
        (TemplateRemoved(), "removed"),
    ):
        happens(office, "77", fact)
        answer = send(ana, conversation, template)
        assert (answer.status_code, answer.json()["code"]) == (409, "template_not_sendable")
        assert answer.json()["reason"] == reason
    other = has(office, "999", id="80")
    for unknown in (other, uuid4(), conversation, office.cell.channel_id):
        assert send(ana, conversation, unknown).status_code == 404


def test_an_active_message_opens_a_ticket_of_its_author(office: Office) -> None:
    of_account(office)
    template, ana = has(office), office.login("ana")
    conversation = office.customer_writes("oi")
    contact = get_json(ana, f"/v1/conversations/{conversation}")["contact"]["id"]
    admin = office.login("davi")
    first = write_first(ana, office, contact, template)
    assert first.status_code == 202, first.text
    assert first.json()["conversation_id"] == str(conversation)
    office.settle()
    ticket = get_json(ana, f"/v1/conversations/{conversation}")["ticket"]
    assert (ticket["number"], ticket["owner"]["name"]) == (1, "Ana")

    closing = {"If-Match": f'"{ticket["control"]}"', "Idempotency-Key": str(uuid4())}
    assert ana.post(f"/v1/conversations/{conversation}/close", headers=closing, json={}).status_code == 200
    assert len(office.cell.facts(Closed)) == 1
    office.settle()
    key = str(uuid4())
    again = write_first(ana, office, contact, template, key)
    assert again.status_code == 202, again.text
    assert write_first(ana, office, contact, template, key).json() == again.json()
    office.settle()
    ticket = get_json(ana, f"/v1/conversations/{conversation}")["ticket"]
    assert (ticket["number"], ticket["owner"]["name"], ticket["state"]) == (2, "Ana", "open")
    for unknown in (
        {"contact_id": str(uuid4())},
        {"channel_id": str(uuid4())},
        {"template_id": str(uuid4())},
    ):
        assert write_first(admin, office, contact, template, **unknown).status_code == 404


def test_reading_the_templates_again_is_for_admins(office: Office) -> None:
    assert office.login("ana").post("/v1/templates/sync").status_code == 403
    answer = office.login("davi").post("/v1/templates/sync")
    assert answer.status_code == 202
    assert answer.json()["requested_at"]


def second_channel(office: Office) -> UUID:
    """Another number of the tenant, of the same account."""
    administration = InstallationCommands(office.cell.log)
    channel = administration.add_channel(office.cell.tenant_id, "777", "Cobrança", "portfolio")
    by = Administrator(office.cell.tenant_id)
    office.organisation().configure(channel, ChannelChange(account=ACCOUNT), by)
    office.settle()
    return channel


def contact_of(client: httpx2.Client, conversation: UUID) -> str:
    return str(get_json(client, f"/v1/conversations/{conversation}")["contact"]["id"])


def closed(client: httpx2.Client, conversation: UUID | str) -> None:
    ticket = get_json(client, f"/v1/conversations/{conversation}")["ticket"]
    headers = {"If-Match": f'"{ticket["control"]}"', "Idempotency-Key": str(uuid4())}
    assert client.post(f"/v1/conversations/{conversation}/close", headers=headers, json={}).status_code == 200


def test_pressing_twice_at_once_writes_once_to_a_contact_without_a_conversation(office: Office) -> None:
    """B115."""
    of_account(office)
    template, ana, other = has(office), office.login("ana"), second_channel(office)
    contact = contact_of(ana, office.customer_writes("oi"))
    key, more = str(uuid4()), {"channel_id": str(other)}
    with ThreadPoolExecutor(4) as pool:
        press = lambda _: write_first(ana, office, contact, template, key, **more)  # noqa: E731
        answers = list(pool.map(press, range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    sent = [fact for fact in office.cell.facts(MessageSent) if fact.type == "template"]
    assert [fact.opens for fact in sent] == [True]
    mismatch = write_first(ana, office, contact, template, key, parameters={**GIVEN, "body.1": "X"}, **more)
    assert (mismatch.status_code, mismatch.json()["code"]) == (409, "idempotency_mismatch")
    # With keys of their own they are two messages, and still one conversation and one ticket.
    with ThreadPoolExecutor(4) as pool:
        press = lambda _: write_first(ana, office, contact, template, **more)  # noqa: E731
        again = list(pool.map(press, range(4)))
    assert {answer.json()["conversation_id"] for answer in again if answer.status_code == 202} == {
        answers[0].json()["conversation_id"]
    }
    assert {answer.status_code for answer in again} <= {202, 409}
    assert len([fact for fact in office.cell.facts(TicketOpened) if fact.channel_id == other]) == 1


def test_the_answer_comes_back_to_who_wrote_also_after_the_close(office: Office) -> None:
    of_account(office, active_message_return_s=3600)
    template, ana, bruno = has(office), office.login("ana"), office.login("bruno")
    conversation = office.customer_writes("oi")
    contact = contact_of(bruno, conversation)
    take(bruno, conversation, office.people["bruno"])
    office.settle()
    closed(bruno, conversation)
    office.settle()
    assert write_first(bruno, office, contact, template).status_code == 202
    office.settle()
    closed(bruno, conversation)
    office.settle()
    assert office.customer_writes("sim, quero") == conversation
    ticket = get_json(bruno, f"/v1/conversations/{conversation}")["ticket"]
    assert (ticket["number"], ticket["state"], ticket["owner"]["name"]) == (2, "open", "Bruno")
    assert ana.get("/v1/tickets?view=mine").json()["items"] == []


def test_only_who_serves_a_contact_writes_first(office: Office) -> None:
    of_account(office)
    template = has(office)
    conversation = office.customer_writes("oi")
    ana, bruno = office.login("ana"), office.login("bruno")
    contact = contact_of(ana, conversation)
    take(ana, conversation, office.people["ana"])
    office.settle()
    assert write_first(bruno, office, contact, template).status_code == 404
    assert send(bruno, conversation, template).status_code == 404
    answer = ana.put(
        f"/v1/conversations/{conversation}/assignee",
        json={"assignee_id": str(office.people["bruno"])},
        headers={"If-Match": ana.get(f"/v1/conversations/{conversation}").headers["ETag"]},
    )
    assert answer.status_code == 200
    office.settle()
    taken = write_first(ana, office, contact, template)
    assert (taken.status_code, taken.json()["code"]) == (403, "takes_part")
    assert write_first(bruno, office, contact, template).status_code == 202


def test_writing_first_shows_nobody_a_thread_that_others_served(office: Office) -> None:
    """Ana serves the customer on one number; what Bruno was told on another one is not hers to read."""
    of_account(office)
    template, ana, bruno = has(office), office.login("ana"), office.login("bruno")
    other = second_channel(office)
    theirs = office.customer_writes("segredo", number="777")
    take(bruno, theirs, office.people["bruno"])
    office.settle()
    closed(bruno, theirs)
    hers = office.customer_writes("oi")
    take(ana, hers, office.people["ana"])
    office.settle()
    contact = contact_of(ana, hers)
    assert contact == contact_of(bruno, theirs)
    refused = write_first(ana, office, contact, template, channel_id=str(other))
    assert (refused.status_code, refused.json()["code"]) == (403, "takes_part")
    assert ana.get(f"/v1/conversations/{theirs}/messages").status_code == 404


def test_nobody_writes_to_who_was_erased(office: Office) -> None:
    of_account(office)
    template, davi = has(office), office.login("davi")
    conversation = office.customer_writes("oi")
    contact = contact_of(davi, conversation)
    erased = davi.post(f"/v1/contacts/{contact}/erasure", json={"dry_run": False})
    assert erased.status_code == 200, erased.text
    for answer in (write_first(davi, office, contact, template), send(davi, conversation, template)):
        assert (answer.status_code, answer.json()["code"]) == (409, "contact_erased")
    assert [fact for fact in office.cell.facts(MessageSent) if fact.type == "template"] == []


def test_nobody_sends_marketing_to_who_told_whatsapp_to_stop_it(office: Office) -> None:
    """B116."""
    of_account(office)
    offer = has(office, id="81", name="oferta", category="MARKETING")
    notice, ana = has(office), office.login("ana")
    conversation = office.customer_writes("oi")
    contact = contact_of(ana, conversation)

    def told(value: str, second: int) -> None:
        choice = {"wa_id": "5520990000001", "category": "marketing_messages", "value": value}
        value_of = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "1", "phone_number_id": NUMBER},
            "user_preferences": [
                {**choice, "wa_id": "5520990009999", "timestamp": second},
                {**choice, "timestamp": second},
            ],
        }
        change = {"field": "user_preferences", "value": value_of}
        body = {"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT, "changes": [change]}]}
        office.cell.receive(json.dumps(body).encode())
        office.cell.ingest()

    told("stop", 1_790_000_000)
    told("resume", 1_780_000_000)  # older, and late
    for answer in (send(ana, conversation, offer), write_first(ana, office, contact, offer)):
        assert (answer.status_code, answer.json()["code"]) == (409, "opted_out")
    assert send(ana, conversation, notice).status_code == 202
    told("resume", 1_790_000_500)
    assert send(ana, conversation, offer).status_code == 202
    assert [fact.stops for fact in office.cell.facts(MarketingPreferred)] == [True, False]
    assert office.cell.rows("select count(*) from notices where field = 'user_preferences'") == [(3,)]
