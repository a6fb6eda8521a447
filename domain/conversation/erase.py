"""Erase a conversation, as its customer is erased: nobody can answer them any more."""

from datetime import datetime
from uuid import UUID

from domain.conversation.message_events import ConversationErased
from domain.conversation.schedule import cancel_all
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import Closed
from domain.decision import Decision, decided, nothing_to_do


def erase(conversation: Conversation, by: UUID | None, at: datetime) -> Decision:
    """Close the open ticket for good, cancel scheduled messages, and erase; does nothing when erased."""
    if conversation.erased:
        return nothing_to_do
    # Without a reason, which would be sealed, and without a time, so that nothing reopens it.
    closed = decided(Closed(ticket=conversation.ticket, by=by)) if conversation.is_open else nothing_to_do
    ended = cancel_all(conversation, "erased", by) + closed
    return ended + decided(ConversationErased(by=by, erased_at=at))
