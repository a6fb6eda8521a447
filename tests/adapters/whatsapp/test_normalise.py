"""Whatever a customer sends becomes something that an agent can see."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.whatsapp.content import MAX_RAW_BYTES
from adapters.whatsapp.lines import MAX_LINES
from adapters.whatsapp.normalise import normalise
from adapters.whatsapp.split import split
from adapters.whatsapp.times import moment
from domain.incoming import (
    Incoming,
    IncomingAside,
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
        {"type": "interactive", "errors": [{"code": 131000}]},
        {"type": "interactive", "interactive": {"type": "payment", "payment": 7}},
        {"type": "image", "image": "x"},
        {"type": "text", "text": {"body": {"$ne": None}}},
        {"type": ["text"], "poll": {}},
        {"type": None, "poll": {}},
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
            "Sé\nCentro\n-23.5, -46.6",
        ),
        ("location", {"latitude": -8, "longitude": 0.1234567}, "-8, 0.123457"),
        ("location", {"latitude": 999, "longitude": 0, "name": "X"}, None),
        ("location", {"latitude": "1", "longitude": "2", "name": "X"}, None),
        ("location", {"name": "X"}, None),
        ("contacts", [{"name": {"formatted_name": "Rui"}}, {"phones": []}, 7], "Rui"),
        ("interactive", {"type": "button_reply", "button_reply": {"id": "a", "title": "Sim"}}, "Sim"),
        ("interactive", {"type": "list_reply", "list_reply": {"id": "a", "title": "Um"}}, "Um"),
        ("interactive", {"type": "nfm_reply", "nfm_reply": {"body": "Sent", "response_json": "{}"}}, "Sent"),
        ("button", {"payload": "p", "text": "Não quero"}, "Não quero"),
        (
            "order",
            {"text": "Quero", "product_items": [{"quantity": "2", "item_price": 1.5}]},
            "Quero\n2 × ? — 1.5",
        ),
        ("order", {"product_items": [{"product_retailer_id": "A", "quantity": 1.0}, 7]}, "1 × A"),
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


NOTE = '{"nota": "Excelente", "motivo": "Atenderam r\\u00e1pido"}'


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (NOTE, "nota: Excelente\nmotivo: Atenderam rápido"),
        ('{"flow_token": "x", "dia": "2026-12-01", "hora": null}', "dia: 2026-12-01"),
        (
            '{"screen_0_Nome_0": "Ana", "screen_1_Plano_2": ["0_Ouro", "1_Prata"]}',
            "Nome: Ana\nPlano: Ouro, Prata",
        ),
        ('{"aceito": true, "itens": 3, "preco": 1.50}', "aceito: sim\nitens: 3\npreco: 1.5"),
        ('{"endereco": {"rua": "Rua A", "numero": 7}}', "endereco rua: Rua A\nendereco numero: 7"),
        ('{"pessoas": [{"nome": "Ana"}, {"nome": "Rui"}]}', "pessoas nome: Ana\npessoas nome: Rui"),
        ('["um", "dois"]', "um, dois"),
        ('{"quebra": "Rua A\\u000bApto 2"}', "quebra: Rua A Apto 2"),
        ("{}", "Sent"),
        ("not json", "Sent"),
        (None, "Sent"),
        (7, "7"),
    ],
)
def test_the_answers_of_a_flow_are_read_one_a_line(told: Any, text: str) -> None:
    answer = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": told}}
    assert read_message(type="interactive", text=None, interactive=answer).text == text


def test_an_address_form_shows_what_whatsapp_made_of_it_first() -> None:
    reply = {
        "name": "address_message",
        "body": "Ana\nRua A, 7",
        "response_json": '{"values": {"cep": "40000"}}',
    }
    answer = {"type": "nfm_reply", "nfm_reply": reply}
    incoming = read_message(type="interactive", text=None, interactive=answer)
    assert incoming.text == "Ana\nRua A, 7\nvalues cep: 40000"


@pytest.mark.parametrize(
    "told",
    [
        json.dumps({f"campo {n}": "x" * 9_000 for n in range(200)}),
        json.dumps({"a": [{"b": n} for n in range(9_000)]}),
        json.dumps({"a": list(range(9_000))}),
        "[" * 30_000 + "]" * 30_000,
        '{"a": ' + "9" * 5_000 + "}",
    ],
)
def test_a_form_without_end_is_read_within_bounds(told: str) -> None:
    answer = {"type": "nfm_reply", "nfm_reply": {"body": "Sent", "response_json": told}}
    text = read_message(type="interactive", text=None, interactive=answer).text
    assert text is not None
    assert len(text) <= MAX_TEXT
    assert text.count("\n") < MAX_LINES


def test_a_shared_contact_shows_its_numbers_whatever_is_missing() -> None:
    cards = [
        {"name": {"first_name": "Rui", "last_name": "Melo"}, "phones": [{"wa_id": "5571999990000"}]},
        {"phones": [{"phone": "+55 71 3333-0000"}, {"phone": "0800 000"}]},
        {"name": {"formatted_name": "Sem número"}, "emails": [{"email": "a@example.com"}]},
        {"name": 7, "phones": "x"},
    ]
    assert read_message(type="contacts", text=None, contacts=cards).text == (
        "Rui Melo: +5571999990000\n+55 71 3333-0000, 0800 000\nSem número: a@example.com"
    )


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("group_message", {"group_id": "HPgroup"}),
        ("group_message", {"group_id": "HPgroup", "type": "image", "text": None, "image": {"id": "1"}}),
        ("group_message", {"group_id": 7, "type": "reaction", "text": None, "reaction": {"message_id": "w"}}),
        ("group_message", {"recipient_type": "group"}),
        ("request_welcome", {"type": "request_welcome", "text": None}),
        ("request_welcome", {"type": "request_welcome", "text": None, "referral": {"source_id": "1"}}),
        ("no_content", {"type": "ephemeral", "text": None}),
        ("no_content", {"type": "media_placeholder", "text": None}),
        ("no_content", {"type": "text", "text": {"body": " \u200b\x00\n"}}),
        ("no_content", {"type": "text", "text": {}}),
        ("no_content", {"type": "text", "text": {"body": None}}),
        ("no_content", {"type": "text", "text": {"preview_url": True}}),
        ("no_content", {"type": "interactive", "text": None, "context": {"id": "w"}}),
        ("unreadable_change", {"type": "reaction", "text": None, "reaction": {"emoji": "👍"}}),
        ("unreadable_change", {"type": "edit", "text": None, "edit": {}}),
        ("unreadable_change", {"type": "revoke", "text": None, "revoke": {"original_message_id": 7}}),
        ("unreadable_change", {"type": "system", "text": None, "system": "x"}),
    ],
)
def test_what_says_nothing_to_us_is_never_taken_for_words(kind: str, keys: dict[str, Any]) -> None:
    (incoming,) = read(body(message(**keys)))
    assert isinstance(incoming, IncomingAside)
    assert (incoming.kind, incoming.sender.phone) == (kind, "5511987654321")
    assert incoming.raw is not None
    assert incoming.raw["type"] == keys.get("type", "text")


@pytest.mark.parametrize("group", [None, ""])
def test_a_group_that_is_not_named_is_none(group: str | None) -> None:
    assert read_message(group_id=group).text == "Bom dia"


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"type": "image", "text": None, "image": {"id": "1", "caption": "Bom dia"}},
        {"to": None, "to_user_id": "BR.1", "context": {"id": "wamid.Q"}},
    ],
)
def test_what_the_business_wrote_from_its_app_names_the_customer(keys: dict[str, Any]) -> None:
    echo = message(**({"from": "552040020000", "to": "5511987654321"} | keys))
    ((key, item),) = split(body(field="smb_message_echoes", message_echoes=[echo]), RECEIVED)
    incoming = normalise(item)
    assert isinstance(incoming, IncomingMessage)
    assert (incoming.from_app, incoming.text, incoming.imported) == (True, "Bom dia", False)
    assert key == b"111:" + (incoming.sender.bsuid or incoming.sender.phone or "").encode()
    assert (incoming.sender.bsuid or incoming.sender.phone) == (keys.get("to_user_id") or "5511987654321")


@pytest.mark.parametrize(
    "keys",
    [
        {"group_id": "HPgroup"},
        {"type": "request_welcome", "text": None},
        {"type": "reaction", "text": None, "reaction": {}},
        {"type": "system", "text": None, "system": {"type": "user_changed_number", "wa_id": "5511"}},
    ],
)
def test_an_echo_that_says_nothing_in_the_thread_is_kept_raw(keys: dict[str, Any]) -> None:
    echo = message(**({"from": "552040020000", "to": "5511987654321"} | keys))
    (incoming,) = read(body(field="smb_message_echoes", message_echoes=[echo]))
    assert isinstance(incoming, Notice)
    assert incoming.field == "smb_message_echoes"


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
