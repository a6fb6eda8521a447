"""Work that comes back to its owner, reopened or woken, and goes to its queue if they are not there."""

from datetime import datetime, timedelta
from uuid import UUID

from domain.conversation.state import Conversation
from domain.conversation.ticket_events import OwnerPresent, Unassigned
from domain.decision import Decision, decided


def return_time(owner: UUID | None, at: datetime, return_after: timedelta) -> datetime | None:
    """Return when a ticket that comes back `at` that time goes to its queue; None without an owner."""
    return None if owner is None else at + return_after


def return_due(conversation: Conversation, owner_present: bool) -> Decision:
    """Put a ticket that came back into its queue, unless its owner is there."""
    ticket = conversation.ticket
    if owner_present:
        return decided(OwnerPresent(ticket=ticket))
    return decided(Unassigned(ticket=ticket, by=None, absent=conversation.owner))
