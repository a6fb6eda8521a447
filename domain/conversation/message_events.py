"""Events of a thread: who wrote what, and what was changed later."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.conversation.ticket_events import ConversationEvent, TicketEvent
from domain.event import Event, Personal
from domain.template.content import SentTemplate


class ConversationStarted(ConversationEvent):
    """A contact wrote on a channel for the first time."""

    TOPIC: ClassVar = "conversation.started"

    channel_id: UUID
    """The WhatsApp number."""

    contact_id: UUID
    """The customer."""


class MessageReceived(TicketEvent):
    """The customer sent a message. With `epoch` it is a turn of the bot."""

    TOPIC: ClassVar = "conversation.message_received"

    message_id: UUID
    """Our id of the message; with `epoch` the id of the turn."""

    type: str
    """WhatsApp's word for the kind of message, such as `text` or `image`."""

    text: Personal[str | None]
    """The words, null where there are none."""

    sender_name: Personal[str | None]
    """Name of the sender's WhatsApp profile at that time."""

    wamid: Personal[str]
    """WhatsApp's id of the message."""

    raw: Personal[dict[str, Any] | None]
    """The typed content as WhatsApp sent it, null for plain text."""

    quoted_id: UUID | None
    """The message that this one quotes."""

    sent_at: AwareDatetime
    """WhatsApp's time of it; the thread is sorted by it."""

    received_at: AwareDatetime
    """When it reached us."""

    time_flagged: bool = False
    """Whether WhatsApp's time was unusable, and ours was taken."""

    truncated: bool = False
    """Whether the text was cut because it was too long."""

    window_ends_at: AwareDatetime
    """Until when WhatsApp accepts free text: 24 hours after `sent_at`."""

    epoch: int | None = None
    """The control version under which the bot may answer: the message is its turn. Null: the bot has none."""

    answer_by: AwareDatetime | None = None
    """When the bot's answer to this turn is due."""

    quoted_wamid: Personal[str | None] = None
    """WhatsApp's id of the quoted message while `quoted_id` is not known: it may still come."""

    return_at: AwareDatetime | None = None
    """When the ticket goes to its queue if its owner is not there: set when it answers an active message."""

    @property
    def written_at(self) -> datetime:
        """When the customer wrote it; when it reached us, if WhatsApp's time is not to be trusted."""
        return self.received_at if self.time_flagged else self.sent_at


class QuickReplyUse(BaseModel):
    """A version of a quick reply that a message was written with."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    id: UUID
    """The quick reply."""

    version: int
    """The approved version that was inserted."""


class MessageSent(TicketEvent):
    """A message to the customer was accepted for sending; its delivery tells what became of it."""

    TOPIC: ClassVar = "conversation.message_sent"

    message_id: UUID
    """Id of the message."""

    channel_id: UUID
    """The WhatsApp number."""

    type: str
    """WhatsApp's word for the kind of message, such as `text` or `image`."""

    text: Personal[str | None]
    """The words, null where there are none."""

    author: Literal["agent", "bot", "system"]
    """Who wrote it."""

    agent_id: UUID | None
    """The agent who wrote it, null for bot and system."""

    quoted_id: UUID | None = None
    """The message that this one quotes."""

    sent_at: AwareDatetime
    """When it was decided; the thread is sorted by it."""

    answer_by: AwareDatetime | None = None
    """When the bot's answer to a newer turn that waits is due."""

    template_id: UUID | None = None
    """The template that was sent, null for other messages."""

    template: Personal[SentTemplate | None] = None
    """The template as it was sent; `text` is its filled body."""

    opens: bool = False
    """Whether it is an active message: it opened its ticket, and the customer's answer comes back to it."""

    quick_replies: list[QuickReplyUse] = Field(default_factory=list)
    """The quick replies that the agent wrote it with, in the order in which they were inserted."""


class MessageEchoed(ConversationEvent):
    """The business wrote to the customer from its WhatsApp Business app, not through us.

    Its delivery begins as accepted.
    """

    TOPIC: ClassVar = "conversation.message_echoed"

    ticket: int | None
    """Number of the ticket that it is in, null without one."""

    message_id: UUID
    """Our id of the message."""

    type: str
    """WhatsApp's word for the kind of message, such as `text` or `image`."""

    text: Personal[str | None]
    """The words, null where there are none."""

    wamid: Personal[str]
    """WhatsApp's id of the message."""

    raw: Personal[dict[str, Any] | None]
    """The typed content as WhatsApp sent it, null for plain text."""

    quoted_id: UUID | None
    """The message that this one quotes."""

    quoted_wamid: Personal[str | None]
    """WhatsApp's id of the quoted message while `quoted_id` is not known: it may still come."""

    sent_at: AwareDatetime
    """WhatsApp's time of it; the thread is sorted by it."""

    time_flagged: bool
    """Whether WhatsApp's time was unusable, and ours was taken."""

    truncated: bool
    """Whether the text was cut because it was too long."""

    answers: bool
    """Whether it is an answer of people: nothing newer was in the thread when it came."""


