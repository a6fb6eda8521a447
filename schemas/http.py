"""Requests and responses of the HTTP API under `/v1`: requests are strict, responses complete."""

import re
from datetime import UTC
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from domain.text import clean

View = Literal["mine", "queue", "snoozed", "bot", "closing", "closed", "all"]
Sort = Literal["newest", "waiting", "window", "queued", "name"]
WindowState = Literal["open", "closing", "closed"]
Direction = Literal["in", "out", "internal"]
Status = Literal["pending", "sent", "delivered", "read", "failed", "unconfirmed"]

_RFC_3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2})(?:(\.\d{1,6})\d*)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


def _cleaned(text: str) -> str:
    if "\x00" in text:
        raise PydanticCustomError("nul", "holds a NUL character")
    return clean(text)


CleanText = Annotated[str, AfterValidator(_cleaned)]
Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
LogPosition = Annotated[
    str, Field(description="A position in the log, `<log>.<n>`.", examples=["k3v9q2.1204"])
]


class RequestModel(BaseModel):
    """Base of request bodies: unknown fields are refused, types are not converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class ResponseModel(BaseModel):
    """Base of responses: every field is always present. Times are UTC in RFC 3339, ids are UUIDs."""

    model_config = ConfigDict(
        frozen=True, json_schema_serialization_defaults_required=True, use_attribute_docstrings=True
    )


Id = Annotated[UUID, Field(strict=False)]
"""An id in a request. JSON has no UUID type, so a string is accepted in strict mode."""


class QuickReplyUse(RequestModel):
    """A version of a quick reply that a message is written with."""

    id: Id
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    """The version whose text was inserted."""


class SendText(RequestModel):
    """A text message to the customer, at most 4,096 characters."""

    type: Literal["text"]
    text: CleanText
    quick_replies: Annotated[list[QuickReplyUse], Field(max_length=10)] = []
    """The quick replies that it was written with: for the history, and to rank them by their use."""


class Mark(RequestModel):
    """Whether the ticket is answered."""

    answered: bool


class Assign(RequestModel):
    """The agent to assign the ticket to, active and of the same tenant."""

    assignee_id: Id


def parse_instant(text: str) -> str | None:
    """Parse an RFC 3339 instant with offset, cut to microseconds; None if it has another format."""
    match = _RFC_3339.fullmatch(text)
    return None if match is None else match.expand(r"\1\2\3")


def _instant(value: object) -> object:
    instant = parse_instant(value) if isinstance(value, str) else None
    if instant is None:
        raise PydanticCustomError("instant", "is not an instant like 2026-03-02T09:00:00-03:00")
    return instant


UNKNOWN_ZONE = "Etc/Unknown"
"""What browsers say that do not know their time zone."""

Zone = Annotated[str, Field(pattern=r"^[A-Za-z0-9_+\-/:.]{1,64}$")]
"""A remark, which may be the name of a zone that is newer than this server: the instant beside it counts."""

RequestInstant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_instant)]


class Snooze(RequestModel):
    """When the snoozed ticket is due, in which time zone, and why it is snoozed."""

    until: RequestInstant
    """RFC 3339 with offset, in the future, within two years. Cut to microseconds; a leap second (`:60`) is
    refused."""

    zone: Zone = UNKNOWN_ZONE
    """IANA name of the caller's time zone, like `America/Sao_Paulo`: kept in the history, not interpreted."""

    keep: bool = False
    """Whether it stays snoozed when the customer writes; otherwise it is due at once."""

    reason: Annotated[CleanText | None, Field(max_length=500)] = None


class Person(ResponseModel):
    """An agent or a team, by name."""

    id: UUID
    name: str


class Contact(ResponseModel):
    """The customer as shown in a ticket."""

    id: UUID
    name: str
    """The name entered by agents or a bot, else the WhatsApp profile name, else the phone number; empty once
    erased."""

    initials: str
    """One or two letters of the name, else the last two digits of the phone number."""

    phone: str | None
    """The present number: digits with the country code, without `+`; Brazilian ones with the ninth digit."""

    erased: bool = False
    """The customer's data was erased: no name, no number, and no message can be read any more. Messages read
    before are to be read again."""


class LastMessage(ResponseModel):
    """The newest message of a ticket, by the second at which it was sent."""

    text: str | None
    """The first 500 characters."""

    type: str
    """As `Message.type`; also `reaction`, with the emoji as text, and `revoked`, without text."""

    at: Instant
    direction: Direction
    position: int
    """Position in the log; of two messages in the same second, the one with the higher position is newer."""


class BotTurn(ResponseModel):
    """How long the bot has a ticket that an agent gave to it."""

    until: Literal["flow_end", "hours", "agent"]
    back_at: Instant | None
    """With `hours`: when the ticket goes back to agents."""


