"""The window of a snoozed ticket: people are warned once before it closes."""

from datetime import datetime
from typing import Any

import pytest

from domain.conversation.receive import receive
from domain.conversation.snooze import SnoozeRequest, snooze
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import Closed, MoveUndone, Snoozed, WindowClosing, WindowWatched, Woken
from domain.conversation.timers import fire_due
from domain.decision import Decision
from tests.domain.given import (
    ANA,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    arrival,
    assigned,
    given,
    incoming,
    received,
    woken,
)
from tests.domain.given import waiting as first_message

OPEN = (*first_message(), assigned())
ENDS = NOON + DAY
ZONE = "America/Sao_Paulo"


def snoozed(until: datetime, keep: bool = False, at: datetime = NOON) -> Snoozed:
    return Snoozed(ticket=1, until=until, zone=ZONE, keep=keep, reason=None, by=ANA, moved_at=at)


def snooze_until(thread: Conversation, until: datetime, at: datetime = NOON, keep: bool = False) -> Decision:
    return snooze(thread, SnoozeRequest(until, ZONE, keep), ANA, at, thread.control)


def watched(warn_at: datetime | None = ENDS - 30 * MINUTE) -> WindowWatched:
    return WindowWatched(ticket=1, warn_at=warn_at)


KEPT = (*OPEN, snoozed(ENDS + HOUR, keep=True), watched())
WARNED = (*KEPT, WindowClosing(ticket=1, ends_at=ENDS))


def test_snoozed_beyond_its_window_people_are_warned_half_an_hour_before_it_closes() -> None:
    given(*OPEN).when(lambda c: snooze_until(c, ENDS + HOUR)).then(snoozed(ENDS + HOUR), watched())
    given(*OPEN).when(lambda c: snooze_until(c, ENDS)).then(snoozed(ENDS), watched())


def test_snoozed_within_its_window_nobody_is_warned() -> None:
    until = ENDS - MINUTE
    given(*OPEN).when(lambda c: snooze_until(c, until)).then(snoozed(until))


def test_with_less_than_half_an_hour_left_people_are_warned_at_once() -> None:
    at, until = ENDS - 5 * MINUTE, ENDS + HOUR
    given(*OPEN).when(lambda c: snooze_until(c, until, at)).then(snoozed(until, at=at), watched(at))
    given(*OPEN, snoozed(until, at=at), watched(at)).when(lambda c: fire_due(c, at)).then(
        WindowClosing(ticket=1, ends_at=ENDS)
    )


@pytest.mark.parametrize("at", [ENDS, ENDS + MINUTE])
def test_of_a_window_that_is_closed_already_nobody_is_warned(at: datetime) -> None:
    given(*OPEN).when(lambda c: snooze_until(c, at + HOUR, at)).then(snoozed(at + HOUR, at=at))


def test_the_warning_comes_once_when_it_is_due() -> None:
    given(*KEPT).when(lambda c: fire_due(c, ENDS - 31 * MINUTE)).then_nothing()
    given(*KEPT).when(lambda c: fire_due(c, ENDS - 30 * MINUTE)).then(WindowClosing(ticket=1, ends_at=ENDS))
    given(*WARNED).when(lambda c: fire_due(c, ENDS)).then_nothing()


def test_when_the_ticket_wakes_no_warning_is_needed_any_more() -> None:
    given(*KEPT).when(lambda c: fire_due(c, ENDS + HOUR)).then(woken(ENDS + HOUR))


def test_kept_the_customers_message_moves_the_window_and_the_warning_with_it() -> None:
    later, until = NOON + 2 * HOUR, ENDS + 3 * HOUR
    kept = (*OPEN, snoozed(until, keep=True), watched())
    moves = given(*kept).arrives(lambda c: receive(c, incoming(2, later), arrival(2, later)))
    moves.then(received(2, later), watched(ENDS + 2 * HOUR - 30 * MINUTE))


def test_a_window_that_outlasts_the_snooze_is_watched_no_more() -> None:
    later = NOON + 2 * HOUR
    moves = given(*KEPT).arrives(lambda c: receive(c, incoming(2, later), arrival(2, later)))
    moves.then(received(2, later), watched(None))
    given(*KEPT, *moves.facts).when(lambda c: fire_due(c, ENDS)).then_nothing()


def test_a_message_that_does_not_move_the_window_warns_nobody_again() -> None:
    late = given(*WARNED).arrives(lambda c: receive(c, incoming(2, NOON - MINUTE), arrival(2, ENDS - MINUTE)))
    late.then(received(2, NOON - MINUTE, received_at=ENDS - MINUTE, window_ends_at=ENDS))


@pytest.mark.parametrize(
    "end",
    [
        Woken(ticket=1, cause="agent", by=ANA),
        Closed(ticket=1, by=ANA),
        snoozed(ENDS - 10 * MINUTE),
        MoveUndone(
            ticket=1,
            move="snooze",
            with_bot=False,
            owner=ANA,
            queue="default",
            snoozed_until=None,
            keeps=False,
            unanswered_since=None,
            unread=0,
            by=ANA,
        ),
    ],
    ids=lambda fact: fact.TOPIC,
)
def test_woken_closed_snoozed_again_or_undone_the_warning_is_off(end: Any) -> None:
    given(*KEPT, end).when(lambda c: fire_due(c, ENDS - 30 * MINUTE)).then_nothing()
