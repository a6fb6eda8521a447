"""Do what is due for a ticket: wake it, warn of its window, or take it from a silent bot."""

from datetime import datetime

from domain.conversation.bot import take_over_due
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import WindowClosing, Woken
from domain.decision import Decision, decided, nothing_to_do


def fire_due(conversation: Conversation, at: datetime) -> Decision:
    """Do what is due `at` that time; repeating it does nothing."""
    if conversation.bot is not None:
        return take_over_due(conversation, at)
    snooze, window_ends_at = conversation.snooze, conversation.window_ends_at
    if snooze is None:
        return nothing_to_do
    if is_due(snooze.until, at):
        return decided(Woken(ticket=conversation.ticket, cause="time"))
    if is_due(snooze.warn_at, at) and window_ends_at is not None:
        return decided(WindowClosing(ticket=conversation.ticket, ends_at=window_ends_at))
    return nothing_to_do


def is_due(time: datetime | None, at: datetime) -> bool:
    return time is not None and time <= at
