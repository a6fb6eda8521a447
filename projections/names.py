"""Sort keys, search words and initials of people's names: one folding for all of them."""

from itertools import groupby
from unicodedata import category, combining, normalize

from domain.text import MAX_NAME

NOBODY = "?"
PIECE = 6
"""Digits of a phone number that are one word of a search."""

MIN_DIGITS = 3
"""Fewer digits are not looked for in phone numbers."""


def folded(name: str | None) -> str:
    """Return the sort key of a name: without case, accents and extra spaces, independent of any collation.

    It begins at the first letter or digit, if there is one. One character may decompose into eighteen, so it
    is cut: a key has to fit into an index and a cursor.
    """
    key = plain(name)
    begins = next((at for at, c in enumerate(key) if c.isalnum()), 0)
    return key[begins : begins + MAX_NAME]


def words_of(text: str | None) -> list[str]:
    """Return the words of a name, folded, each once: runs of letters, digits and marks."""
    runs = ("".join(run) for is_word, run in groupby(plain(text)[:MAX_NAME], _in_word) if is_word)
    return list(dict.fromkeys(run for run in runs if any(c.isalnum() for c in run)))


def pieces_of(number: str) -> list[str]:
    """Return the words by which a part of a number is found: from each of its digits on, the next six.

    Marked, so that they are not taken for words of a name.
    """
    return [f"#{number[at : at + PIECE]}" for at in range(len(number) - MIN_DIGITS + 1)]


def initials(name: str | None, phone: str | None) -> str:
    """Return one or two letters for an avatar: of the first and the last word, else the last digits."""
    letters = [found for word in normalize("NFC", name or "").split() if (found := _first_letter(word))]
    if letters:
        return letters[0] if len(letters) == 1 else letters[0] + letters[-1]
    return phone[-2:] if phone else NOBODY


def plain(text: str | None) -> str:
    """Return a text without case, accents and extra spaces."""
    if not text:
        return ""
    bare = "".join(c for c in normalize("NFKD", text) if not combining(c))
    return " ".join(bare.casefold().split())


def _in_word(character: str) -> bool:
    return character.isalnum() or category(character)[0] == "M"


def _first_letter(word: str) -> str:
    return next((c.upper()[0] for c in word if c.isalnum()), "")
