"""Add a note for colleagues to a thread; the customer never sees it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from domain.conversation.state import MAX_TEXT, Conversation
from domain.conversation.ticket_events import NoteAdded
from domain.decision import Decision, decided
from domain.refusals import EmptyText, NoOpenTicket, TextTooLong
from domain.text import is_blank


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
    if is_blank(text):
        raise EmptyText
    if len(text) > MAX_TEXT:
        raise TextTooLong
    return decided(
        NoteAdded(
            ticket=conversation.ticket,
            note_id=note_id,
            text=text,
            mentions=list(dict.fromkeys(mentions)),
            by=by,
            written_at=max(at, conversation.newest_second or at),
        )
    )
