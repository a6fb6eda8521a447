"""The timers: what the scheduler must do at an hour; one row per message and kind."""

from datetime import datetime
from typing import ClassVar, Literal, NamedTuple
from uuid import UUID

from domain import delivery
from domain.delivery import (
    Accepted,
    AttemptStarted,
    Delivered,
    DeliveryEvent,
    Failed,
    Read,
    RetryDue,
    RetryRequested,
    Unconfirmed,
)
from domain.event import Recorded
from projections.projection import Key, Projection, Where


class TimerRow(NamedTuple):
    """One hour to keep. An `attempt` is a claim without outcome yet, due at its deadline."""

    tenant_id: UUID
    kind: Literal["attempt", "retry"]
    message_id: UUID
    conversation_id: UUID
    ticket: int
    attempt: int
    due_at: datetime
    position: int


class Timers(Projection[TimerRow]):
    """One row per message and kind of timer, gone when nothing is to be done any more."""

    name: ClassVar = "timers"
    key_size: ClassVar = 3
    facts: ClassVar = frozenset(delivery.EVENTS)
    row = TimerRow

    def key(self, event: Recorded) -> Key | Where | None:
        match event.fact:
            case AttemptStarted() | Accepted() | Failed() | Unconfirmed():
                return event.tenant_id, "attempt", event.stream_id
            case RetryDue() | RetryRequested() | Delivered() | Read():
                return event.tenant_id, "retry", event.stream_id
            case _:
                return None

    def fold(self, row: TimerRow | None, event: Recorded) -> TimerRow | None:
        match event.fact:
            case AttemptStarted(deadline_at=deadline_at, attempt=attempt) as fact:
                return _timer(event, fact, "attempt", attempt, deadline_at)
            case RetryDue(due_at=due_at, attempt=attempt) as fact:
                return _timer(event, fact, "retry", attempt, due_at)
            case _:
                return None


def _timer(
    event: Recorded, fact: DeliveryEvent, kind: Literal["attempt", "retry"], attempt: int, due_at: datetime
) -> TimerRow:
    assert event.conversation_id is not None, "a delivery belongs to a conversation"
    return TimerRow(
        tenant_id=event.tenant_id,
        kind=kind,
        message_id=event.stream_id,
        conversation_id=event.conversation_id,
        ticket=fact.ticket,
        attempt=attempt,
        due_at=due_at,
        position=event.position,
    )
