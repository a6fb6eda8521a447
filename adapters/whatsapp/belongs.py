"""Whose a stored item is: read from the fields that name people, never from what they wrote."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Collection, Iterator
from typing import Any

from adapters.whatsapp.people import address
from adapters.whatsapp.strict_json import NotJson, parse
from schemas.inbound import InboundItem, decode
from schemas.records import UnreadableRecord

PEOPLE = {
    *("from", "from_user_id", "from_parent_user_id", "wa_id", "user_id", "parent_user_id"),
    *("recipient_id", "recipient_user_id", "recipient_parent_user_id", "previous", "current"),
}
"""The fields of a webhook that hold a phone number or a business-scoped id of a customer."""

_WORD = re.compile(rb"[\w.+-]{5,256}")


def belongs_to(raw: bytes, addresses: Collection[str]) -> bool:
    """Return whether a stored item is about the person with these addresses, and about nobody else.

    `addresses` are canonical phone numbers and business-scoped ids. What is no JSON at all was never
    understood: there one of their addresses suffices.
    """
    try:
        item = decode(raw)
    except UnreadableRecord:
        return _is_part_of(raw, addresses)
    if item.kind in ("message", "echo", "status"):
        return _all_theirs(_of_item(item), addresses)
    if item.raw is not None:
        try:
            return _is_part_of(b64decode(item.raw), addresses)
        except NotBase64:
            return False
    return _all_theirs(_walked(item.item), addresses)


def _is_part_of(raw: bytes, addresses: Collection[str]) -> bool:
    try:
        return _all_theirs(_walked(parse(raw)), addresses)
    except NotJson:
        words = (word.decode(errors="replace") for word in _WORD.findall(raw))
        return any(_canonical(word) in addresses for word in words)


def _all_theirs(named: Iterator[Any], addresses: Collection[str]) -> bool:
    names = {name for value in named if (name := _canonical(value)) is not None}
    return bool(names) and names.issubset(addresses)


def _of_item(item: InboundItem) -> Iterator[Any]:
    for part in (item.item, item.contact or {}):
        yield from (value for name, value in part.items() if name in PEOPLE)


def _walked(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in PEOPLE and isinstance(inner, str):
                yield inner
            else:
                yield from _walked(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walked(inner)


def _canonical(value: Any) -> str | None:
    known = address(value)
    return known.phone or known.bsuid