class Ticket(ResponseModel):
    """A ticket: one customer service case in a conversation. `"<control>"` is its ETag.

    `stale` means that an event of this conversation is parked, so the ticket may be out of date.
    """

    conversation_id: UUID
    number: int
    """Number of the ticket within its conversation, from 1."""

    protocol: str
    """Reference number for the customer: the day the ticket was opened (UTC) and eight letters or digits.

    Older tickets have a running number instead of the letters.
    """

    opened_position: int
    """Position in the log at which it was opened; orders tickets of the same instant."""

    control: int
    """Control version: grows whenever owner, queue or state change. Send it in `If-Match` with those
    commands."""

    team: Person | None
    """The team whose queue it is in; null for the queue without a team."""

    state: Literal["bot", "queue", "open", "snoozed", "closed"]
    contact: Contact
    owner: Person | None
    unanswered: bool
    unanswered_since: Instant | None
    unread: int
    """Number of customer messages without an answer."""

    last_message: LastMessage | None
    window: WindowState
    """State of the 24-hour window at the time of the response; `closing`: less than two hours are left."""

    window_ends_at: Instant | None
    """Free text can be sent until then."""

    snoozed_until: Instant | None = None
    """When a snoozed ticket is due; null when it is not snoozed."""

    window_warned: bool = False
    """It is snoozed and its window closes within half an hour; after that only a template can be sent."""

    queued_at: Instant
    """When it last entered the queue, or was opened."""

    failed: bool = False
    """The newest answer of an agent failed for good, and nobody has answered or marked the ticket since."""

    last_owner: Person | None = None
    """Whom it left because they were not present when it came back to them; null once it has an owner."""

    hand_off_reason: str | None = None
    """Why the bot handed it to agents."""

    close_reason: str | None = None
    tags: list[str] = []
    bot: BotTurn | None = None
    """How long the bot has it, if an agent gave it to the bot."""

    pinned: bool = False
    """Whether the caller has pinned the conversation."""

    stale: bool = False


class Tickets(ResponseModel):
    """A page of tickets in order. `stale`: `min_position` was not reached in time."""

    items: list[Ticket]
    next: str | None
    """The `cursor` of the next page, valid for this query and caller for seven days."""

    stale: bool = False


class Count(ResponseModel):
    """A count; with `more`, there are more than that."""

    count: int
    more: bool


class Counts(ResponseModel):
    """Number of tickets per view: up to a hundred, for supervisors and admins up to 10,000 of those open."""

    mine: Count
    queue: Count
    snoozed: Count
    bot: Count
    closing: Count
    """Tickets that are not closed and whose window closes within two hours."""

    closed: Count
    all: Count
    stale: bool = False


class Window(ResponseModel):
    """The 24-hour window after the customer's last message, in which free text can be sent."""

    open: bool
    ends_at: Instant | None


class CardLine(ResponseModel):
    """An e-mail address or an attribute on the card of a contact or of one of its aliases.

    The main contact's come first, and what stands on several cards is listed once.
    """

    field: Literal["email", "attribute"]
    key: str | None
    """Name of the attribute."""

    value: str
    contact_id: UUID
    """The contact on whose card it stands."""


class ContactCard(ResponseModel):
    """The contact's card, and what came with the bot's hand-off."""

    id: UUID
    version: int
    """Version of the card, for `If-Match` of `PUT /v1/contacts/{id}`."""

    name: str | None
    phone: str | None
    email: str | None
    attributes: dict[str, str]
    lines: list[CardLine]
    """E-mail and attributes with those of the contact's aliases."""

    hand_off_reason: str | None
    """Why the newest ticket went to agents: the bot's own reason or one of ours (`no_bot`, `bot_silent`
    …)."""

    variables: dict[str, Any] | None
    """Variables from the bot's hand-off."""


class ConversationChannel(Person):
    """The WhatsApp number of the conversation."""

    has_bot: bool
    """Whether tickets of this channel can be given to a bot."""


class Conversation(ResponseModel):
    """A conversation with the newest ticket that the caller may read."""

    ticket: Ticket
    channel: ConversationChannel
    contact: Contact
    contact_card: ContactCard
    window: Window
    read_until: UUID | None = None
    """The newest message that the caller has read, by `PUT …/read`."""

    access: Literal["full", "notes", "read"] = "full"
    """`full`: the newest ticket is in the caller's lists. `notes`: they take part in it, as a former owner or
    because a note mentions them: they read everything, and write notes, while it is open. `read`: `ticket` is
    the last one that they saw or took part in, and they read what came before it ended."""

    stale: bool = False


class Author(ResponseModel):
    """Author of a message: `app` is somebody of the business, in its WhatsApp Business app.

    The name is null for `system` and `app`, and once erased.
    """

    kind: Literal["contact", "agent", "bot", "system", "app"]
    name: str | None


class Reaction(ResponseModel):
    """An emoji on a message. `from` is `contact`, or `app` for the business, in its WhatsApp Business app."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    emoji: str
    from_: str = Field(alias="from")


class MessageError(ResponseModel):
    """Why a message failed: Meta's error code or one of ours."""

    code: str
    title: str | None


