"""Work that comes back goes to people who are there: to its owner, or after a while to its queue."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.conversation.receive import receive
from domain.conversation.ticket_events import (
    Assigned,
    Closed,
    MarkedAnswered,
    OwnerPresent,
    Reopened,
    Snoozed,
    Transferred,
    Unassigned,
    Woken,
)
from domain.conversation.timers import fire_due, returns
from domain.event import Event
from tests.domain.given import (
    ANA,
    BRUNO,
    HOUR,
    MINUTE,
    NOON,
    arrival,
    assigned,
    given,
    incoming,
    received,
    sent,
    state,
    waiting,
    woken,
)

ZONE = "America/Sao_Paulo"
SNOOZED = Snoozed(ticket=1, until=NOON + HOUR, zone=ZONE, keep=False, reason=None, by=ANA, moved_at=NOON)
ASLEEP = (*waiting(), assigned(), SNOOZED)
ENDED = (*waiting(), assigned(), Closed(ticket=1, by=ANA, moved_at=NOON))
QUARTER = 15 * MINUTE


def test_a_woken_ticket_leaves_an_owner_who_is_not_there_a_quarter_of_an_hour_later() -> None:
    awake = (*ASLEEP, woken(NOON + HOUR))
    due = NOON + HOUR + QUARTER
    given(*awake).when(lambda c: fire_due(c, due - MINUTE, QUARTER, owner_present=False)).then_nothing()
    left = Unassigned(ticket=1, by=None, absent=ANA)
    given(*awake).when(lambda c: fire_due(c, due, QUARTER, owner_present=False)).then(left)
    thread = state(*awake, left)
    assert (thread.state, thread.owner, thread.queue) == ("queue", None, "default")
    given(*awake, left).when(lambda c: fire_due(c, due + HOUR, QUARTER, owner_present=False)).then_nothing()


def test_it_stays_with_an_owner_who_is_there_and_is_looked_at_once() -> None:
    awake, due = (*ASLEEP, woken(NOON + HOUR)), NOON + HOUR + QUARTER
    stays = OwnerPresent(ticket=1)
    given(*awake).when(lambda c: fire_due(c, due, QUARTER, owner_present=True)).then(stays)
    assert state(*awake, stays).owner == ANA
    given(*awake, stays).when(lambda c: fire_due(c, due + HOUR, QUARTER, owner_present=False)).then_nothing()


@pytest.mark.parametrize(
    "taken_up",
    [
        sent(50),
        sent(50, by=BRUNO),
        MarkedAnswered(ticket=1, by=ANA),
        Assigned(ticket=1, agent_id=BRUNO, by=BRUNO),
        Transferred(ticket=1, queue="default", agent_id=BRUNO, note=None, by=ANA, moved_at=NOON),
        Closed(ticket=1, by=ANA, moved_at=NOON),
        SNOOZED.model_copy(update={"until": NOON + 9 * HOUR}),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_what_somebody_has_taken_up_goes_nowhere(taken_up: Event) -> None:
    awake, due = (*ASLEEP, woken(NOON + HOUR)), NOON + HOUR + QUARTER
    given(*awake, taken_up).when(lambda c: fire_due(c, due, QUARTER, owner_present=False)).then_nothing()


@pytest.mark.parametrize("answer", [received(2), sent(51, author="bot", agent_id=None)])
def test_another_word_of_the_customer_takes_nothing_up(answer: Event) -> None:
    assert returns(state(*ASLEEP, woken(NOON), answer), NOON + QUARTER)


def test_the_channel_says_after_which_time() -> None:
    hour = timedelta(hours=1)
    (awake,) = given(*ASLEEP).when(lambda c: fire_due(c, NOON + HOUR, hour)).facts
    assert awake == Woken(ticket=1, cause="time", return_at=NOON + 2 * HOUR)
    came = replace(arrival(2), return_after=timedelta())
    facts = given(*ASLEEP).arrives(lambda c: receive(c, incoming(2), came)).facts
    assert facts[0] == Woken(ticket=1, cause="customer", return_at=NOON)


@pytest.mark.parametrize(("gives", "after"), [(False, QUARTER), (True, timedelta())])
def test_a_reopened_ticket_goes_at_once_where_tickets_are_given_by_rule(
    gives: bool, after: timedelta
) -> None:
    came = replace(arrival(2, NOON + MINUTE), reopen_within=HOUR, auto_assign=gives)
    facts = given(*ENDED).arrives(lambda c: receive(c, incoming(2), came)).facts
    at = NOON + MINUTE + after
    assert facts[0] == Reopened(ticket=1, owner=ANA, queue="default", return_at=at)
    left = Unassigned(ticket=1, by=None, absent=ANA)
    given(*ENDED, *facts).when(lambda c: fire_due(c, at, QUARTER, owner_present=False)).then(left)


def test_a_backlog_leaves_the_owner_their_time() -> None:
    """What arrived an hour ago and is read now comes back now."""
    came = replace(arrival(2), decided_at=NOON + HOUR)
    facts = given(*ASLEEP).arrives(lambda c: receive(c, incoming(2), came)).facts
    assert facts[0] == woken(NOON + HOUR, "customer")


def test_what_nobody_has_comes_back_to_nobody() -> None:
    nobodys = (*waiting(), SNOOZED)
    given(*nobodys).when(lambda c: fire_due(c, NOON + HOUR)).then(Woken(ticket=1, cause="time"))
    came = replace(arrival(2), reopen_within=HOUR, owner_left=True)
    reopened = given(*ENDED).arrives(lambda c: receive(c, incoming(2), came)).facts[0]
    assert reopened == Reopened(ticket=1, owner=None, queue="default")


def test_a_fact_of_before_this_rule_waits_for_nobody() -> None:
    before = (*ASLEEP, Woken(ticket=1, cause="time"))
    given(*before).when(lambda c: fire_due(c, NOON + 9 * HOUR, owner_present=False)).then_nothing()
    assert state(*before, Unassigned(ticket=1, by=None, left=UUID(int=12))).owner is None
