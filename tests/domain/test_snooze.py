"""Snoozing a ticket: until when, and who or what wakes it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.conversation.holder import Snooze
from domain.conversation.receive import receive
from domain.conversation.snooze import SnoozeRequest, snooze, wake
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import Assigned, Closed, Snoozed, Unassigned, Woken
from domain.conversation.timers import fire_due
from domain.conversation.undo import undo
from domain.decision import Decision
from domain.refusals import ControlMoved, NoOpenTicket, SnoozeUntil, WithBot
from tests.domain.given import (
    ANA,
    BRUNO,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    arrival,
    assigned,
    closed,
    given,
    incoming,
    opened,
    received,
    sent,
    started,
    state,
    waiting,
    woken,
)

EVENING = NOON + 6 * HOUR
ZONE = "America/Sao_Paulo"
OPEN = (*waiting(), assigned())


def snoozed(until: datetime = EVENING, keep: bool = False) -> Snoozed:
    return Snoozed(ticket=1, until=until, zone=ZONE, keep=keep, reason=None, by=ANA, moved_at=NOON)


def snooze_until(thread: Conversation, until: datetime = EVENING, **given: Any) -> Decision:
    request = SnoozeRequest(until, ZONE, given.pop("stays_on_reply", False))
    asked = {"by": ANA, "at": NOON, "expected_version": thread.control, **given}
    return snooze(thread, request, **asked)


def test_a_snoozed_ticket_leaves_the_open_ones() -> None:
    given(*OPEN).when(snooze_until).then(snoozed())
    snoozed_ticket = state(*OPEN, snoozed())
    assert (snoozed_ticket.state, snoozed_ticket.owner, snoozed_ticket.snooze) == (
        "snoozed",
        ANA,
        Snooze(EVENING, stays_on_reply=False),
    )
    assert snoozed_ticket.control == state(*OPEN).control + 1


def test_an_agent_who_snoozes_an_unowned_ticket_takes_it_but_a_supervisor_does_not() -> None:
    given(*waiting()).when(snooze_until).then(assigned(), snoozed().model_copy(update={"took": True}))
    given(*waiting()).when(lambda c: snooze_until(c, takes=False)).then(snoozed())
    assert state(*waiting(), snoozed()).state == "snoozed"


def test_an_undone_snooze_gives_back_the_ticket_it_took() -> None:
    asleep = (*waiting(), *given(*waiting()).when(snooze_until).facts)
    (back,) = undo(state(*asleep), UUID(int=9), ANA, NOON, state(*asleep).control)
    stands = state(*asleep, back)
    assert (stands.state, stands.owner, stands.snooze) == ("queue", None, None)


def test_snoozing_again_moves_the_time_and_repeating_it_does_nothing() -> None:
    given(*OPEN, snoozed()).when(lambda c: snooze_until(c, EVENING + HOUR)).then(snoozed(EVENING + HOUR))
    given(*OPEN, snoozed()).when(lambda c: snooze_until(c, expected_version=1)).then_nothing()
    given(*OPEN, snoozed()).when(lambda c: snooze_until(c, stays_on_reply=True)).then(snoozed(keep=True))


@pytest.mark.parametrize(
    "until", [NOON, NOON - MINUTE, NOON + timedelta(days=732), datetime(9999, 1, 1, tzinfo=UTC)]
)
def test_a_time_that_has_passed_or_is_years_away_is_refused(until: datetime) -> None:
    given(*OPEN).when(lambda c: snooze_until(c, until)).then_refuses(SnoozeUntil)


def test_only_an_open_ticket_without_the_bot_is_snoozed_and_at_its_present_version() -> None:
    given(started(), opened(with_bot=True), received()).when(snooze_until).then_refuses(WithBot)
    given(*OPEN, closed()).when(snooze_until).then_refuses(NoOpenTicket)
    given(*OPEN).when(lambda c: snooze_until(c, expected_version=1)).then_refuses(ControlMoved, owner=ANA)


def test_the_customers_message_brings_it_back_at_once() -> None:
    given(*OPEN, snoozed()).arrives(lambda c: receive(c, incoming(2), arrival(2))).then(
        woken(NOON, "customer"), received(2)
    )
    assert state(*OPEN, snoozed(), Woken(ticket=1, cause="customer")).state == "open"


def test_one_that_stays_on_reply_stays_snoozed_and_the_message_waits_for_an_answer() -> None:
    given(*OPEN, snoozed(keep=True)).arrives(lambda c: receive(c, incoming(2), arrival(2))).then(received(2))
    snoozed_ticket = state(*OPEN, sent(), snoozed(keep=True), received(2))
    assert (snoozed_ticket.state, snoozed_ticket.unread) == ("snoozed", 1)


def test_it_wakes_once_when_its_time_has_come() -> None:
    given(*OPEN, snoozed()).when(lambda c: fire_due(c, EVENING)).then(woken(EVENING))
    awake = (*OPEN, snoozed(), woken(EVENING))
    given(*awake).when(lambda c: fire_due(c, EVENING)).then_nothing()


def test_a_time_that_was_moved_wakes_nothing() -> None:
    moved = (*OPEN, snoozed(), snoozed(EVENING + HOUR))
    given(*moved).when(lambda c: fire_due(c, EVENING)).then_nothing()


def test_an_agent_wakes_it() -> None:
    snoozed_ticket = (*OPEN, snoozed())
    given(*snoozed_ticket).when(lambda c: wake(c, BRUNO, NOON, c.control)).then(woken(NOON, "agent", BRUNO))
    given(*snoozed_ticket).when(lambda c: wake(c, BRUNO, NOON, 1)).then_refuses(ControlMoved)
    given(*OPEN).when(lambda c: wake(c, BRUNO, NOON, 1)).then_nothing()


def test_assigned_or_unassigned_it_stays_snoozed() -> None:
    snoozed_ticket = (*OPEN, snoozed())
    theirs = state(*snoozed_ticket, assigned(BRUNO))
    assert (theirs.state, theirs.owner, theirs.snooze) == (
        "snoozed",
        BRUNO,
        Snooze(EVENING, stays_on_reply=False),
    )
    back = state(*snoozed_ticket, Unassigned(ticket=1, by=ANA))
    assert (back.state, back.owner) == ("snoozed", None)
    assert (
        state(*snoozed_ticket, Unassigned(ticket=1, by=ANA), Woken(ticket=1, cause="time")).state == "queue"
    )


def test_closed_while_snoozed_it_never_wakes() -> None:
    ended = (*OPEN, snoozed(), Closed(ticket=1, by=ANA))
    given(*ended).when(lambda c: fire_due(c, EVENING)).then_nothing()
    assert state(*ended).snooze is None
    given(*ended).arrives(lambda c: receive(c, incoming(2), arrival(2))).then_nothing_of(Woken, Assigned)


def test_the_window_is_compared_with_the_due_time() -> None:
    thread = state(*OPEN)
    assert thread.window_ends_at == NOON + DAY
    assert not thread.window_closes_before(NOON + DAY - MINUTE)
    assert thread.window_closes_before(NOON + DAY)
    assert thread.last_safe_time(NOON) == NOON + DAY - 15 * MINUTE
    assert thread.last_safe_time(NOON + DAY - 15 * MINUTE) is None


@pytest.mark.parametrize(
    ("zone", "local", "instant"),
    [
        (
            "America/Sao_Paulo",
            datetime(2018, 11, 4, 9),
            datetime(2018, 11, 4, 11, tzinfo=UTC),
        ),  # summer time began
        (
            "America/Sao_Paulo",
            datetime(2026, 11, 4, 9),
            datetime(2026, 11, 4, 12, tzinfo=UTC),
        ),  # and is no more
        ("America/Sao_Paulo", datetime(2019, 2, 16, 9), datetime(2019, 2, 16, 11, tzinfo=UTC)),
        ("America/Sao_Paulo", datetime(2019, 2, 17, 9), datetime(2019, 2, 17, 12, tzinfo=UTC)),  # it ended
        ("Europe/Lisbon", datetime(2026, 3, 28, 9), datetime(2026, 3, 28, 9, tzinfo=UTC)),
        ("Europe/Lisbon", datetime(2026, 3, 29, 9), datetime(2026, 3, 29, 8, tzinfo=UTC)),
        ("Europe/Lisbon", datetime(2026, 10, 25, 1, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("Europe/Lisbon", datetime(2026, 10, 25, 1, 30, fold=1), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("Europe/Lisbon", datetime(2026, 10, 25, 9), datetime(2026, 10, 25, 9, tzinfo=UTC)),
        ("Europe/Lisbon", datetime(2026, 10, 24, 9), datetime(2026, 10, 24, 8, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2028, 2, 29, 9), datetime(2028, 2, 29, tzinfo=UTC)),
        ("America/Sao_Paulo", datetime(2038, 1, 20, 9), datetime(2038, 1, 20, 12, tzinfo=UTC)),
        ("America/Manaus", datetime(2106, 2, 8, 9), datetime(2106, 2, 8, 13, tzinfo=UTC)),
    ],
)
def test_a_time_on_any_clock_is_one_instant(zone: str, local: datetime, instant: datetime) -> None:
    until, before = local.replace(tzinfo=ZoneInfo(zone)), instant - HOUR
    facts = (*OPEN, *snooze_until(state(*OPEN), until, at=before))
    assert fire_due(state(*facts), instant) == (woken(instant),)
    assert fire_due(state(*facts), instant - timedelta(seconds=1)) == ()


def test_an_agent_in_another_zone_than_the_customer_means_their_own_clock() -> None:
    """Nine in Tokyo is nine in the evening before in São Paulo; the window knows no zone at all."""
    nine = datetime(2026, 3, 4, 9, tzinfo=ZoneInfo("Asia/Tokyo"))
    facts = snooze_until(state(*OPEN), nine)
    assert isinstance(facts[0], Snoozed)
    assert facts[0].until.astimezone(ZoneInfo("America/Sao_Paulo")).hour == 21
    assert state(*OPEN).window_closes_before(nine) is False
    thread = state(*OPEN, *facts)
    assert fire_due(thread, datetime(2026, 3, 3, 23, 59, 59, tzinfo=UTC)) == ()
    midnight = datetime(2026, 3, 4, tzinfo=UTC)
    assert fire_due(thread, midnight) == (woken(midnight),)


@pytest.mark.parametrize(
    "spoken", [datetime(2026, 3, 29, 1, 30), datetime(2018, 11, 4, 0, 30)], ids=["Lisbon", "São Paulo"]
)
def test_a_time_that_a_clock_leaves_out_is_still_one_instant(spoken: datetime) -> None:
    """Whoever means it says an offset, so there is nothing to guess: the next hour of the clock."""
    zone = ZoneInfo("Europe/Lisbon" if spoken.month == 3 else "America/Sao_Paulo")
    instant = spoken.replace(tzinfo=zone).astimezone(UTC)
    facts = (*OPEN, *snooze_until(state(*OPEN), instant, at=instant - HOUR))
    assert instant.astimezone(zone).hour == spoken.hour + 1
    assert fire_due(state(*facts), instant) == (woken(instant),)
