"""Messages that are written for later, as they cross the HTTP interface."""

from typing import Literal
from uuid import UUID

from schemas.http import Answer, Asked, AskedInstant, CleanText, Instant, Person, Place, Zone


class Schedule(Asked):
    """A text to the customer, at most 4,096 characters, and when it is to go out."""

    text: CleanText
    due_at: AskedInstant
    """An instant of RFC 3339 with its offset, in the future, before the window closes."""

    zone: Zone
    """The IANA name of the asker's zone, for the history: `America/Sao_Paulo`."""


class ScheduleDone(Answer):
    """It waits for its hour."""

    scheduled_id: UUID
    position: Place


class ScheduledMessage(Answer):
    """One message that was written for later."""

    id: UUID
    text: str | None
    """Null once the customer's data was erased."""

    due_at: Instant
    zone: str
    author: Person
    state: Literal["waiting", "sent", "cancelled"]
    cause: Literal["sent", "agent", "customer", "window_closed", "closed", "erased"] | None
    """Why it is not sent: an agent took it back, the customer wrote first, the window or ticket closed."""

    message_id: UUID | None
    """The message that it was sent as."""


class ScheduledMessages(Answer):
    """The newest hundred of a conversation, by their hour."""

    items: list[ScheduledMessage]
    next: None = None
    stale: bool = False
