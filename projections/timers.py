"""The timers: what the scheduler must do at an hour; one row per stream and kind."""

from datetime import datetime
from typing import ClassVar, Literal, NamedTuple
from uuid import UUID

from domain import delivery
from domain.conversation_events import Closed, Snoozed, Woken
from domain.delivery import (
    Accepted,
    AttemptStarted,
    Delivered,
    Failed,
    Read,
    RetryDue,
    RetryRequested,
    Unconfirmed,
)
from domain.event import Recorded
from projections.projection import Key, Projection, Where

Kind = Literal["attempt", "retry", "snooze"]


class TimerRow(NamedTuple):
    """One hour to keep. An `attempt` is a claim without outcome yet, due at its deadline.

    `stream_id` is the message of an attempt or a retry, the conversation of a snooze.
    """

    tenant_id: UUID
    kind: Kind
    stream_id: UUID
    conversation_id: UUID
    ticket: int
    due_at: datetime
    position: int


class Timers(Projection[TimerRow]):
    """One row per stream and kind of timer, gone when nothing is to be done any more."""

    name: ClassVar = "timers"
    key_size: ClassVar = 3
    facts: ClassVar = frozenset({*delivery.EVENTS, Snoozed, Woken, Closed})
    row = TimerRow

    def key(self, event: Recorded) -> Key | Where | None:
        match event.fact:
            case AttemptStarted() | Accepted() | Failed() | Unconfirmed():
                return event.tenant_id, "attempt", event.stream_id
            case RetryDue() | RetryRequested() | Delivered() | Read():
                return event.tenant_id, "retry", event.stream_id
            case Snoozed() | Woken() | Closed():
                return event.tenant_id, "snooze", event.stream_id
            case _:
                return None

    def fold(self, row: TimerRow | None, event: Recorded) -> TimerRow | None:
        match event.fact:
            case AttemptStarted(deadline_at=deadline_at, ticket=ticket):
                return _timer(event, "attempt", ticket, deadline_at)
            case RetryDue(due_at=due_at, ticket=ticket):
                return _timer(event, "retry", ticket, due_at)
            case Snoozed(until=until, ticket=ticket):
                return _timer(event, "snooze", ticket, until)
            case _:
                return None


def _timer(event: Recorded, kind: Kind, ticket: int, due_at: datetime) -> TimerRow:
    assert event.conversation_id is not None, "deliveries and tickets belong to a conversation"
    return TimerRow(
        tenant_id=event.tenant_id,
        kind=kind,
        stream_id=event.stream_id,
        conversation_id=event.conversation_id,
        ticket=ticket,
        due_at=due_at,
        position=event.position,
    )
