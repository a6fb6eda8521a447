"""Identities in a webhook: business-scoped ids, phone numbers, and the matching entry of `contacts`."""

from dataclasses import dataclass
from typing import Any

from domain.contact.phone import canonical_phone

MAX_BSUID = 256
USER_ID_UPDATE = "user_id_update"
PREFERENCES = "user_preferences"


@dataclass(frozen=True, slots=True)
class Address:
    """A business-scoped id, or a phone number with the form in which it came, or nothing."""

    bsuid: str | None = None
    phone: str | None = None
    wa_id: str | None = None


NOBODY = Address()


def text_or_none(value: Any, cap: int) -> str | None:
    """Return `value` if it can be an id: printable, not blank, at most `cap` characters; else None."""
    if isinstance(value, str) and 0 < len(value) <= cap and value.isprintable() and not value.isspace():
        return value
    return None


def address(value: Any) -> Address:
    """Read a phone number, or a business-scoped id: those have been seen in the fields for phone numbers."""
    written = text_or_none(value, MAX_BSUID)
    if written is None:
        return NOBODY
    if (phone := canonical_phone(written)) is not None:
        return Address(phone=phone, wa_id=written)
    return Address(bsuid=written) if any(map(str.isalpha, written)) else NOBODY


def business_scoped(value: Any) -> str | None:
    """Read a business-scoped id from its own field, in any format."""
    return text_or_none(value, MAX_BSUID)


class ContactCards:
    """The `contacts` of one webhook value, looked up by business-scoped id, phone or parent id."""

    def __init__(self, listed: Any) -> None:
        self._cards = [card for card in listed if isinstance(card, dict)] if isinstance(listed, list) else []
        self._found: dict[tuple[str, str], dict[str, Any]] = {}
        for card in self._cards:
            known = address(card.get("wa_id"))
            self._index("bsuid", card.get("user_id"), card)
            self._index("bsuid", known.bsuid, card)
            self._index("phone", known.phone, card)
            self._index("parent", card.get("parent_user_id"), card)

    def find(self, message: dict[str, Any]) -> dict[str, Any] | None:
        """Find the contact of `message`; one without any id belongs to the contact if there is only one."""
        if not self._cards:
            return None
        sender = address(message.get("from"))
        names = (
            ("bsuid", message.get("from_user_id")),
            ("bsuid", sender.bsuid),
            ("phone", sender.phone),
            ("parent", message.get("from_parent_user_id")),
        )
        named = [(kind, name) for kind, name in names if isinstance(name, str) and name]
        if not named:
            return self._cards[0] if len(self._cards) == 1 else None
        return next((self._found[name] for name in named if name in self._found), None)

    def _index(self, kind: str, name: Any, card: dict[str, Any]) -> None:
        if isinstance(name, str) and name:
            self._found.setdefault((kind, name), card)


@dataclass(frozen=True, slots=True)
class UserIdUpdate:
    """A change of a business-scoped id from the field `user_id_update`; `raw` is the whole entry."""

    previous: str
    current: str
    phone: Address
    raw: dict[str, Any]


def user_id_update(value: dict[str, Any]) -> UserIdUpdate | None:
    """Read the single change in a value of field `user_id_update`, which is an object or a list of one."""
    listed = value.get(USER_ID_UPDATE, value)
    news = listed[0] if isinstance(listed, list) and len(listed) == 1 else listed
    ids = news.get("user_id") if isinstance(news, dict) else None
    if not isinstance(news, dict) or not isinstance(ids, dict):
        return None
    previous, current = business_scoped(ids.get("previous")), business_scoped(ids.get("current"))
    if previous is None or current is None:
        return None
    return UserIdUpdate(previous, current, address(news.get("wa_id")), news)
