"""Suggest a quick reply, or a change of one."""

from uuid import UUID

from domain.decision import Decision, decided
from domain.quick_reply.events import QuickReplySuggested
from domain.quick_reply.state import Content, QuickReply
from domain.refusals import SuggestionWaits


def suggest(
    reply: QuickReply | None, content: Content, conversation_id: UUID, message_id: UUID, by: UUID
) -> Decision:
    """Suggest a new quick reply (`reply` None) or a change; of a change one waits at a time.

    Raises:
        Archived, SuggestionWaits
    """
    if reply is not None:
        reply.require_not_archived()
        if reply.waiting is not None:
            raise SuggestionWaits
    return decided(
        QuickReplySuggested(
            conversation_id=conversation_id,
            message_id=message_id,
            name=content.name,
            shortcut=content.shortcut,
            text=content.text,
            by=by,
        )
    )
