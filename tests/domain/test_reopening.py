"""The customer writes after the end: the same ticket goes on, or a new one opens."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.conversation.receive import Arrival, receive
from domain.conversation.ticket_events import Closed, HandedOff, Reopened, TicketOpened
from domain.event import Event
from tests.domain.given import (
    ANA,
    BRUNO,
    HOUR,
    MINUTE,
    NOON,
    Then,
    arrival,
    assigned,
    given,
    incoming,
    opened,
    received,
    started,
    state,
    waiting,
)

ENDED = (*waiting(), assigned(), Closed(ticket=1, by=ANA, moved_at=NOON))
WITHIN = timedelta(minutes=30)


def writes(facts: tuple[Event, ...], at: datetime = NOON + WITHIN, **rule: Any) -> Then:
    came: Arrival = replace(arrival(2, at), **{"reopen_within": WITHIN, **rule})
    return given(*facts).arrives(lambda c: receive(c, incoming(2, at), came))


def reopened(queue: str = "default") -> Reopened:
    return Reopened(ticket=1, owner=ANA, queue=queue, return_at=NOON + WITHIN + 15 * MINUTE)


def test_within_the_time_the_same_ticket_goes_on_with_whoever_had_it() -> None:
    writes(ENDED).then(reopened(), received(2, NOON + WITHIN))
    on = given(*ENDED, *writes(ENDED).facts).conversation
    assert on is not None
    assert (on.state, on.owner, on.unread, on.ticket) == ("open", ANA, 1, 1)
    ended = given(*ENDED).conversation
    assert ended is not None
    assert on.control == ended.control + 1


def test_later_or_without_the_rule_a_new_ticket_opens() -> None:
    writes(ENDED, NOON + WITHIN + timedelta(microseconds=1)).then_nothing_of(Reopened)
    writes(ENDED, reopen_within=timedelta()).then_nothing_of(Reopened)
    assert [type(fact) for fact in writes(ENDED, reopen_within=timedelta()).facts[:2]] == [
        TicketOpened,
        HandedOff,
    ]


def test_whose_agent_left_it_waits_in_its_queue() -> None:
    assert writes(ENDED, owner_left=True).facts[0] == Reopened(ticket=1, owner=None, queue="default")
    on = given(*ENDED, Reopened(ticket=1, owner=None)).conversation
    assert on is not None
    assert on.state == "queue"


def test_what_nobody_had_waits_again_but_on_a_channel_with_a_bot_begins_with_the_bot() -> None:
    nobodys = (*waiting(), Closed(ticket=1, by=BRUNO, moved_at=NOON))
    assert writes(nobodys).facts[0] == Reopened(ticket=1, owner=None, queue="default")
    bots = (started(), opened(with_bot=True), received(), Closed(ticket=1, by=BRUNO, moved_at=NOON))
    writes(bots, channel_has_bot=True).then_nothing_of(Reopened)


def test_what_came_in_before_the_end_and_was_read_after_it_goes_on_too() -> None:
    assert isinstance(writes(ENDED, NOON - HOUR).facts[0], Reopened)


def test_an_end_of_the_first_version_is_the_end() -> None:
    writes((*waiting(), assigned(), Closed(ticket=1, by=ANA))).then_nothing_of(Reopened)


def test_a_ticket_whose_team_is_no_more_goes_on_in_the_queue_of_its_number() -> None:
    then = writes(ENDED, team_left=True, queue="time-7")
    assert then.facts[0] == reopened("time-7")
    assert state(*ENDED, *then.facts).queue == "time-7"


def test_what_was_written_before_queues_were_told_goes_on_where_it_was() -> None:
    facts = (*ENDED, Reopened(ticket=1, owner=ANA))
    assert state(*facts).queue == state(*ENDED).queue
