"""What Meta sends, written by hand: bodies of webhooks with one item or several."""

import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

NUMBER = "100000000000001"
SECRET = "a-secret-of-tests"
START = int(datetime(2026, 11, 20, 12, 0, tzinfo=UTC).timestamp())


def text(
    wamid: str, body: str, sender: str = "5520911110001", at: int = START, **more: Any
) -> dict[str, Any]:
    """A text of a customer."""
    said = {"from": sender, "id": wamid, "timestamp": str(at), "type": "text", "text": {"body": body}}
    return said | more


def image(wamid: str, sender: str, at: int = START) -> dict[str, Any]:
    content = {"id": "1234", "mime_type": "image/jpeg", "sha256": "c2hh"}
    return {"from": sender, "id": wamid, "timestamp": str(at), "type": "image", "image": content}


def reaction(wamid: str, target: str, emoji: str, sender: str, at: int = START + 1) -> dict[str, Any]:
    content = {"message_id": target, "emoji": emoji}
    return {"from": sender, "id": wamid, "timestamp": str(at), "type": "reaction", "reaction": content}


def edit(wamid: str, target: str, body: str, sender: str, at: int = START + 2) -> dict[str, Any]:
    content = {"original_message_id": target, "message": {"type": "text", "text": {"body": body}}}
    return {"from": sender, "id": wamid, "timestamp": str(at), "type": "edit", "edit": content}


def revoke(wamid: str, target: str, sender: str, at: int = START + 2) -> dict[str, Any]:
    content = {"original_message_id": target}
    return {"from": sender, "id": wamid, "timestamp": str(at), "type": "revoke", "revoke": content}


def status(
    wamid: str, word: str, at: int = START + 3, opaque: str | None = None, **more: Any
) -> dict[str, Any]:
    told = {"id": wamid, "status": word, "timestamp": str(at), "recipient_id": "5520911110001"} | more
    return told | ({"biz_opaque_callback_data": opaque} if opaque else {})


def echo(wamid: str, body: str, to: str = "5520911110001", at: int = START, **more: Any) -> dict[str, Any]:
    """A text that the business sent from its WhatsApp app, for `echoes`."""
    return text(wamid, body, "552040020000", at) | {"to": to} | more


def echoes(*items: dict[str, Any], number: str = NUMBER) -> bytes:
    """The body of one webhook of field `smb_message_echoes`."""
    metadata = {"display_phone_number": "552040020000", "phone_number_id": number}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "message_echoes": list(items)}
    return change("smb_message_echoes", value)


def person(wa_id: str | None, name: str, bsuid: str | None = None) -> dict[str, Any]:
    """An entry of `contacts`."""
    known: dict[str, Any] = {"profile": {"name": name}}
    return known | ({"wa_id": wa_id} if wa_id else {}) | ({"user_id": bsuid} if bsuid else {})


def body(
    messages: Sequence[dict[str, Any]] = (),
    statuses: Sequence[dict[str, Any]] = (),
    contacts: Sequence[dict[str, Any]] = (),
    number: str = NUMBER,
) -> bytes:
    """The body of one webhook of field `messages`."""
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "552040020000", "phone_number_id": number},
    }
    lists = {"contacts": contacts, "messages": messages, "statuses": statuses}
    return change("messages", value | {name: list(part) for name, part in lists.items() if part})


def change(field: str, value: dict[str, Any]) -> bytes:
    """The body of one webhook with one change of any field."""
    changes = [{"field": field, "value": value}]
    entry = [{"id": "200000000000001", "changes": changes}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


def signature(raw: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.digest(secret.encode(), raw, sha256).hex()
