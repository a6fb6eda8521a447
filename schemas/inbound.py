"""Topic `whatsapp.inbound.v1`: one raw item of a webhook request."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast, get_args

import orjson

Kind = Literal["message", "status", "notice", "unreadable"]
_KINDS = frozenset(get_args(Kind))


@dataclass(frozen=True, slots=True)
class InboundItem:
    """An item with all that is needed to process it alone.

    `kind`: `message` and `status` are entries of those lists in field `messages` (or `history`, `calls`: see
    `field`); `notice` is the whole value of any other field; `unreadable` keeps the body or a part of it
    (`raw`, base64) and the `reason`. `contact` is the matching entry of `contacts[]`; `errors` are those
    beside the item.
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


class NotAnItem(ValueError):
    """The value of a record is not what `encode` writes."""


def encode(item: InboundItem) -> bytes:
    """Encode the value of a record."""
    return orjson.dumps(item)


def decode(value: bytes) -> InboundItem:
    """Decode the value of a record; unknown keys are ignored.

    Raises:
        NotAnItem
    """
    try:
        read = orjson.loads(value)
    except orjson.JSONDecodeError as broken:
        raise NotAnItem(str(broken)) from None
    if not isinstance(read, dict):
        raise NotAnItem("not an object")
    try:
        item = InboundItem(
            kind=_kind(read["kind"]),
            field=_text(read["field"]),
            received_at=datetime.fromisoformat(_text(read["received_at"])),
            body_hash=_text(read["body_hash"]),
            phone_number_id=_maybe(str, read.get("phone_number_id")),
            waba_id=_maybe(str, read.get("waba_id")),
            item=_maybe(dict, read.get("item")) or {},
            contact=_maybe(dict, read.get("contact")),
            errors=tuple(error for error in read.get("errors") or () if isinstance(error, dict)),
            raw=_maybe(str, read.get("raw")),
            reason=_maybe(str, read.get("reason")),
        )
    except (KeyError, TypeError, ValueError) as wrong:
        raise NotAnItem(f"{type(wrong).__name__}: {wrong}") from None
    if item.received_at.tzinfo is None:
        raise NotAnItem("received_at has no zone")
    return item


def _kind(value: object) -> Kind:
    if value not in _KINDS:
        raise ValueError(f"kind {str(value)[:40]!r}")
    return cast(Kind, value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value


def _maybe(expected: type, value: Any) -> Any:
    if value is not None and not isinstance(value, expected):
        raise TypeError(f"{expected.__name__} expected")
    return value
