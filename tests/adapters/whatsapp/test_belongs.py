"""Whose a stored item is."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.whatsapp.belongs import belongs_to
from adapters.whatsapp.split import split
from schemas.inbound import encode
from tests.support import traffic

RITA, JOANA, BSUID = "5520991110001", "5520991110002", "BR.13491208655302741918"
ADDRESSES = {RITA, BSUID}
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

THEIRS: list[bytes] = [
    traffic.body([traffic.text("w", "oi", RITA)]),
    traffic.body([traffic.text("w", "oi", "552091110001")]),  # without the ninth digit
    traffic.body([traffic.text("w", "oi", "+55 20 99111-0001")]),
    traffic.body([traffic.text("w", "oi", BSUID)], contacts=[traffic.person(RITA, "Rita", BSUID)]),
    traffic.body(statuses=[traffic.status("w", "read", recipient_id=RITA)]),
    traffic.body([traffic.text("w", f"meu amigo tem {JOANA}", RITA)]),
    traffic.echoes(traffic.echo("w", f"{JOANA} é o número", RITA)),
    traffic.echoes(traffic.echo("w", "oi", RITA, group_id="HPgroup")),
    traffic.change("user_preferences", {"user_preferences": [{"wa_id": RITA, "value": "stop"}]}),
    traffic.change("user_id_update", {"user_id_update": [{"wa_id": RITA, "user_id": {"previous": BSUID}}]}),
    b"no JSON, but from " + RITA.encode() + b"!",
]
OTHERS: list[bytes] = [
    traffic.body([traffic.text("w", f"liguem para {RITA}", JOANA)]),
    traffic.body([traffic.text("w", "oi", JOANA) | {"contacts": [{"phones": [{"wa_id": RITA}]}]}]),
    traffic.body(statuses=[traffic.status("w", "read", recipient_id=JOANA)]),
    traffic.echoes(traffic.echo("w", f"liguem para {RITA}", JOANA)),
    traffic.change("user_preferences", {"user_preferences": [{"wa_id": RITA, "user_id": JOANA}]}),
    traffic.change("account_update", {"event": "VERIFIED", "phone_number": RITA}),
    b"no JSON, and from " + RITA.encode() + b"9",
    b"",
]


def stored(body: bytes) -> list[bytes]:
    """Each item of a body as it is stored, and as the raw value of a notice or an unreadable part."""
    items = [item for _, item in split(body, NOW)]
    raw = [json.dumps(item.item).encode() for item in items if item.kind == "notice"]
    return [*(encode(item) for item in items), *raw]


@pytest.mark.parametrize("body", THEIRS)
def test_it_is_theirs_by_the_fields_that_name_people(body: bytes) -> None:
    assert [belongs_to(raw, ADDRESSES) for raw in stored(body)] == [True] * len(stored(body))
    assert not any(belongs_to(raw, {JOANA}) for raw in stored(body))


@pytest.mark.parametrize("body", OTHERS)
def test_it_is_not_theirs_for_what_somebody_wrote_nor_when_others_are_named(body: bytes) -> None:
    assert not any(belongs_to(raw, ADDRESSES) for raw in stored(body))


@pytest.mark.parametrize("value", [None, 1, [], {}, {"from": 5}, {"from": None, "wa_id": ["x"]}])
def test_whatever_json_it_is_it_is_nobodys(value: Any) -> None:
    assert not belongs_to(json.dumps(value).encode(), ADDRESSES)
