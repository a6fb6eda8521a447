"""Schedule a message: sent when due, unless the customer writes first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.conversation.assign import take_unowned
from domain.conversation.reply import send_text
from domain.conversation.state import MAX_AHEAD, Conversation, require_text
from domain.conversation.ticket_events import MessageScheduled, ScheduleCause, ScheduleEnded
from domain.decision import Decision, decided, nothing_to_do
from domain.event import ERASED
from domain.refusals import DueAt, NotScheduled, TooManyScheduled, WindowClosed

MAX_SCHEDULED = 20


@dataclass(frozen=True, slots=True)
class ScheduleRequest:
    """The text, when it is due, and in which IANA time zone that was chosen."""

    text: str
    due_at: datetime
    zone: str


def schedule(
    conversation: Conversation,
    request: ScheduleRequest,
    scheduled_id: UUID,
    by: UUID,
    at: datetime,
    takes: bool = True,
) -> Decision:
    """Schedule a message; a ticket that waits in its queue becomes theirs, as with an answer (`takes`).

    Raises:
        NoOpenTicket, EmptyText, TextTooLong, TooManyScheduled
        DueAt: the time is not in the future, or more than two years away.
        WindowClosed: the window closes before the due time. The customer's next message would extend it, but
            also cancels what is scheduled.
    """
    ticket = conversation.require_open()
    text, due_at = request.text, request.due_at
    require_text(text)
    if not at < due_at <= at + MAX_AHEAD:
        raise DueAt
    if conversation.window_closes_before(due_at):
        raise WindowClosed(conversation.window_ends_at)
    if len(conversation.scheduled) >= MAX_SCHEDULED:
        raise TooManyScheduled(MAX_SCHEDULED)
    scheduled = MessageScheduled(
        ticket=ticket, scheduled_id=scheduled_id, text=text, due_at=due_at, zone=request.zone, by=by
    )
    with_bot = conversation.bot is not None  # which keeps the ticket until the message is sent
    taken = take_unowned(conversation, by, takes) if takes and not with_bot else nothing_to_do
    return taken + decided(scheduled)


def cancel(conversation: Conversation, scheduled_id: UUID, by: UUID) -> Decision:
    """Cancel a scheduled message.

    Raises:
        NotScheduled: it was sent or cancelled already.
    """
    if not _is_pending(conversation, scheduled_id):
        raise NotScheduled
    return _end(conversation, scheduled_id, "agent", by=by)


def cancel_all(conversation: Conversation, cause: ScheduleCause, by: UUID | None = None) -> Decision:
    """Cancel every scheduled message."""
    return tuple(
        fact for pending in conversation.scheduled for fact in _end(conversation, pending.id, cause, by=by)
    )


def send_due(
    conversation: Conversation, scheduled: MessageScheduled, message_id: UUID, at: datetime, takes: bool
) -> Decision:
    """Send a scheduled message that is due as its author's answer, if the window is still open.

    Does nothing when it is not due, or was sent or cancelled. `takes` is as for any answer.
    """
    id, text = scheduled.scheduled_id, scheduled.text
    if not _is_pending(conversation, id) or at < scheduled.due_at:
        return nothing_to_do
    if text is ERASED:
        return _end(conversation, id, "erased")
    if not conversation.is_open:
        return _end(conversation, id, "closed")
    if conversation.window_closes_before(at):
        return _end(conversation, id, "window_closed")
    sent = send_text(conversation, text, message_id, scheduled.by, at, takes=takes)
    return sent + _end(conversation, id, "sent", message_id=message_id)


def _is_pending(conversation: Conversation, scheduled_id: UUID) -> bool:
    return any(pending.id == scheduled_id for pending in conversation.scheduled)


def _end(
    conversation: Conversation,
    scheduled_id: UUID,
    cause: ScheduleCause,
    message_id: UUID | None = None,
    by: UUID | None = None,
) -> Decision:
    return decided(
        ScheduleEnded(
            ticket=conversation.ticket, scheduled_id=scheduled_id, cause=cause, message_id=message_id, by=by
        )
    )
