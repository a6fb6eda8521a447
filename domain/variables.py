"""Variables in a text: `$nome` stands for a value, `$$` for a dollar sign, any other `$` for itself.

A name is the longest run of letters, digits and `_` after the `$` that begins with a letter and does not end
with `_`, so that WhatsApp's `_$nome_` is italic. `${nome}` is the same where a letter follows. Accents and
case do not count: `$Código` is `$codigo`. The page has the same grammar in `web/src/lib/variables.ts`; both
are held to `variables.cases.json` beside it.
"""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from unicodedata import normalize

from domain.refusals import UnknownVariable

MAX_NAME = 40
_LETTER = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff"
_LATER = rf"{_LETTER}\u0300-\u036f0-9"  # with the marks of letters that are not composed
_NAME = rf"[{_LETTER}](?:[{_LATER}_]*[{_LATER}])?"
_TOKEN = re.compile(rf"\$(?:(?P<dollar>\$)|\{{(?P<braced>{_NAME})\}}|(?P<plain>{_NAME}))")
_GOES_ON = re.compile(rf"_*[{_LATER}]")
_NEEDS_ESCAPE = re.compile(rf"\$(?=[${{{_LETTER}])")
_MARKS = re.compile("[\u0300-\u036f]")
_DEFINED = re.compile(r"[a-z](?:[a-z0-9_]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a text names a variable: `text[start:end]`, from the `$` on. References of one name are equal."""

    name: str
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


Part = str | Reference
"""A piece of a parsed text: words, or a variable. Words are not empty and never follow words."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A text with values in it. `missing` are the variables without one, which it still names, by place."""

    text: str
    missing: tuple[Reference, ...]


def fold_name(written: str) -> str:
    """Return the form of a name that is compared and stored: without case, width and accents."""
    return _MARKS.sub("", normalize("NFKD", written).lower())


def is_name(folded: str) -> bool:
    """Return whether a variable can have this name, which is folded already."""
    return len(folded) <= MAX_NAME and _DEFINED.fullmatch(folded) is not None


def parse(text: str) -> tuple[Part, ...]:
    """Return the words and variables of a text, in order."""
    parts: list[Part] = []
    words, begin = "", 0
    for token in _TOKEN.finditer(text):
        words += text[begin : token.start()]
        begin = token.end()
        if token["dollar"]:
            words += "$"
            continue
        if words:
            parts.append(words)
            words = ""
        name = fold_name(token["braced"] or token["plain"])
        parts.append(Reference(name, token.start(), token.end()))
    words += text[begin:]
    return (*parts, words) if words else tuple(parts)


def print_parts(parts: Sequence[Part]) -> str:
    """Return the text that parses to `parts`, with no more `$$` and braces than it needs."""
    printed: list[str] = []
    following = ""
    for part in reversed(parts):
        if isinstance(part, Reference):
            following = f"${{{part.name}}}" if _GOES_ON.match(following) else f"${part.name}"
        else:
            escaped = _NEEDS_ESCAPE.sub("$$", part + following[:1])
            following = escaped[:-1] if following else escaped
        printed.append(following)
    return "".join(reversed(printed))


def resolve(text: str, values: Mapping[str, str | None]) -> Resolved:
    """Put values for the variables of a text, in one pass: what a value holds is never resolved again.

    A variable that is unknown, or has no value now, stays as `$nome`.
    """
    resolved: list[str] = []
    missing: list[Reference] = []
    length = 0
    for part in parse(text):
        if isinstance(part, str):
            put = part
        elif not (put := values.get(part.name) or ""):
            put = f"${part.name}"
            missing.append(Reference(part.name, length, length + len(put)))
        resolved.append(put)
        length += len(put)
    return Resolved("".join(resolved), tuple(missing))


def names_in(text: str) -> list[str]:
    """Return the names of the variables of a text, each once, in the order in which they first stand."""
    return list(dict.fromkeys(part.name for part in parse(text) if isinstance(part, Reference)))


def require_known(text: str, names: Container[str]) -> None:
    """Refuse a text that names a variable which does not exist.

    Raises:
        UnknownVariable: the first one, with its place.
    """
    for part in parse(text):
        if isinstance(part, Reference) and part.name not in names:
            raise UnknownVariable(part.name[:MAX_NAME], part.start)
