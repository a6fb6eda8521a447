"""What a channel can bring, independent of its format; the channel's adapter fills these from raw items."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

AsideKind = Literal["group_message", "no_content", "unreadable_change", "request_welcome"]
"""Said to a group; nothing at all; a change that names no message; the chat was opened without a word."""


@dataclass(frozen=True, slots=True)
class IncomingSender:
    """Who sent it: at least one of `bsuid` and `phone` is set.

    `phone` is canonical (digits, with Brazil's ninth digit); `wa_id` is the received form, kept for display
    and sending. `username` is shown, never looked up.
    """

    bsuid: str | None = None
    phone: str | None = None
    wa_id: str | None = None
    name: str | None = None
    username: str | None = None


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """One message of a customer, or (`from_app`) of the business to `sender`, from its WhatsApp app.

    `sent_at` is WhatsApp's second, or the second we received it (flagged).

    `claimed_at` is the time in the message itself, if it is a possible one: it is the same in every repeat,
    even if it lies in the future and `sent_at` is our own (None: unusable). `imported` came with the history
    of the number: a row of the timeline for which no rule fires.

    `type` is WhatsApp's own word, or `unsupported`. `text` is what a person can read of it (body, caption,
    title of the tapped button, name of a place …), normalised and capped. `raw` is the typed content as it
    came, None for plain text. `quoted` is the wamid that it answers.
    """

    wamid: str
    sender: IncomingSender
    type: str
    sent_at: datetime
    time_flagged: bool = False
    text: str | None = None
    truncated: bool = False
    quoted: str | None = None
    raw: dict[str, Any] | None = None
    claimed_at: datetime | None = None
    imported: bool = False
    from_app: bool = False


@dataclass(frozen=True, slots=True)
class IncomingReaction:
    """A reaction to a message; without `emoji` it is removed. `wamid` is the reaction's own id.

    Like an edit and a revocation it is the customer's, or (`from_app`) the business's from its WhatsApp app.
    """

    wamid: str
    sender: IncomingSender
    target: str
    emoji: str | None
    sent_at: datetime
    time_flagged: bool = False
    claimed_at: datetime | None = None
    from_app: bool = False


@dataclass(frozen=True, slots=True)
class IncomingEdit:
    """An earlier message was edited by who wrote it; `text` is the new one."""

    wamid: str
    sender: IncomingSender
    target: str
    text: str | None
    sent_at: datetime
    time_flagged: bool = False
    raw: dict[str, Any] | None = None
    claimed_at: datetime | None = None
    from_app: bool = False


@dataclass(frozen=True, slots=True)
class IncomingRevoke:
    """An earlier message was revoked by who wrote it."""

    wamid: str
    sender: IncomingSender
    target: str
    sent_at: datetime
    time_flagged: bool = False
    claimed_at: datetime | None = None
    from_app: bool = False


@dataclass(frozen=True, slots=True)
class IncomingAside:
    """What a customer did that is not said to us, or says nothing; never taken for their words.

    It opens no ticket and sets no mark: it is kept as a notice in its sender's thread, if they have one.
    """

    wamid: str
    sender: IncomingSender
    kind: AsideKind
    sent_at: datetime
    time_flagged: bool = False
    raw: dict[str, Any] | None = None
    claimed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncomingSystemNotice:
    """WhatsApp's notice about the customer (number, business-scoped id or identity changed).

    It is a line of the timeline; it opens no ticket, sets no mark and wakes nothing. `sender` is the identity
    before, `becomes` the new one, if any.
    """

    wamid: str
    sender: IncomingSender
    kind: str
    text: str | None
    sent_at: datetime
    time_flagged: bool = False
    becomes: IncomingSender | None = None
    raw: dict[str, Any] | None = None
    claimed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StatusError:
    """Why a message failed; decide on `code`, show `details`."""

    code: int
    title: str
    details: str | None = None


@dataclass(frozen=True, slots=True)
class IncomingStatus:
    """What became of a message that we sent: `status` is WhatsApp's own word.

    `message_id` is our own id, if it came back as the opaque data of the call.
    """

    wamid: str
    status: str
    at: datetime
    time_flagged: bool = False
    message_id: UUID | None = None
    errors: tuple[StatusError, ...] = ()


@dataclass(frozen=True, slots=True)
class IncomingPreference:
    """A customer's choice, made in WhatsApp, to stop or resume marketing messages."""

    sender: IncomingSender
    stops: bool
    at: datetime
    field: str
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Notice:
    """A change of any other field (templates, account, calls, history …), kept raw."""

    field: str
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An item that could not be understood, and why, in words for people."""

    reason: str
    code: str = "unreadable"
    raw: bytes = field(default=b"", repr=False)


Incoming = (
    IncomingMessage
    | IncomingReaction
    | IncomingEdit
    | IncomingRevoke
    | IncomingAside
    | IncomingSystemNotice
    | IncomingStatus
    | IncomingPreference
    | Notice
    | Unreadable
)
