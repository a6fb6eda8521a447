"""The timers: what the scheduler must do at an hour; one row per stream and kind."""

from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, NamedTuple, cast
from uuid import UUID

from domain import delivery
from domain.conversation.message_events import MessageReceived, MessageSent
from domain.conversation.ticket_events import (
    Assigned,
    BotReactivated,
    BotWaits,
    Closed,
    HandedOff,
    MessageScheduled,
    MoveUndone,
    ScheduleEnded,
    Snoozed,
    TicketEvent,
    Transferred,
    Unassigned,
    WindowClosing,
    WindowWatched,
    Woken,
)
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

Kind = Literal["attempt", "retry", "ticket", "scheduled"]

_NEVER = datetime.max.replace(tzinfo=UTC)
_ENDS = (HandedOff, Assigned, Unassigned, Transferred, Closed, MoveUndone)


class TimerRow(NamedTuple):
    """The next hour to keep of one message, ticket or scheduled message.

    An `attempt` is a claim without outcome yet, due at its deadline. A `ticket` has up to four hours, and is
    due at the first: it comes back, its window is to be warned of, the bot's turn ends, people get it back.
    `stream_id` is the message, the conversation, or what is scheduled. `position`: of the event that set it.
    """

    tenant_id: UUID
    kind: Kind
    stream_id: UUID
    conversation_id: UUID
    ticket: int
    due_at: datetime
    position: int
    snoozed_until: datetime | None = None
    warn_at: datetime | None = None
    bot_due: datetime | None = None
    back_at: datetime | None = None


class Timers(Projection[TimerRow]):
    """One row per stream and kind of timer, gone when nothing is to be done any more."""

    name: ClassVar = "timers"
    version: ClassVar = 2
    key_size: ClassVar = 3
    facts: ClassVar = frozenset(
        {
            *delivery.EVENTS,
            *(MessageReceived, MessageSent),
            *(Snoozed, Woken, WindowWatched, WindowClosing, BotReactivated, BotWaits, *_ENDS),
            *(MessageScheduled, ScheduleEnded),
        }
    )
    row = TimerRow

    def key(self, event: Recorded) -> Key | Where | None:
        fact: Any = event.fact
        kind = type(fact)
        if (kind is MessageReceived and fact.epoch is None) or (kind is MessageSent and fact.author != "bot"):
            return None  # most of all facts: they are not asked what else they might be
        match fact:
            case Accepted(after_refusal=True):
                return event.tenant_id, "retry", event.stream_id
            case AttemptStarted() | Accepted() | Failed() | Unconfirmed():
                return event.tenant_id, "attempt", event.stream_id
            case RetryDue() | RetryRequested() | Delivered() | Read():
                return event.tenant_id, "retry", event.stream_id
            case MessageScheduled(scheduled_id=id) | ScheduleEnded(scheduled_id=id):
                return event.tenant_id, "scheduled", id
            case TicketEvent():
                return event.tenant_id, "ticket", event.stream_id
            case _:
                return None

    def fold(self, row: TimerRow | None, event: Recorded) -> TimerRow | None:
        match event.fact:
            case AttemptStarted(deadline_at=deadline_at, ticket=ticket):
                return _timer(event, "attempt", ticket, deadline_at)
            case RetryDue(due_at=due_at, ticket=ticket):
                return _timer(event, "retry", ticket, due_at)
            case MessageScheduled(scheduled_id=id, due_at=due_at, ticket=ticket):
                return _timer(event, "scheduled", ticket, due_at)._replace(stream_id=id)
            case TicketEvent() as fact if (hours := _hours(row, fact)) is not None:
                return _earliest(row, event, fact.ticket, hours)
            case _:
                return None


def _hours(row: TimerRow | None, fact: TicketEvent) -> dict[str, datetime | None] | None:
    """What the event changes in the hours of its ticket; None when all are over."""
    match fact:
        case Snoozed(until=until):
            return {"snoozed_until": until, "warn_at": None, "bot_due": None, "back_at": None}
        case WindowWatched(warn_at=warn_at):
            return {"warn_at": warn_at}
        case WindowClosing():
            return {"warn_at": None}
        case MessageReceived(answer_by=answer_by):
            return {"bot_due": answer_by}
        case MessageSent(answer_by=answer_by):
            return {"bot_due": answer_by}
        case BotWaits():
            return {"bot_due": None}
        case BotReactivated(answer_by=answer_by, back_at=back_at):
            return {"snoozed_until": None, "warn_at": None, "bot_due": answer_by, "back_at": back_at}
        case HandedOff() | Assigned() | Unassigned() | Transferred():
            return {"bot_due": None, "back_at": None}
        case MoveUndone(snoozed_until=until):
            return {"snoozed_until": until, "warn_at": None, "bot_due": None, "back_at": None}
        case _:
            return None


def _earliest(
    row: TimerRow | None, event: Recorded, ticket: int, hours: dict[str, datetime | None]
) -> TimerRow | None:
    """The row with these hours changed; none when no hour is left."""
    changed = (row or _timer(event, "ticket", ticket, _NEVER))._replace(**cast(Any, hours))
    if changed == row:
        return row
    left = (changed.snoozed_until, changed.warn_at, changed.bot_due, changed.back_at)
    due_at = min((hour for hour in left if hour is not None), default=None)
    if due_at is None:
        return None
    return changed._replace(due_at=due_at, ticket=ticket, position=event.position)


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
