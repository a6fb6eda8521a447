"""The history of a conversation as it crosses HTTP: facts that a person can read."""

from typing import Any, Literal
from uuid import UUID

from schemas.http import Answer, Contact, Instant, Message, Place, Ticket, Window


class Who(Answer):
    """Whose doing it was. A `system` is a process of ours, by its name."""

    kind: Literal["agent", "contact", "bot", "system", "service"]
    id: UUID | None
    name: str | None
    """As they are called now; null where it was erased, or nobody has one."""


class FromWhere(Answer):
    """How it came in: over HTTP, as a record of a topic, or from a process of ours by itself."""

    kind: Literal["http", "topic", "process"]
    topic: str | None
    partition: int | None
    offset: int | None


class HistoryItem(Answer):
    """One fact of the conversation, or of the way of one of its messages."""

    id: UUID
    position: Place
    at: Instant
    """When it was written down."""

    type: str
    """The stable name of the fact, as in the topic `conversation.events.v1`."""

    version: int
    ticket: int | None
    who: Who
    from_where: FromWhere
    caused_by: UUID | None
    """The fact that made this one necessary, by its id."""

    data: dict[str, Any]
    """Its fields. Those that were erased are null, and named in `erased`."""


class AsOf(Answer):
    """The conversation as it stood then; names of agents are those that they have now."""

    position: Place
    at: Instant
    """The instant that is looked from: whether the window was open is told of it."""

    ticket: Ticket | None
    """The newest of those tickets that the asker may see now; null when none of them was there."""

    contact: Contact | None
    window: Window
    messages: list[Message]
    """The end of the thread, oldest first."""


class History(Answer):
    """A page of the history, oldest first; `position` is where to go on later."""

    items: list[HistoryItem]
    next: Place | None
    """The `after` of the next page; null at the end."""

    position: Place
    as_of: AsOf | None