class MessageImported(ConversationEvent):
    """A message from before this installation (history of the number): it is shown, and no rule fires."""

    TOPIC: ClassVar = "conversation.message_imported"

    message_id: UUID
    """Id of the message."""

    type: str
    """WhatsApp's word for the kind of message, such as `text` or `image`."""

    text: Personal[str | None]
    """The words, null where there are none."""

    sender_name: Personal[str | None]
    """Name of the sender's WhatsApp profile at that time."""

    wamid: Personal[str]
    """WhatsApp's id of the message."""

    raw: Personal[dict[str, Any] | None]
    """The typed content as WhatsApp sent it, null for plain text."""

    sent_at: AwareDatetime
    """WhatsApp's time of it; the thread is sorted by it."""

    time_flagged: bool = False
    """Whether WhatsApp's time was unusable, and ours was taken."""

    quoted_id: UUID | None = None
    """The message that this one quotes."""

    quoted_wamid: Personal[str | None] = None
    """WhatsApp's id of the quoted message while `quoted_id` is not known: it may still come."""


class NoticeReceived(ConversationEvent):
    """WhatsApp gave notice about the customer (a new number, a new id): a line of the thread.

    So is what they did without saying anything to us: `group_message`, `no_content`, `unreadable_change` and
    `request_welcome`, of which the channel's bot learns (`for_bot`).
    """

    TOPIC: ClassVar = "conversation.notice_received"

    ticket: int | None
    """Number of the open ticket, null without one."""

    message_id: UUID
    """Our id of the notice."""

    kind: str
    """WhatsApp's word for the kind of notice."""

    text: Personal[str | None]
    """The words, null where there are none."""

    wamid: Personal[str]
    """WhatsApp's id of the message."""

    raw: Personal[dict[str, Any] | None]
    """The typed content as WhatsApp sent it, null for plain text."""

    sent_at: AwareDatetime
    """WhatsApp's time of it; the thread is sorted by it."""

    time_flagged: bool = False
    """Whether WhatsApp's time was unusable, and ours was taken."""

    for_bot: bool = False
    """Whether the channel's bot learns of it."""


class ReactionChanged(ConversationEvent):
    """Somebody reacted to a message, or removed their reaction.

    Reactions may arrive in any order: of one person (`by`) the one with the latest `reacted_at` counts, of
    one second the last one. None counts once the message was revoked.
    """

    TOPIC: ClassVar = "conversation.reaction_changed"

    ticket: int | None
    """Number of the ticket that the message is in, null without one."""

    message_id: UUID
    """The message that was reacted to."""

    emoji: Personal[str | None]
    """The reaction, null when it was removed."""

    reacted_at: AwareDatetime
    """WhatsApp's time of the change."""

    by: Literal["contact", "app"] = "contact"
    """Who reacted: the customer, or the business from its WhatsApp Business app."""


class MessageEdited(ConversationEvent):
    """A message was edited by who wrote it; the original stays in its own event.

    Edits may arrive in any order: the one with the latest `edited_at` counts, of one second the last one.
    None counts once the message was revoked.
    """

    TOPIC: ClassVar = "conversation.message_edited"

    ticket: int | None
    """Number of the ticket that the message is in, null without one."""

    message_id: UUID
    """The message that was edited."""

    text: Personal[str | None]
    """The new words."""

    raw: Personal[dict[str, Any] | None]
    """The typed content as WhatsApp sent it, null for plain text."""

    edited_at: AwareDatetime
    """WhatsApp's time of the change."""


class MessageRevoked(ConversationEvent):
    """A message was revoked by who wrote it: nothing of it is shown any more, whatever arrives later."""

    TOPIC: ClassVar = "conversation.message_revoked"

    ticket: int | None
    """Number of the ticket that the message is in, null without one."""

    message_id: UUID
    """The message that was revoked."""

    revoked_at: AwareDatetime
    """WhatsApp's time of the change."""


class ConversationErased(ConversationEvent):
    """The customer's data was erased: nothing of what was said here can be read any more.

    On each conversation of theirs, so that readers of one conversation learn of it in its order.
    """

    TOPIC: ClassVar = "conversation.erased"

    by: UUID | None
    """The agent who erased it, null for the operator."""

    erased_at: AwareDatetime
    """When it was erased."""


EVENTS: tuple[type[Event], ...] = (
    ConversationStarted,
    MessageReceived,
    MessageSent,
    MessageEchoed,
    MessageImported,
    NoticeReceived,
    ReactionChanged,
    MessageEdited,
    MessageRevoked,
    ConversationErased,
)
