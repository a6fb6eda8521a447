"""The end of a service."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.conversation import schedule
from domain.conversation.state import Conversation
from domain.conversation.tags import tag
from domain.conversation.ticket_events import Closed
from domain.decision import Decision, decided, nothing_to_do
from domain.text import is_blank


def close(
    conversation: Conversation,
    by: UUID,
    at: datetime,
    seen: int,
    reason: str | None = None,
    tags: Sequence[str] = (),
) -> Decision:
    """End the service, and put `tags` on it; the same close once more does nothing.

    Raises:
        ControlMoved: `seen` is neither the present version, nor the one that was closed.
        TagName, TooManyTags
    """
    if not conversation.is_open and conversation.ticket and seen == conversation.control - 1:
        return nothing_to_do
    conversation.require_seen(seen)
    if not conversation.is_open:
        return nothing_to_do
    return tag(conversation, tags, by) + ended(conversation, by, at, reason)


def ended(
    conversation: Conversation, by: UUID | None, at: datetime | None, reason: str | None = None
) -> Decision:
    """The facts of the end of an open ticket: what was scheduled is not sent any more.

    Without its moment (`at`) the end is neither taken back nor followed by a reopening.
    """
    said = None if reason is None or is_blank(reason) else reason
    closed = Closed(ticket=conversation.ticket, by=by, reason=said, moved_at=at)
    return schedule.ended(conversation, "closed", by) + decided(closed)
