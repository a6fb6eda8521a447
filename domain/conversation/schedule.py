"""Messages that an agent wrote for later: sent at their hour, unless the customer writes first."""

from datetime import datetime, timedelta
from uuid import UUID

from domain.conversation.state import MAX_TEXT, Conversation
from domain.conversation.ticket_events import Assigned, MessageScheduled, ScheduleCause, ScheduleEnded
from domain.decision import Decision, decided, nothing_to_do
from domain.event import ERASED
from domain.refusals import (
    DueAt,
    EmptyText,
    NoOpenTicket,
    NotScheduled,
    TextTooLong,
    TooManyScheduled,
    WindowClosed,
)
from domain.text import is_blank

MAX_AHEAD = timedelta(days=731)
MAX_WAITING = 20


def schedule(
    conversation: Conversation,
    text: str,
    due_at: datetime,
    zone: str,
    scheduled_id: UUID,
    by: UUID,
    at: datetime,
    takes: bool = True,
) -> Decision:
    """Write a message for later. As an answer does, it takes a ticket that waits for somebody (`takes`).

    Raises:
        NoOpenTicket, EmptyText, TextTooLong, TooManyScheduled
        DueAt: the hour is not in the future, or beyond two years.
        WindowClosed: the window closes before the hour, as things stand; what the customer writes would
            move it, but ends the waiting, too.
    """
    if not conversation.is_open:
        raise NoOpenTicket
    if is_blank(text):
        raise EmptyText
    if len(text) > MAX_TEXT:
        raise TextTooLong
    if not at < due_at <= at + MAX_AHEAD:
        raise DueAt
    if conversation.window_closes_before(due_at):
        raise WindowClosed(conversation.window_ends_at)
    if len(conversation.scheduled) >= MAX_WAITING:
        raise TooManyScheduled(MAX_WAITING)
    ticket = conversation.ticket
    written = MessageScheduled(
        ticket=ticket, scheduled_id=scheduled_id, text=text, due_at=due_at, zone=zone, by=by
    )
    waits = takes and conversation.owner is None and conversation.state != "bot"
    taken = decided(Assigned(ticket=ticket, agent_id=by, by=by)) if waits else nothing_to_do
    return taken + decided(written)


def cancel(conversation: Conversation, scheduled_id: UUID, by: UUID) -> Decision:
    """An agent does not want it sent any more.

    Raises:
        NotScheduled: it does not wait: it was sent, or cancelled.
    """
    if not _waits(conversation, scheduled_id):
        raise NotScheduled
    return _ended(conversation, scheduled_id, "agent", by=by)


def ended(conversation: Conversation, cause: ScheduleCause, by: UUID | None = None) -> Decision:
    """Nothing that waits is sent any more."""
    return tuple(
        fact for waiting in conversation.scheduled for fact in _ended(conversation, waiting.id, cause, by=by)
    )


def due(
    conversation: Conversation,
    written: MessageScheduled,
    message_id: UUID,
    now: datetime,
    takes: bool,
) -> Decision:
    """The hour of a message has come: it goes out as its author's answer, if the window is still open.

    Asked again, or when it does not wait any more, nothing happens. `takes` is as for any answer.
    """
    id, text = written.scheduled_id, written.text
    if not _waits(conversation, id) or now < written.due_at:
        return nothing_to_do
    if text is ERASED:
        return _ended(conversation, id, "erased")
    if not conversation.is_open:
        return _ended(conversation, id, "closed")
    if conversation.window_closes_before(now):
        return _ended(conversation, id, "window_closed")
    said = conversation.send_text(text, message_id, written.by, now, takes=takes)
    return said + _ended(conversation, id, "sent", message_id=message_id)


def _waits(conversation: Conversation, scheduled_id: UUID) -> bool:
    return any(waiting.id == scheduled_id for waiting in conversation.scheduled)


def _ended(
    conversation: Conversation,
    scheduled_id: UUID,
    cause: ScheduleCause,
    message_id: UUID | None = None,
    by: UUID | None = None,
) -> Decision:
    return decided(
        ScheduleEnded(
            ticket=conversation.ticket,
            scheduled_id=scheduled_id,
            cause=cause,
            message_id=message_id,
            by=by,
        )
    )
