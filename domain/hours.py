"""What happens to a ticket because an hour has come."""

from datetime import datetime

from domain.conversation import Conversation
from domain.decision import Decision, decided, nothing_to_do
from domain.ticket_events import HandedOff, WindowClosing, Woken


def due(conversation: Conversation, now: datetime) -> Decision:
    """The facts of every hour of the ticket that has come by `now`; asked again, there are none."""
    if conversation.state == "bot":
        return _with_bot(conversation, now)
    if _come(conversation.snoozed_until, now):
        return decided(Woken(ticket=conversation.ticket, cause="time"))
    if _come(conversation.warn_at, now) and conversation.window_ends_at is not None:
        return decided(WindowClosing(ticket=conversation.ticket, ends_at=conversation.window_ends_at))
    return nothing_to_do


def _with_bot(conversation: Conversation, now: datetime) -> Decision:
    """The bot did not answer in its time, or its hours with the ticket are over: people take over."""
    if _come(conversation.bot_due, now):
        reason = "bot_silent"
    elif _come(conversation.back_at, now):
        reason = "hours_passed"
    else:
        return nothing_to_do
    return decided(HandedOff(ticket=conversation.ticket, queue=conversation.queue, reason=reason))


def _come(hour: datetime | None, now: datetime) -> bool:
    return hour is not None and hour <= now
