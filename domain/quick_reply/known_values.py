"""Find what is known of one customer in a text that is to become a quick reply for all of them.

Letters are compared without accents, case, width and invisible characters, numbers also without what people
write between digits. Decision 27 says what counts as a value, and what is too common to be one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from unicodedata import category, decimal, normalize

from domain.contact.phone import canonical_phone
from domain.quick_reply.common_words import COMMON_WORDS, PARTICLES
from domain.refusals import DomainError
from domain.variables import Reference, parse

Kind = Literal[
    "name", "username", "phone", "email", "attribute", "bot", "protocol", "document", "order", "author"
]
Field = Literal["name", "shortcut", "text"]

SHORTEST_TEXT = 3
SHORTEST_NUMBER = 4
SHORTEST_NUMBER_WITHIN = 5
"""Digits of a number that counts although it is only a part of an attribute."""
LONGEST_PREFIX = 12
"""Digits before the part of a phone number that all ways to write it share, as in `0055 0 015 20 9`."""

WIDEST_GAP = 3
"""Characters between two digits of one number, as in `(20) 9`."""


_FLAT = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
    | dict.fromkeys("\u115f\u1160\u3164\uffa0", "")  # letters by their category, which nobody can see
)
_WALL = "\0"  # stands for a variable: nothing is found across it
_UNSPACED = re.compile(  # scripts that write no spaces between words, or attach particles to names
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
)
_NUMBER_WITHIN = re.compile(r"(?<![^\W_])\d(?:[\W_]{0,3}\d)+")
_EMAIL_WITHIN = re.compile(r"[^\s@<>\"(),:;]+@[^\s@<>\"(),:;]+\.\w+")
_BRAZILIAN = re.compile(r"55([1-9][0-9])(9?)([2-9][0-9]{7})")

# What may stand between the word and the number that it announces, as in "pedido nº: 38214".
_TO_NUMBER = (
    r"(?:[^0-9a-z\0]{1,3}(?:n|no|nr|num|numero|e|eh|do cliente|da cliente|de numero|com numero)(?![a-z]))?"
    r"[^0-9a-z\0]{0,4}"
)
_CODE = r"((?:[a-z]{1,4}[.\-/ ]?)?[0-9](?:[.\-/ ]?[0-9]|[.\-/]?[a-z](?![a-z]{3}))*)(?![0-9a-z]|\s?%)"
_ANNOUNCED_DOCUMENT = re.compile(
    rf"(?<![0-9a-z])(?:cpf|cnpj|rg|cnh|identidade|passaporte|pis){_TO_NUMBER}{_CODE}"
)
_ANNOUNCED_ORDER = re.compile(
    r"(?<![0-9a-z])(?:pedidos?|encomendas?|ordem de servico|protocolos?|chamados?|notas? fisca(?:l|is)|"
    rf"nf-?e?|rastreio|rastreamento|contratos?|faturas?|matriculas?|#){_TO_NUMBER}{_CODE}"
)
_TRACKING = re.compile(r"(?<![0-9a-z])[a-z]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3} ?[a-z]{2}(?![0-9a-z])")
_PROTOCOL = re.compile(r"(?<![0-9a-z])20[0-9]{6}-[0-9a-z]{4}-[0-9a-z]{4}(?![0-9a-z])")
_CPF = re.compile(r"(?<![0-9])[0-9]{3}([ .]?)[0-9]{3}[ .]?[0-9]{3}([ .\-/]?)[0-9]{2}(?![0-9])")
_CNPJ = re.compile(
    r"(?<![0-9a-z])[0-9a-z]{2}([ .]?)[0-9a-z]{3}[ .]?[0-9a-z]{3}([ /]?)[0-9a-z]{4}[ \-]?[0-9]{2}(?![0-9a-z])"
)
_RG = re.compile(r"(?<![0-9.])[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9x](?![0-9a-z])")


class Variable(NamedTuple):
    """A variable with its value now; `of_author` when it is a field of the agent."""

    name: str
    value: str | None
    of_author: bool = False


@dataclass(frozen=True, slots=True)
class KnownValues:
    """What is known of a customer, and what the author is called.

    `attributes` and `bot` are values as they came, whatever their type; their keys are no secret.
    """

    names: Sequence[str] = ()
    usernames: Sequence[str] = ()
    phones: Sequence[str] = ()
    emails: Sequence[str] = ()
    attributes: Sequence[Any] = ()
    bot: Sequence[Any] = ()
    protocols: Sequence[str] = ()
    author: str | None = None
    variables: Sequence[Variable] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a value stands, in code points, as it is written there, and the variable that can replace it."""

    start: int
    end: int
    kind: Kind
    value: str
    variable: str | None

    @property
    def blocks(self) -> bool:
        """Whether the text cannot be suggested with it; the author's own name is only offered."""
        return self.kind != "author"


