"""What an agent keeps for themselves: how far they have read, and what they began to write."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from domain.administration import ChannelConfigured
from domain.log.append import Append, NewEvent
from schemas.outbound import ReadItem, decode
from schemas.topics import OUTBOUND
from tests.adapters.whatsapp.bodies import FIXTURES
from tests.services.http.actions import send, take
from tests.support.office import Office
from tests.support.traffic import NUMBER
from tests.support.waiting import until


def messages(client: httpx2.Client, conversation: UUID) -> list[str]:
    items = client.get(f"/v1/conversations/{conversation}/messages").json()["items"]
    return [item["id"] for item in items]


def read(client: httpx2.Client, conversation: UUID, message: Any) -> httpx2.Response:
    return client.put(f"/v1/conversations/{conversation}/read", json={"message_id": message})


def read_until(client: httpx2.Client, conversation: UUID) -> str | None:
    found: str | None = client.get(f"/v1/conversations/{conversation}").json()["read_until"]
    return found


def draft(client: httpx2.Client, conversation: UUID) -> str:
    text: str = client.get(f"/v1/conversations/{conversation}/draft").json()["text"]
    return text


def write(client: httpx2.Client, conversation: UUID, text: Any) -> httpx2.Response:
    return client.put(f"/v1/conversations/{conversation}/draft", json={"text": text})


def told(office: Office) -> list[ReadItem]:
    """What the sender was asked to tell the customers."""
    consumer = office.cell.topics.consumer(OUTBOUND, "test", lambda partition: 0)
    records = consumer.poll(1000, 0.3)
    consumer.close()
    return [item for record in records if isinstance(item := decode(record.value), ReadItem)]


def wanting(office: Office, **settings: bool) -> None:
    """The channel behaves like this from now on."""
    fields = {"team_id": None, "has_bot": False, "reopen_within_s": 0, "auto_assign": False}
    fact = ChannelConfigured.model_validate({"sends_read": True, "sends_typing": False, **fields, **settings})
    cell = office.cell
    version = cell.rows(
        "select max(originator_version) from events where originator_id = %s", cell.channel_id
    )
    new = NewEvent(
        fact, cell.channel_id, version[0][0] + 1, uuid4(), cell.tenant_id, None, None, "system:test"
    )
    cell.log.append(Append(events=[new]))


def test_the_read_pointer_goes_forward_alone_and_is_ones_own(office: Office) -> None:
    ana, bruno = office.login("ana"), office.login("bruno")
    conversation = office.customer_writes("um", "dois", "três")
    one, two, three = messages(ana, conversation)
    assert read_until(ana, conversation) is None

    assert read(ana, conversation, two).status_code == 204
    assert read_until(ana, conversation) == two
    assert read(ana, conversation, one).status_code == 204

    assert read_until(ana, conversation) == two
    assert read_until(bruno, conversation) is None
    assert read(ana, conversation, three).status_code == 204
    assert read_until(ana, conversation) == three


def test_opening_and_reading_change_nothing_of_the_ticket(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("um", "dois")
    head, before = office.cell.log.head(), ana.get(f"/v1/conversations/{conversation}").json()["ticket"]

    assert read(ana, conversation, messages(ana, conversation)[-1]).status_code == 204

    after = ana.get(f"/v1/conversations/{conversation}").json()["ticket"]
    assert before == after
    assert (after["unanswered"], after["unread"]) == (True, 2)
    assert office.cell.log.head() == head


def test_the_owners_reading_tells_the_customer_once_and_nobody_elses(office: Office) -> None:
    """D6: looking from the queue, as a supervisor or an admin, or at a colleague's leaves no trace."""
    ana, clara, davi = office.login("ana"), office.login("clara"), office.login("davi")
    conversation = office.customer_writes("um", "dois")
    first, second = messages(ana, conversation)
    for client in (ana, clara, davi):  # it waits in the queue: nobody has it
        assert read(client, conversation, second).status_code == 204
    take(ana, conversation, office.people["ana"])
    office.settle()
    for client in (clara, davi):
        assert read(client, conversation, second).status_code == 204
    assert read(ana, conversation, first).status_code == 204
    until("the customer to be told", lambda: told(office))
    assert read(ana, conversation, first).status_code == 204
    assert read(ana, conversation, second).status_code == 204
    until("the customer to be told again", lambda: len(told(office)) == 2)

    assert [item.wamid for item in told(office)] == ["wamid.1", "wamid.2"]
    assert not any(item.typing for item in told(office))


