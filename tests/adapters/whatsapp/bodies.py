"""Webhook bodies for tests: the samples of the field, and small ones made to measure."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from adapters.whatsapp.normalise import normalise
from adapters.whatsapp.split import split
from domain.incoming import Incoming, IncomingMessage
from schemas.inbound import InboundItem

FIXTURES = Path(__file__).parents[2] / "fixtures" / "whatsapp"
RECEIVED = datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=UTC)
SECOND = 1_795_348_700


def webhook_files() -> list[Path]:
    """The files that are whole webhook bodies."""
    return [path for path in sorted(FIXTURES.glob("*/*.json")) if b'"entry"' in path.read_bytes()]


def body(*messages: Any, field: str = "messages", **value: Any) -> bytes:
    """One request with these messages for number 111."""
    full = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "111"}, **value}
    if messages:
        full["messages"] = list(messages)
    change = {"field": field, "value": full}
    return json.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": "9", "changes": [change]}]}
    ).encode()


def message(**keys: Any) -> dict[str, Any]:
    """A text of a customer, with `keys` put in or, where None, taken out."""
    plain = {
        "id": "wamid.A",
        "from": "5511987654321",
        "timestamp": str(SECOND),
        "type": "text",
        "text": {"body": "Bom dia"},
    }
    return {name: part for name, part in (plain | keys).items() if part is not None}


def items(raw: bytes) -> list[InboundItem]:
    return [item for _, item in split(raw, RECEIVED)]


def read(raw: bytes) -> list[Incoming]:
    return [normalise(item) for item in items(raw)]


def read_message(**keys: Any) -> IncomingMessage:
    """What `message(**keys)` is read as; it must be a message."""
    (incoming,) = read(body(message(**keys)))
    assert isinstance(incoming, IncomingMessage), incoming
    return incoming


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
