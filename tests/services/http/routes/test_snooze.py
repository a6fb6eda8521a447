"""Snoozed tickets, through HTTP on the real store: they leave the lists and wake once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.conversation.ticket_events import Snoozed, WindowClosing, Woken
from services.workers.scheduler import Scheduler
from tests.services.http.actions import ZONE, from_now, list_tickets, snooze, ticket_of
from tests.support.office import Office, Watcher
from tests.support.waiting import until


def test_a_snoozed_ticket_moves_to_the_snoozed_view_and_back(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")

    done = snooze(ana, conversation, from_now(hours=2), reason="vai conferir o pedido").json()

    (ticket,) = list_tickets(ana, "snoozed", done["position"])
    assert (ticket["state"], ticket["owner"]["name"]) == ("snoozed", "Ana")
    assert ticket["snoozed_until"] == done["snoozed_until"]
    assert [list_tickets(ana, view, done["position"]) for view in ("mine", "queue")] == [[], []]
    assert ana.get("/v1/tickets/counts").json()["snoozed"] == {"count": 1, "more": False}

    back = ana.delete(
        f"/v1/conversations/{conversation}/snooze", headers={"If-Match": f'"{done["control"]}"'}
    )

    assert back.status_code == 200
    assert [t["state"] for t in list_tickets(ana, "mine", back.json()["position"])] == ["open"]
    assert list_tickets(ana, "snoozed", back.json()["position"]) == []
    (fact,) = office.cell.facts(Snoozed)
    assert (fact.by, fact.zone, fact.reason) == (office.people["ana"], ZONE, "vai conferir o pedido")


def test_the_answer_says_whether_the_window_closes_before_the_due_time(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    soon = snooze(ana, conversation, from_now(hours=1)).json()
    assert (soon["window_closes_first"], soon["window_ends_at"] is not None) == (False, True)
    late = snooze(ana, conversation, from_now(days=3), seen=f'"{soon["control"]}"').json()
    assert late["window_closes_first"]
    safe = datetime.fromisoformat(late["window_ends_at"]) - timedelta(minutes=15)
    assert datetime.fromisoformat(late["last_safe_until"]) == safe


def test_a_customers_message_wakes_a_ticket_unless_it_stays_on_reply(office: Office) -> None:
    ana = office.login("ana")
    loud, kept = office.customer_writes("oi", customer=1), office.customer_writes("oi", customer=2)
    assert snooze(ana, loud, from_now(hours=2)).status_code == 200
    assert snooze(ana, kept, from_now(hours=2), keep=True).status_code == 200

    office.customer_writes("alguém?", customer=1)
    office.customer_writes("alguém?", customer=2)

    assert [ticket_of(ana, c)["state"] for c in (loud, kept)] == ["open", "snoozed"]
    assert ticket_of(ana, kept)["unread"] == 2
    assert [fact.cause for fact in office.cell.facts(Woken)] == ["customer"]


def test_a_due_ticket_wakes_on_the_stream_once_with_several_schedulers(office: Office) -> None:
    ana = office.login("ana")
    conversations = [office.customer_writes("oi", customer=n) for n in range(1, 6)]
    for conversation in conversations:
        assert snooze(ana, conversation, from_now(seconds=1.5)).status_code == 200
    office.settle()
    watcher, stop = Watcher(ana), threading.Event()
    with ThreadPoolExecutor(3) as pool:
        for _ in range(3):
            pool.submit(Scheduler(office.cell.log).run, stop)
        until(
            "all back on the stream",
            lambda: (
                {t["conversation_id"] for t in watcher.tickets if t["state"] == "open"}
                == {str(c) for c in conversations}
            ),
        )
        stop.set()
    watcher.leave()
    assert [fact.cause for fact in office.cell.facts(Woken)] == ["time"] * 5
    for event in office.cell.history():
        if isinstance(event.fact, Woken):
            assert event.recorded_at >= hour_of(office, event.stream_id)


def hour_of(office: Office, conversation: UUID) -> datetime:
    (hour,) = (
        event.fact.until
        for event in office.cell.history()
        if event.stream_id == conversation and isinstance(event.fact, Snoozed)
    )
    return hour


def test_after_an_outage_every_missed_timer_fires_once(office: Office) -> None:
    ana = office.login("ana")
    conversations = [office.customer_writes("oi", customer=n) for n in range(1, 4)]
    for conversation in conversations:
        assert snooze(ana, conversation, from_now(seconds=0.3)).status_code == 200
    until("the hour to have passed", lambda: datetime.now(UTC) > hour_of(office, conversations[-1]))
    office.settle()

    assert Scheduler(office.cell.log).step() == 3
    office.settle()
    assert Scheduler(office.cell.log).step() == 0
    assert len(office.cell.facts(Woken)) == 3


@pytest.mark.parametrize(
    ("hour", "code"),
    [
        pytest.param("2020-01-01T10:00:00Z", "snooze_until", id="B061 the past"),
        pytest.param("9999-12-31T10:00:00Z", "snooze_until", id="B061 year 9999"),
        pytest.param("2026-02-30T10:00:00Z", "invalid", id="B061 no such day"),
        pytest.param(1_900_000_000, "invalid", id="B061 a number"),
        pytest.param("1900000000", "invalid", id="B061 a number as text"),
        pytest.param("2027-03-01", "invalid", id="B061 a day alone"),
        pytest.param("2027-03-01T10:00:00", "invalid", id="B061 no offset"),
        pytest.param("2027-03-01T10:00:00-0300", "invalid", id="B061 another form of offset"),
        pytest.param("2027-03-01T10:00:00 BRT", "invalid", id="B061 an abbreviation"),
        pytest.param("2027-03-01T23:59:60Z", "invalid", id="B061 a leap second"),
        pytest.param("2027-03-01T10:00:001Z", "invalid", id="B061 seconds of three digits"),
        pytest.param("", "invalid", id="B061 nothing"),
        pytest.param(None, "invalid", id="B061 null"),
    ],
)
def test_an_impossible_due_time_is_refused_and_changes_nothing(office: Office, hour: Any, code: str) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    refused = snooze(ana, conversation, hour)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert office.cell.facts(Snoozed) == []


def test_fractions_of_a_second_have_as_many_digits_as_they_like(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    hour = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    assert snooze(ana, conversation, f"{hour}.123456789012z").json()["snoozed_until"] == f"{hour}.123456Z"


def test_what_else_cannot_be_snoozed(office: Office) -> None:
    ana, bruno, conversation = office.login("ana"), office.login("bruno"), office.customer_writes("oi")
    for zone in ("Sao Paulo", "", "a" * 65, "UTC\n", None, 7):
        assert snooze(ana, conversation, from_now(hours=1), zone=zone).json()["code"] == "invalid"
    assert snooze(ana, conversation, from_now(hours=1), seen=None).status_code == 428
    assert snooze(ana, conversation, from_now(hours=1), reason="x" * 501).status_code == 422
    assert snooze(ana, conversation, from_now(hours=1)).status_code == 200
    stale = snooze(bruno, conversation, from_now(hours=3))
    assert (stale.status_code, stale.json()["owner"]["name"]) == (409, "Ana")
    assert snooze(bruno, conversation, from_now(hours=3), seen='"4"').status_code == 404
    assert len(office.cell.facts(Snoozed)) == 1


@pytest.mark.parametrize("zone", ["Etc/Unknown", "America/Coyhaique", "Mars/Olympus_Mons", "+03:00", ...])
def test_the_instant_decides_and_the_zone_is_a_remark(office: Office, zone: Any) -> None:
    """F16: browsers that know no zone, or a newer one than this server; `...` is for none at all."""
    ana, conversation, other = (
        office.login("ana"),
        office.customer_writes("oi"),
        office.customer_writes("oi", customer=2),
    )
    at = from_now(hours=1)
    given = {"until": at} if zone is ... else {"until": at, "zone": zone}
    one = ana.put(f"/v1/conversations/{conversation}/snooze", json=given, headers={"If-Match": '"2"'})
    assert one.status_code == 200, one.text
    items = [{"conversation_id": str(other), "control": 2}]
    (many,) = ana.post("/v1/tickets/bulk", json={"action": "snooze", "items": items, **given}).json()["items"]
    assert many["status"] == 200
    told = "Etc/Unknown" if zone is ... else zone
    assert [(fact.zone, fact.until.isoformat()) for fact in office.cell.facts(Snoozed)] == [(told, at)] * 2


def test_a_supervisor_snoozes_an_unassigned_ticket_and_everyone_still_sees_it(office: Office) -> None:
    ana, clara, conversation = office.login("ana"), office.login("clara"), office.customer_writes("oi")
    done = snooze(clara, conversation, from_now(hours=1)).json()
    for client in (ana, clara):
        (ticket,) = list_tickets(client, "snoozed", done["position"])
        assert ticket["owner"] is None


@pytest.mark.parametrize("offset", ["Z", "+00:00", "-03:00", "+14:00"])
def test_the_same_instant_in_any_offset_is_the_same_due_time(office: Office, offset: str) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    hours = {"Z": 0, "+00:00": 0, "-03:00": -3, "+14:00": 14}[offset]
    instant = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    written = (instant + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S") + offset
    done = snooze(ana, conversation, written).json()
    assert datetime.fromisoformat(done["snoozed_until"]) == instant
    (ticket,) = list_tickets(ana, "snoozed", done["position"])
    assert ticket["snoozed_until"] == instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_whoever_snoozed_a_ticket_is_warned_on_the_stream_before_its_window_closes(office: Office) -> None:
    ana = office.login("ana")
    nearly_over = timedelta(hours=23, minutes=45)
    conversation = office.customer_writes("oi", ago=nearly_over)
    done = snooze(ana, conversation, from_now(days=1), keep=True).json()
    assert not ticket_of(ana, conversation)["window_warned"]
    office.settle()
    watcher = Watcher(ana, done["position"])

    assert Scheduler(office.cell.log).step() == 1

    until("the warning", lambda: [t for t in watcher.tickets if t["window_warned"]])
    (warned,) = office.cell.facts(WindowClosing)
    assert warned.ends_at == datetime.fromisoformat(done["window_ends_at"])
    assert [t["window_warned"] for t in list_tickets(ana, "snoozed", office.head())] == [True]
    assert Scheduler(office.cell.log).step() == 0

    office.customer_writes("ainda espero")
    assert not ticket_of(ana, conversation)["window_warned"]
    assert ticket_of(ana, conversation)["state"] == "snoozed"
    watcher.leave()
