"""Send a message that was written with a quick reply."""

from uuid import UUID

from domain.conversation.message_events import QuickReplyUse
from domain.quick_reply.state import QuickReply
from domain.refusals import NotFound


def require_sendable(
    reply: QuickReply | None, use: QuickReplyUse, text: str, teams: frozenset[UUID] | None
) -> None:
    """Refuse a text that its author could not have written with this quick reply, or has not filled in.

    `teams` are those of the author; None for an admin, who uses all. A former version, and one of a reply
    that was archived meanwhile, may be in a text that was begun before.

    Raises:
        NotFound
    """
    if reply is None or not 1 <= use.version <= reply.version or not reply.is_offered_to(teams):
        raise NotFound("quick_reply", use.id)
