"""What happens to a ticket because an hour has come."""

from datetime import datetime

from domain.conversation.bot import given_up
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import WindowClosing, Woken
from domain.decision import Decision, decided, nothing_to_do


def fire_due(conversation: Conversation, now: datetime) -> Decision:
    """The facts of every hour of the ticket that has come by `now`; asked again, there are none."""
    if conversation.state == "bot":
        return given_up(conversation, now)
    if is_due(conversation.snoozed_until, now):
        return decided(Woken(ticket=conversation.ticket, cause="time"))
    if is_due(conversation.warn_at, now) and conversation.window_ends_at is not None:
        return decided(WindowClosing(ticket=conversation.ticket, ends_at=conversation.window_ends_at))
    return nothing_to_do


def is_due(hour: datetime | None, now: datetime) -> bool:
    return hour is not None and hour <= now