class HoldsKnownValues(DomainError, code="known_values"):
    """A suggestion holds what is known of the customer; `findings` are the fields and what stands in them."""

    def __init__(self, findings: Sequence[tuple[str, Finding]]) -> None:
        super().__init__("the suggestion holds what is known of the customer")
        self.findings = findings


def find_known_values(text: str, known: KnownValues) -> list[Finding]:
    """Return the known values that stand in a text outside its variables, in order.

    Values of the customer do not overlap each other; the author's name may be that of the customer, too.
    """
    haystack = _Haystack(text)
    customer = [
        _Found(start, end, kind) for kind, needle in _needles(known) for start, end in needle.within(haystack)
    ]
    customer += haystack.patterns()
    author = [
        _Found(start, end, "author")
        for needle in _name_needles([known.author] if known.author else [])
        for start, end in needle.within(haystack)
    ]
    found = [*_joined(_longest(customer), text), *_joined(_longest(author), text)]
    found.sort(key=lambda f: (f.start, f.kind == "author"))
    return [
        Finding(
            f.start, f.end, f.kind, text[f.start : f.end], _replacement(text[f.start : f.end], f.kind, known)
        )
        for f in found
    ]


def require_none_known(name: str, shortcut: str | None, text: str, known: KnownValues) -> None:
    """Refuse a suggestion that holds what is known of the customer.

    Raises:
        HoldsKnownValues: what stands where, by field.
    """
    found = find_in_fields(name, shortcut, text, known)
    if kept := [(field, finding) for field, finding in found if finding.blocks]:
        raise HoldsKnownValues(kept)


def find_in_fields(
    name: str, shortcut: str | None, text: str, known: KnownValues
) -> list[tuple[Field, Finding]]:
    """Return what is found in each field of a suggestion; in name and shortcut only what blocks."""
    fields: list[tuple[Field, str]] = [("name", name), ("shortcut", shortcut or "")]
    found = [(field, one) for field, said in fields for one in find_known_values(said, known) if one.blocks]
    return [*found, *(("text", finding) for finding in find_known_values(text, known))]


class _Found(NamedTuple):
    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Needle:
    """Letters and digits of a value, and the widest gap before each at which the text may separate them."""

    letters: str
    gaps: tuple[float, ...]

    @classmethod
    def of(cls, value: str) -> "_Needle":
        letters: list[str] = []
        gaps: list[float] = []
        apart = False
        for character in _fold(value):
            if not character.isalnum():
                apart = True
                continue
            numeric = character.isdecimal() or (bool(letters) and letters[-1].isdecimal())
            gaps.append(float("inf") if apart else WIDEST_GAP if numeric else 0)
            letters.append(character)
            apart = False
        return cls("".join(letters), tuple(gaps))

    def within(self, haystack: "_Haystack") -> Iterator[tuple[int, int]]:
        """Yield where it stands as a word or number of its own."""
        length = len(self.letters)
        first = haystack.letters.find(self.letters) if length else -1
        while first >= 0:
            last = first + length
            fits = all(haystack.gaps[i] <= self.gaps[i - first] for i in range(first + 1, last))
            if fits and haystack.is_whole(first, last):
                yield haystack.span(first, last)
            first = haystack.letters.find(self.letters, first + 1)


@dataclass(frozen=True, slots=True)
class _PhoneNeedle:
    """The end of a phone number that all ways to write it share, and what may precede it."""

    core: str
    before: re.Pattern[str]

    @classmethod
    def of(cls, canonical: str) -> "_PhoneNeedle":
        if brazilian := _BRAZILIAN.fullmatch(canonical):
            area, _, core = brazilian.groups()
            # +55, 0055, a trunk's 0 with or without a carrier's two digits, the area, the ninth digit.
            return cls(core, re.compile(rf"(?:(?:(?:00)?55)?0?(?:0[0-9][0-9])?{area})?9?"))
        # A country code has one to three digits; a trunk's 0 may follow it.
        drops = min(3, max(0, len(canonical) - 7))
        start, core = canonical[:drops], canonical[drops:]
        ways = {rf"(?:(?:00)?{start[:i]})?0?{start[i:]}" for i in range(len(start) + 1)}
        return cls(core, re.compile("|".join(sorted(ways))))

    def within(self, haystack: "_Haystack") -> Iterator[tuple[int, int]]:
        """Yield where the number stands, with as much before it as belongs to it."""
        at = haystack.letters.find(self.core)
        while at >= 0:
            end = at + len(self.core)
            if haystack.is_number(at, end):
                first = at
                while first > max(0, at - LONGEST_PREFIX) and haystack.is_number(first - 1, end):
                    first -= 1
                for start in range(first, at + 1):
                    if self.before.fullmatch(haystack.letters[start:at]) and haystack.is_whole(start, end):
                        yield haystack.span(start, end, opened_by="(+")
                        break
            at = haystack.letters.find(self.core, at + 1)


