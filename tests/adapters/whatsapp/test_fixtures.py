"""What becomes of each of the 187 sample bodies."""

import json
from collections import Counter
from pathlib import Path

import pytest

from adapters.whatsapp.normalise import normalise
from adapters.whatsapp.split import key_of, split
from domain.incoming import (
    IncomingEdit,
    IncomingMessage,
    IncomingRevoke,
    IncomingStatus,
    IncomingSystemNotice,
    Notice,
)
from schemas.inbound import decode, encode
from tests.adapters.whatsapp.bodies import FIXTURES, RECEIVED, webhook_files

FILES = webhook_files()


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def became(path: Path) -> list[str]:
    """One word or two per item."""
    words = []
    for _, item in split(path.read_bytes(), RECEIVED):
        incoming = normalise(item)
        match incoming:
            case IncomingMessage(type=kind, from_app=True):
                words.append(f"echo {kind}")
            case IncomingMessage(type=kind):
                words.append(f"message {kind}")
            case IncomingStatus(status=status):
                words.append(f"status {status}")
            case IncomingSystemNotice(kind=kind):
                words.append(f"system notice {kind}")
            case Notice(field=field):
                words.append(f"notice {field}")
            case _:
                words.append(type(incoming).__name__.removeprefix("Incoming").lower())
    return words


def test_there_are_187_bodies() -> None:
    assert len(FILES) == 187


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_body_is_split_into_all_of_its_items_and_none_is_unreadable(path: Path) -> None:
    changes = [c for entry in json.loads(path.read_bytes())["entry"] for c in entry["changes"]]
    keyed = split(path.read_bytes(), RECEIVED)
    kinds = Counter(item.kind for _, item in keyed)
    assert kinds["message"] == sum(len(change["value"].get("messages", [])) for change in changes)
    assert kinds["echo"] == sum(len(change["value"].get("message_echoes", [])) for change in changes)
    assert kinds["status"] == sum(len(change["value"].get("statuses", [])) for change in changes)
    assert kinds["unreadable"] == 0
    assert "unreadable" not in became(path)
    for key, item in keyed:
        assert key
        assert decode(encode(item)) == item


def test_they_hold_97_messages_3_echoes_and_24_statuses() -> None:
    for path in FILES:
        print(f"{named(path):62} {', '.join(became(path))}")  # noqa: T201 (the table; seen with -s)
    kinds = Counter(item.kind for path in FILES for _, item in split(path.read_bytes(), RECEIVED))
    assert kinds == {"message": 97, "echo": 3, "status": 24, "notice": 64}


def test_an_imported_message_is_marked_and_others_are_not() -> None:
    imported = {
        named(path)
        for path in FILES
        for _, item in split(path.read_bytes(), RECEIVED)
        if isinstance(incoming := normalise(item), IncomingMessage) and incoming.imported
    }
    assert imported == {"meta-docs/coex_history_media"}


@pytest.mark.parametrize(
    ("name", "customer"),
    [
        ("meta-docs/coex_smb_message_echoes_text", "16505551234"),
        ("pywa/coex_smb_echo_edit", "US.13491208655302741918"),
        ("pywa/coex_smb_echo_delete", "US.13491208655302741918"),
    ],
)
def test_an_echo_is_in_the_order_of_its_customer(name: str, customer: str) -> None:
    """Also where sender and addressee are seen the other way round."""
    ((key, item),) = split((FIXTURES / f"{name}.json").read_bytes(), RECEIVED)
    incoming = normalise(item)
    assert isinstance(incoming, IncomingMessage | IncomingEdit | IncomingRevoke)
    assert incoming.from_app
    assert customer in (incoming.sender.bsuid, incoming.sender.phone)
    assert key.decode().endswith(f":{customer}")
    assert key_of(item) == key


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "pywa/msg_flow_nfm_completion",
            "comment text: Comment Text\ndelivery rating: 4\npurchase rating: 2\n"
            "recommend radio: 0\ncs rating: 0",
        ),
        ("netflie/flow", "name: Email\norderNumber: ID"),
        ("meta-docs/msg_contacts", "Barbara J. Johnson (Social Tsunami): +1 (415) 555-0829"),
        (
            "pywa/msg_contacts",
            "Chandler Bing: +1 555-555-5555\nMonica: +1 666-666-6666\nRachel Green: +1 777-777-7777",
        ),
        ("netflie/contact", "CONTACT_FORMATTED_NAME (CONTACT_ORG_COMPANY): CONTACT_PHONE, CONTACT_EMAIL"),
        ("meta-docs/msg_order", "Love these!\n2 × di9ozbzfi4 — USD 30\n1 × nqryix03ez — USD 25"),
        ("meta-docs/msg_order_from_mpm_template", "1 × n6k6x0y7oe — USD 99.99"),
        (
            "netflie/order",
            "text-message-sent-along-with-the-order\n"
            "number-of-item × the-product-SKU-identifier — price-currency unitary-price-of-item\n"
            "number-of-item × the-product-SKU-identifier-2 — price-currency unitary-price-of-item",
        ),
        (
            "meta-docs/msg_location_place",
            "Philz Coffee\n101 Forest Ave, Palo Alto, CA 94301\n37.442215, -122.161659",
        ),
        (
            "pywa/msg_call_permission_accept",
            "response: accept\nexpiration timestamp: 1753186982\nresponse source: user_action",
        ),
    ],
)
def test_structured_content_is_readable_lines_with_its_numbers(name: str, text: str) -> None:
    ((_, item),) = split((FIXTURES / f"{name}.json").read_bytes(), RECEIVED)
    incoming = normalise(item)
    assert isinstance(incoming, IncomingMessage)
    assert incoming.text == text


def test_a_sender_known_only_by_the_contact_is_found() -> None:
    path = FIXTURES / "netflie" / "notification_with_bsuid_only_and_no_from.json"
    ((key, item),) = split(path.read_bytes(), RECEIVED)
    incoming = normalise(item)
    assert isinstance(incoming, IncomingMessage)
    assert (incoming.sender.bsuid, incoming.sender.phone, incoming.sender.name) == ("BSUID_123", None, "NAME")
    assert key.endswith(b":BSUID_123")


def test_the_name_comes_with_the_parent_id_where_the_id_differs() -> None:
    path = FIXTURES / "meta-docs" / "bsuid_text_username_no_phone.json"
    ((_, item),) = split(path.read_bytes(), RECEIVED)
    incoming = normalise(item)
    assert isinstance(incoming, IncomingMessage)
    assert (incoming.sender.name, incoming.sender.username) == ("Sheena Nelson", "realsheenanelson")
