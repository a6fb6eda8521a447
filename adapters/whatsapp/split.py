"""Splitting a webhook body into items that can be processed independently; nothing is dropped."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from adapters.whatsapp.people import (
    PREFERENCES,
    USER_ID_UPDATE,
    ContactCards,
    address,
    business_scoped,
    text_or_none,
    user_id_update,
)
from adapters.whatsapp.strict_json import NotJson, UntrustedPart, parse, to_json, untrusted_part
from schemas.inbound import InboundItem, Kind

Keyed = tuple[bytes, InboundItem]

_LISTS: dict[str, dict[str, Kind]] = {
    "messages": {"messages": "message", "statuses": "status"},
    "history": {"messages": "message"},
    "calls": {"statuses": "status"},
    "smb_message_echoes": {"message_echoes": "echo"},
}
_SENDER = ("from", "from_user_id", "from_parent_user_id")
_ADDRESSEE = ("to", "to_user_id", "to_parent_user_id")
_AROUND = frozenset({"messaging_product", "metadata", "contacts", "errors"})


def split(body: bytes, received_at: datetime) -> list[Keyed]:
    """Split `body` into items with their partition keys, which keep the order per customer.

    Never raises, never returns nothing: a part that cannot be read becomes an `unreadable` item with the
    reason, without affecting the others.
    """
    envelope = InboundItem("unreadable", "", received_at, sha256(body).hexdigest())
    try:
        items = list(_entries(parse(body), envelope, body))
    except NotJson as broken:
        items = [_unreadable(envelope, body, f"The body cannot be read: {broken}.")]
    return items or [_unreadable(envelope, body, "The body holds no changes.")]


def key_of(item: InboundItem) -> bytes:
    """Return the partition key of a message or status that is produced again."""
    customer = _recipient(item.item) if item.kind == "status" else _sender(item.item, item.contact)
    return f"{item.phone_number_id or item.waba_id}:{customer}".encode()


def _entries(root: Any, envelope: InboundItem, body: bytes) -> Iterator[Keyed]:
    if (refusal := _no_webhook(root)) is not None:
        yield _unreadable(envelope, body, refusal)
    else:
        for entry in root["entry"]:
            if not isinstance(entry, dict):
                yield _refused(envelope, entry, "An entry is not an object")
            elif not isinstance(changes := entry.get("changes"), list) or not changes:
                yield _refused(envelope, entry, "An entry holds no changes")
            else:
                origin = replace(envelope, waba_id=_id(entry.get("id")))
                for change in changes:
                    yield from _change(change, origin)


def _no_webhook(root: Any) -> str | None:
    if isinstance(root, UntrustedPart):
        return f"The body cannot be trusted: {root.reason}."
    if not isinstance(root, dict):
        return "The body is not an object."
    if root.get("object") != "whatsapp_business_account":
        return "The body is no WhatsApp webhook: its “object” is another."
    return None if isinstance(root.get("entry"), list) else "“entry” is not a list."


def _change(change: Any, origin: InboundItem) -> Iterator[Keyed]:
    if not isinstance(change, dict):
        yield _refused(origin, change, "A change is not an object")
        return
    field, value = change.get("field"), change.get("value")
    if not isinstance(field, str) or not isinstance(value, dict):
        yield _refused(origin, change, "A change lacks its field or its value")
        return
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    number, field = _id(metadata.get("phone_number_id")), text_or_none(field, 200) or "unknown"
    origin = replace(origin, field=field, phone_number_id=number)
    if number is None and field == "messages":
        yield _refused(origin, change, "A change does not say which of our numbers it is for")
    else:
        own_number = _id(metadata.get("display_phone_number"))
        yield from _Value(origin, value, own_number, ContactCards(value.get("contacts"))).items()


@dataclass(frozen=True)
class _Value:
    """The value of one change and its origin: an item without content yet."""

    origin: InboundItem
    value: dict[str, Any]
    own_number: str | None
    contacts: ContactCards

    def items(self) -> Iterator[Keyed]:
        taken: set[str] = set()
        for name, kind in _LISTS.get(self.origin.field, {}).items():
            if not (listed := self.value.get(name)):
                continue
            taken.add(name)
            if isinstance(listed, list):
                for item in listed:
                    yield self._item(kind, item)
            else:
                yield _refused(self.origin, listed, f"“{name}” is not a list")
        field = self.origin.field
        updates = self.value.get(field) if field in (USER_ID_UPDATE, PREFERENCES) else None
        if isinstance(updates, list) and updates:
            taken.add(field)
            for update in updates:
                yield self._notice({**self.value, field: [update]})
        rest = {name: part for name, part in self.value.items() if name not in taken}
        if not taken or any(part for name, part in rest.items() if name not in _AROUND):
            yield self._notice(rest)

    def _item(self, kind: Kind, item: Any) -> Keyed:
        if (untrusted := untrusted_part(item)) is not None:
            return _refused(self.origin, item, f"One {kind} cannot be trusted: {untrusted.reason}")
        if not isinstance(item, dict):
            return _refused(self.origin, item, f"One {kind} is not an object")
        if kind == "status":
            return self._keyed(kind, item, _recipient(item))
        if self.origin.field == "history" and self._is_ours(item):
            return self._notice({"messages": [item]})
        if kind == "echo":
            item = self._to_customer(item)
        contact = self.contacts.find(item)
        return self._keyed(kind, item, _sender(item, contact), contact if _clean(contact) else None)

    def _is_ours(self, item: dict[str, Any]) -> bool:
        """Return whether a message of an imported chat was sent by the business itself."""
        return _same_number(item.get("from"), self.own_number)

    def _to_customer(self, echo: dict[str, Any]) -> dict[str, Any]:
        """Put the customer in the sender's place, where an echo has the business."""
        if _same_number(echo.get("to"), self.own_number):  # the customer is the sender already
            return {name: part for name, part in echo.items() if name not in _ADDRESSEE}
        others = {name: part for name, part in echo.items() if name not in {*_SENDER, *_ADDRESSEE}}
        named = zip(_SENDER, _ADDRESSEE, strict=True)
        return {sender: echo[addressee] for sender, addressee in named if addressee in echo} | others

    def _keyed(
        self, kind: Kind, item: dict[str, Any], customer: str, contact: dict[str, Any] | None = None
    ) -> Keyed:
        key = f"{self.origin.phone_number_id or self.origin.waba_id}:{customer}".encode()
        errors = self.value.get("errors") if kind != "notice" else None
        return key, InboundItem(
            kind,
            self.origin.field,
            self.origin.received_at,
            self.origin.body_hash,
            self.origin.phone_number_id,
            self.origin.waba_id,
            item,
            contact,
            tuple(e for e in errors if isinstance(e, dict) and _clean(e)) if isinstance(errors, list) else (),
        )

    def _notice(self, value: dict[str, Any]) -> Keyed:
        if (untrusted := untrusted_part(value)) is not None:
            return _refused(self.origin, value, f"A {self.origin.field} change: {untrusted.reason}")
        update = user_id_update(value) if self.origin.field == USER_ID_UPDATE else None
        return self._keyed("notice", value, update.previous if update else self.origin.field)


