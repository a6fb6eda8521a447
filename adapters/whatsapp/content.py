"""Content of a WhatsApp message: its readable text, and its typed content within a size limit."""

import re
from collections.abc import Callable
from typing import Any

import orjson

from adapters.whatsapp.lines import MAX_CARDS, of_cards, of_fields, of_form, of_order, of_place
from adapters.whatsapp.people import text_or_none
from domain.incoming import AsideKind
from domain.text import clean_name, clean_text, is_blank

MAX_WAMID = 1024
MAX_RAW_BYTES = 65_536
_MAX_LISTED = 50
_NUL = re.compile("\x00")
_ENVELOPE = frozenset(
    {"id", "from", "from_user_id", "from_parent_user_id", "from_logical_id", "timestamp", "type"}
)
_AROUND = _ENVELOPE | {"context"}

TextAndCut = tuple[str | None, bool]
_NONE: TextAndCut = (None, False)


def aside_of(message: dict[str, Any], field: str, has_errors: bool) -> AsideKind | None:
    """Return why a message is no message to us: it went to a group, or has neither content nor an error.

    With an error the customer wrote something that WhatsApp could not deliver.
    """
    if message.get("group_id") or message.get("recipient_type") == "group":
        return "group_message"
    if message.get("type") == "request_welcome":
        return "request_welcome"
    text = message.get("text")
    words = text.get("body") if isinstance(text, dict) else text
    blank = words is None or (isinstance(words, str) and is_blank(words))
    if not blank:
        return None  # most of all messages
    content = message.keys() - _AROUND
    if not content:
        return None if has_errors or field == "history" else "no_content"
    return "no_content" if content == {"text"} else None


def text_of(kind: str, message: dict[str, Any]) -> TextAndCut | None:
    """Extract the text of a message and whether it was cut; None if it does not have this type's content."""
    extract = _TEXT_OF.get(kind)
    content = message.get(kind)
    if extract is None or not isinstance(content, list if kind == "contacts" else dict):
        return None
    return extract(content)


def raw_of(
    message: dict[str, Any], kind: str, errors: tuple[dict[str, Any], ...] = ()
) -> dict[str, Any] | None:
    """Return the content besides text and envelope, within `MAX_RAW_BYTES`; None if there is none."""
    raw = {name: part for name, part in message.items() if name not in _ENVELOPE}
    if kind == "text":
        del raw["text"]
    if kind == "unsupported":
        raw["type"] = message.get("type")
        if errors:
            raw["errors_beside"] = list(errors)
    if kind == "contacts":
        raw["contacts"] = raw["contacts"][:MAX_CARDS]
    context = raw.get("context")
    if isinstance(context, dict) and context.keys() <= {"from", "id", "from_user_id", "from_parent_user_id"}:
        del raw["context"]  # holds nothing beyond `quoted`
    return bounded(raw) if raw else None


def bounded(value: dict[str, Any]) -> dict[str, Any]:
    """Shorten `value` to `MAX_RAW_BYTES` of JSON, without U+0000, which PostgreSQL does not store."""
    try:
        size = orjson.dumps(value)
    except (TypeError, ValueError):
        return {"truncated": True}
    if len(size) > MAX_RAW_BYTES:
        value = {**_smaller(value, 0), "truncated": True}
        size = orjson.dumps(value)
        if len(size) > MAX_RAW_BYTES:
            return {"truncated": True}
    return _without_nul(value) if b"\\u0000" in size else value


def quoted_of(message: dict[str, Any]) -> str | None:
    """Return the wamid that a message replies to. A forwarded message has a context without it."""
    context = message.get("context")
    return text_or_none(context.get("id"), MAX_WAMID) if isinstance(context, dict) else None


def _smaller(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value[:1000]
    if isinstance(value, list):
        return [_smaller(part, depth + 1) for part in value[:_MAX_LISTED]] if depth < 8 else []
    if isinstance(value, dict):
        first = list(value.items())[:_MAX_LISTED] if depth < 8 else []
        return {name[:200]: _smaller(part, depth + 1) for name, part in first}
    return value


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return _NUL.sub("", value)
    if isinstance(value, list):
        return [_without_nul(part) for part in value]
    if isinstance(value, dict):
        return {_NUL.sub("", name): _without_nul(part) for name, part in value.items()}
    return value


def _text(content: dict[str, Any]) -> TextAndCut | None:
    body = content.get("body")
    return clean_text(body) if isinstance(body, str) else None


def _caption(content: dict[str, Any]) -> TextAndCut:
    return clean_text(content.get("caption"))


def _document(content: dict[str, Any]) -> TextAndCut:
    caption = _caption(content)
    return caption if caption[0] is not None else (clean_name(content.get("filename")), False)


def _answer(content: dict[str, Any]) -> TextAndCut | None:
    kind = content.get("type")
    answer = content.get(kind) if isinstance(kind, str) else None
    if not isinstance(answer, dict):
        return None
    if kind in ("button_reply", "list_reply"):
        return clean_text(answer.get("title"))
    return of_form(answer) if kind == "nfm_reply" else of_fields(answer)


def _button(content: dict[str, Any]) -> TextAndCut:
    return clean_text(content.get("text") or content.get("payload"))


def _nothing(content: dict[str, Any]) -> TextAndCut:
    return _NONE


_TEXT_OF: dict[str, Callable[[Any], TextAndCut | None]] = {
    "text": _text,
    "image": _caption,
    "video": _caption,
    "audio": _nothing,
    "voice": _nothing,
    "document": _document,
    "sticker": _nothing,
    "location": of_place,
    "contacts": of_cards,
    "interactive": _answer,
    "button": _button,
    "order": of_order,
}
