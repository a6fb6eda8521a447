"""Mark the ticket as answered or unanswered by hand."""

from datetime import datetime
from uuid import UUID

from domain.conversation.state import Conversation
from domain.conversation.ticket_events import MarkedAnswered, MarkedUnanswered
from domain.decision import Decision, decided, nothing_to_do


def mark_answered(conversation: Conversation, by: UUID) -> Decision:
    """Mark the ticket as answered; does nothing when it is, and no answer has failed.

    Raises:
        NoOpenTicket
    """
    ticket = conversation.require_open()
    if conversation.unanswered_since is None and not conversation.failed:
        return nothing_to_do
    return decided(MarkedAnswered(ticket=ticket, by=by))


def mark_unanswered(conversation: Conversation, by: UUID, at: datetime) -> Decision:
    """Mark the ticket as unanswered until an answer or the contrary mark; does nothing when it is.

    Raises:
        NoOpenTicket
    """
    ticket = conversation.require_open()
    if conversation.unanswered_since is not None:
        return nothing_to_do
    return decided(MarkedUnanswered(ticket=ticket, by=by, marked_at=at))
