"""Topic `whatsapp.outbound.v1`: requests to the sender.

An attempt to send a message, or a read receipt or typing indicator for the customer.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

READ = "read"


@dataclass(frozen=True, slots=True)
class OutboundItem:
    """One attempt to send a message. The recipient is read when it is sent, so that an erasure takes effect.

    `text` is None when it was erased before this was published. `caused_by` is the event that requested the
    attempt.
    """

    message_id: UUID
    attempt: int
    tenant_id: UUID
    channel_id: UUID
    conversation_id: UUID
    contact_id: UUID
    ticket: int
    type: str
    text: str | None
    caused_by: UUID
    quoted_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ReadItem:
    """Request to mark a customer's message and all before it as read; `typing` also shows a typing indicator.

    Best effort: it is not claimed and not retried, and it is safe to repeat.
    """

    tenant_id: UUID
    channel_id: UUID
    conversation_id: UUID
    wamid: str
    typing: bool
    asked_at: datetime


class NotAnAttempt(ValueError):
    """The value of a record is not what `encode` writes."""


def encode(item: OutboundItem) -> bytes:
    """Encode the value of a record."""
    return orjson.dumps(item)


def encode_read(item: ReadItem) -> bytes:
    """Encode the value of a record."""
    return orjson.dumps({"kind": READ} | asdict(item))


def decode(value: bytes | None) -> OutboundItem:
    """Decode the value of a record; unknown keys are ignored.

    Raises:
        NotAnAttempt
    """
    try:
        read = orjson.loads(value or b"")
        if not isinstance(read, dict):
            raise NotAnAttempt("not an object")
        return OutboundItem(
            message_id=UUID(read["message_id"]),
            attempt=_number(read["attempt"]),
            tenant_id=UUID(read["tenant_id"]),
            channel_id=UUID(read["channel_id"]),
            conversation_id=UUID(read["conversation_id"]),
            contact_id=UUID(read["contact_id"]),
            ticket=_number(read["ticket"]),
            type=_text(read["type"]),
            text=None if read["text"] is None else _text(read["text"]),
            caused_by=UUID(read["caused_by"]),
            quoted_id=None if read.get("quoted_id") is None else UUID(read["quoted_id"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise NotAnAttempt(f"{type(wrong).__name__}: {wrong}") from None


def decode_read(value: bytes | None) -> ReadItem | None:
    """Decode the value of a record; None if `encode_read` did not write it."""
    try:
        read = orjson.loads(value or b"")
        if not isinstance(read, dict) or read.get("kind") != READ:
            return None
        return ReadItem(
            tenant_id=UUID(read["tenant_id"]),
            channel_id=UUID(read["channel_id"]),
            conversation_id=UUID(read["conversation_id"]),
            wamid=_text(read["wamid"]),
            typing=read["typing"] is True,
            asked_at=datetime.fromisoformat(_text(read["asked_at"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise TypeError("a number from 1 expected")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value
