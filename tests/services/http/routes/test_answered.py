"""Answered or not, through HTTP on the real store: who takes the red dot away, and who does not."""

from typing import Any
from uuid import UUID

import httpx2

from tests.services.http.actions import send
from tests.support.bots import answers, reply, said, turns, with_bot_number, writes
from tests.support.office import Office, Watcher
from tests.support.waiting import until


def ticket(office: Office, client: httpx2.Client, conversation: UUID) -> dict[str, Any]:
    office.settle()
    found: dict[str, Any] = client.get(f"/v1/conversations/{conversation}").json()["ticket"]
    return found


def waits(office: Office, client: httpx2.Client, conversation: UUID) -> tuple[bool, bool, int]:
    """The dot, whether it says since when, and how many messages wait."""
    row = ticket(office, client, conversation)
    return row["unanswered"], row["unanswered_since"] is not None, row["unread"]


def mark(client: httpx2.Client, conversation: UUID, answered: bool) -> None:
    done = client.put(f"/v1/conversations/{conversation}/answered", json={"answered": answered})
    assert done.status_code == 200


def test_the_customers_message_puts_the_mark_and_an_agents_answer_takes_it(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi", "alguém?")
    assert waits(office, ana, conversation) == (True, True, 2)
    first = ticket(office, ana, conversation)["unanswered_since"]

    office.customer_writes("ainda aí?")
    assert ticket(office, ana, conversation)["unanswered_since"] == first

    assert send(ana, conversation, "Estou!").status_code == 202
    assert waits(office, ana, conversation) == (False, False, 0)


def test_an_agent_marks_either_way_and_everybody_sees_it_at_once(office: Office) -> None:
    ana, bruno, conversation = office.login("ana"), office.login("bruno"), office.customer_writes("oi")
    his = Watcher(bruno)

    mark(ana, conversation, answered=True)
    assert waits(office, bruno, conversation) == (False, False, 0)
    until("Bruno to see the dot go", lambda: his.tickets and not his.tickets[-1]["unanswered"])

    mark(bruno, conversation, answered=False)
    assert waits(office, ana, conversation) == (True, True, 0)
    until("Bruno to see the dot again", lambda: his.tickets[-1]["unanswered"])
    his.leave()


def test_a_mark_by_hand_ends_at_the_customers_next_message(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    mark(ana, conversation, answered=True)
    office.customer_writes("mais uma coisa")
    assert waits(office, ana, conversation) == (True, True, 1)


def test_opening_a_conversation_changes_nothing(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    before, head = ticket(office, ana, conversation), office.cell.log.head()
    page = ana.get(f"/v1/conversations/{conversation}/messages").json()["items"]
    path = f"/v1/conversations/{conversation}"
    assert ana.put(f"{path}/read", json={"message_id": page[-1]["id"]}).status_code == 204
    assert ana.put(f"{path}/viewing", json={"typing": False}).status_code == 204
    assert ticket(office, ana, conversation) == before
    assert office.cell.log.head() == head
    assert before["unanswered"]


def test_the_bot_never_clears_the_mark(office: Office) -> None:
    ana, cell = office.login("ana"), with_bot_number(office.cell)
    writes(cell, "Olá")
    (turn,) = turns(cell)
    conversation = UUID(turn["conversation_id"])
    assert waits(office, ana, conversation) == (True, True, 1)

    answers(cell, reply(turn, "Oi, sou o robô!"))

    assert said(cell) == ["Oi, sou o robô!"]
    assert waits(office, ana, conversation) == (True, True, 1)
    assert send(ana, conversation, "Sou a Ana").status_code == 202
    assert waits(office, ana, conversation) == (False, False, 0)
