"""`whatsapp.inbound.v1`: one raw item of a webhook, as the route split it from its request."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Kind = Literal["message", "status", "notice", "unreadable"]


@dataclass(frozen=True, slots=True)
class InboundItem:
    """One item and what it needs to be understood alone.

    `kind`: `message` and `status` are items of those lists of field `messages` (and of `history`,
    `calls`: see `field`); `notice` is the whole value of any other field; `unreadable` keeps the body
    (`raw`, base64) and `reason`. `contact` is the entry of `contacts[]` that belongs to the item.
    """

    kind: Kind
    field: str
    received_at: datetime
    body_hash: str
    phone_number_id: str | None = None
    waba_id: str | None = None
    item: dict[str, Any] = dataclasses.field(default_factory=dict)
    contact: dict[str, Any] | None = None
    errors: tuple[dict[str, Any], ...] = ()
    raw: str | None = None
    reason: str | None = None
