"""The timers: what the scheduler has to do at which time; one row per stream and kind."""

from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple
from uuid import UUID

from domain import delivery
from domain.conversation.holder import MOVES, BotControl, Holder, Snooze, moved, timed
from domain.conversation.message_events import MessageEchoed, MessageReceived, MessageSent
from domain.conversation.ticket_events import (
    DEFAULT_QUEUE,
    BotWaits,
    MarkedAnswered,
    MessageScheduled,
    OwnerPresent,
    ScheduleEnded,
    TicketEvent,
    TicketOpened,
    WindowClosing,
    WindowWatched,
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

_NO_TIMES = Holder(0, "open", None, DEFAULT_QUEUE, bot=BotControl())


class TimerRow(NamedTuple):
    """When one message, ticket or scheduled message is due next.

    An `attempt` is a claim without outcome, due at its deadline. A `ticket` has up to five times and is due
    at the first: it wakes, people are warned of its window, the bot's answer is due, the bot's control ends,
    it leaves an owner who is not there.
    `stream_id` is the message, conversation or scheduled message; `position` that of the event that set it.
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
    return_at: datetime | None = None


class TimersProjection(Projection[TimerRow]):
    """One row per stream and kind of timer; deleted when nothing is due any more."""

    name: ClassVar = "timers"
    version: ClassVar = 3
    key_size: ClassVar = 3
    facts: ClassVar = frozenset(
        {
            *delivery.EVENTS,
            *(MOVES - {TicketOpened}),  # which neither sets nor ends a time
            *(WindowWatched, WindowClosing, MessageReceived, MessageSent, MessageEchoed, BotWaits),
            *(MarkedAnswered, OwnerPresent),
            *(MessageScheduled, ScheduleEnded),
        }
    )
    row = TimerRow

    def key(self, event: Recorded) -> Key | Where | None:
        fact: Any = event.fact
        kind = type(fact)
        if kind is MessageReceived and fact.epoch is None and fact.return_at is None:
            return None  # most events: they skip the match below
        if kind is MessageSent or (kind is MessageEchoed and fact.answers):
            return event.tenant_id, "ticket", event.stream_id
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
        if type(event.fact) in MOVES:
            return _of_ticket(row, event, moved(_holder(row), event.fact))
        match event.fact:
            case AttemptStarted(deadline_at=deadline_at, ticket=ticket):
                return _timer(event, "attempt", ticket, deadline_at)
            case RetryDue(due_at=due_at, ticket=ticket):
                return _timer(event, "retry", ticket, due_at)
            case MessageScheduled(scheduled_id=id, due_at=due_at, ticket=ticket):
                return _timer(event, "scheduled", ticket, due_at)._replace(stream_id=id)
            case ScheduleEnded():
                return None
            case TicketEvent() | MessageEchoed():
                return _of_ticket(row, event, timed(_holder(row), event.fact))
            case _:
                return None


def _of_ticket(row: TimerRow | None, event: Recorded, holder: Holder) -> TimerRow | None:
    """Return the row with the times that its ticket has under this holder; None without any."""
    snooze, bot = holder.snooze, holder.bot
    of_snooze = (None, None) if snooze is None else (snooze.until, snooze.warn_at)
    of_bot = (None, None) if bot is None else (bot.due_at, bot.back_at)
    times = (*of_snooze, *of_bot, holder.return_at)
    if row is not None and times == row[-len(times) :]:
        return row
    due_at = min((time for time in times if time is not None), default=None)
    if due_at is None:
        return None
    assert isinstance(event.fact, TicketEvent)
    return _timer(event, "ticket", event.fact.ticket, due_at, *times)


def _holder(row: TimerRow | None) -> Holder:
    """Return the holder as far as the row knows it: its times, on which alone the next times depend."""
    if row is None:
        return _NO_TIMES
    snooze = None if row.snoozed_until is None else Snooze(row.snoozed_until, False, row.warn_at)
    bot = BotControl(None, row.bot_due, 0, None, row.back_at)
    return Holder(0, "open", None, DEFAULT_QUEUE, snooze, bot, row.return_at)


def _timer(event: Recorded, kind: Kind, ticket: int, due_at: datetime, *times: datetime | None) -> TimerRow:
    """Return a new row; `times` are those that only a ticket has, in the order of the columns."""
    assert event.conversation_id is not None, "deliveries and tickets belong to a conversation"
    of = (event.tenant_id, kind, event.stream_id, event.conversation_id)
    return TimerRow(*of, ticket, due_at, event.position, *times)
