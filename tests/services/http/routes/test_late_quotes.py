"""A reply shows what it quotes, whichever of the two comes first."""

import time
from typing import Any
from uuid import UUID

import pytest

from adapters.whatsapp.graph import GraphApi
from domain.conversation.message_events import MessageReceived
from tests.support import traffic
from tests.support.office import Office, Watcher
from tests.support.waiting import free_port, until

WHO = "5520990000001"
NOW = int(time.time())
WEEK = 7 * 24 * 3600


def reply(wamid: str, original: str, body: str, at: int = NOW) -> dict[str, Any]:
    return traffic.text(wamid, body, WHO, at, context={"from": "552040020000", "id": original})


def imported(*messages: dict[str, Any]) -> bytes:
    """The history of a number, as it comes when the number joins."""
    number = {"display_phone_number": "552040020000", "phone_number_id": traffic.NUMBER}
    value = {"messaging_product": "whatsapp", "metadata": number, "messages": list(messages)}
    return traffic.change("history", value)


REPLY, ORIGINAL = reply("w2", "w1", "Esse"), traffic.text("w1", "Qual pedido?", WHO, NOW - 5)
LATE = {
    "a body each": [traffic.body([REPLY]), traffic.body([ORIGINAL])],
    "one body": [traffic.body([REPLY, ORIGINAL])],
    "an original of another week": [
        traffic.body([REPLY]),
        traffic.body([traffic.text("w1", "Qual pedido?", WHO, NOW - 2 * WEEK)]),
    ],
    "an imported original": [
        traffic.body([REPLY]),
        imported(traffic.text("w1", "Qual pedido?", WHO, NOW - 9 * WEEK)),
    ],
    "both imported": [imported(reply("w2", "w1", "Esse", NOW - 60), ORIGINAL)],
}


def arrives(office: Office, *bodies: bytes) -> UUID:
    """The conversation, with everything shown."""
    office.cell.receive(*bodies)
    office.cell.ingest()
    office.settle()
    return UUID(str(office.cell.rows("select conversation_id from threads")[0][0]))


def shown(office: Office, conversation: UUID) -> dict[str, Any]:
    """The messages of a conversation by their wamids, for somebody who sees everything."""
    answer = office.login("clara").get(f"/v1/conversations/{conversation}/messages")
    return {row["provider_id"]: row for row in answer.json()["items"]}


@pytest.mark.parametrize("order", LATE)
def test_a_reply_that_comes_before_its_original_shows_it_as_one_that_comes_after(
    office: Office, order: str
) -> None:
    watcher = Watcher(office.login("clara"))
    conversation = UUID(int=0)
    for body in LATE[order]:
        conversation = arrives(office, body)
    rows = shown(office, conversation)

    assert rows["w2"]["quoted_id"] == rows["w1"]["id"]
    assert not rows["w2"]["quotes_unknown"]
    until(
        "an open page to show it, too",
        lambda: any(row == rows["w2"] for row in watcher.messages),
    )
    path = f"/v1/conversations/{conversation}/events"
    then = office.login("clara").get(path, params={"as_of": office.head()}).json()["as_of"]["messages"]
    assert [row for row in then if row["provider_id"] == "w2"] == [rows["w2"]]


def test_a_quote_of_what_never_came_says_so_and_nothing_of_it_is_stored_in_clear(office: Office) -> None:
    conversation = arrives(office, traffic.body([reply("w2", "wamid.never", "Esse")]))
    row = shown(office, conversation)["w2"]

    assert row["quoted_id"] is None
    assert row["quotes_unknown"]
    assert [fact.quoted_wamid for fact in office.cell.facts(MessageReceived)] == ["wamid.never"]
    states = office.cell.rows("select convert_from(state, 'UTF8') from events")
    assert not any("wamid.never" in state for (state,) in states)


def test_a_quote_of_ours_waits_for_the_id_that_ours_gets_and_stays_within_its_thread(office: Office) -> None:
    conversation = arrives(office, traffic.body([traffic.text("w1", "Oi", WHO, NOW)]))
    ours = office.cell.answer(conversation, "Olá!")
    foreign = traffic.text("w3", "E eu?", "5520990000002", NOW, context={"id": "ours"})
    arrives(office, traffic.body([reply("w2", "ours", "Obrigado"), foreign]))
    assert shown(office, conversation)["w2"]["quotes_unknown"]

    office.cell.publish()
    office.cell.send(GraphApi(f"http://127.0.0.1:{free_port()}", "token"))  # nobody answers
    arrives(office, traffic.body(statuses=[traffic.status("ours", "sent", opaque=str(ours))]))

    assert shown(office, conversation)["w2"]["quoted_id"] == str(ours)
    other = office.cell.rows("select conversation_id from timeline where wamid = 'w3'")[0][0]
    assert shown(office, other)["w3"]["quotes_unknown"]
