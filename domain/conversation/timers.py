"""Do what is due for a ticket: wake it, warn of its window, take it from a silent bot or an absent owner."""

from datetime import datetime, timedelta

from domain.administration import RETURN_AFTER
from domain.conversation.bot import take_over_due
from domain.conversation.returning import return_due, return_time
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import WindowClosing, Woken
from domain.decision import Decision, decided, nothing_to_do


def fire_due(
    conversation: Conversation,
    at: datetime,
    return_after: timedelta = RETURN_AFTER,
    owner_present: bool = True,
) -> Decision:
    """Do what is due `at` that time; repeating it does nothing.

    `return_after` is the rule of the channel; `owner_present` matters only where `returns` says so.
    """
    if conversation.bot is not None:
        return take_over_due(conversation, at)
    if returns(conversation, at):
        return return_due(conversation, owner_present)
    snooze, window_ends_at = conversation.snooze, conversation.window_ends_at
    if snooze is None:
        return nothing_to_do
    if is_due(snooze.until, at):
        return_at = return_time(conversation.owner, at, return_after)
        return decided(Woken(ticket=conversation.ticket, cause="time", return_at=return_at))
    if is_due(snooze.warn_at, at) and window_ends_at is not None:
        return decided(WindowClosing(ticket=conversation.ticket, ends_at=window_ends_at))
    return nothing_to_do


def returns(conversation: Conversation, at: datetime) -> bool:
    """Return whether a ticket that returned to its owner is due for the queue if the owner is absent."""
    return is_due(conversation.holder.return_at, at)


def is_due(time: datetime | None, at: datetime) -> bool:
    return time is not None and time <= at