def _same_number(one: Any, other: Any) -> bool:
    phone = address(one).phone
    return phone is not None and phone == address(other).phone


def _recipient(status: dict[str, Any]) -> str:
    named = address(status.get("recipient_id"))
    return business_scoped(status.get("recipient_user_id")) or named.bsuid or named.phone or "nobody"


def _sender(message: dict[str, Any], contact: dict[str, Any] | None) -> str:
    card = contact or {}
    if bsuid := business_scoped(message.get("from_user_id")) or business_scoped(card.get("user_id")):
        return bsuid
    to_json = address(message.get("from"))
    return to_json.bsuid or to_json.phone or address(card.get("wa_id")).phone or "nobody"


def _refused(origin: InboundItem, part: Any, reason: str) -> Keyed:
    if isinstance(part, UntrustedPart):
        reason = f"{reason}; {part.reason}"
    return _unreadable(origin, to_json(part).encode(), reason + ".")


def _unreadable(origin: InboundItem, raw: bytes, reason: str) -> Keyed:
    item = replace(origin, kind="unreadable", raw=b64encode(raw).decode(), reason=reason)
    return f"unreadable:{origin.body_hash}".encode(), item


def _clean(part: Any) -> bool:
    return untrusted_part(part) is None


def _id(value: Any) -> str | None:
    """Read an id: Meta writes the same one sometimes as text, sometimes as a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text_or_none(value, 200)
