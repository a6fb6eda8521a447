"""Work that comes back to somebody who is not there goes to its queue, and says whom it left and why."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2

from adapters.postgres.connection.pool import QueryPool
from domain.conversation.ticket_events import Assigned, OwnerPresent, Reopened, Unassigned, Woken
from services.commands.organisation import ChannelChange
from services.workers.assigner import Assigner
from services.workers.scheduler import Scheduler
from services.write.actor import Administrator
from tests.services.http.actions import (
    etag,
    from_now,
    get_json,
    list_tickets,
    post_action,
    snooze,
    take,
    ticket_of,
)
from tests.support.office import Office, Watcher
from tests.support.waiting import until


def configured(office: Office, **wanted: Any) -> None:
    by = Administrator(office.cell.tenant_id)
    office.organisation().configure(office.cell.channel_id, ChannelChange(**wanted), by)
    office.settle()


def closed_by(office: Office, client: httpx2.Client, name: str, conversation: UUID) -> None:
    mine = etag(take(client, conversation, office.people[name]))
    etag(post_action(client, conversation, "close", mine))


def due(office: Office) -> None:
    """The scheduler looks once everything is projected."""
    office.settle()
    Scheduler(office.cell.log).step()
    office.settle()


def test_a_reopened_ticket_leaves_an_absent_owner_at_once_and_is_given_to_who_is_there(
    office: Office,
) -> None:
    configured(office, reopen_within_s=3600, auto_assign=True)
    conversation = office.customer_writes("oi")
    closed_by(office, office.login("ana"), "ana", conversation)
    bruno = office.login("bruno")
    assert office.login("ana").put("/v1/me/presence", json={"available": False}).status_code == 200

    assert office.customer_writes("mais uma coisa") == conversation
    due(office)

    (left,) = office.cell.facts(Unassigned)
    assert (left.by, left.absent) == (None, office.people["ana"])
    (ticket,) = list_tickets(bruno, "queue", office.head())
    assert (ticket["state"], ticket["owner"], ticket["last_owner"]["name"]) == ("queue", None, "Ana")
    told = get_json(bruno, f"/v1/conversations/{conversation}/events")["items"][-1]
    assert (told["type"], told["data"]["absent"]) == ("conversation.unassigned", str(office.people["ana"]))

    watcher = Watcher(bruno)
    with QueryPool(office.cell.url, 1, "tests") as pool:
        assigner = Assigner(office.cell.log, pool, office.cell.url)
        until("Bruno to be given it", lambda: bool(assigner.step()))
    watcher.leave()
    office.settle()
    given = ticket_of(bruno, conversation)
    assert (given["owner"]["name"], given["last_owner"]) == ("Bruno", None)
    assert office.cell.facts(Assigned)[-1].agent_id == office.people["bruno"]


def test_it_stays_with_an_owner_who_is_there(office: Office) -> None:
    configured(office, reopen_within_s=3600, auto_assign=True)
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    closed_by(office, ana, "ana", conversation)
    watcher = Watcher(ana)
    is_present = "select 1 from presence where agent_id = %s and seen_at > now() - interval '10 s'"
    until("Ana to be seen", lambda: office.cell.rows(is_present, office.people["ana"]))

    office.customer_writes("mais uma coisa")
    due(office)
    watcher.leave()

    assert len(office.cell.facts(OwnerPresent)) == 1
    assert (ticket_of(ana, conversation)["owner"]["name"], office.cell.facts(Unassigned)) == ("Ana", [])
    assert office.cell.rows("select 1 from timers where kind = 'ticket'") == []


def test_without_the_rule_that_gives_it_waits_a_quarter_of_an_hour_or_as_the_channel_says(
    office: Office,
) -> None:
    configured(office, reopen_within_s=3600)
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    closed_by(office, ana, "ana", conversation)
    office.customer_writes("mais uma coisa")
    (back,) = office.cell.facts(Reopened)
    (reopened_at,) = (e.recorded_at for e in office.cell.history() if isinstance(e.fact, Reopened))
    assert back.return_at is not None
    assert abs(back.return_at - reopened_at - timedelta(minutes=15)) < timedelta(seconds=5)
    due(office)
    assert ticket_of(ana, conversation)["owner"]["name"] == "Ana"

    configured(office, return_after_s=0)
    closed_by(office, ana, "ana", office.customer_writes("oi", customer=2))
    second = office.customer_writes("de novo", customer=2)
    due(office)
    assert ticket_of(office.login("davi"), second)["last_owner"]["name"] == "Ana"
    assert ticket_of(ana, conversation)["owner"]["name"] == "Ana"


def test_a_woken_ticket_whoever_wakes_it_leaves_an_absent_owner(office: Office) -> None:
    configured(office, return_after_s=0)
    ana, davi = office.login("ana"), office.login("davi")
    by_time, by_hand, by_customer = (office.customer_writes("oi", customer=n) for n in (1, 2, 3))
    assert snooze(ana, by_time, from_now(seconds=1)).status_code == 200
    for conversation in (by_hand, by_customer):
        assert snooze(ana, conversation, from_now(hours=3)).status_code == 200
    office.settle()
    seen = davi.get(f"/v1/conversations/{by_hand}").headers["etag"]
    woken = davi.delete(f"/v1/conversations/{by_hand}/snooze", headers={"If-Match": seen})
    assert woken.status_code == 200, woken.text
    office.customer_writes("já?", customer=3)

    def woken_by_time() -> bool:
        due(office)
        return len(office.cell.facts(Woken)) == 3

    until("the time to come", woken_by_time)
    due(office)
    for conversation in (by_time, by_hand, by_customer):
        ticket = ticket_of(davi, conversation)
        assert (ticket["state"], ticket["last_owner"]["name"]) == ("queue", "Ana")


def test_the_rule_is_set_within_its_bounds_and_told(office: Office) -> None:
    davi, path = office.login("davi"), f"/v1/channels/{office.cell.channel_id}"
    assert get_json(davi, "/v1/channels")["items"][0]["return_after_s"] == 900
    assert davi.put(path, json={"return_after_s": 60}).status_code == 200
    office.settle()
    until(
        "the directory to know",
        lambda: get_json(davi, "/v1/channels")["items"][0]["return_after_s"] == 60,
    )
    assert davi.put(path, json={"reopen_within_s": 5}).status_code == 200
    assert davi.put(path, json={"return_after_s": -1}).status_code == 422
    assert davi.put(path, json={"return_after_s": 31 * 86_400}).status_code == 422