class SentHeader(ResponseModel):
    """The header of a template as it was sent."""

    format: str
    """Meta's word: `TEXT`, `IMAGE`, `VIDEO`, `DOCUMENT` or `LOCATION`."""

    text: str | None
    link: str | None
    """Address of the file."""

    filename: str | None
    latitude: str | None
    longitude: str | None
    name: str | None
    """What the location is called."""

    address: str | None


class SentButton(ResponseModel):
    """A button of a template as it was sent."""

    type: str
    """Meta's word: `QUICK_REPLY`, `URL`, `PHONE_NUMBER`, `COPY_CODE` …"""

    text: str
    """The label."""

    url: str | None
    phone: str | None
    code: str | None
    """What it copies."""


class SentTemplate(ResponseModel):
    """A template as it was sent, with the values that it was filled with."""

    name: str
    language: str
    header: SentHeader | None
    body: str
    footer: str | None
    buttons: list[SentButton]


class Message(ResponseModel):
    """A message of the conversation. Sorted by `sent_at` (whole seconds), then by `position`.

    `stale` means that an event of this message is parked.
    """

    id: UUID
    conversation_id: UUID
    ticket: int | None
    """Number of the ticket; null for imported messages, and for notices while no ticket was open."""

    direction: Direction
    """`internal`: a note between agents, never sent to the customer."""

    type: str
    """WhatsApp's message type (`text`, `image`, `location` …), `system` (a notice), `note` or
    `unsupported`."""

    text: str | None
    """The readable text: body, caption or title; null if there is none, and after revocation."""

    author: Author
    sent_at: Instant
    status: Status | None
    """Delivery status; null for messages of the customer. `unconfirmed`: unknown, and not sent again."""

    error: MessageError | None
    """Only with `status` `failed`."""

    provider_id: str | None
    """WhatsApp's id (`wamid…`), once known."""

    position: int
    quoted_id: UUID | None
    """The message that this one replies to."""

    quotes_unknown: bool = False
    """It replies to a message that is not known here, or not yet."""

    reactions: list[Reaction]
    mentions: list[Person]
    """Agents mentioned in a note."""

    edited: bool
    revoked: bool
    truncated: bool
    """The text was longer than 65,536 characters and was cut."""

    erased: bool = False
    """Its words were erased with the customer's data."""

    template: SentTemplate | None = None
    """With `type` `template`, if it was sent from here; `text` is its body."""

    stale: bool = False


class Messages(ResponseModel):
    """A page of messages, oldest first. `next` (as `before`) leads to older, `previous` (as `after`) to newer
    ones."""

    items: list[Message]
    next: str | None
    previous: str | None
    stale: bool = False


class Sent(ResponseModel):
    """The message is stored and will be sent; its status reports the delivery."""

    message_id: UUID
    position: LogPosition


class Done(ResponseModel):
    """Result of a command. `control` is the ticket's new control version (its ETag)."""

    position: LogPosition
    control: int


class SnoozeDone(Done):
    """The ticket is snoozed. Says how that relates to the 24-hour window."""

    snoozed_until: Instant
    window_ends_at: Instant | None
    window_closes_first: bool
    """Whether the window closes before the ticket is due; then only a template can be sent."""

    undo_until: Instant | None
    """The caller can undo this until then, unless the ticket is moved before."""

    last_safe_until: Instant | None
    """The latest due time that leaves 15 minutes to answer within the window; null when it has passed."""


class Gone(ResponseModel):
    """A ticket that is in none of the caller's lists any more."""

    conversation_id: UUID
    number: int


class DirectoryChange(ResponseModel):
    """A team, an agent, a channel or a variable that was added or changed.

    Tickets and messages with its id show this name from now on, without being sent again.
    """

    kind: Literal["team", "agent", "channel", "variable"]
    id: UUID
    name: str


class Change(ResponseModel):
    """Event `change` of the stream: tickets and messages as the caller's queries would return them now.

    `tickets` are those that lists return, `gone` those that they no longer return.
    """

    tickets: list[Ticket]
    messages: list[Message]
    gone: list[Gone]
    directory: list[DirectoryChange]
    """Teams, agents, channels and variables that changed, whoever sees tickets of theirs."""

    participating: list[Ticket] = []
    """Tickets that are in none of the caller's lists, and that they take part in."""


class QuickReplyNews(ResponseModel):
    """Event `quick_reply` of the stream: a quick reply was suggested, decided or changed.

    Admins get all of them, an agent those of their own suggestions.
    """

    id: UUID
    name: str
    state: Literal["approved", "suggested", "rejected", "withdrawn", "archived"]
    """As `QuickReply.state`."""

    suggestion: Literal["waiting", "approved", "rejected", "withdrawn"] | None
    """What became of the newest suggestion; null if there never was one."""

    suggested_by: UUID | None
    waiting: int
    """How many suggestions wait now, for admins; 0 for others."""


class Alive(ResponseModel):
    """Event `alive` of the stream, at its beginning and whenever ten seconds pass without another event."""

    at: Instant
    """The server's time, by which it decides what is too late; the client's own may be wrong. Every answer
    carries it, too, as the header `Balcao-Time`."""
