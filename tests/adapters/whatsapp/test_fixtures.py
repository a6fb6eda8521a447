"""What becomes of each of the 187 sample bodies."""

import json
from collections import Counter
from pathlib import Path

import pytest

from adapters.whatsapp.normalise import normalise
from adapters.whatsapp.split import split
from domain.incoming import IncomingMessage, IncomingStatus, IncomingSystemNotice, Notice
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
    assert kinds["status"] == sum(len(change["value"].get("statuses", [])) for change in changes)
    assert kinds["unreadable"] == 0
    assert "unreadable" not in became(path)
    for key, item in keyed:
        assert key
        assert decode(encode(item)) == item


def test_they_hold_97_messages_and_24_statuses() -> None:
    for path in FILES:
        print(f"{named(path):62} {', '.join(became(path))}")  # noqa: T201 (the table; seen with -s)
    kinds = Counter(item.kind for path in FILES for _, item in split(path.read_bytes(), RECEIVED))
    assert kinds == {"message": 97, "status": 24, "notice": 67}


def test_an_imported_message_is_marked_and_others_are_not() -> None:
    imported = {
        named(path)
        for path in FILES
        for _, item in split(path.read_bytes(), RECEIVED)
        if isinstance(incoming := normalise(item), IncomingMessage) and incoming.imported
    }
    assert imported == {"meta-docs/coex_history_media"}


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
