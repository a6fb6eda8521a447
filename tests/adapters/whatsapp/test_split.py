"""Nothing that came is left out, and one bad item does not spoil its neighbours."""

import json
from base64 import b64decode
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.whatsapp.normalise import normalise
from adapters.whatsapp.split import split
from domain.incoming import Incoming
from schemas.inbound import InboundItem, decode, encode
from schemas.records import UnreadableRecord
from tests.adapters.whatsapp.bodies import RECEIVED, anything, body, items, message


def only(raw: bytes) -> InboundItem:
    (item,) = items(raw)
    return item


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        (b"null", "not an object"),
        (b"[]", "not an object"),
        (b'"x"', "not an object"),
        (b"0", "not an object"),
        (b"{}", "no WhatsApp webhook"),
        (b'{"object":"page","entry":[]}', "no WhatsApp webhook"),
        (b'{"object":"whatsapp_business_account"}', "not a list"),
        (b'{"object":"whatsapp_business_account","entry":[]}', "no changes"),
        (b"\xff\xfe", "not UTF-8"),
        (b"{", "not JSON"),
        (b"NaN", "not an object"),
        (b"[" * 100_000, "64 levels deep"),
        (b"[" * 100_000 + b"]" * 100_000, "not an object"),
        (b"1" * 5000, "5000 digits"),
        (b'{"object":"whatsapp_business_account","object":"x","entry":[]}', "stands twice"),
    ],
)
def test_an_unreadable_body_is_kept_whole_with_a_reason(raw: bytes, says: str) -> None:
    item = only(raw)
    assert item.kind == "unreadable"
    assert item.reason is not None
    assert says in item.reason
    assert b64decode(item.raw or "") == raw
    assert decode(encode(item)) == item


def test_an_entry_without_changes_is_kept() -> None:
    item = only(b'{"object":"whatsapp_business_account","entry":[{"id":"9","changes":[]}]}')
    assert (item.kind, item.reason) == ("unreadable", "An entry holds no changes.")
    assert json.loads(b64decode(item.raw or "")) == {"id": "9", "changes": []}


def with_bad(text: str) -> bytes:
    """Three messages, the second one spoilt by `text` in the place of its body."""
    raw = body(message(id="wamid.1"), message(id="wamid.2", text={"body": "@"}), message(id="wamid.3"))
    return raw.replace(b'"@"', text.encode())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a":1,"a":2}', '"a" stands twice'),
        ("1" * 5000, "5000 digits"),
        ("9" * 19, "19 digits"),
        ("[" * 100_000 + "]" * 100_000, "64 levels deep"),
    ],
)
def test_one_message_that_cannot_be_trusted_is_set_aside_and_the_others_go_on(text: str, says: str) -> None:
    first, second, third = items(with_bad(text))
    assert (first.item["id"], third.item["id"]) == ("wamid.1", "wamid.3")
    assert second.kind == "unreadable"
    assert says in (second.reason or "")
    assert text.encode() in b64decode(second.raw or "")
    assert second.phone_number_id == "111"


def test_messages_that_are_no_objects_are_set_aside_one_by_one() -> None:
    kinds = [item.kind for item in items(body(message(), 7, None, "x", [], message(id="wamid.B")))]
    assert kinds == ["message", *["unreadable"] * 4, "message"]


def test_a_change_without_our_number_is_unreadable() -> None:
    assert "which of our numbers" in (only(body(message(), metadata={})).reason or "")


def test_errors_alone_are_a_notice_and_beside_messages_they_travel_with_each() -> None:
    errors = [{"code": 131000}]
    assert only(body(errors=errors)).kind == "notice"
    first, second = items(body(message(), message(id="wamid.B"), errors=errors))
    assert first.errors == second.errors == ({"code": 131000},)


def test_what_stands_beside_messages_is_a_notice_of_its_own() -> None:
    _, rest = items(body(message(), user_actions=[{"type": "click"}]))
    assert (rest.kind, rest.field) == ("notice", "messages")
    assert "messages" not in rest.item
    assert rest.item["user_actions"] == [{"type": "click"}]


def test_messages_and_statuses_of_two_numbers_come_apart() -> None:
    first = json.loads(body(message(), statuses=[{"id": "wamid.S", "recipient_id": "551187654321"}]))
    second = json.loads(body(message(id="wamid.B"), metadata={"phone_number_id": "222"}))
    first["entry"] += second["entry"]
    keyed = split(json.dumps(first).encode(), RECEIVED)
    assert [key for key, _ in keyed] == [b"111:5511987654321", b"111:5511987654321", b"222:5511987654321"]
    assert [item.kind for _, item in keyed] == ["message", "status", "message"]


def test_a_message_finds_its_contact_by_id_then_phone_and_never_by_place() -> None:
    cards = [
        {"wa_id": "551187654321", "profile": {"name": "Ana"}},
        {"user_id": "BR.2", "profile": {"name": "Rui"}},
        {"wa_id": "5521911112222", "profile": {"name": "Eva"}},
    ]
    by_phone, by_id, by_nobody = items(
        body(
            message(),
            message(id="wamid.B", from_user_id="BR.2"),
            message(id="wamid.C", **{"from": "5531911112222"}),
            contacts=cards,
        )
    )
    assert by_phone.contact == cards[0]
    assert by_id.contact == cards[1]
    assert by_nobody.contact is None


def test_an_imported_message_of_our_own_side_is_no_message_of_a_customer() -> None:
    ours = message(**{"from": "5511333344444"})
    metadata = {"phone_number_id": "111", "display_phone_number": "+55 11 3333-44444"}
    theirs, own = items(body(message(), ours, field="history", metadata=metadata))
    assert theirs.kind == "message"
    assert own.kind == "notice"
    assert own.item == {"messages": [ours]}


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    item = only(body(message(text={"body": "a\ud800b"})))
    assert item.item["text"]["body"] == "a\ufffdb"
    assert encode(item)


@given(anything)
def test_any_json_is_split_and_every_item_can_be_written_and_read(value: Any) -> None:
    for raw in (
        json.dumps(value).encode(),
        body(value),
        body(messages=value),
        body(field="x", contacts=value),
        body(field="user_id_update", user_id_update=value),
    ):
        keyed = split(raw, RECEIVED)
        assert keyed
        for _, item in keyed:
            assert decode(encode(item)) == item
            assert isinstance(normalise(item), get_args(Incoming))


@given(st.binary(max_size=200))
def test_any_bytes_are_split(raw: bytes) -> None:
    assert split(raw, RECEIVED)


@given(st.binary(max_size=60) | anything.map(lambda value: json.dumps(value).encode()))
def test_what_is_no_record_of_ours_is_refused_by_name(value: bytes) -> None:
    with pytest.raises(UnreadableRecord):
        decode(value)
