"""Topic `whatsapp.outbound.v1`: requests to the sender.

An attempt to send a message, or a read receipt or typing indicator for the customer.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import Discriminator, Tag, TypeAdapter

from schemas.records import PositiveInt32, Time, decoded


@dataclass(frozen=True, slots=True)
class OutboundItem:
    """One attempt to send a message. The recipient is read when it is sent, so that an erasure takes effect.

    `text` is None when it was erased before this was published. `caused_by` is the event that requested the
    attempt. `template` is that of a message of this type, as the Graph API takes it.
    """

    message_id: UUID
    attempt: PositiveInt32
    tenant_id: UUID
    channel_id: UUID
    conversation_id: UUID
    contact_id: UUID
    ticket: PositiveInt32
    type: str
    text: str | None
    caused_by: UUID
    quoted_id: UUID | None = None
    template: dict[str, Any] | None = None


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
    asked_at: Time
    kind: Literal["read"] = "read"


Wanted = OutboundItem | ReadItem
"""A request to the sender."""


def encode(item: Wanted) -> bytes:
    """Encode the value of a record."""
    return orjson.dumps(item)


def decode(value: bytes | None) -> Wanted:
    """Decode the value of a record; unknown keys are ignored.

    Raises:
        UnreadableRecord
    """
    return decoded(_WANTED, value)


def _kind(value: Any) -> str:
    return "read" if isinstance(value, dict) and value.get("kind") == "read" else "attempt"


_WANTED: TypeAdapter[Wanted] = TypeAdapter(
    Annotated[
        Annotated[OutboundItem, Tag("attempt")] | Annotated[ReadItem, Tag("read")], Discriminator(_kind)
    ]
)
