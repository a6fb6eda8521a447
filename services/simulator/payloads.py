"""Webhook bodies, encoded byte for byte as Meta does."""

import json
import secrets
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from domain.contact.phone import canonical_phone
from services.simulator.records import Number, Phone

Json = dict[str, Any]


def written(body: Any) -> bytes:
    """Encode as JSON with non-ASCII, slashes and at signs escaped: the signature covers these bytes."""
    text = json.dumps(body, separators=(",", ":"))
    return text.replace("/", "\\/").replace("@", "\\u0040").encode()


def new_wamid(wa_id: str) -> str:
    """Create a message id; like real ones it contains the customer's number."""
    number = wa_id.encode()
    return (
        "wamid."
        + b64encode(
            b"\x1c\x18" + bytes([len(number)]) + number + b"\x15\x02\x00" + secrets.token_bytes(15)
        ).decode()
    )


def envelope(waba_id: str, field: str, value: Json, second: int | None = None) -> Json:
    """Build a body; only what is about the account has the time of its `second`."""
    entry = {"id": waba_id, **({} if second is None else {"time": second})}
    return {
        "object": "whatsapp_business_account",
        "entry": [{**entry, "changes": [{"value": value, "field": field}]}],
    }


def message_value(number: Number, phone: Phone, message: Json, with_contact: bool = True) -> Json:
    """Build the value of field `messages` for a message from `phone`."""
    sender: Json = {"from_user_id": phone.bsuid}
    if not phone.hides_number:
        sender["from"] = phone.wa_id
    return {
        **_around(number),
        **({"contacts": [_contact(phone, phone.wa_id)]} if with_contact else {}),
        "messages": [{**sender, **message}],
    }


def status_value(
    number: Number,
    status: Json,
    recipient: str,
    phone: Phone | None,
    opaque: str | None,
    form: str,
    category: str = "service",
) -> Json:
    """Build the value of field `messages` for a status; `form` v23 includes a conversation.

    Since 2026 statuses carry the contact. A recipient without a simulated phone is known by the address that
    was given.
    """
    contact = _contact(phone, recipient)
    full = dict(status)
    for name, told in (("wa_id", "recipient_id"), ("user_id", "recipient_user_id")):
        if name in contact:
            full[told] = contact[name]
    if opaque is not None:
        full["biz_opaque_callback_data"] = opaque
    if status["status"] in ("sent", "delivered"):
        is_free = category == "service"
        full["pricing"] = {
            "billable": not is_free,
            "pricing_model": "PMP",
            "category": category,
            "type": "free_customer_service" if is_free else "regular",
        }
        if form == "v23":
            full["conversation"] = {"id": secrets.token_hex(16), "origin": {"type": category}}
    return {**_around(number), "contacts": [contact], "statuses": [full]}


def merged(bodies: Iterable[bytes]) -> bytes:
    """Merge bodies into one request, as Meta batches webhooks that are due together."""
    entries = [entry for body in bodies for entry in json.loads(body)["entry"]]
    return written({"object": "whatsapp_business_account", "entry": entries})


def customers(body: Any) -> list[tuple[str, str, int]]:
    """Find (business number, sender, second) of each message that opens a window, in any body."""
    found = []
    for change in _dicts(
        change for entry in _dicts(_listed(body, "entry")) for change in _listed(entry, "changes")
    ):
        value = change.get("value")
        if change.get("field") != "messages" or not isinstance(value, dict):
            continue
        metadata = value.get("metadata")
        pnid = metadata.get("phone_number_id") if isinstance(metadata, dict) else None
        for message in _dicts(_listed(value, "messages")):
            if message.get("type") in ("system", "reaction", "edit", "revoke") or not isinstance(pnid, str):
                continue
            at = str(message.get("timestamp"))
            second = int(at) if at.isascii() and at.isdigit() and len(at) <= 10 else 0
            found += [
                (pnid, sender, second)
                for sender in (message.get("from"), message.get("from_user_id"))
                if isinstance(sender, str)
            ]
    return found


def _contact(phone: Phone | None, wa_id: str) -> Json:
    """Build an item of `contacts`; one who hides the number is known by user id alone."""
    if phone is None:
        return {"wa_id" if canonical_phone(wa_id) else "user_id": wa_id}
    contact: Json = {"profile": {"name": phone.name}, "user_id": phone.bsuid}
    if phone.username:
        contact["profile"]["username"] = phone.username
    if not phone.hides_number:
        contact["wa_id"] = wa_id
    return contact


def _around(number: Number) -> Json:
    return {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": number.display,
            "phone_number_id": number.phone_number_id,
        },
    }


def _listed(part: Any, name: str) -> list[Any]:
    listed = part.get(name) if isinstance(part, Mapping) else None
    return listed if isinstance(listed, list) else []


def _dicts(parts: Iterable[Any]) -> list[Json]:
    return [part for part in parts if isinstance(part, dict)]
