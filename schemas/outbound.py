"""`whatsapp.outbound.v1`: what the sender is asked for.

One attempt to send one message, by the publisher; or to tell the customer that we read and write.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

READ = "read"


@dataclass(frozen=True, slots=True)
class OutboundItem:
    """Attempt `attempt` of a message. Whom it goes to is read when it is sent, so an erasure holds.

    `text` is None when it was erased before this was published. `caused_by` is the event that asked for
    the attempt.
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
    """Show this message of the customer and those before it as read; with `typing`, that somebody writes.

    A courtesy: nothing is claimed for it, it is not tried again, and repeating it does no harm.
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
    """The value of the record."""
    return orjson.dumps(item)


def encode_read(item: ReadItem) -> bytes:
    """The value of the record."""
    return orjson.dumps({"kind": READ} | asdict(item))


def decode(value: bytes | None) -> OutboundItem:
    """The item that `encode` wrote; keys that a later version added are passed over.

    Raises:
        NotAnAttempt: it is something else.
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
    """The item that `encode_read` wrote; None for whatever else."""
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