class _Haystack:
    """A text as its letters and digits, with the gap before each and where it stands in the text."""

    def __init__(self, text: str) -> None:
        self._folded: list[str] = []
        self._at: list[int] = []
        references = (part for part in parse(text) if isinstance(part, Reference))
        hidden = {i for reference in references for i in range(reference.start, reference.end)}
        for i, character in enumerate(text):
            folded = _WALL if i in hidden else _fold(character)
            self._folded += folded
            self._at += [i] * len(folded)
        kept = [i for i, c in enumerate(self._folded) if c.isalnum() or c == _WALL]
        self.letters = "".join(self._folded[i] for i in kept)
        self.gaps = [i - before - 1 for before, i in zip([-1, *kept], kept, strict=False)]
        self._kept = kept

    def is_number(self, start: int, end: int) -> bool:
        """Return whether these are digits with no more between them than people write within a number."""
        return self.letters[start:end].isdecimal() and all(
            gap <= WIDEST_GAP for gap in self.gaps[start + 1 : end]
        )

    def is_whole(self, start: int, end: int) -> bool:
        """Return whether neither a word nor a number goes on before `start` or after `end`."""
        return self._is_border(start) and self._is_border(end)

    def span(self, start: int, end: int, opened_by: str = "") -> tuple[int, int]:
        """Return where the letters from `start` to `end` stand in the text, with what opens them."""
        first = self._kept[start]
        while first > 0 and self._folded[first - 1] in opened_by:
            first -= 1
        return self._at[first], self._at[self._kept[end - 1]] + 1

    def patterns(self) -> Iterator[_Found]:
        """Yield the numbers of documents and orders, known by their shape or by the word before them."""
        folded = "".join(self._folded)
        for pattern, kind, enough in (
            (_ANNOUNCED_DOCUMENT, "document", 5),
            (_ANNOUNCED_ORDER, "order", SHORTEST_TEXT),
        ):
            for match in pattern.finditer(folded):
                if sum(map(str.isdecimal, match[1])) >= enough:
                    yield self._found(match.span(1), kind)  # type: ignore[arg-type]
        for match in _CPF.finditer(folded):
            if (match[1] and match[2]) or _is_cpf(_digits(match[0])):
                yield self._found(match.span(), "document")
        for match in _CNPJ.finditer(folded):
            code = "".join(filter(str.isalnum, match[0]))
            if sum(map(str.isdecimal, code)) >= 6 and ((match[1] and match[2]) or _is_cnpj(code)):
                yield self._found(match.span(), "document")
        yield from (self._found(match.span(), "document") for match in _RG.finditer(folded))
        for pattern in (_TRACKING, _PROTOCOL):
            yield from (self._found(match.span(), "order") for match in pattern.finditer(folded))

    def _found(self, span: tuple[int, int], kind: Kind) -> _Found:
        return _Found(self._at[span[0]], self._at[span[1] - 1] + 1, kind)

    def _is_border(self, i: int) -> bool:
        if i in (0, len(self.letters)) or self.gaps[i] > 0:
            return True
        before, after = self.letters[i - 1], self.letters[i]
        if _WALL in (before, after) or before.isdecimal() != after.isdecimal():
            return True
        return _UNSPACED.match(before) is not None or _UNSPACED.match(after) is not None


def _needles(known: KnownValues) -> Iterator[tuple[Kind, _Needle | _PhoneNeedle]]:
    yield from (("name", needle) for needle in _name_needles(known.names))
    yield from (("username", needle) for needle in _text_needles(known.usernames))
    yield from (("phone", needle) for phone in known.phones for needle in _phone_needles(phone))
    yield from (("email", needle) for needle in _text_needles(known.emails))
    yield from (("protocol", needle) for needle in _text_needles(known.protocols))
    yield from (("attribute", needle) for needle in _value_needles(known.attributes))
    yield from (("bot", needle) for needle in _value_needles(known.bot))


def _name_needles(names: Iterable[str]) -> Iterator[_Needle]:
    """Yield whole names and each of their words."""
    for name in names:
        yield from _text_needles([name])
        yield from _text_needles({*name.split(), *_words(name)} - {name})


def _text_needles(values: Iterable[str]) -> Iterator[_Needle]:
    """Yield what is told by a value as a whole, unless that is too little, or what everybody writes."""
    for value in values:
        needle = _Needle.of(value)
        shortest = SHORTEST_NUMBER if needle.letters.isdecimal() else SHORTEST_TEXT
        if len(needle.letters) < shortest and not _UNSPACED.search(needle.letters):
            continue
        if not all(word in COMMON_WORDS for word in _words(value)):
            yield needle


