"""Giving a ticket to the bot and taking it back, through HTTP on the real store."""

from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from domain.conversation.ticket_events import BotReactivated, Closed, HandedOff, TicketOpened
from services.commands.installation import InstallationCommands
from tests.support.bots import BOT_NUMBER
from tests.support.office import Office


@pytest.fixture
def bot_office(office: Office) -> Office:
    """An office with a second number, which a bot answers."""
    cell = office.cell
    InstallationCommands(cell.log).add_channel(cell.tenant_id, BOT_NUMBER, "Robô", "portfolio", has_bot=True)
    return office


def give(client: httpx2.Client, conversation: UUID, seen: str | None, **body: Any) -> httpx2.Response:
    headers = {} if seen is None else {"If-Match": seen}
    asked = {"until": "flow_end", **body}
    return client.post(f"/v1/conversations/{conversation}/bot", json=asked, headers=headers)


def ticket(client: httpx2.Client, conversation: UUID) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/conversations/{conversation}").json()["ticket"]
    return found


def send(client: httpx2.Client, conversation: UUID, text: str) -> httpx2.Response:
    said = {"type": "text", "text": text}
    return client.post(
        f"/v1/conversations/{conversation}/messages", json=said, headers={"Idempotency-Key": uuid4().hex}
    )


def test_a_ticket_is_given_to_the_bot_and_an_agents_message_takes_it_back(bot_office: Office) -> None:
    ana = bot_office.login("ana")
    conversation = bot_office.customer_writes("oi", number=BOT_NUMBER)
    assert ticket(ana, conversation)["state"] == "bot"
    assert send(ana, conversation, "Sou a Ana").status_code == 202
    bot_office.settle()
    taken = ticket(ana, conversation)
    assert (taken["state"], taken["owner"]["name"]) == ("open", "Ana")

    done = give(ana, conversation, f'"{taken["control"]}"', until="agent")

    assert done.status_code == 200
    assert done.headers["etag"] == f'"{done.json()["control"]}"'
    bot_office.settle()
    given = ticket(ana, conversation)
    assert (given["state"], given["owner"], given["control"]) == ("bot", None, taken["control"] + 1)
    assert send(ana, conversation, "Voltei").status_code == 202
    bot_office.settle()
    assert ticket(ana, conversation)["state"] == "open"
    (fact,) = bot_office.cell.facts(BotReactivated)
    assert (fact.by, fact.until) == (bot_office.people["ana"], "agent")


def test_a_supervisors_message_brings_the_bots_ticket_into_the_queue(bot_office: Office) -> None:
    clara = bot_office.login("clara")
    conversation = bot_office.customer_writes("oi", number=BOT_NUMBER)
    assert send(clara, conversation, "Um momento").status_code == 202
    bot_office.settle()
    assert ticket(clara, conversation)["state"] == "queue"
    assert [fact.reason for fact in bot_office.cell.facts(HandedOff)] == ["agent_wrote"]


def test_a_ticket_may_end_so_that_the_bot_begins_anew_with_the_next_message(bot_office: Office) -> None:
    ana = bot_office.login("ana")
    conversation = bot_office.customer_writes("oi", number=BOT_NUMBER)
    done = give(ana, conversation, '"1"', close=True)
    assert done.status_code == 200
    assert bot_office.customer_writes("oi de novo", number=BOT_NUMBER) == conversation
    assert (ticket(ana, conversation)["number"], ticket(ana, conversation)["state"]) == (2, "bot")
    assert [fact.with_bot for fact in bot_office.cell.facts(TicketOpened)] == [True, True]
    assert [fact.reason for fact in bot_office.cell.facts(Closed)] == ["bot"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"until": "hours"}, 422),
        ({"until": "hours", "hours": 0}, 422),
        ({"until": "hours", "hours": 169}, 422),
        ({"until": "agent", "hours": 2}, 422),
        ({"until": "always"}, 422),
        ({"until": "agent", "sudo": True}, 422),
        ({"until": "hours", "hours": 2}, 200),
    ],
)
def test_how_long_the_bot_has_it_must_be_said_as_it_can_be(
    bot_office: Office, body: dict[str, Any], status: int
) -> None:
    ana = bot_office.login("ana")
    conversation = bot_office.customer_writes("oi", number=BOT_NUMBER)
    assert give(ana, conversation, '"1"', **body).status_code == status


def test_who_saw_an_older_version_or_none_gives_nothing(bot_office: Office) -> None:
    ana = bot_office.login("ana")
    conversation = bot_office.customer_writes("oi", number=BOT_NUMBER)
    assert give(ana, conversation, None).status_code == 428
    moved = give(ana, conversation, '"7"')
    assert (moved.status_code, moved.json()["code"]) == (409, "control_moved")


def test_a_conversation_says_its_number_and_whether_a_bot_answers_there(bot_office: Office) -> None:
    with_bot, without = bot_office.customer_writes("oi", number=BOT_NUMBER), bot_office.customer_writes("oi")
    ana = bot_office.login("ana")
    known = ana.get("/v1/channels", params={"min_position": bot_office.head()}).json()
    numbers = {row["name"]: row["id"] for row in known["items"]}

    def channel(conversation: UUID) -> Any:
        return ana.get(f"/v1/conversations/{conversation}").json()["channel"]

    assert channel(with_bot) == {"id": numbers["Robô"], "name": "Robô", "has_bot": True}
    assert channel(without) == {"id": numbers["Atendimento"], "name": "Atendimento", "has_bot": False}


def test_a_number_without_a_bot_has_none_to_give_it_to(bot_office: Office) -> None:
    ana, conversation = bot_office.login("ana"), bot_office.customer_writes("oi")
    refused = give(ana, conversation, '"2"')
    assert (refused.status_code, refused.json()["code"]) == (409, "no_bot")