@pytest.mark.parametrize("who", ["ana", "clara", "davi"])
def test_an_answer_tells_the_customer_that_what_came_before_was_read(office: Office, who: str) -> None:
    client, conversation = office.login(who), office.customer_writes("um", "dois")
    assert send(client, conversation, "Bom dia").status_code == 202
    until("the customer to be told", lambda: told(office))
    office.customer_writes("três")
    assert send(client, conversation, "Bom dia").status_code == 202, "the same request again"
    assert send(client, conversation, "Pois não", key="k2").status_code == 202
    until("the customer to be told again", lambda: len(told(office)) == 2)
    assert [(item.wamid, item.typing) for item in told(office)] == [("wamid.2", False), ("wamid.3", False)]


def test_only_the_owner_is_seen_typing(office: Office) -> None:
    ana, davi, conversation = office.login("ana"), office.login("davi"), office.customer_writes("um")
    wanting(office, sends_typing=True)
    path = f"/v1/conversations/{conversation}/viewing"
    for client in (ana, davi):
        assert client.put(path, json={"typing": True}).status_code == 204
    take(ana, conversation, office.people["ana"])
    office.settle()
    assert davi.put(path, json={"typing": True}).status_code == 204
    assert ana.put(path, json={"typing": True}).status_code == 204
    until("that she types to be told", lambda: told(office))
    assert [(item.wamid, item.typing) for item in told(office)] == [("wamid.1", True)]


