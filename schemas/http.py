"""What crosses the HTTP interface under `/v1`: strict in what we are asked, complete in what we answer."""

import re
from datetime import UTC
from typing import Annotated, Any, Literal
from unicodedata import normalize
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, SecretStr
from pydantic_core import PydanticCustomError

Role = Literal["agent", "supervisor", "admin"]
View = Literal["mine", "queue", "bot", "closed", "all"]
Direction = Literal["in", "out"]
Status = Literal["pending", "sent", "delivered", "read", "failed", "unconfirmed"]

_UNPRINTABLE = re.compile(r"[\x01-\x08\x0b-\x1f\x7f-\x9f]")


def _written(text: str) -> str:
    """Text as it is stored: composed, line ends of one kind, no control characters."""
    if "\x00" in text:
        raise PydanticCustomError("nul", "holds a NUL character")
    return _UNPRINTABLE.sub("", normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")))


Written = Annotated[str, AfterValidator(_written)]
Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
Place = Annotated[str, Field(description="a place in the log, `<log>.<n>`", examples=["k3v9q2.1204"])]


class Asked(BaseModel):
    """What a client asks for; unknown fields are refused, types are not guessed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Answer(BaseModel):
    """What we answer; every field is always there."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


class LogIn(Asked):
    email: Written = Field(min_length=1, max_length=254)
    password: SecretStr = Field(min_length=1, max_length=200)


class SendText(Asked):
    """A text to the customer, at most 4,096 characters."""

    type: Literal["text"]
    text: Written


class Mark(Asked):
    answered: bool


class Assign(Asked):
    # JSON knows no UUID: a string of its shape is not a guess.
    assignee_id: UUID = Field(strict=False)


class SessionOptions(Answer):
    """What the login page may offer: outside the demo nothing."""

    demo: bool
    accounts: list[str]


class Tenant(Answer):
    id: UUID
    name: str


class Me(Answer):
    """Who is logged in."""

    id: UUID
    name: str
    email: str
    role: Role
    tenant: Tenant
    demo: bool


class Person(Answer):
    id: UUID
    name: str


class Agent(Person):
    role: Role


class Agents(Answer):
    """Those who can be given a ticket."""

    items: list[Agent]
    next: None = None


class Contact(Answer):
    """The customer as a ticket shows them."""

    id: UUID
    name: str
    initials: str
    phone: str | None


class LastMessage(Answer):
    text: str | None
    type: str
    at: Instant
    direction: Direction


class Ticket(Answer):
    """One service in a conversation. `"<control>"` is its ETag.

    `stale` says that a part of this conversation waits for a person to look at it, so the row may lag.
    """

    conversation_id: UUID
    number: int
    protocol: str
    control: int
    team: Person | None
    state: Literal["bot", "queue", "open", "snoozed", "closed"]
    contact: Contact
    owner: Person | None
    unanswered: bool
    unanswered_since: Instant | None
    unread: int
    last_message: LastMessage | None
    window_ends_at: Instant | None
    snoozed_until: Instant | None = None
    stale: bool = False


class Tickets(Answer):
    """A page of tickets, newest first; `stale`: `min_position` was not reached in time."""

    items: list[Ticket]
    next: str | None
    stale: bool = False


class Count(Answer):
    """How many; with `more` at least that many."""

    count: int
    more: bool


class Counts(Answer):
    """Tickets per view, counted up to a hundred."""

    mine: Count
    queue: Count
    bot: Count
    closed: Count
    all: Count
    stale: bool = False


class Window(Answer):
    """The 24 hours after the customer's last message."""

    open: bool
    ends_at: Instant | None


class Conversation(Answer):
    """One thread: its newest ticket that the asker may see, the customer, the window."""

    ticket: Ticket
    contact: Contact
    window: Window
    stale: bool = False


class Author(Answer):
    kind: Literal["contact", "agent", "bot", "system"]
    name: str | None


class Reaction(Answer):
    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    emoji: str
    from_: str = Field(alias="from")


class MessageError(Answer):
    """Why it failed: Meta's code, or our own word."""

    code: str
    title: str | None


class Message(Answer):
    """One line of the thread. `sent_at` is the whole second that sorts, `position` breaks ties."""

    id: UUID
    conversation_id: UUID
    ticket: int | None
    direction: Direction
    type: str
    text: str | None
    author: Author
    sent_at: Instant
    status: Status | None
    error: MessageError | None
    provider_id: str | None
    position: int
    quoted_id: UUID | None
    reactions: list[Reaction]
    edited: bool
    revoked: bool
    truncated: bool
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


class Gone(Answer):
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
    next: Place | None
    position: Place


class Follower(Answer):
    """One that works behind this interface: how far behind the log, and when it last said that it lives."""

    name: str
    lag: int
    heartbeat_age_s: float | None
    parked: int
    ok: bool


class Readiness(Answer):
    ready: bool
    database: bool
    followers: list[Follower]
    parked: int


class Health(Answer):
    status: Literal["ok"] = "ok"
