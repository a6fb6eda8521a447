"""Send a message that was written with a quick reply."""

from uuid import UUID

from domain.conversation.message_events import QuickReplyUse
from domain.quick_reply.state import QuickReply
from domain.refusals import MissingValue, NotFound
from domain.variables import names_in


def require_sendable(
    reply: QuickReply | None, use: QuickReplyUse, text: str, teams: frozenset[UUID] | None
) -> None:
    """Refuse a text that its author could not have written with this quick reply, or has not filled in.

    `teams` are those of the author; None for an admin, who uses all. A former version, and one of a reply
    that was archived meanwhile, may be in a text that was begun before.

    Raises:
        NotFound
        MissingValue: a variable of that version still stands in the text by its name.
    """
    if reply is None or not 1 <= use.version <= reply.version or not reply.is_offered_to(teams):
        raise NotFound("quick_reply", use.id)
    named = names_in(text)
    for name in names_in(reply.versions[use.version - 1].text):
        # Also where letters follow, which the grammar would take for a longer name.
        if name in named or f"${name}" in text:
            raise MissingValue(name)