def test_a_channel_that_tells_nobody_keeps_still_and_one_that_tells_says_who_writes(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("um")
    take(ana, conversation, office.people["ana"])
    office.settle()
    wanting(office, sends_read=False, sends_typing=True)
    assert read(ana, conversation, messages(ana, conversation)[-1]).status_code == 204
    path = f"/v1/conversations/{conversation}/viewing"
    for typing in (False, True, True):
        assert ana.put(path, json={"typing": typing}).status_code == 204
    (item,) = until("that she writes to be told", lambda: told(office))
    assert (item.typing, item.wamid, item.channel_id) == (True, "wamid.1", office.cell.channel_id)


def test_what_is_not_of_this_thread_cannot_be_read_up_to(office: Office) -> None:
    ana, bruno = office.login("ana"), office.login("bruno")
    mine = office.customer_writes("oi", customer=1)
    other = office.customer_writes("oi", customer=2)
    (message,) = messages(ana, other)
    assert read(ana, mine, message).json()["code"] == "not_found"
    assert read(ana, mine, str(uuid4())).status_code == 404
    for wrong in ({"$ne": None}, ["a"], 7, True, None, "1", ""):
        assert read(ana, mine, wrong).json()["code"] == "invalid", wrong
    assert ana.put(f"/v1/conversations/{mine}/assignee", json=mine_of(office), headers={"If-Match": '"2"'})
    office.settle()
    path = f"/v1/conversations/{mine}"
    assert read(bruno, mine, messages(ana, mine)[0]).status_code == 404
    for answer in (
        bruno.get(f"{path}/draft"),
        write(bruno, mine, "x"),
        bruno.delete(f"{path}/draft"),
        bruno.put(f"{path}/viewing", json={"typing": True}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def mine_of(office: Office) -> dict[str, str]:
    return {"assignee_id": str(office.people["ana"])}


def test_a_draft_is_kept_for_its_writer_until_they_send(office: Office) -> None:
    ana, bruno, conversation = office.login("ana"), office.login("bruno"), office.customer_writes("oi")
    assert draft(ana, conversation) == ""

    assert write(ana, conversation, "Olá, tudo b").status_code == 200
    kept = write(ana, conversation, "Olá, tudo bem? 👍").json()

    assert datetime.fromisoformat(kept["updated_at"]) <= datetime.now(UTC)
    assert draft(office.login("ana"), conversation) == "Olá, tudo bem? 👍"
    assert draft(bruno, conversation) == ""
    assert write(bruno, conversation, "outra coisa").status_code == 200
    assert send(ana, conversation, "Olá, tudo bem?").status_code == 202
    assert draft(ana, conversation) == ""
    assert draft(office.login("clara"), conversation) == ""
    assert office.cell.rows("select text from drafts") == [("outra coisa",)]


def test_a_repeated_send_does_not_throw_away_what_was_begun_since(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    first = send(ana, conversation, "um", key="k1")
    assert write(ana, conversation, "dois").status_code == 200
    assert send(ana, conversation, "um", key="k1").json() == first.json()
    assert draft(ana, conversation) == "dois"


def test_a_draft_is_kept_where_there_is_no_ticket_yet(office: Office) -> None:
    davi = office.login("davi")
    notice = (FIXTURES / "meta-docs" / "msg_system_user_changed_number.json").read_bytes()
    office.cell.receive(notice.replace(b"106540352242922", NUMBER.encode()))
    office.cell.ingest()
    office.settle()
    ((conversation,),) = office.cell.rows("select conversation_id from timeline")
    assert office.cell.rows("select from workspace") == []

    assert write(davi, conversation, "Bom dia").status_code == 200

    assert draft(davi, conversation) == "Bom dia"


def test_a_draft_is_thrown_away_by_hand_as_often_as_one_likes(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    path = f"/v1/conversations/{conversation}/draft"
    assert write(ana, conversation, "x").status_code == 200
    assert [ana.delete(path).status_code, ana.delete(path).status_code] == [204, 204]
    assert draft(ana, conversation) == ""
    assert write(ana, conversation, "y").status_code == 200
    assert write(ana, conversation, "").json() == {"text": "", "updated_at": None}
    assert draft(ana, conversation) == ""


@pytest.mark.parametrize("text", ["x" * 4_097, "Olá\n" * 4_000, "👍" * 16_000], ids=len)
def test_a_draft_that_is_too_long_to_send_is_kept(office: Office, text: str) -> None:
    """U30: what was pasted is not lost before it is cut into messages."""
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    assert write(ana, conversation, text).status_code == 200
    assert draft(office.login("ana"), conversation) == text
    refused = send(ana, conversation, text)
    assert (refused.status_code, refused.json()["code"]) == (422, "text_too_long")
    too_long = write(ana, conversation, "x" * 16_001)
    assert too_long.status_code == 422
    assert too_long.json()["errors"] == [{"field": "body.text", "message": "has more than 16,000 characters"}]
    assert draft(ana, conversation) == text


@pytest.mark.parametrize("route", ["draft", "viewing", "read"])
def test_nobody_has_anything_of_their_own(office: Office, route: str) -> None:
    conversation = office.customer_writes("oi")
    nobody = office.client()
    assert nobody.put(f"/v1/conversations/{conversation}/{route}", json={}).status_code == 401


def test_what_no_draft_can_be_is_refused_and_the_old_one_stays(office: Office) -> None:
    """B058 and B062, for drafts and signs of life."""
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    assert write(ana, conversation, "antes").status_code == 200
    for wrong in ("x" * 16_001, "a\x00b", {"$ne": None}, ["a"], 7, True, None):
        refused = write(ana, conversation, wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid"), wrong
    half = ana.put(
        f"/v1/conversations/{conversation}/draft",
        content=b'{"text": "\\ud800"}',
        headers={"Content-Type": "application/json"},
    )
    assert (half.status_code, half.json()["code"]) == (400, "malformed")
    for wrong in ("true", 1, None, {"$ne": None}):
        refused = ana.put(f"/v1/conversations/{conversation}/viewing", json={"typing": wrong})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid"), wrong
    assert draft(ana, conversation) == "antes"
