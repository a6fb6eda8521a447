"""Who a message is from: business-scoped ids, phones as WhatsApp writes them, and the contact that fits."""

from dataclasses import dataclass
from typing import Any

from domain.phone import canonical_phone

MAX_BSUID = 256


@dataclass(frozen=True, slots=True)
class Address:
    """What one value names: a business-scoped id, or a phone with the form in which it came, or nobody."""

    bsuid: str | None = None
    phone: str | None = None
    wa_id: str | None = None


NOBODY = Address()


def text_or_none(value: Any, cap: int) -> str | None:
    """`value` if it can be an id: text, not empty, nothing unprintable in it, at most `cap` long."""
    if isinstance(value, str) and 0 < len(value) <= cap and value.isprintable() and not value.isspace():
        return value
    return None


def address(value: Any) -> Address:
    """A number without letters is a phone; business-scoped ids have been seen in the phone's fields."""
    written = text_or_none(value, MAX_BSUID)
    if written is None:
        return NOBODY
    if (phone := canonical_phone(written)) is not None:
        return Address(phone=phone, wa_id=written)
    return Address(bsuid=written) if any(map(str.isalpha, written)) else NOBODY


def business_scoped(value: Any) -> str | None:
    """A business-scoped id from a field of its own, whatever its shape."""
    return text_or_none(value, MAX_BSUID)


def contact_of(message: dict[str, Any], contacts: Any) -> dict[str, Any] | None:
    """The entry of `contacts` that belongs to `message`: by business-scoped id, phone, or parent id.

    Never by its place. A message that names nobody belongs to the only contact there is.
    """
    cards = [card for card in contacts if isinstance(card, dict)] if isinstance(contacts, list) else []
    if not cards:
        return None
    sender, from_id = address(message.get("from")), message.get("from_user_id") or None
    ids = {name for name in (from_id, sender.bsuid) if isinstance(name, str)}
    parent = message.get("from_parent_user_id") or None
    if not ids and sender.phone is None and parent is None:
        return cards[0] if len(cards) == 1 else None
    if ids:
        for card in cards:
            known = card.get("user_id"), address(card.get("wa_id")).bsuid
            if any(isinstance(name, str) and name in ids for name in known):
                return card
    if sender.phone is not None:
        for card in cards:
            if address(card.get("wa_id")).phone == sender.phone:
                return card
    if parent is not None:
        for card in cards:
            if card.get("parent_user_id") == parent:
                return card
    return None
