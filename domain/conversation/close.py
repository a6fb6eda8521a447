"""Close the ticket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.conversation.schedule import cancel_all
from domain.conversation.state import Conversation
from domain.conversation.tags import tag
from domain.conversation.ticket_events import Closed
from domain.decision import Decision, decided, nothing_to_do
from domain.text import is_blank


@dataclass(frozen=True, slots=True)
class CloseRequest:
    """Why the ticket is closed, and the tags to put on it."""

    reason: str | None = None
    tags: Sequence[str] = ()


def close(
    conversation: Conversation, request: CloseRequest, by: UUID, at: datetime, expected_version: int | None
) -> Decision:
    """Close the ticket and put tags on it; repeating the close does nothing.

    Raises:
        ControlMoved: neither the present version nor the one that was closed is expected.
        TagName, TooManyTags
    """
    if not conversation.is_open and conversation.ticket and expected_version == conversation.control - 1:
        return nothing_to_do
    conversation.require_version(expected_version)
    if not conversation.is_open:
        return nothing_to_do
    return tag(conversation, request.tags, by) + end_service(conversation, by, at, request.reason)


def end_service(
    conversation: Conversation, by: UUID | None, at: datetime | None, reason: str | None = None
) -> Decision:
    """Close the open ticket and cancel its scheduled messages.

    Without a time (`at`) the close can neither be undone nor be followed by a reopening.
    """
    text = None if reason is None or is_blank(reason) else reason
    closed = Closed(ticket=conversation.ticket, by=by, reason=text, moved_at=at)
    return cancel_all(conversation, "closed", by) + decided(closed)
