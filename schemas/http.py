"""What crosses the HTTP interface under `/v1`: strict in what we are asked, complete in what we answer."""

import re
from datetime import UTC
from functools import cache
from typing import Annotated, Any, Literal
from unicodedata import normalize
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

View = Literal["mine", "queue", "snoozed", "bot", "closing", "closed", "all"]
Sort = Literal["newest", "waiting", "window", "queued", "name"]
WindowState = Literal["open", "closing", "closed"]
Direction = Literal["in", "out", "internal"]
Status = Literal["pending", "sent", "delivered", "read", "failed", "unconfirmed"]

_RFC_3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2})(?:(\.\d{1,6})\d*)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_UNPRINTABLE = re.compile(r"[\x01-\x08\x0b-\x1f\x7f-\x9f]")


def _written(text: str) -> str:
    """Text as it is stored: composed, line ends of one kind, no control characters."""
    if "\x00" in text:
        raise PydanticCustomError("nul", "holds a NUL character")
    return _UNPRINTABLE.sub("", normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")))


CleanText = Annotated[str, AfterValidator(_written)]
Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
Place = Annotated[str, Field(description="a place in the log, `<log>.<n>`", examples=["k3v9q2.1204"])]


class Asked(BaseModel):
    """What a client asks for; unknown fields are refused, types are not guessed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class Answer(BaseModel):
    """What we answer; every field is always there. Times are UTC in RFC 3339, ids are UUIDs."""

    model_config = ConfigDict(
        frozen=True, json_schema_serialization_defaults_required=True, use_attribute_docstrings=True
    )


class SendText(Asked):
    """A text to the customer, at most 4,096 characters."""

    type: Literal["text"]
    text: CleanText


class Mark(Asked):
    """Whether the ticket has its answer, or waits for one again."""

    answered: bool


class Assign(Asked):
    """Who is to have the ticket: an active agent of the same tenant."""

    # JSON knows no UUID: a string of its shape is not a guess.
    assignee_id: UUID = Field(strict=False)


@cache
def _zones() -> set[str]:
    # It walks through the folders of the zones each time. Two of the files there are no place on Earth.
    return available_timezones() - {"localtime", "Factory"}


def _zone(name: str) -> str:
    if name not in _zones():
        raise PydanticCustomError("zone", "is no time zone, as America/Sao_Paulo is one")
    return name


def instant_in(text: str) -> str | None:
    """An instant of RFC 3339 with its offset, cut to microseconds; None when it has another shape."""
    match = _RFC_3339.fullmatch(text)
    return None if match is None else match.expand(r"\1\2\3")


def _instant(value: object) -> object:
    instant = instant_in(value) if isinstance(value, str) else None
    if instant is None:
        raise PydanticCustomError("instant", "is no instant, as 2026-03-02T09:00:00-03:00 is one")
    return instant


Zone = Annotated[str, AfterValidator(_zone)]
AskedInstant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_instant)]


class Snooze(Asked):
    """Until when the ticket is put off, by the clock of which zone, and why."""

    until: AskedInstant
    """An instant of RFC 3339 with its offset, in the future, within two years. Taken to the microsecond; a
    leap second (`:60`) is refused."""

    zone: Zone
    """The IANA name of the asker's zone, for the history: `America/Sao_Paulo`."""

    keep: bool = False
    """Whether it stays put off when the customer writes; else that brings it back at once."""

    reason: Annotated[CleanText | None, Field(max_length=500)] = None


class Person(Answer):
    """Somebody of the tenant (or a team of it) by name."""

    id: UUID
    name: str


class Contact(Answer):
    """The customer as a ticket shows them."""

    id: UUID
    name: str
    """As people or a bot wrote it down, else as WhatsApp told it when the ticket was opened, else the phone;
    empty once erased."""

    initials: str
    """One or two letters of the name, else the last two digits of the phone."""

    phone: str | None
    """Digits with the country code, without `+`."""


class LastMessage(Answer):
    """The newest message of a ticket, by the second at which it was written."""

    text: str | None
    """At most its first 500 characters."""

    type: str
    """As in `Message.type`; `reaction` with the emoji as text, `revoked` without a text."""

    at: Instant
    direction: Direction
    position: int
    """Its place in the log: of two messages of one second the one of the higher place is the newer."""


class BotTurn(Answer):
    """Until when the bot has a ticket that was given back to it."""

    until: Literal["flow_end", "hours", "agent"]
    back_at: Instant | None
    """With `hours`: when people get it back."""


class Ticket(Answer):
    """One service in a conversation. `"<control>"` is its ETag.

    `stale` says that a part of this conversation waits for a person to look at it, so the row may lag.
    """

    conversation_id: UUID
    number: int
    """Counts the tickets of one conversation, from 1."""

    protocol: str
    """The number that a customer may be told: the day it was opened (UTC) and a running number."""

    control: int
    """Grows whenever the ticket changes hands or ends; the commands for that send it in `If-Match`."""

    team: Person | None
    """Whose queue it is; null for that of no team."""

    state: Literal["bot", "queue", "open", "snoozed", "closed"]
    contact: Contact
    owner: Person | None
    unanswered: bool
    unanswered_since: Instant | None
    unread: int
    """Messages of the customer that wait for an answer."""

    last_message: LastMessage | None
    window: WindowState
    """The window of 24 hours at the moment of the answer; `closing`: less than two hours are left."""

    window_ends_at: Instant | None
    """Until then free text may be sent."""

    snoozed_until: Instant | None = None
    """Put off until then; null when it is not."""

    window_warned: bool = False
    """It is put off, and its window closes within half an hour: from then on only a template can be sent."""

    queued_at: Instant
    """When it last came to wait for people, or was opened."""

    hand_off_reason: str | None = None
    """Why it came from the bot to people."""

    close_reason: str | None = None
    tags: list[str] = []
    bot: BotTurn | None = None
    """Until when the bot has it, where somebody gave it back to the bot."""

    pinned: bool = False
    """Whether the asker keeps it at hand."""

    stale: bool = False


class Tickets(Answer):
    """A page of tickets in order; `stale`: `min_position` was not reached in time."""

    items: list[Ticket]
    next: str | None
    """The `cursor` of the next page; it is good for this query and this viewer, for seven days."""

    stale: bool = False


class Count(Answer):
    """How many; with `more` at least that many."""

    count: int
    more: bool


class Counts(Answer):
    """Tickets per view, counted up to a hundred."""

    mine: Count
    queue: Count
    snoozed: Count
    bot: Count
    closing: Count
    """Not closed, with a window that ends within two hours."""

    closed: Count
    all: Count
    stale: bool = False


class Window(Answer):
    """The 24 hours after the customer's last message."""

    open: bool
    ends_at: Instant | None


class ContactCard(Answer):
    """The customer beside their conversation: what is written down, and what came with the hand-off."""

    id: UUID
    version: int
    """Of what is written down; `PUT /v1/contacts/{id}` takes it in `If-Match`."""

    name: str | None
    phone: str | None
    email: str | None
    attributes: dict[str, str]
    hand_off_reason: str | None
    """Why the newest ticket came to people: a word of ours (`no_bot`, `bot_silent` …) or the bot's own."""

    variables: dict[str, Any] | None
    """What the bot knew then."""


class ConversationChannel(Person):
    """The WhatsApp number that a thread goes by."""

    has_bot: bool
    """Whether a ticket can be given to the bot here."""


class Conversation(Answer):
    """One thread: its newest ticket that the asker may see, the customer, the window."""

    ticket: Ticket
    channel: ConversationChannel
    contact: Contact
    contact_card: ContactCard
    window: Window
    read_until: UUID | None = None
    """The newest message that the asker has read, as they said."""

    stale: bool = False


class Author(Answer):
    """Who said it; without a name where nobody has one (`system`) or it was erased."""

    kind: Literal["contact", "agent", "bot", "system"]
    name: str | None


class Reaction(Answer):
    """One emoji on a message, and whose it is: `contact`."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    emoji: str
    from_: str = Field(alias="from")


class MessageError(Answer):
    """Why it failed: Meta's code, or our own word."""

    code: str
    title: str | None


class Message(Answer):
    """One line of the thread. `sent_at` is the whole second that sorts, `position` breaks ties.

    `stale` says that a change of it waits for a person to look at it.
    """

    id: UUID
    conversation_id: UUID
    ticket: int | None
    """Null for a message of the time before us, or a notice while no ticket was open."""

    direction: Direction
    """`internal` is what colleagues write to each other: the customer never sees it."""

    type: str
    """WhatsApp's own word (`text`, `image`, `location` …), `system`: a notice, `note`, or `unsupported`."""

    text: str | None
    """What a person may read of it: body, caption, title; null where there is none, or after revocation."""

    author: Author
    sent_at: Instant
    status: Status | None
    """How far it came; null for what the customer wrote. `unconfirmed`: nobody knows, it is not repeated."""

    error: MessageError | None
    """With `status` `failed` alone."""

    provider_id: str | None
    """WhatsApp's id (`wamid…`), once there is one."""

    position: int
    quoted_id: UUID | None
    """The message that it answers."""

    reactions: list[Reaction]
    mentions: list[Person]
    """Agents whom a note names."""

    edited: bool
    revoked: bool
    truncated: bool
    """The text was longer than 65,536 characters; the rest is not kept."""

    stale: bool = False


class Messages(Answer):
    """A page of the thread, oldest first; `next` leads to older ones, `previous` to newer ones."""

    items: list[Message]
    next: str | None
    previous: str | None
    stale: bool = False


class Sent(Answer):
    """The message is stored; its status tells what becomes of it."""

    message_id: UUID
    position: Place


class Done(Answer):
    """It is so now. `control` is the ticket's control version (its ETag) afterwards."""

    position: Place
    control: int


class SnoozeDone(Done):
    """It is put off, and how that goes with the window of 24 hours."""

    snoozed_until: Instant
    window_ends_at: Instant | None
    window_closes_first: bool
    """Whether the window closes before the ticket comes back: then only a template can be sent."""

    undo_until: Instant | None
    """Until then whoever asked may take it back, unless somebody moves the ticket before."""

    last_safe_until: Instant | None
    """The last instant that still leaves a quarter of an hour to answer; null when it has passed."""


class Gone(Answer):
    """A ticket that its viewer may not see any more, or that left what they asked for."""

    conversation_id: UUID
    number: int


class Change(Answer):
    """An event of the stream: rows as this viewer's own queries would answer them now.

    `gone` are tickets that this viewer's queries no longer answer.
    """

    tickets: list[Ticket]
    messages: list[Message]
    gone: list[Gone]


class Events(Answer):
    """A page of the history, oldest first, as CloudEvents; `position` is where to go on later."""

    items: list[dict[str, Any]]
    """As in the topic `conversation.events.v1`; an event that is not published has no item."""

    next: Place | None
    """The `after` of the next page; null at the end."""

    position: Place
