"""Events of a quick reply: what was suggested, and which text was approved."""

from typing import ClassVar
from uuid import UUID

from domain.event import Event


class QuickReplyAdded(Event):
    """An admin added a quick reply: this text is its first approved version."""

    TOPIC: ClassVar = "quick_reply.added"

    name: str
    """Name of the quick reply."""

    shortcut: str | None
    """What one types after `/` to find it, null without one."""

    text: str
    """The approved text, with variables as `$name`."""

    team_ids: list[UUID]
    """The teams that may use it; empty: everybody."""

    by: UUID | None
    """The admin who added it, null for the operator."""


class QuickReplySuggested(Event):
    """An agent suggested a quick reply, or a change of one, from a message that was sent.

    The message itself is not repeated, only what was submitted.
    """

    TOPIC: ClassVar = "quick_reply.suggested"

    conversation_id: UUID
    """The conversation of the message."""

    message_id: UUID
    """The message that it was suggested from."""

    name: str
    """The submitted name."""

    shortcut: str | None
    """The submitted shortcut, null without one."""

    text: str
    """The submitted text, with variables as `$name`."""

    by: UUID
    """The agent who suggested it."""


class QuickReplyEdited(Event):
    """An admin edited a quick reply; what it consists of now is all here."""

    TOPIC: ClassVar = "quick_reply.edited"

    version: int
    """The version that this is; the same as before when only the teams changed."""

    name: str
    """Name of the quick reply."""

    shortcut: str | None
    """What one types after `/` to find it, null without one."""

    text: str
    """The approved text, with variables as `$name`."""

    team_ids: list[UUID]
    """The teams that may use it; empty: everybody."""

    by: UUID | None
    """The admin who edited it, null for the operator."""


class QuickReplyApproved(Event):
    """An admin approved a suggestion, as it was or edited: its text, byte for byte, is the next version."""

    TOPIC: ClassVar = "quick_reply.approved"

    version: int
    """The version that this is."""

    name: str
    """The approved name."""

    shortcut: str | None
    """The approved shortcut, null without one."""

    text: str
    """The approved text, with variables as `$name`."""

    team_ids: list[UUID]
    """The teams that may use it; empty: everybody."""

    suggested_by: UUID
    """The agent who suggested it."""

    by: UUID
    """The admin who approved it."""


class QuickReplyRejected(Event):
    """An admin rejected a suggestion."""

    TOPIC: ClassVar = "quick_reply.rejected"

    reason: str
    """Why, for the agent who suggested it."""

    by: UUID
    """The admin who rejected it."""


class QuickReplyWithdrawn(Event):
    """The agent who had suggested it withdrew the suggestion."""

    TOPIC: ClassVar = "quick_reply.withdrawn"


class QuickReplyArchived(Event):
    """An admin archived a quick reply: nobody is offered it any more."""

    TOPIC: ClassVar = "quick_reply.archived"

    by: UUID | None
    """The admin who archived it, null for the operator."""


EVENTS: tuple[type[Event], ...] = (
    QuickReplyAdded,
    QuickReplySuggested,
    QuickReplyEdited,
    QuickReplyApproved,
    QuickReplyRejected,
    QuickReplyWithdrawn,
    QuickReplyArchived,
)

FOUNDING = (QuickReplyAdded, QuickReplySuggested)
"""The events that a stream can begin with."""
