"""Scheduled messages in the HTTP API."""

from typing import Literal
from uuid import UUID

from schemas.http import (
    UNKNOWN_ZONE,
    CleanText,
    Instant,
    LogPosition,
    Person,
    RequestInstant,
    RequestModel,
    ResponseModel,
    Zone,
)


class Schedule(RequestModel):
    """A text message to the customer, at most 4,096 characters, and when to send it."""

    text: CleanText
    due_at: RequestInstant
    """RFC 3339 with offset, in the future, before the window closes."""

    zone: Zone = UNKNOWN_ZONE
    """IANA name of the caller's time zone, like `America/Sao_Paulo`: kept in the history, not interpreted."""


class ScheduleDone(ResponseModel):
    """The message is scheduled."""

    scheduled_id: UUID
    position: LogPosition


class ScheduledMessage(ResponseModel):
    """A scheduled message."""

    id: UUID
    text: str | None
    """Null once the customer's data is erased."""

    due_at: Instant
    zone: str
    author: Person
    state: Literal["waiting", "sent", "cancelled"]
    cause: Literal["sent", "agent", "customer", "window_closed", "closed", "erased"] | None
    """Why it ended: it was sent, an agent cancelled it, the customer wrote first, or the window or ticket
    closed."""

    message_id: UUID | None
    """The sent message."""


class ScheduledMessages(ResponseModel):
    """The newest hundred of a conversation, by due time."""

    items: list[ScheduledMessage]
    next: None = None
    stale: bool = False
