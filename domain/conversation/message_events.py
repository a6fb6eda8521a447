"""Events of a thread: who wrote what, and what was changed later."""

from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from domain.conversation.ticket_events import ConversationEvent, TicketEvent
from domain.event import Event, Personal


class ConversationStarted(ConversationEvent):
    """A contact wrote on a channel for the first time."""

    TOPIC: ClassVar = "conversation.started"
    channel_id: UUID
    contact_id: UUID


class MessageReceived(TicketEvent):
    """The customer sent a message. It is sorted by `sent_at`; `received_at` is when it reached us.

    `raw` is the typed content as WhatsApp sent it, None for plain text. With `epoch` it is a turn of the bot,
    named by `message_id`: the bot may answer under this control version until `answer_by`.

    `quoted_wamid` is set while `quoted_id` is not known: the original may still come.
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
    epoch: int | None = None
    answer_by: AwareDatetime | None = None
    quoted_wamid: Personal[str | None] = None


class MessageSent(TicketEvent):
    """A message to the customer was accepted for sending; its Delivery tells what became of it.

    If the bot sends it while a newer turn waits for its answer, `answer_by` is when that one is due.
    """

    TOPIC: ClassVar = "conversation.message_sent"
    message_id: UUID
    channel_id: UUID
    type: str
    text: Personal[str | None]
    author: Literal["agent", "bot", "system"]
    agent_id: UUID | None
    quoted_id: UUID | None = None
    sent_at: AwareDatetime
    answer_by: AwareDatetime | None = None


class MessageEchoed(ConversationEvent):
    """The business wrote to the customer from its WhatsApp Business app, not through us.

    It is an answer of people if it `answers`: if nothing newer was in the thread when it came. Its Delivery
    begins as accepted. It quotes as `MessageReceived` does.
    """

    TOPIC: ClassVar = "conversation.message_echoed"
    ticket: int | None
    message_id: UUID
    type: str
    text: Personal[str | None]
    wamid: Personal[str]
    raw: Personal[dict[str, Any] | None]
    quoted_id: UUID | None
    quoted_wamid: Personal[str | None]
    sent_at: AwareDatetime
    time_flagged: bool
    truncated: bool
    answers: bool


class MessageImported(ConversationEvent):
    """A message from before this installation (history of the number): it is shown, and no rule fires.

    It quotes as `MessageReceived` does.
    """

    TOPIC: ClassVar = "conversation.message_imported"
    message_id: UUID
    type: str
    text: Personal[str | None]
    sender_name: Personal[str | None]
    wamid: Personal[str]
    raw: Personal[dict[str, Any] | None]
    sent_at: AwareDatetime
    time_flagged: bool = False
    quoted_id: UUID | None = None
    quoted_wamid: Personal[str | None] = None


class NoticeReceived(ConversationEvent):
    """WhatsApp gave notice about the customer (a new number, a new id): a line of the thread.

    So is what they did without saying anything to us: `group_message`, `no_content`, `unreadable_change` and
    `request_welcome`, of which the channel's bot learns (`for_bot`).
    """

    TOPIC: ClassVar = "conversation.notice_received"
    ticket: int | None
    message_id: UUID
    kind: str
    text: Personal[str | None]
    wamid: Personal[str]
    raw: Personal[dict[str, Any] | None]
    sent_at: AwareDatetime
    time_flagged: bool = False
    for_bot: bool = False


class ReactionChanged(ConversationEvent):
    """Somebody reacted to a message; without `emoji` the reaction was removed.

    Reactions may arrive in any order: of one person (`by`) the one with the latest `reacted_at` counts, of
    one second the last one. None counts once the message was revoked.
    """

    TOPIC: ClassVar = "conversation.reaction_changed"
    ticket: int | None
    message_id: UUID
    emoji: Personal[str | None]
    reacted_at: AwareDatetime
    by: Literal["contact", "app"] = "contact"


class MessageEdited(ConversationEvent):
    """A message was edited by who wrote it; the original stays in its own event.

    Edits may arrive in any order: the one with the latest `edited_at` counts, of one second the last one.
    None counts once the message was revoked.
    """

    TOPIC: ClassVar = "conversation.message_edited"
    ticket: int | None
    message_id: UUID
    text: Personal[str | None]
    raw: Personal[dict[str, Any] | None]
    edited_at: AwareDatetime


class MessageRevoked(ConversationEvent):
    """A message was revoked by who wrote it: nothing of it is shown any more, whatever arrives later."""

    TOPIC: ClassVar = "conversation.message_revoked"
    ticket: int | None
    message_id: UUID
    revoked_at: AwareDatetime


class ConversationErased(ConversationEvent):
    """The customer's data was erased: nothing of what was said here can be read any more.

    On each conversation of theirs, so that readers of one conversation learn of it in its order.
    """

    TOPIC: ClassVar = "conversation.erased"
    by: UUID | None
    erased_at: AwareDatetime


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