def _phone_needles(written: str) -> Iterator[_Needle | _PhoneNeedle]:
    digits = _digits(_fold(written)).lstrip("0")
    national = _BRAZILIAN.fullmatch(f"55{digits}")
    for number in (digits, national[0]) if national else (digits,):
        canonical = canonical_phone(number)
        if canonical is not None and len(canonical) >= 8:
            yield _PhoneNeedle.of(canonical)
    yield from _text_needles([written])


def _value_needles(values: Iterable[Any]) -> Iterator[_Needle | _PhoneNeedle]:
    """Yield what a field tells: all of it, and the numbers and addresses within."""
    for value in _flat(values):
        yield from _text_needles([value])
        yield from _text_needles(_EMAIL_WITHIN.findall(value))
        for number in _NUMBER_WITHIN.findall(value):
            digits = _digits(_fold(number))
            if len(digits) >= SHORTEST_NUMBER_WITHIN:
                yield from _text_needles([number])
            if 10 <= len(digits) <= 13:
                yield from _phone_needles(number)


def _flat(values: Iterable[Any]) -> Iterator[str]:
    """Yield texts and numbers of a structure; what is only yes, no or nothing tells nobody's secret."""
    for value in values:
        match value:
            case bool() | None:
                pass
            case str():
                yield value
            case int() | float():
                yield str(int(value)) if value == value // 1 else repr(value)
            case Mapping():
                yield from _flat(value.values())
            case Iterable():
                yield from _flat(value)


def _longest(found: Iterable[_Found]) -> list[_Found]:
    """Return what does not overlap, the longest first; of equals, the first."""
    taken: list[_Found] = []
    for candidate in sorted(found, key=lambda f: f.start - f.end):
        if all(candidate.end <= other.start or other.end <= candidate.start for other in taken):
            taken.append(candidate)
    return taken


def _joined(found: Iterable[_Found], text: str) -> list[_Found]:
    """Join words of a name that follow each other, so that one variable replaces them all."""
    joined: list[_Found] = []
    for this in sorted(found):
        last = joined[-1] if joined else None
        if last and last.kind == this.kind and this.kind in ("name", "author"):
            between = text[last.end : this.start]
            if (between.replace(" ", "").isalpha() and set(_words(between)) <= PARTICLES) or between == " ":
                joined[-1] = last._replace(end=this.end)
                continue
        joined.append(this)
    return joined


def _replacement(written: str, kind: Kind, known: KnownValues) -> str | None:
    """Return the variable that has this value now; for a part of a name, one that has it or is part of it."""
    candidates = [(v.name, v.value) for v in known.variables if v.value and v.of_author == (kind == "author")]
    same = _comparable(written)
    for variable, value in candidates:
        if _comparable(value) == same or (kind == "phone" and _comparable(value)[-8:] == same[-8:]):
            return variable
    names = known.names if kind == "name" else [known.author or ""] if kind == "author" else []
    words, name_words = set(_words(written)), {word for name in names for word in _words(name)}
    of_names = [(v, set(_words(value))) for v, value in candidates if set(_words(value)) <= name_words]
    return next(
        (v for v, value in of_names if words <= value),
        next((v for v, value in of_names if value <= words), None),
    )


def _comparable(value: str) -> str:
    letters = _Needle.of(value).letters
    if not letters.isdecimal() or len(letters) < 10:
        return letters
    return canonical_phone(letters if letters.startswith("55") else f"55{letters}") or letters


def _words(value: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in _fold(value)).split()


def _fold(text: str) -> str:
    """Return the text as it is compared; one character may become several, or none."""
    if text.isascii():
        return text.lower()
    bare = normalize("NFKD", normalize("NFKD", text).casefold()).translate(_FLAT)
    kept = "".join(c for c in bare if category(c) not in ("Mn", "Me", "Cf"))
    return "".join(str(decimal(c)) if c.isdecimal() else c for c in normalize("NFC", kept))


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))


def _is_cpf(digits: str) -> bool:
    """Return whether the two last digits are those that check the others."""
    values = [int(digit) for digit in digits]
    checks = [
        sum(value * weight for value, weight in zip(values[:n], range(n + 1, 1, -1), strict=True))
        for n in (9, 10)
    ]
    return len(set(digits)) > 1 and [check * 10 % 11 % 10 for check in checks] == values[9:]


def _is_cnpj(code: str) -> bool:
    """Return whether the two last digits check the others, which since July 2026 may be letters."""
    values = [ord(character.upper()) - ord("0") for character in code]
    checks = [sum(v * (2 + (n - 1 - i) % 8) for i, v in enumerate(values[:n])) % 11 for n in (12, 13)]
    return len(set(code)) > 1 and [0 if check < 2 else 11 - check for check in checks] == values[12:]
