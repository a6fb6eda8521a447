"""What agents do with a conversation, once each, and what they may not."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.conversation.message_events import MessageSent
from domain.conversation.ticket_events import Assigned
from tests.services.http.actions import send, take
from tests.support.office import Office


def test_an_answer_is_shown_at_the_position_that_it_was_given(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")

    answer = send(ana, conversation, "Bom dia!")

    assert answer.status_code == 202
    position = answer.json()["position"]
    page = ana.get(f"/v1/conversations/{conversation}/messages", params={"min_position": position}).json()
    assert [(m["direction"], m["text"], m["status"]) for m in page["items"]] == [
        ("in", "oi", None),
        ("out", "Bom dia!", "pending"),
    ]
    assert page["items"][-1]["id"] == answer.json()["message_id"]
    assert page["items"][-1]["author"] == {"kind": "agent", "name": "Ana"}
    ticket = ana.get("/v1/tickets", params={"view": "mine", "min_position": position}).json()["items"][0]
    assert (ticket["unanswered"], ticket["unread"], ticket["owner"]["name"]) == (False, 0, "Ana")


def test_the_same_key_fifty_times_at_once_has_one_effect_and_one_answer(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: send(ana, conversation, "uma vez", "the-key"), range(50)))

    taken = [answer for answer in answers if answer.status_code == 202]
    assert {answer.status_code for answer in answers} <= {202, 503}
    assert taken
    assert len({answer.text for answer in taken}) == 1
    assert len(office.cell.facts(MessageSent)) == 1


def test_a_repeated_request_gets_its_answer_even_when_it_would_be_refused_now(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    first = send(ana, conversation, "Bom dia!")
    assert ana.post(f"/v1/conversations/{conversation}/close", headers={"If-Match": '"3"'}).status_code == 200

    again = send(ana, conversation, "Bom dia!")

    assert (again.status_code, again.json()) == (202, first.json())
    refused = send(ana, conversation, "Bom dia!", "other")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_open_ticket")


def test_a_key_with_another_body_or_conversation_is_refused(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    other = office.customer_writes("oi", customer=2)
    send(ana, conversation, "Bom dia!")
    for refused in (send(ana, conversation, "Boa tarde!"), send(ana, other, "Bom dia!")):
        assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_mismatch")
    assert send(office.login("bruno"), other, "Bom dia!").status_code == 202, "a key is one person's"


def test_a_message_needs_a_key_that_is_one(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    missing = send(ana, conversation, "oi", None)
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_required")
    path = f"/v1/conversations/{conversation}/messages"
    for key in (b"", b"k" * 10_000, "ção".encode(), b"two words"):
        answer = ana.post(path, json={"type": "text", "text": "oi"}, headers={b"Idempotency-Key": key})
        assert answer.status_code == 400, key
        assert answer.headers["content-type"] == "application/problem+json"
    assert office.cell.facts(MessageSent) == []


@pytest.mark.parametrize("text", ["", "   \n", "\u200b\u2060", "x" * 4097, "a\x00b", "\ud800"])
def test_a_text_that_nobody_can_read_is_refused(office: Office, text: str) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    body = '{"type":"text","text":' + _escaped(text) + "}"
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = ana.post(f"/v1/conversations/{conversation}/messages", content=body.encode(), headers=headers)
    assert answer.status_code == (400 if text == "\ud800" else 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert office.cell.facts(MessageSent) == []


def test_a_text_is_stored_without_control_characters(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    assert send(ana, conversation, "a\r\nb\x07\x0bc\u0301\t👩\u200d👩").status_code == 202
    assert office.cell.facts(MessageSent)[0].text == "a\nb\nć\t👩\u200d👩"


@pytest.mark.parametrize(
    "body",
    [
        {"type": "text", "text": {"$ne": None}},
        {"type": "text", "text": ["a"]},
        {"type": "text", "text": 1},
        {"type": "text", "text": True},
        {"type": "text"},
        {"type": "image", "text": "a"},
        {"type": "text", "text": "a", "by": "me"},
        [],
        "text",
    ],
)
def test_types_are_not_guessed(office: Office, body: Any) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    path = f"/v1/conversations/{conversation}/messages"
    answer = ana.post(path, json=body, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert ana.put(f"/v1/conversations/{conversation}/answered", json={"answered": "1"}).status_code == 422


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"body.type": "Field required"}),
        ({"text": "oi"}, {"body.type": "Field required"}),
        ({"type": "sms", "text": "oi"}, {"body.type": "Input should be one of 'text', 'template'"}),
        ({"type": "text"}, {"body.text": "Field required"}),
        ({"type": "text", "text": "oi", "txet": "oi"}, {"body.txet": "Extra inputs are not permitted"}),
        (
            {"type": "text", "text": "oi", "quick_replies": 1},
            {"body.quick_replies": "Input should be a valid list"},
        ),
        ({"type": "template"}, {"body.template_id": "Field required"}),
    ],
)
def test_a_field_is_named_as_it_stands_in_what_was_sent(
    office: Office, body: dict[str, Any], fields: dict[str, str]
) -> None:
    thread, ana = office.customer_writes("oi"), office.login("ana")
    answer = ana.post(f"/v1/conversations/{thread}/messages", json=body, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    named = {error["field"]: error["message"] for error in answer.json()["errors"]}
    assert named.items() >= fields.items(), named


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"nul",
        b"[" * 60_000,
        b'{"type":"text","type":"text"}',
        b"[NaN]",
        b"[1" + b",1" * 10_001 + b"]",
        '{"type":"text","text":"oi"}'.encode("utf-16"),
        '{"type":"text","text":"olá"}'.encode("latin-1"),
    ],
)
def test_what_is_no_json_as_we_take_it_is_400(office: Office, content: bytes) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = ana.post(f"/v1/conversations/{conversation}/messages", content=content, headers=headers)
    assert answer.status_code == (422 if content == b"" else 400)
    assert answer.headers["content-type"] == "application/problem+json"
    if content:
        assert (answer.json()["code"], answer.json()["title"]) == ("malformed", "The body is not JSON")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Encoding": "gzip"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": 'application/json; Charset = "latin-1"'},
    ],
)
def test_b017_a_body_that_is_packed_or_written_otherwise_is_415(
    office: Office, headers: dict[str, str]
) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    path, body = f"/v1/conversations/{conversation}/messages", b'{"type":"text","text":"oi"}'
    given = {"Idempotency-Key": "k", "Content-Type": "application/json", **headers}
    answer = ana.post(path, content=body, headers=given)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    plain = {**given, "Content-Type": "application/json; charset=UTF-8", "Content-Encoding": "identity"}
    assert ana.post(path, content=body, headers=plain).status_code == 202


def test_a_body_one_byte_over_is_413_announced_or_not(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    path = f"/v1/conversations/{conversation}/messages"
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    large = b'{"type":"text","text":"' + b"a" * 64 * 1024 + b'"}'
    chunked: Callable[[], Any] = lambda: iter([large[:1000], large[1000:]])  # noqa: E731
    for content in (large, chunked()):
        answer = ana.post(path, content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert answer.headers["content-type"] == "application/problem+json"


def test_taking_needs_the_version_that_was_seen(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    me = office.people["ana"]
    assert ana.get(f"/v1/conversations/{conversation}").headers["etag"] == '"2"'
    expected = {
        None: 428,
        '"1"': 409,
        '"7"': 409,
        '"abc"': 400,
        "abc": 400,
        f'"{2**63}"': 400,
        "*": 400,
        '"-1"': 400,
    }
    for seen, status in expected.items():
        answer = take(ana, conversation, me, seen)
        assert answer.status_code == status, seen
        assert answer.headers["content-type"] == "application/problem+json"
    taken = take(ana, conversation, me)
    assert (taken.status_code, taken.json()["control"], taken.headers["etag"]) == (200, 3, '"3"')


def test_of_two_who_take_at_once_one_learns_who_was_faster(office: Office) -> None:
    ana, bruno, conversation = office.login("ana"), office.login("bruno"), office.customer_writes("oi")
    people = [(ana, office.people["ana"]), (bruno, office.people["bruno"])]

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda who: take(who[0], conversation, who[1]), people))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    winner = next(i for i, answer in enumerate(answers) if answer.status_code == 200)
    loser = answers[1 - winner].json()
    assert (loser["code"], loser["control"]) == ("control_moved", 3)
    assert loser["owner"]["id"] == str(people[winner][1])
    assert loser["owner"]["name"] == ("Ana", "Bruno")[winner]
    again = take(people[winner][0], conversation, people[winner][1])
    assert again.status_code == 200, "taking what is mine changes nothing"
    assert len(office.cell.facts(Assigned)) == 1


def test_a_ticket_is_given_to_active_agents_of_the_own_tenant_alone(office: Office) -> None:
    clara, conversation = office.login("clara"), office.customer_writes("oi")
    tenant = _another_tenant(office)
    stranger = office.hire("zoe", "agent", tenant)
    for nobody in (stranger, uuid4(), conversation, office.cell.channel_id):
        answer = take(clara, conversation, nobody)
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_agent")
    assert take(clara, conversation, office.people["ana"]).status_code == 200


def test_an_agent_assigns_only_their_own_tickets(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    bruno = office.people["bruno"]
    refused = take(ana, conversation, bruno)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert take(ana, conversation, office.people["ana"]).status_code == 200
    assert take(ana, conversation, bruno, '"3"').status_code == 200
    office.settle()
    assert ana.get(f"/v1/conversations/{conversation}").json()["access"] == "notes"
    assert send(ana, conversation, "oi").json()["code"] == "takes_part"


def test_a_ticket_goes_back_to_the_queue_and_is_closed(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    take(ana, conversation, office.people["ana"])
    path = f"/v1/conversations/{conversation}"
    assert ana.delete(f"{path}/assignee").status_code == 428
    back = ana.delete(f"{path}/assignee", headers={"If-Match": '"3"'})
    assert (back.status_code, back.json()["control"]) == (200, 4)
    assert ana.post(f"{path}/close", headers={"If-Match": '"3"'}).status_code == 409
    closed = ana.post(f"{path}/close", headers={"If-Match": '"4"'})
    assert (closed.status_code, closed.json()["control"]) == (200, 5)


def test_the_mark_is_put_and_taken(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    path = f"/v1/conversations/{conversation}"
    for answered in (True, True, False, False):
        done = ana.put(f"{path}/answered", json={"answered": answered})
        assert done.status_code == 200
        shown = ana.get(path, params={"min_position": done.json()["position"]}).json()
        assert shown["ticket"]["unanswered"] is not answered


def test_a_supervisor_who_steps_in_takes_nothing(office: Office) -> None:
    clara, conversation = office.login("clara"), office.customer_writes("oi")
    assert send(clara, conversation, "Um momento").status_code == 202
    assert office.cell.facts(Assigned) == []


def test_commands_on_what_is_no_conversation_of_the_tenant_are_404(office: Office) -> None:
    office.customer_writes("oi")
    _another_tenant(office)
    zoe = office.hire("zoe", "admin", _tenant_of(office))
    for nothing in (uuid4(), zoe, office.customer_writes("oi", customer=3)):
        client = office.login("zoe")
        answers = [
            client.get(f"/v1/conversations/{nothing}"),
            client.get(f"/v1/conversations/{nothing}/messages"),
            send(client, nothing, "oi"),
            take(client, nothing, zoe),
            client.put(f"/v1/conversations/{nothing}/answered", json={"answered": True}),
            client.post(f"/v1/conversations/{nothing}/close", headers={"If-Match": '"2"'}),
        ]
        assert [answer.status_code for answer in answers] == [404] * 6
        assert len({answer.text for answer in answers}) == 1, "it does not tell what exists"


def test_the_method_is_the_method(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    path = f"/v1/conversations/{conversation}"
    override = {"X-HTTP-Method-Override": "DELETE"}
    assert ana.get(path, headers=override).status_code == 200
    assert ana.get(path, params={"_method": "DELETE"}).status_code == 422
    assert ana.get(path).status_code == 200


def _another_tenant(office: Office) -> UUID:
    from services.commands.installation import InstallationCommands

    return InstallationCommands(office.cell.log).add_tenant("Outra")


def _tenant_of(office: Office) -> UUID:
    from services.commands.installation import InstallationCommands

    return InstallationCommands(office.cell.log).tenant_named("Outra")


def _escaped(text: str) -> str:
    return '"' + "".join(f"\\u{unit:04x}" for unit in _units(text)) + '"'


def _units(text: str) -> list[int]:
    raw = text.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(raw[i : i + 2]) for i in range(0, len(raw), 2)]
