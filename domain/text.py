"""Clean text that people typed: one normal form, no control characters, bounded.

`clean` is the only cleaner, for everything that comes in or goes out; the page has the same rule in
`web/src/lib/cleanText.ts`.
"""

import re
from typing import Any
from unicodedata import category, combining, normalize

MAX_TEXT = 65_536  # the most that WhatsApp itself lets a person write
MAX_NAME = 200
MAX_MARKS = 128  # on one letter; sorting tens of thousands of them for NFC takes seconds
_UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LONE = re.compile("[\ud800-\udfff]")
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_INVISIBLE = "\u034f\u115f\u1160\u2800\u3164\ufe0e\ufe0f"
_ZERO_WIDTH_SPACE = "\u200b"  # shown as nothing, but it separates words
_KEPT = frozenset(map(chr, (0x200B, 0x200C, 0x200D, *range(0xE0020, 0xE0080))))
_SPACES = re.compile(rf"[\s{_ZERO_WIDTH_SPACE}]+")
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters by their category, which nobody can see


def clean(text: str) -> str:
    """Return the text in NFC, with `\\n` for every kind of line break, without control characters.

    Nothing that separates words is cut out: VT, FF, NEL and the separators of Unicode break lines, too.
    """
    if _UNCLEAN.search(text) is not None:
        text = _CONTROLS.sub("", _BREAKS.sub("\n", text).replace("\x1f", " "))
        text = _LONE.sub("\ufffd", text)
    return text if text.isascii() else normalize("NFC", text)


def clean_text(value: Any, cap: int = MAX_TEXT) -> tuple[str | None, bool]:
    """Return `value` cleaned, and whether it was cut at `cap` characters.

    None if it is no text or nothing is left. Bidi controls stay; the page isolates them.
    """
    if not isinstance(value, str):
        return None, False
    cut, kept = len(value) > cap, value[:cap]
    if len(kept) > 1000 and not kept.isascii():
        flat = _without_piles(kept)
        cut, kept = cut or len(flat) < len(kept), flat
    whole = clean(kept)
    cut, kept = cut or len(whole) > cap, whole[:cap]
    return (kept, cut) if kept.strip() else (None, cut)


def clean_name(value: Any, cap: int = MAX_NAME) -> str | None:
    """Return a name on one line, without bidi overrides, which would turn the text around it."""
    if not isinstance(value, str):
        return None
    if len(value) <= cap and value.isascii() and value.isprintable():
        return value.strip() or None
    name, _ = clean_text(_OVERRIDES.sub("", value), cap * 4)
    if name is None:
        return None
    line = _SPACES.sub(" ", name).strip()[:cap].strip()
    return line if any(map(_visible, line)) else None


def one_line(text: str) -> str:
    """Return the text on one line without invisible formatting, such as bidi overrides.

    Joiners of emoji and words stay.
    """
    return _SPACES.sub(" ", "".join(c for c in text if c in _KEPT or category(c) != "Cf")).strip()


def caseless(text: str) -> str:
    """Return the form by which names are compared, without case and width."""
    return normalize("NFKC", normalize("NFKC", text).casefold())


def _without_piles(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if combining(character) else 0
        if marks <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def _visible(character: str) -> bool:
    return category(character)[0] not in "CMZ" and character not in _BLANK


def is_blank(text: str) -> bool:
    """Return whether nothing of it is visible: only spaces, control and zero-width characters."""
    if text[:1].isascii() and text[:1].isalnum():
        return False
    return all(c.isspace() or category(c) in ("Cc", "Cf", "Cs") or c in _INVISIBLE for c in text)
