"""What is known of the customer never becomes a quick reply: the check, and the rule of suggesting."""

from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from domain.quick_reply.events import QuickReplySuggested
from tests.services.http.actions import contact_of, send, write_card
from tests.support.bots import BOT_NUMBER, answers, reply, turns, with_bot_number
from tests.support.office import Office

PATH = "/v1/quick-replies"
SAID = "👋 Bom dia, MARÍNA! Sou a Ana. O pedido 38214 sai hoje; ligo no (20) 99000-0001."


def written(office: Office, client: httpx2.Client, text: str = SAID) -> tuple[UUID, str]:
    """A conversation with a customer who has a card, and a message of the agent in it."""
    conversation = office.customer_writes("oi")
    contact = contact_of(client, conversation)
    card: dict[str, Any] = {"name": "Marina Prado", "email": "marina@exemplo.com"}
    assert write_card(client, contact, None, **card, attributes={"pedido": "38214"}).status_code == 200
    answer = send(client, conversation, text, key=uuid4().hex)
    assert answer.status_code == 202, answer.text
    office.settle()
    return conversation, str(answer.json()["message_id"])


def check(client: httpx2.Client, conversation: UUID, message: str, **said: str) -> httpx2.Response:
    body = {"conversation_id": str(conversation), "message_id": message, "text": SAID, **said}
    return client.post(f"{PATH}/check", json=body)


def found(client: httpx2.Client, conversation: UUID, message: str, **said: str) -> dict[str, Any]:
    answer = check(client, conversation, message, **said)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def suggest(client: httpx2.Client, conversation: UUID, message: str, **said: str) -> httpx2.Response:
    body = {"conversation_id": str(conversation), "message_id": message, "name": "Saudação", **said}
    return client.post(f"{PATH}/suggestions", json=body, headers={"Idempotency-Key": uuid4().hex})


def test_the_check_says_what_stands_where_and_what_replaces_it(office: Office) -> None:
    ana = office.login("ana")
    checked = found(ana, *written(office, ana), text=f"{SAID} $nada e $pedidos")
    assert [(f["kind"], f["value"], f["variable"]) for f in checked["findings"]] == [
        ("name", "MARÍNA", "primeiro_nome"),
        ("author", "Ana", "analista"),
        ("attribute", "38214", None),
        ("phone", "(20) 99000-0001", "telefone"),
    ]
    assert all(
        f["field"] == "text" and SAID[f["start"] : f["end"]] == f["value"] for f in checked["findings"]
    )
    assert checked["unknown"] == [
        {"name": "nada", "position": len(SAID) + 1},
        {"name": "pedidos", "position": len(SAID) + 9},
    ]
    assert office.cell.facts(QuickReplySuggested) == [], "it changes nothing"


@pytest.mark.parametrize(
    ("said", "field", "value"),
    [
        ({"text": "Oi, marina!"}, "text", "marina"),
        ({"text": "Oi!", "name": "Aviso para a Sra. Prado"}, "name", "Prado"),
        ({"text": "Oi!", "shortcut": "marina"}, "shortcut", "marina"),
        ({"text": "O CPF 529.982.247-25"}, "text", "529.982.247-25"),
    ],
)
def test_a_suggestion_with_what_is_known_is_refused_wherever_it_stands(
    office: Office, said: dict[str, str], field: str, value: str
) -> None:
    ana = office.login("ana")
    conversation, message = written(office, ana)
    refused = suggest(ana, conversation, message, **said)
    assert (refused.status_code, refused.json()["code"]) == (422, "known_values")
    assert [(f["field"], f["value"]) for f in refused.json()["findings"]] == [(field, value)]
    assert refused.json()["findings"] == found(ana, conversation, message, **said)["findings"]
    assert office.cell.facts(QuickReplySuggested) == []


def test_the_example_of_the_help_page_with_variables_is_accepted(office: Office) -> None:
    ana = office.login("ana")
    conversation, message = written(office, ana)
    text = "Olá, $primeiro_nome! Sou a Ana e vou seguir com o seu atendimento."
    assert suggest(ana, conversation, message, text=text).status_code == 201, "one's own name is only offered"
    (fact,) = office.cell.facts(QuickReplySuggested)
    assert fact.text == text


def test_what_the_bot_learned_and_what_was_merged_is_known_too(office: Office) -> None:
    davi = office.login("davi")
    with_bot_number(office.cell)
    conversation = office.customer_writes("oi", number=BOT_NUMBER)
    variables = {"Reclamação": {"número": 55123}, "aceita": True}
    off = {"type": "hand_off", "reason": "x", "variables": variables}
    answers(office.cell, reply(turns(office.cell)[0], "Vou chamar alguém.", action=off))
    office.settle()
    other = office.customer_writes("olá", customer=2)
    write_card(davi, contact_of(davi, other), name="Zuleica Ramos", email=None, attributes={})
    into = {"into": str(contact_of(davi, conversation))}
    assert davi.post(f"/v1/contacts/{contact_of(davi, other)}/merge", json=into).status_code == 200
    message = send(davi, conversation, "Zuleica, 55.123", key=uuid4().hex).json()["message_id"]
    office.settle()
    checked = found(davi, conversation, message, text="Zuleica, 55.123; ligo no 99000-0002 amanhã")
    assert [(f["kind"], f["value"]) for f in checked["findings"]] == [
        ("name", "Zuleica"),
        ("bot", "55.123"),
        ("phone", "99000-0002"),
    ]


def test_only_who_reads_a_message_to_the_customer_may_ask_about_it(office: Office) -> None:
    ana, bruno = office.login("ana"), office.login("bruno")
    conversation, message = written(office, ana)
    incoming = office.cell.rows("select message_id from timeline where direction = 'in'")[0][0]
    for client, asked in ((bruno, message), (ana, str(incoming)), (ana, str(uuid4()))):
        answer = check(client, conversation, asked)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        answer = suggest(client, conversation, asked, text="Oi!")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
