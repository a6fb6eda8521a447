"""JSON parser that confines a bad value to the part of the document that holds it."""

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 64
_MAX_DIGITS = 20
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_LONE = re.compile("[\ud800-\udfff]")
_CUT = "\ue000cut"  # a key of private use: stands for a cut value between the two passes
_TOO_DEEP = f"it is nested more than {MAX_DEPTH} levels deep"


class NotJson(ValueError):
    """The bytes are not JSON; the text says why."""


@dataclass(frozen=True, slots=True)
class UntrustedPart:
    """A value that parsers read differently or cannot hold (duplicate keys, huge numbers, deep nesting)."""

    reason: str
    text: str


def parse(body: bytes) -> Any:
    """Parse `body`, with an `UntrustedPart` in place of each value that cannot be trusted.

    Lone surrogates become U+FFFD. NaN and infinite numbers become their text, so that the rest of the message
    can be used and nobody takes them for numbers.

    Raises:
        NotJson: the body is not JSON.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise NotJson("it is not UTF-8 text") from None
    if not text.strip():
        raise NotJson("it is empty")
    try:
        value = _decode(text)
        if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
            value = _decode_cut(text)
    except RecursionError:
        value = _decode_cut(text)
    # \ud starts every escaped emoji; only lone surrogates are replaced, which PostgreSQL and orjson refuse
    return _whole_characters(value) if "\\ud" in text or "\\uD" in text else value


def untrusted_part(value: Any) -> UntrustedPart | None:
    """Return the first untrusted part anywhere inside `value`."""
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, UntrustedPart):
            return part
        if isinstance(part, dict):
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)
    return None


def to_json(value: Any) -> str:
    """Encode `value` as JSON again, untrusted parts as they came."""
    if isinstance(value, UntrustedPart):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{to_json(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(to_json, value)) + "]"
    return json.dumps(value)


def _decode(text: str, cuts: Sequence[str] = ()) -> Any:
    def objects(pairs: list[tuple[str, Any]]) -> Any:
        return _object(pairs, cuts)

    decoder = json.JSONDecoder(
        object_pairs_hook=objects, parse_int=_integer, parse_float=_float, parse_constant=str
    )
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as broken:
        raise NotJson(f"it is not JSON: {broken.msg} at character {broken.pos}") from None


def _decode_cut(text: str) -> Any:
    """Parse with everything below `MAX_DEPTH` as an untrusted part; handles any depth without recursion."""
    kept: list[str] = []
    cuts: list[str] = []
    depth = begin = 0
    for token in _TOKENS.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == MAX_DEPTH + 1:
                kept.append(text[begin : token.start()])
                begin = token.start()
        elif token[0] in "]}":
            depth -= 1
            if depth == MAX_DEPTH:
                kept.append(json.dumps({_CUT: len(cuts)}))
                cuts.append(text[begin : token.end()])
                begin = token.end()
    try:
        return _decode("".join(kept) + text[begin:], cuts)
    except (NotJson, RecursionError):  # brackets without their partners
        raise NotJson(_TOO_DEEP) from None


def _object(pairs: list[tuple[str, Any]], cuts: Sequence[str]) -> Any:
    value = dict(pairs)
    if cuts and isinstance(cut := value.get(_CUT), int) and 0 <= cut < len(cuts):
        return UntrustedPart(_TOO_DEEP, cuts[cut])
    if len(value) == len(pairs):
        return value
    twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
    text = "{" + ",".join(f"{json.dumps(name)}:{to_json(part)}" for name, part in pairs) + "}"
    return UntrustedPart(f"the key {json.dumps(twice[:40])} stands twice in one object", text)


def _integer(digits: str) -> Any:
    if len(digits) <= _MAX_DIGITS and -(2**63) <= (value := int(digits)) < 2**63:
        return value
    return UntrustedPart(f"it holds a number of {len(digits)} digits", digits)


def _float(digits: str) -> Any:
    value = float(digits)
    return value if math.isfinite(value) else digits


def _depth(value: Any) -> int:
    deepest, pending = 0, [(value, 1)]
    while pending:
        part, level = pending.pop()
        deepest = max(deepest, level)
        if isinstance(part, dict):
            pending.extend((inner, level + 1) for inner in part.values() if isinstance(inner, dict | list))
        elif isinstance(part, list):
            pending.extend((inner, level + 1) for inner in part if isinstance(inner, dict | list))
    return deepest


def _whole_characters(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else _LONE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_whole_characters(name): _whole_characters(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_whole_characters(part) for part in value]
    return value
