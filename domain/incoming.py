"""What a channel may bring, in our words; the channel's adapter fills these from its raw items."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote: at least one of `bsuid` and `phone` is present.

    `phone` is canonical (digits, Brazil's ninth digit folded in); `wa_id` is the received form, kept for
    display and sending. `username` is shown, never looked up.
    """

    bsuid: str | None = None
    phone: str | None = None
    wa_id: str | None = None
    name: str | None = None
    username: str | None = None


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """One message of a customer. `sent_at` is WhatsApp's second, or the second we received it (flagged).

    `claimed_at` is the time that the message itself carries, if it is a possible one: the same in every
    repeat, also where `sent_at` is ours because it lies in the future (None: unusable). `imported` came with
    an old chat: a row of the timeline for which no rule fires.

    `type` is WhatsApp's own word, or `unsupported`. `text` is what a person may read of it in one
    line or more (body, caption, title of the tapped button, place name …), normalised and capped. `raw` is
    the typed content as it came, None for plain text. `quoted` is the wamid that it answers.
    """

    wamid: str
    sender: Sender
    type: str
    sent_at: datetime
    time_flagged: bool = False
    text: str | None = None
    truncated: bool = False
    quoted: str | None = None
    raw: dict[str, Any] | None = None
    claimed_at: datetime | None = None
    imported: bool = False


@dataclass(frozen=True, slots=True)
class IncomingReaction:
    """A customer's reaction to a message; no emoji takes it back. `wamid` is the reaction's own id."""

    wamid: str
    sender: Sender
    target: str
    emoji: str | None
    sent_at: datetime
    time_flagged: bool = False
    claimed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncomingEdit:
    """The customer changed an earlier message; `text` is the new one."""

    wamid: str
    sender: Sender
    target: str
    text: str | None
    sent_at: datetime
    time_flagged: bool = False
    raw: dict[str, Any] | None = None
    claimed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncomingRevoke:
    """The customer took an earlier message back."""

    wamid: str
    sender: Sender
    target: str
    sent_at: datetime
    time_flagged: bool = False
    claimed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncomingSystemNotice:
    """WhatsApp says something about the customer (number or business-scoped id changed, identity changed).

    It is a line of the timeline; it opens no ticket, sets no mark and wakes nothing. `sender` is who it was
    before, `becomes` the new identity, if one was named.
    """

    wamid: str
    sender: Sender
    kind: str
    text: str | None
    sent_at: datetime
    time_flagged: bool = False
    becomes: Sender | None = None
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

    `message_id` is our own id, when it came back as the opaque data of the call.
    """

    wamid: str
    status: str
    at: datetime
    time_flagged: bool = False
    message_id: UUID | None = None
    errors: tuple[StatusError, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """A change of any other field (templates, account, calls, history …), kept raw."""

    field: str
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What could not be understood, and why in words of a person."""

    reason: str
    code: str = "unreadable"
    raw: bytes = field(default=b"", repr=False)


Incoming = (
    IncomingMessage
    | IncomingReaction
    | IncomingEdit
    | IncomingRevoke
    | IncomingSystemNotice
    | IncomingStatus
    | Notice
    | Unreadable
)
