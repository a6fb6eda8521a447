"""Topic `whatsapp.inbound.v1`: one raw item of a webhook request."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from pydantic import TypeAdapter

from schemas.records import StorableText, Time, decoded

Kind = Literal["message", "echo", "status", "notice", "unreadable"]


@dataclass(frozen=True, slots=True)
class InboundItem:
    """An item with all that is needed to process it alone.

    `kind`: `message` and `status` are entries of those lists in field `messages` (or `history`, `calls`: see
    `field`); `echo` is what the business wrote from its WhatsApp app, with the customer in the place of the
    sender; `notice` is the whole value of any other field; `unreadable` keeps the body or a part of it
    (`raw`, base64) and the `reason`. `contact` is the matching entry of `contacts[]`; `errors` are those
    beside the item. `foreign`: the app secret that signed it does not speak for its number.
    """

    kind: Kind
    field: str
    received_at: Time
    body_hash: str
    phone_number_id: StorableText | None = None
    waba_id: str | None = None
    item: dict[str, Any] = dataclasses.field(default_factory=dict)
    contact: dict[str, Any] | None = None
    errors: tuple[dict[str, Any], ...] = ()
    raw: str | None = None
    reason: str | None = None
    foreign: bool = False


_ITEM = TypeAdapter(InboundItem)


def encode(item: InboundItem) -> bytes:
    """Encode the value of a record."""
    return orjson.dumps(item)


def decode(value: bytes | None) -> InboundItem:
    """Decode the value of a record; unknown keys are ignored.

    Raises:
        UnreadableRecord
    """
    return decoded(_ITEM, value)
