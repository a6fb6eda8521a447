"""What can happen in a conversation: the facts of the thread and of its tickets."""

from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from domain.event import Event, Personal

DEFAULT_QUEUE = "default"
"""The one queue of a tenant that has no teams."""


class ConversationEvent(Event):
    """A fact of one conversation."""


class TicketEvent(ConversationEvent):
    """A fact of one ticket of a conversation."""

    ticket: int


class ConversationStarted(ConversationEvent):
    """A contact and a channel met for the first time."""

    TOPIC: ClassVar = "conversation.started"
    channel_id: UUID
    contact_id: UUID


class TicketOpened(TicketEvent):
    """A service began; it brings what a new row of the workspace shows.

    `control` is the control version that the ticket begins with: it goes on from that of the ticket before.
    """

    TOPIC: ClassVar = "conversation.ticket_opened"
    channel_id: UUID
    contact_id: UUID
    name: Personal[str | None]
    phone: Personal[str | None]
    with_bot: bool
    window_ends_at: AwareDatetime | None
    opened_at: AwareDatetime
    control: int = 1


class MessageReceived(TicketEvent):
    """The customer wrote. `sent_at` sorts it; `received_at` is when it reached us.

    `raw` is the typed content as WhatsApp sent it, None for plain text.
    """

    TOPIC: ClassVar = "conversation.message_received"
    message_id: UUID
    type: str
    text: Personal[str | None]
    sender_name: Personal[str | None]
    wamid: Personal[str]
    raw: Personal[dict[str, Any] | None]
    quoted_id: UUID | None
    sent_at: AwareDatetime
    received_at: AwareDatetime
    time_flagged: bool = False
    truncated: bool = False
    window_ends_at: AwareDatetime


class MessageSent(TicketEvent):
    """It was decided to say this to the customer; its Delivery tells what became of it."""

    TOPIC: ClassVar = "conversation.message_sent"
    message_id: UUID
    channel_id: UUID
    type: str
    text: Personal[str | None]
    author: Literal["agent", "bot", "system"]
    agent_id: UUID | None
    quoted_id: UUID | None = None
    sent_at: AwareDatetime


class MessageImported(ConversationEvent):
    """A message of the time before us (history of the number): shown, and no rule fires."""

    TOPIC: ClassVar = "conversation.message_imported"
    message_id: UUID
    type: str
    text: Personal[str | None]
    sender_name: Personal[str | None]
    wamid: Personal[str]
    raw: Personal[dict[str, Any] | None]
    sent_at: AwareDatetime
    time_flagged: bool = False


class NoticeReceived(ConversationEvent):
    """WhatsApp said something about the customer (a new number, a new id); a line of the thread."""

    TOPIC: ClassVar = "conversation.notice_received"
    ticket: int | None
    message_id: UUID
    kind: str
    text: Personal[str | None]
    wamid: Personal[str]
    raw: Personal[dict[str, Any] | None]
    sent_at: AwareDatetime
    time_flagged: bool = False


class ReactionChanged(ConversationEvent):
    """The customer's reaction to a message; none takes it back."""

    TOPIC: ClassVar = "conversation.reaction_changed"
    ticket: int | None
    message_id: UUID
    emoji: Personal[str | None]
    reacted_at: AwareDatetime


class MessageEdited(ConversationEvent):
    """The customer changed an earlier message; the original stays in its own event."""

    TOPIC: ClassVar = "conversation.message_edited"
    ticket: int | None
    message_id: UUID
    text: Personal[str | None]
    raw: Personal[dict[str, Any] | None]
    edited_at: AwareDatetime


class MessageRevoked(ConversationEvent):
    """The customer took an earlier message back."""

    TOPIC: ClassVar = "conversation.message_revoked"
    ticket: int | None
    message_id: UUID
    revoked_at: AwareDatetime


class HandedOff(TicketEvent):
    """The ticket came to people, into a queue."""

    TOPIC: ClassVar = "conversation.handed_off"
    queue: str
    reason: str


class Assigned(TicketEvent):
    """An agent has the ticket now, by their own hand or another's."""

    TOPIC: ClassVar = "conversation.assigned"
    agent_id: UUID
    by: UUID


class Unassigned(TicketEvent):
    """The ticket went back into its queue."""

    TOPIC: ClassVar = "conversation.unassigned"
    by: UUID


class MarkedAnswered(TicketEvent):
    """An agent says that nothing waits for an answer here."""

    TOPIC: ClassVar = "conversation.marked_answered"
    by: UUID


class MarkedUnanswered(TicketEvent):
    """An agent says that this still waits for an answer."""

    TOPIC: ClassVar = "conversation.marked_unanswered"
    by: UUID
    marked_at: AwareDatetime


class Snoozed(TicketEvent):
    """An agent puts the ticket off until an instant, chosen in their own `zone` (an IANA name).

    With `keep` a message of the customer does not bring it back before. A later one replaces it.
    """

    TOPIC: ClassVar = "conversation.snoozed"
    until: AwareDatetime
    zone: str
    keep: bool
    reason: Personal[str | None]
    by: UUID


class Woken(TicketEvent):
    """It is back among the open tickets: its hour came, the customer wrote, or somebody (`by`) called it."""

    TOPIC: ClassVar = "conversation.woken"
    cause: Literal["time", "customer", "agent"]
    by: UUID | None = None


class Closed(TicketEvent):
    """The service ended."""

    TOPIC: ClassVar = "conversation.closed"
    by: UUID


EVENTS: tuple[type[Event], ...] = (
    ConversationStarted,
    TicketOpened,
    MessageReceived,
    MessageSent,
    MessageImported,
    NoticeReceived,
    ReactionChanged,
    MessageEdited,
    MessageRevoked,
    HandedOff,
    Assigned,
    Unassigned,
    MarkedAnswered,
    MarkedUnanswered,
    Snoozed,
    Woken,
    Closed,
)
