"""Bodies as Meta writes and signs them, and a sender that repeats until it hears 200."""

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx2

from tests.system.installation import APP_SECRET, NUMBER


def as_meta_writes(body: Any) -> bytes:
    """JSON with everything but ASCII escaped, slashes too."""
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def signed(raw: bytes, secret: str = APP_SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}", "Content-Type": "application/json"}


def text_item(wamid: str, wa_id: str, text: str, at: datetime) -> dict[str, Any]:
    return {
        "from": wa_id,
        "id": wamid,
        "timestamp": str(int(at.timestamp())),
        "type": "text",
        "text": {"body": text},
    }


def body_of(
    items: Sequence[dict[str, Any]],
    names: dict[str, str] | None = None,
    number: str = NUMBER,
    statuses: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """One request with these messages (and statuses) of one number."""
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "551150000000", "phone_number_id": number},
    }
    if items:
        senders = dict.fromkeys(item["from"] for item in items)
        value["contacts"] = [
            {"profile": {"name": (names or {}).get(wa_id, f"Cliente {wa_id[-4:]}")}, "wa_id": wa_id}
            for wa_id in senders
        ]
        value["messages"] = list(items)
    if statuses:
        value["statuses"] = list(statuses)
    change = {"field": "messages", "value": value}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "200000000000001", "changes": [change]}],
    }


def post_until_taken(client: httpx2.Client, url: str, raw: bytes, within_s: float = 60.0) -> int:
    """Post as Meta does: again until 200; return how many tries it took."""
    deadline = time.monotonic() + within_s
    tries = 0
    while True:
        tries += 1
        try:
            answer = client.post(url, content=raw, headers=signed(raw))
            if answer.status_code == 200:
                return tries
            said = f"{answer.status_code} {answer.text[:200]}"
        except httpx2.TransportError as error:
            said = repr(error)
        if time.monotonic() > deadline:
            raise AssertionError(f"not taken within {within_s} s: {said}")
        time.sleep(0.1)
