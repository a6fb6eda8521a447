"""Sort keys and initials of people's names."""

from unicodedata import combining, normalize

from domain.text import MAX_NAME

NOBODY = "?"


def folded(name: str | None) -> str:
    """Return the sort key of a name: without case, accents and extra spaces, independent of any collation.

    One character may decompose into eighteen, so it is cut: a key has to fit into an index and a cursor.
    """
    if not name:
        return ""
    plain = "".join(c for c in normalize("NFKD", name) if not combining(c))
    return " ".join(plain.casefold().split())[:MAX_NAME]


def initials(name: str | None, phone: str | None) -> str:
    """Return one or two letters for an avatar: of the first and the last word, else the last digits."""
    letters = [found for word in normalize("NFC", name or "").split() if (found := _first_letter(word))]
    if letters:
        return letters[0] if len(letters) == 1 else letters[0] + letters[-1]
    return phone[-2:] if phone else NOBODY


def _first_letter(word: str) -> str:
    return next((c.upper()[0] for c in word if c.isalnum()), "")
