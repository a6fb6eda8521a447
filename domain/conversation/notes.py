"""Add a note for colleagues to a thread; the customer never sees it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from domain.conversation.state import Conversation, require_text
from domain.conversation.ticket_events import NoteAdded
from domain.decision import Decision, decided
from domain.refusals import NoOpenTicket


def add_note(
    conversation: Conversation, text: str, mentions: Iterable[UUID], note_id: UUID, by: UUID, at: datetime
) -> Decision:
    """Add a note to the newest ticket, even if it is closed. No mark changes and no ticket moves.

    Raises:
        NoOpenTicket: there never was a ticket.
        EmptyText, TextTooLong
    """
    if not conversation.ticket:
        raise NoOpenTicket
    require_text(text)
    return decided(
        NoteAdded(
            ticket=conversation.ticket,
            note_id=note_id,
            text=text,
            mentions=list(dict.fromkeys(mentions)),
            by=by,
            written_at=conversation.sort_time(at),
        )
    )
