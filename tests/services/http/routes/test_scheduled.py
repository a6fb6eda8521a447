"""Scheduled messages, through HTTP on the real store: sent when due, once, or not at all."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from domain.conversation.message_events import MessageSent
from domain.conversation.ticket_events import MessageScheduled, ScheduleEnded
from services.workers.scheduler import Scheduler
from tests.services.http.actions import ZONE, from_now, schedule, wait_until_due
from tests.support.office import Office, Watcher
from tests.support.waiting import until


def listed(client: httpx2.Client, conversation: UUID, position: str) -> list[dict[str, Any]]:
    path = f"/v1/conversations/{conversation}/scheduled"
    answer = client.get(path, params={"min_position": position}).json()
    assert not answer["stale"]
    items: list[dict[str, Any]] = answer["items"]
    return items


def test_a_scheduled_message_goes_out_when_due_once_with_several_schedulers(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")

    done = schedule(ana, conversation, from_now(seconds=1.5))

    assert done.status_code == 201
    (waits,) = listed(ana, conversation, done.json()["position"])
    assert (waits["id"], waits["state"], waits["text"]) == (
        done.json()["scheduled_id"],
        "waiting",
        "Já chegou?",
    )
    assert (waits["author"]["name"], waits["zone"], waits["cause"]) == ("Ana", ZONE, None)
    watcher, stop = Watcher(ana), threading.Event()
    with ThreadPoolExecutor(3) as pool:
        for _ in range(3):
            pool.submit(Scheduler(office.cell.log).run, stop)
        until("it on the stream", lambda: [m for m in watcher.messages if m["text"] == "Já chegou?"])
        office.settle()
        stop.set()
    watcher.leave()
    (said,) = office.cell.facts(MessageSent)
    assert (said.author, said.agent_id) == ("agent", office.people["ana"])
    assert said.sent_at >= datetime.fromisoformat(waits["due_at"]).replace(microsecond=0)
    (gone,) = listed(ana, conversation, office.head())
    assert (gone["state"], gone["message_id"]) == ("sent", str(said.message_id))
    ticket = ana.get(f"/v1/conversations/{conversation}").json()["ticket"]
    assert (ticket["unanswered"], ticket["owner"]["name"]) == (False, "Ana")


def test_a_customers_message_cancels_a_scheduled_one(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    assert schedule(ana, conversation, from_now(seconds=0.2)).status_code == 201
    office.customer_writes("já chegou, obrigado")
    wait_until_due(office)

    Scheduler(office.cell.log).step()

    assert office.cell.facts(MessageSent) == []
    (gone,) = listed(ana, conversation, office.head())
    assert (gone["state"], gone["cause"]) == ("cancelled", "customer")


def test_an_agent_cancels_a_scheduled_message_and_learns_when_it_is_too_late(office: Office) -> None:
    ana, bruno = office.login("ana"), office.login("bruno")
    conversation = office.customer_writes("oi")
    id = schedule(ana, conversation, from_now(seconds=0.2)).json()["scheduled_id"]
    path = f"/v1/conversations/{conversation}/scheduled/{id}"

    assert bruno.delete(path).status_code == 404  # it is Ana's since she wrote for later
    assert ana.delete(path).status_code == 200
    again = ana.delete(path)

    assert (again.status_code, again.json()["code"]) == (409, "not_scheduled")
    wait_until_due(office)
    assert Scheduler(office.cell.log).step() == 0
    (gone,) = listed(ana, conversation, office.head())
    assert (gone["state"], gone["cause"], gone["message_id"]) == ("cancelled", "agent", None)
    (fact,) = office.cell.facts(ScheduleEnded)
    assert fact.by == office.people["ana"]


def test_closing_the_ticket_cancels_a_scheduled_message(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    assert schedule(ana, conversation, from_now(seconds=0.2)).status_code == 201
    ended = ana.post(f"/v1/conversations/{conversation}/close", headers={"If-Match": '"3"'})
    assert ended.status_code == 200
    wait_until_due(office)
    Scheduler(office.cell.log).step()
    assert office.cell.facts(MessageSent) == []
    assert [fact.cause for fact in office.cell.facts(ScheduleEnded)] == ["closed"]


def test_after_an_outage_a_closed_window_keeps_a_scheduled_message_back(office: Office) -> None:
    ana = office.login("ana")
    conversation = office.customer_writes("oi", ago=timedelta(hours=24, seconds=-2.5))
    assert schedule(ana, conversation, from_now(seconds=0.2)).status_code == 201
    ends_at = ana.get(f"/v1/conversations/{conversation}").json()["window"]["ends_at"]
    until("the window to close", lambda: datetime.now(UTC) > datetime.fromisoformat(ends_at))
    office.settle()

    assert Scheduler(office.cell.log).step() == 1

    assert office.cell.facts(MessageSent) == []
    (gone,) = listed(ana, conversation, office.head())
    assert (gone["state"], gone["cause"]) == ("cancelled", "window_closed")


def test_a_message_due_after_the_window_is_refused_with_its_end(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    refused = schedule(ana, conversation, from_now(hours=25))
    assert (refused.status_code, refused.json()["code"]) == (409, "window_closed")
    window = ana.get(f"/v1/conversations/{conversation}").json()["window"]
    assert refused.json()["closed_at"] == window["ends_at"]
    assert office.cell.facts(MessageScheduled) == []


def test_the_same_key_writes_one(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    hour = from_now(hours=1)
    first, again = (schedule(ana, conversation, hour, key="k1") for _ in range(2))
    assert first.json() == again.json()
    other = schedule(ana, conversation, hour, "outra coisa", key="k1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    assert schedule(ana, conversation, hour, key=None).json()["code"] == "idempotency_key_required"
    assert len(office.cell.facts(MessageScheduled)) == 1


def test_scheduled_messages_of_an_invisible_conversation_do_not_exist(office: Office) -> None:
    ana, bruno, conversation = office.login("ana"), office.login("bruno"), office.customer_writes("oi")
    assert schedule(ana, conversation, from_now(hours=1)).status_code == 201
    office.settle()
    assert bruno.get(f"/v1/conversations/{conversation}/scheduled").status_code == 404
    assert schedule(bruno, conversation, from_now(hours=1)).status_code == 404
    assert ana.get(f"/v1/conversations/{uuid4()}/scheduled").status_code == 404
    assert [m["text"] for m in listed(office.login("clara"), conversation, office.head())] == ["Já chegou?"]


@pytest.mark.parametrize("zone", ["Etc/Unknown", "America/Lua", "GMT-03:00", None])
def test_a_zone_that_nobody_knows_is_a_remark(office: Office, zone: str | None) -> None:
    ana, conversation, at = office.login("ana"), office.customer_writes("oi"), from_now(hours=1)
    body = {"text": "Já chegou?", "due_at": at, **({} if zone is None else {"zone": zone})}
    path, headers = f"/v1/conversations/{conversation}/scheduled", {"Idempotency-Key": uuid4().hex}
    assert ana.post(path, json=body, headers=headers).status_code == 201
    (waiting,) = listed(ana, conversation, office.head())
    assert waiting["zone"] == (zone or "Etc/Unknown")
    assert datetime.fromisoformat(waiting["due_at"]) == datetime.fromisoformat(at)


BAD: list[tuple[dict[str, Any], int, str]] = [
    ({"due_at": "2020-01-01T10:00:00Z"}, 422, "due_at"),
    ({"due_at": "9999-12-31T10:00:00Z"}, 422, "due_at"),
    ({"due_at": "2026-02-30T10:00:00Z"}, 422, "invalid"),
    ({"due_at": 1_900_000_000}, 422, "invalid"),
    ({"due_at": "1900000000"}, 422, "invalid"),
    ({"due_at": "2027-03-01T10:00:00"}, 422, "invalid"),
    ({"due_at": "2027-03-01T10:00:00 BRT"}, 422, "invalid"),
    ({"due_at": {"$gt": ""}}, 422, "invalid"),
    ({"due_at": None}, 422, "invalid"),
    ({"zone": "Lua!"}, 422, "invalid"),
    ({"zone": True}, 422, "invalid"),
    ({"text": ""}, 422, "text_empty"),
    ({"text": " \n\t "}, 422, "text_empty"),
    ({"text": "\u200b\u200d\ufeff"}, 422, "text_empty"),
    ({"text": "x" * 4097}, 422, "text_too_long"),
    ({"text": "a\x00b"}, 422, "invalid"),
    ({"text": {"$ne": None}}, 422, "invalid"),
    ({"text": ["a"]}, 422, "invalid"),
    ({"text": 7}, 422, "invalid"),
    ({"to": "5511"}, 422, "invalid"),
]


def test_what_cannot_be_sent_later_is_refused_and_changes_nothing(office: Office) -> None:
    """B058, B061, B062"""
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    path = f"/v1/conversations/{conversation}/scheduled"
    for given, status, code in BAD:
        asked = {"text": "Já chegou?", "due_at": from_now(hours=1), "zone": ZONE, **given}
        refused = ana.post(path, json=asked, headers={"Idempotency-Key": uuid4().hex})
        assert (refused.status_code, refused.json()["code"]) == (status, code), given
    half = ana.post(
        path,
        content=b'{"text": "\\ud800", "due_at": "2027-03-01T10:00:00Z", "zone": "UTC"}',
        headers={"Idempotency-Key": "half", "Content-Type": "application/json"},
    )
    assert (half.status_code, half.json()["code"]) == (400, "malformed")
    assert office.cell.facts(MessageScheduled) == []
