"""Whatever a customer sends becomes something that an agent can see."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.whatsapp.content import MAX_RAW_BYTES
from adapters.whatsapp.normalise import normalise
from adapters.whatsapp.times import moment
from domain.incoming import (
    Incoming,
    IncomingEdit,
    IncomingMessage,
    IncomingReaction,
    IncomingStatus,
    IncomingSystemNotice,
    Notice,
    Unreadable,
)
from domain.text import MAX_TEXT, clean_name, clean_text
from schemas.inbound import InboundItem
from tests.adapters.whatsapp.bodies import RECEIVED, SECOND, anything, body, message, read, read_message

OURS = RECEIVED.replace(microsecond=0)
KINDS = [
    "text", "image", "video", "audio", "voice", "document", "sticker", "location", "contacts", "reaction",
    "interactive", "button", "order", "system", "unsupported", "edit", "revoke", "media_placeholder",
    "hologram",
]  # fmt: skip


@given(st.sampled_from(KINDS), anything, anything, anything, anything)
def test_any_item_becomes_something(kind: str, content: Any, who: Any, when: Any, around: Any) -> None:
    item = {"id": "wamid.A", "from": who, "timestamp": when, "type": kind, kind: content, "context": around}
    for raw in (item, {**message(), "type": kind, kind: content}, {"id": around, **message(id=None)}):
        incoming = normalise(InboundItem("message", "messages", RECEIVED, "h", "111", "9", raw, None))
        assert isinstance(incoming, get_args(Incoming))
    contact = {"wa_id": who, "profile": content, "user_id": around}
    assert isinstance(
        normalise(InboundItem("message", "messages", RECEIVED, "h", "111", "9", item, contact)),
        get_args(Incoming),
    )
    status = {"id": "wamid.A", "status": "sent", "errors": content, "biz_opaque_callback_data": around}
    assert isinstance(
        normalise(InboundItem("status", "messages", RECEIVED, "h", "111", "9", status)), IncomingStatus
    )


@given(st.text())
def test_cleaned_text_is_clean(value: str) -> None:
    text, _ = clean_text(value)
    assert text is None or clean_text(text) == (text, False)
    assert text is None or "\x00" not in text
    name = clean_name(value)
    assert name is None or clean_name(name) == name


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Ol\u0061\u0301\x00!\x07 tudo\r\nbem\t?", "Olá! tudo\nbem\t?"),
        ("a\ud800b", "a\ufffdb"),
        ("👩‍👩‍👧 família", "👩‍👩‍👧 família"),
        ("\u202eabc\u202c", "\u202eabc\u202c"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_text_is_normalised(written: str, text: str) -> None:
    incoming = read_message(text={"body": written})
    assert (incoming.text, incoming.truncated, incoming.raw) == (text, False, None)


@pytest.mark.parametrize(
    "long", ["a" * 1_000_000, "e" + "\u0301" * 1_000_000, "👩‍👩‍👧" * 100_000, "a" + "\u0301\u0316" * 2048]
)
def test_text_without_end_is_cut_and_says_so(long: str) -> None:
    incoming = read_message(text={"body": long})
    assert incoming.text is not None
    assert len(incoming.text) <= MAX_TEXT
    assert incoming.truncated


def test_a_name_is_one_line_without_overrides() -> None:
    (incoming,) = read(
        body(
            message(),
            contacts=[{"wa_id": "551187654321", "profile": {"name": " A\u202ena\n\x00 Lima\u200f "}}],
        )
    )
    assert isinstance(incoming, IncomingMessage)
    assert incoming.sender.name == "Ana Lima"
    assert (incoming.sender.phone, incoming.sender.wa_id) == ("5511987654321", "5511987654321")


@pytest.mark.parametrize("name", ["\u200b\u200d ", "\u200d\ufe0f", "\u0301\u0301", "\u3164", "\u2800 \u2800"])
def test_a_name_that_nobody_can_see_is_none(name: str) -> None:
    assert clean_name(name) is None


@pytest.mark.parametrize(
    "timestamp",
    [None, "", "abc", "0", 0, -1, "-1", 1.5, "1.5", True, "32503680000", 10**18, [], {}, "١٧٩٥٣٤٨٧٠٠"],
)
def test_an_unusable_time_becomes_ours_and_is_flagged(timestamp: Any) -> None:
    incoming = read_message(timestamp=timestamp)
    assert (incoming.sent_at, incoming.time_flagged, incoming.claimed_at) == (OURS, True, None)


@pytest.mark.parametrize("timestamp", [str(SECOND), SECOND])
def test_the_second_may_be_text_or_number(timestamp: Any) -> None:
    incoming = read_message(timestamp=timestamp)
    assert (incoming.sent_at, incoming.time_flagged) == (datetime.fromtimestamp(SECOND, UTC), False)


def test_milliseconds_are_read_and_flagged() -> None:
    incoming = read_message(timestamp=str(SECOND * 1000 + 7))
    assert (incoming.sent_at, incoming.time_flagged) == (datetime.fromtimestamp(SECOND, UTC), True)


def test_a_future_time_becomes_ours_and_its_claim_is_the_same_in_a_later_repeat() -> None:
    ahead = int(RECEIVED.timestamp()) + 3600
    first, repeat = moment(str(ahead), RECEIVED), moment(str(ahead), RECEIVED + timedelta(days=1))
    assert (first.at, first.flagged) == (OURS, True)
    assert (repeat.at, repeat.flagged) == (datetime.fromtimestamp(ahead, UTC), False)
    assert first.claimed == repeat.claimed


@pytest.mark.parametrize(("ahead_s", "flagged"), [(1, False), (61, False), (300, False), (301, True)])
def test_a_clock_of_ours_that_is_minutes_slow_distrusts_nobody(ahead_s: int, flagged: bool) -> None:
    when = moment(str(int(RECEIVED.timestamp()) + ahead_s), RECEIVED)
    assert when.flagged is flagged
    assert (when.at == when.claimed) is not flagged


def test_a_business_scoped_id_in_the_phones_field_is_no_phone() -> None:
    incoming = read_message(**{"from": "BR.13491208655302741918"})
    assert (incoming.sender.bsuid, incoming.sender.phone) == ("BR.13491208655302741918", None)


@pytest.mark.parametrize("bsuid", ["x", "BR." + "7" * 128, "123456"])
def test_a_business_scoped_id_of_any_shape_is_kept(bsuid: str) -> None:
    incoming = read_message(from_user_id=bsuid)
    assert (incoming.sender.bsuid, incoming.sender.phone) == (bsuid, "5511987654321")


def test_the_received_form_of_a_number_is_kept_beside_the_canonical() -> None:
    sender = read_message(**{"from": "551187654321"}).sender
    assert (sender.phone, sender.wa_id) == ("5511987654321", "551187654321")


def test_a_message_of_nobody_is_unreadable() -> None:
    (incoming,) = read(body(message(**{"from": None})))
    assert isinstance(incoming, Unreadable)
    assert incoming.code == "no_sender"


@pytest.mark.parametrize("wamid", [None, "", 7, "a\x00b", "x" * 2000])
def test_a_message_without_usable_id_is_unreadable(wamid: Any) -> None:
    (incoming,) = read(body(message(id=wamid)))
    assert isinstance(incoming, Unreadable)
    assert incoming.code == "no_id"


@pytest.mark.parametrize(
    "keys",
    [
        {"type": "hologram", "hologram": {"depth": 3}},
        {"type": "unsupported", "errors": [{"code": 131051}]},
        {"type": "unknown", "errors": [{"code": 131060}]},
        {"type": "interactive"},
        {"type": "interactive", "interactive": {"type": "payment", "payment": 7}},
        {"type": "image", "image": "x"},
        {"type": "text", "text": {"body": {"$ne": None}}},
        {"type": ["text"]},
        {"type": None},
        {"type": "reaction", "reaction": {"emoji": "👍"}},
        {"type": "edit", "edit": {}},
        {"type": "system", "system": "x"},
    ],
)
def test_what_is_not_understood_is_shown_as_unsupported_with_what_came(keys: dict[str, Any]) -> None:
    incoming = read_message(**{"text": None, **keys})
    assert (incoming.type, incoming.text) == ("unsupported", None)
    assert incoming.raw is not None
    for name, part in keys.items():
        assert incoming.raw[name] == part


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("image", {"id": "1", "caption": "Nota fiscal"}, "Nota fiscal"),
        ("image", {"id": "1"}, None),
        ("audio", {"id": "1", "voice": True}, None),
        ("document", {"id": "1", "filename": "photo\u202egpj.exe"}, "photogpj.exe"),
        (
            "location",
            {"latitude": -23.5, "longitude": -46.6, "name": "Sé", "address": "Centro"},
            "Sé\nCentro",
        ),
        ("location", {"latitude": 999, "longitude": 0, "name": "X"}, None),
        ("location", {"latitude": "1", "longitude": "2", "name": "X"}, None),
        ("location", {"name": "X"}, None),
        ("contacts", [{"name": {"formatted_name": "Rui"}}, {"phones": []}, 7], "Rui"),
        ("interactive", {"type": "button_reply", "button_reply": {"id": "a", "title": "Sim"}}, "Sim"),
        ("interactive", {"type": "list_reply", "list_reply": {"id": "a", "title": "Um"}}, "Um"),
        ("interactive", {"type": "nfm_reply", "nfm_reply": {"body": "Sent", "response_json": "{}"}}, "Sent"),
        ("button", {"payload": "p", "text": "Não quero"}, "Não quero"),
        ("order", {"text": "Quero", "product_items": [{"quantity": "2", "item_price": 1.5}]}, "Quero"),
    ],
)
def test_each_type_keeps_its_content_and_gives_its_words(kind: str, content: Any, text: str | None) -> None:
    incoming = read_message(type=kind, text=None, **{kind: content})
    assert (incoming.type, incoming.text, incoming.raw) == (kind, text, {kind: content})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_location_that_is_no_number_is_shown_as_a_location_without_place(number: str) -> None:
    location = {"latitude": "@", "longitude": 0, "name": "X"}
    raw = body(message(type="location", text=None, location=location)).replace(b'"@"', number.encode())
    (incoming,) = read(raw)
    assert isinstance(incoming, IncomingMessage)
    assert (incoming.type, incoming.text) == ("location", None)
    assert incoming.raw == {"location": {**location, "latitude": number}}


def test_a_contact_card_without_end_is_kept_within_bounds() -> None:
    card = {"name": {"formatted_name": "Rui"}, "phones": [{"phone": "5511987654321" * 9}] * 500}
    incoming = read_message(type="contacts", text=None, contacts=[card] * 100)
    assert incoming.truncated
    assert len(json.dumps(incoming.raw)) <= MAX_RAW_BYTES


def test_raw_content_holds_no_nul() -> None:
    incoming = read_message(type="button", text=None, button={"payload": "a\x00b", "te\x00xt": "c"})
    assert incoming.raw == {"button": {"payload": "ab", "text": "c"}}


def test_a_quote_is_the_wamid_and_a_forward_stays_in_the_content() -> None:
    assert read_message(context={"from": "1", "id": "wamid.Q"}).quoted == "wamid.Q"
    assert read_message(context={"from": "1", "id": "wamid.Q"}).raw is None
    assert read_message(context={"forwarded": True}).raw == {"context": {"forwarded": True}}
    assert read_message(context={}).quoted is None


@pytest.mark.parametrize(("emoji", "kept"), [("👍", "👍"), ("", None), (None, None), ("x" * 5000, "x" * 64)])
def test_a_reaction_names_its_target_and_is_taken_back_without_emoji(emoji: Any, kept: str | None) -> None:
    (incoming,) = read(body(message(type="reaction", reaction={"message_id": "wamid.T", "emoji": emoji})))
    assert isinstance(incoming, IncomingReaction)
    assert (incoming.target, incoming.emoji) == ("wamid.T", kept)


def test_an_edit_carries_the_new_words() -> None:
    edit = {"original_message_id": "wamid.O", "message": {"type": "text", "text": {"body": "Boa noite"}}}
    (incoming,) = read(body(message(type="edit", edit=edit)))
    assert isinstance(incoming, IncomingEdit)
    assert (incoming.target, incoming.text) == ("wamid.O", "Boa noite")


def test_a_change_of_number_names_the_old_and_the_new() -> None:
    system = {"type": "user_changed_user_id", "wa_id": "551188887777", "user_id": "BR.2", "body": "…"}
    (incoming,) = read(body(message(type="system", system=system)))
    assert isinstance(incoming, IncomingSystemNotice)
    assert incoming.sender.phone == "5511987654321"
    assert incoming.becomes is not None
    assert (incoming.becomes.bsuid, incoming.becomes.phone) == ("BR.2", "5511988887777")


def update(previous: str, current: str) -> dict[str, Any]:
    return {
        "wa_id": "551187654321",
        "detail": "new id",
        "user_id": {"previous": previous, "current": current},
    }


@pytest.mark.parametrize("value", [{"user_id_update": [update("BR.1", "BR.2")]}, update("BR.1", "BR.2")])
def test_a_new_user_id_is_understood_also_without_a_message(value: dict[str, Any]) -> None:
    first, repeat = (read(body(field="user_id_update", **value))[0] for _ in range(2))
    assert isinstance(first, IncomingSystemNotice)
    assert (first.kind, first.sender.bsuid, first.sender.phone) == (
        "user_changed_user_id",
        "BR.1",
        "5511987654321",
    )
    assert first.becomes is not None
    assert first.becomes.bsuid == "BR.2"
    assert first == repeat


def test_several_new_user_ids_in_one_change_come_apart() -> None:
    told = read(
        body(field="user_id_update", user_id_update=[update("BR.1", "BR.2"), update("BR.3", "BR.4"), 7])
    )
    assert [type(one) for one in told] == [IncomingSystemNotice, IncomingSystemNotice, Notice]


def test_a_status_brings_back_our_id_and_at_most_ten_errors() -> None:
    ours = "0190b5b2-7a11-7000-8000-000000000001"
    errors = [{"code": 131047, "title": "Re-engagement message", "error_data": {"details": "late"}}] * 50
    (incoming,) = read(
        body(statuses=[{"id": "wamid.S", "status": "failed", "timestamp": str(SECOND), "errors": errors,
                        "biz_opaque_callback_data": ours}])
    )  # fmt: skip
    assert isinstance(incoming, IncomingStatus)
    assert str(incoming.message_id) == ours
    assert len(incoming.errors) == 10
    assert (incoming.errors[0].code, incoming.errors[0].details) == (131047, "late")
