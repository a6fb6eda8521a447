"""Readable lines of structured content: answers of a flow, shared contacts, orders and places."""

import re
from collections.abc import Iterator
from typing import Any

from adapters.whatsapp.strict_json import NotJson, UntrustedPart, parse
from domain.text import clean_name, clean_text

MAX_CARDS = 20
MAX_LINES = 50
_MAX_NUMBERS = 10
_MAX_VALUE = 1_000
_MAX_JSON = 65_536
_MAX_DEPTH = 4
_TECHNICAL = frozenset({"flow_token", "wa_flow_response_params"})
_SENT = "Sent"  # the body of every flow's answer
_BUILT = re.compile(r"screen_\d+_(.+?)(?:_\d+)?")  # how Meta's builder of flows names a field
_OPTION = re.compile(r"\d+_")  # and the beginning of a value that was chosen from a list

Lines = tuple[str | None, bool]
"""The text, and whether something of it was left out."""


def of_form(answer: dict[str, Any]) -> Lines:
    """Write the answers of a flow or of an address form, one a line: `field: value`."""
    body = clean_text(answer.get("body"))[0]
    told, cut = answer.get("response_json"), False
    if isinstance(told, str):
        cut = len(told) > _MAX_JSON
        try:
            told = None if cut else parse(told.encode(errors="replace"))
        except NotJson:
            told = None
    text, more = of_fields(told)
    if text is None:
        return body, cut
    return text if body in (None, _SENT) else f"{body}\n{text}", more


def of_fields(told: Any) -> Lines:
    """Write any JSON, one value a line: `field: value`."""
    lines = list(_fields("", told, 0))
    return "\n".join(lines[:MAX_LINES]) or None, len(lines) > MAX_LINES


def of_cards(cards: list[Any]) -> Lines:
    """Write shared contacts, one a line: `name (company): numbers, e-mail addresses`."""
    lines, cut = [], len(cards) > MAX_CARDS
    for card in cards[:MAX_CARDS]:
        if not isinstance(card, dict):
            continue
        reached = [number for each in _listed(card, "phones") if (number := _number(each))]
        reached += [mail for each in _listed(card, "emails") if (mail := clean_name(each.get("email")))]
        company = clean_name(_part(card, "org").get("company"))
        who = " ".join(filter(None, (_name(card), company and f"({company})")))
        lines.append(": ".join(filter(None, (who, ", ".join(reached[:_MAX_NUMBERS])))))
        cut = cut or len(reached) > _MAX_NUMBERS
    return "\n".join(line for line in lines if line) or None, cut


def of_order(order: dict[str, Any]) -> Lines:
    """Write an order: what the customer said, and each product: `quantity × product — price`."""
    said, cut = clean_text(order.get("text"))
    items = _listed(order, "product_items")
    lines = [said] if said else []
    for item in items[:MAX_LINES]:
        product = clean_name(item.get("product_retailer_id")) or "?"
        price = " ".join(filter(None, (clean_name(item.get("currency")), _figure(item.get("item_price")))))
        line = " × ".join(filter(None, (_figure(item.get("quantity")), product)))
        lines.append(" — ".join(filter(None, (line, price))))
    return "\n".join(lines) or None, cut or len(items) > MAX_LINES


def of_place(place: dict[str, Any]) -> Lines:
    """Write a place: name, address and coordinates; nothing if it has no valid coordinates."""
    latitude, longitude = place.get("latitude"), place.get("longitude")
    at = (_degrees(latitude, 90), _degrees(longitude, 180))
    if None in at:
        return None, False
    lines = [clean_name(place.get(name), _MAX_VALUE) for name in ("name", "address")]
    lines.append(", ".join(filter(None, at)))
    return "\n".join(line for line in lines if line), False


def _fields(label: str, value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, dict) and depth < _MAX_DEPTH:
        for name, part in list(value.items())[: MAX_LINES + 1]:
            if name not in _TECHNICAL:
                yield from _fields(f"{label} {_label(name)}".strip(), _chosen(name, part), depth + 1)
        return
    if isinstance(value, list) and depth < _MAX_DEPTH and not all(map(_is_plain, value)):
        for part in value[: MAX_LINES + 1]:
            yield from _fields(label, part, depth + 1)
        return
    parts = value[: MAX_LINES + 1] if isinstance(value, list) else [value]
    shown = ", ".join(text for part in parts if (text := _plain(part)))[:_MAX_VALUE]
    if shown:
        yield f"{label}: {shown}" if label else shown


def _label(name: str) -> str:
    built = _BUILT.fullmatch(name)
    return (clean_name(built[1] if built else name) or "?").replace("_", " ").strip()


def _chosen(name: str, value: Any) -> Any:
    if not _BUILT.fullmatch(name):
        return value
    if isinstance(value, list):
        return [_chosen(name, part) for part in value]
    return _OPTION.sub("", value, count=1) if isinstance(value, str) and _OPTION.match(value) else value


def _is_plain(value: Any) -> bool:
    return not isinstance(value, (dict, list))


def _plain(value: Any) -> str | None:
    if isinstance(value, bool):
        return "sim" if value else "não"
    if isinstance(value, int | float):
        return _figure(value)
    if isinstance(value, (dict, list, UntrustedPart)):
        return "…"
    return clean_name(value, _MAX_VALUE)


def _listed(content: dict[str, Any], name: str) -> list[dict[str, Any]]:
    listed = content.get(name)
    return [part for part in listed if isinstance(part, dict)] if isinstance(listed, list) else []


def _part(content: dict[str, Any], name: str) -> dict[str, Any]:
    part = content.get(name)
    return part if isinstance(part, dict) else {}


def _name(card: dict[str, Any]) -> str | None:
    name = _part(card, "name")
    given = (clean_name(name.get(part)) for part in ("first_name", "middle_name", "last_name"))
    return clean_name(name.get("formatted_name")) or " ".join(filter(None, given)) or None


def _number(phone: dict[str, Any]) -> str | None:
    number = clean_name(phone.get("phone"), 40)
    if number is None and (wa_id := clean_name(phone.get("wa_id"), 40)):
        number = f"+{wa_id}"
    return number


def _figure(value: Any) -> str | None:
    """Write a quantity or a price, which come as numbers or as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return clean_name(str(value), 40)


def _degrees(value: Any, limit: int) -> str | None:
    """Write an angle with at most six decimals, a tenth of a metre; None if it is none."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= limit:
        return None
    return f"{value:.6f}".rstrip("0").rstrip(".")
