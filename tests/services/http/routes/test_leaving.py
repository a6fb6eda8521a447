"""People and teams that are no more, through HTTP on the real store: what they had goes on without them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2

from domain.conversation.message_events import MessageSent
from domain.conversation.ticket_events import Reopened, Unassigned
from services.workers.scheduler import Scheduler
from tests.services.http.actions import (
    etag,
    from_now,
    list_tickets,
    post_action,
    schedule,
    take,
    wait_until_due,
)
from tests.support.office import Office


def snooze_ticket(client: httpx2.Client, conversation: UUID, seen: str, hour: datetime) -> httpx2.Response:
    body = {"until": hour.isoformat(), "zone": "America/Sao_Paulo"}
    return client.put(f"/v1/conversations/{conversation}/snooze", json=body, headers={"If-Match": seen})


def ticket(client: httpx2.Client, conversation: UUID) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/conversations/{conversation}").json()["ticket"]
    return found


def test_whoever_leaves_gives_their_tickets_back_into_their_queues(office: Office) -> None:
    team = office.team("Vendas", "ana", "bruno", channel=True)
    ana, davi, me = office.login("ana"), office.login("davi"), office.people["ana"]
    open_one, asleep, over = (office.customer_writes("oi", customer=n) for n in (1, 2, 3))
    hour = datetime.now(UTC) + timedelta(hours=2)
    for conversation in (open_one, over):
        assert take(ana, conversation, me).status_code == 200
    assert snooze_ticket(ana, asleep, '"2"', hour).status_code == 200
    assert post_action(ana, over, "close", '"3"').status_code == 200

    office.changed("ana", active=False)
    assert Scheduler(office.cell.log).step() == 2
    office.settle()

    waits, sleeps, ended = (ticket(davi, conversation) for conversation in (open_one, asleep, over))
    assert (waits["state"], waits["owner"], waits["team"]["id"]) == ("queue", None, str(team))
    assert (sleeps["state"], sleeps["owner"]) == ("snoozed", None)
    assert datetime.fromisoformat(sleeps["snoozed_until"]) == hour
    assert (ended["state"], ended["owner"]["name"]) == ("closed", "Ana"), "who served stays to be read"
    bruno = office.login("bruno")
    assert [t["conversation_id"] for t in list_tickets(bruno, "queue", office.head())] == [str(open_one)]
    (*_, told) = davi.get(f"/v1/conversations/{open_one}/events").json()["items"]
    assert (told["type"], told["data"]["by"], told["data"]["left"]) == (
        *("conversation.unassigned", None, str(me)),
    )
    assert told["who"]["name"] == "scheduler"


def test_what_is_given_back_is_given_back_once_however_often_one_looks(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    take(ana, conversation, office.people["ana"])
    office.changed("ana", active=False)
    schedulers = [Scheduler(office.cell.log) for _ in range(3)]
    for scheduler in schedulers:
        scheduler.step()
    office.settle()
    assert Scheduler(office.cell.log).step() == 0
    assert len(office.cell.facts(Unassigned)) == 1


def test_whoever_came_back_meanwhile_keeps_their_tickets(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    take(ana, conversation, office.people["ana"])
    office.changed("ana", active=False)
    office.changed("ana", active=True)
    assert Scheduler(office.cell.log).step() == 0
    assert office.cell.facts(Unassigned) == []


def test_whoever_leaves_a_team_keeps_what_they_have_in_hand(office: Office) -> None:
    office.team("Vendas", "ana", channel=True)
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    take(ana, conversation, office.people["ana"])

    office.changed("ana", teams=frozenset())

    assert Scheduler(office.cell.log).step() == 0
    assert [t["owner"]["name"] for t in list_tickets(ana, "mine", office.head())] == ["Ana"]


def test_a_scheduled_message_goes_out_though_its_author_left_and_takes_no_ticket(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    assert schedule(ana, conversation, from_now(seconds=2.0)).status_code == 201
    office.changed("ana", active=False)
    Scheduler(office.cell.log).step()
    wait_until_due(office)

    Scheduler(office.cell.log).step()

    (said,) = office.cell.facts(MessageSent)
    assert said.agent_id == office.people["ana"], "the thread says whose words they were"
    office.settle()
    waits = ticket(office.login("clara"), conversation)
    assert (waits["state"], waits["owner"], waits["unanswered"]) == ("queue", None, False)


def test_a_ticket_of_an_archived_team_waits_in_the_queue_of_its_number(office: Office) -> None:
    team = office.team("Vendas", "ana")
    davi, conversation = office.login("davi"), office.customer_writes("oi")
    rule = {"reopen_within_s": 600}
    assert davi.put(f"/v1/channels/{office.cell.channel_id}", json=rule).status_code == 200
    first = post_action(davi, conversation, "transfer", team_id=str(team))
    ended = post_action(davi, conversation, "close", etag(first))
    assert davi.delete(f"/v1/teams/{team}").status_code == 200

    back = post_action(davi, conversation, "undo", etag(ended))

    office.settle()
    assert (back.status_code, ticket(davi, conversation)["team"]) == (200, None), "when it is taken back"
    there = office.team("Vendas", "ana")
    moved = post_action(davi, conversation, "transfer", etag(back), team_id=str(there))
    assert post_action(davi, conversation, "close", etag(moved)).status_code == 200
    assert davi.delete(f"/v1/teams/{there}").status_code == 200
    office.customer_writes("só mais uma coisa")
    assert [fact.queue for fact in office.cell.facts(Reopened)] == ["default"], "when the customer writes"
    assert ticket(davi, conversation)["state"] == "queue"
