"""The timers: a time is kept from the event that sets it until the one that ends it."""

from datetime import timedelta

import pytest

from domain.delivery import (
    Accepted,
    AttemptStarted,
    Delivered,
    Failed,
    RetryDue,
    RetryRequested,
    Unconfirmed,
)
from domain.event import Event
from projections.timers import TimerRow, TimersProjection
from tests.domain.given import MINUTE, NOON, THREAD, message_id
from tests.projections.told import Told, folded, only

BEGUN = AttemptStarted(ticket=1, conversation_id=THREAD, attempt=1, deadline_at=NOON + timedelta(seconds=20))
FAILED = Failed(ticket=1, attempt=1, code="130429", title="", retryable=True, failed_at=NOON)
DUE = RetryDue(ticket=1, attempt=2, due_at=NOON + MINUTE)


def timers(*facts: Event) -> list[TimerRow]:
    return list(folded(TimersProjection(), Told().tell(*facts, stream=message_id(50)).events).values())


def test_a_claim_is_watched_until_its_deadline() -> None:
    timer = only(timers(BEGUN))
    assert (timer.kind, timer.stream_id, timer.due_at) == ("attempt", message_id(50), BEGUN.deadline_at)
    assert (timer.conversation_id, timer.ticket) == (THREAD, 1)


@pytest.mark.parametrize(
    "outcome",
    [
        Accepted(ticket=1, attempt=1, wamid="wamid.1", accepted_at=NOON),
        FAILED,
        Unconfirmed(ticket=1, attempt=1, reason="timeout"),
    ],
)
def test_an_outcome_ends_the_watch(outcome: Event) -> None:
    assert timers(BEGUN, outcome) == []


def test_a_retry_waits_for_its_due_time() -> None:
    timer = only(timers(BEGUN, FAILED, DUE))
    assert (timer.kind, timer.due_at) == ("retry", NOON + MINUTE)


@pytest.mark.parametrize(
    "end",
    [
        RetryRequested(ticket=1, attempt=2, by=None),
        Accepted(ticket=1, attempt=1, wamid="wamid.1", accepted_at=NOON, after_refusal=True),
        Delivered(ticket=1, delivered_at=NOON),
    ],
)
def test_a_retry_that_began_or_is_needless_waits_no_more(end: Event) -> None:
    assert timers(BEGUN, FAILED, DUE, end) == []
