"""History of a conversation in the HTTP API, as readable events."""

from typing import Any, Literal
from uuid import UUID

from schemas.http import Contact, Instant, LogPosition, Message, ResponseModel, Ticket, Window


class Who(ResponseModel):
    """Who caused an event. `system` is one of our own processes, by name."""

    kind: Literal["agent", "contact", "bot", "system", "service"]
    id: UUID | None
    name: str | None
    """The current name; null if it was erased or there is none."""


class FromWhere(ResponseModel):
    """How an event came about: by an HTTP request, a record of a topic, or one of our own processes."""

    kind: Literal["http", "topic", "process"]
    topic: str | None
    partition: int | None
    offset: int | None


class SentQuickReply(ResponseModel):
    """A version of a quick reply that a message was written with, and its name in that version."""

    id: UUID
    version: int
    name: str


class HistoryItem(ResponseModel):
    """An event of the conversation, or of the delivery of one of its messages."""

    id: UUID
    position: LogPosition
    at: Instant
    """When it was recorded."""

    type: str
    """Event type, as in the topic `conversation.events.v1`."""

    version: int
    ticket: int | None
    who: Who
    from_where: FromWhere
    caused_by: UUID | None
    """Id of the event that caused this one."""

    data: dict[str, Any]
    """Its fields. Erased fields are null and named in `erased`."""

    quick_replies: list[SentQuickReply]
    """Those that a message to the customer was written with."""


class AsOf(ResponseModel):
    """The conversation at a past position. Agents appear with their current names."""

    position: LogPosition
    at: Instant
    """The instant for which `window` is computed."""

    ticket: Ticket | None
    """The newest ticket of that time that the caller may see now; null if there was none."""

    contact: Contact | None
    window: Window
    messages: list[Message]
    """The last messages of that time, oldest first."""


class History(ResponseModel):
    """A page of the history, oldest first. Continue later with `position` as `after`."""

    items: list[HistoryItem]
    next: LogPosition | None
    """`after` of the next page; null at the end."""

    position: LogPosition
    as_of: AsOf | None
