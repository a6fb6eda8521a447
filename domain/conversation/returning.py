"""Tickets that return to their owner, reopened or woken, and go to the queue if the owner is absent."""

from datetime import datetime, timedelta
from uuid import UUID

from domain.conversation.state import Conversation
from domain.conversation.ticket_events import OwnerPresent, Unassigned
from domain.decision import Decision, decided


def return_time(owner: UUID | None, at: datetime, return_after: timedelta) -> datetime | None:
    """Return when a ticket that returns to its owner `at` that time is due; None without an owner."""
    return None if owner is None else at + return_after


def return_due(conversation: Conversation, owner_present: bool) -> Decision:
    """Put a ticket that returned to its owner into its queue, unless the owner is present."""
    ticket = conversation.ticket
    if owner_present:
        return decided(OwnerPresent(ticket=ticket))
    return decided(Unassigned(ticket=ticket, by=None, absent=conversation.owner))
