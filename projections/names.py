"""Names of people as lists show and sort them."""

from unicodedata import combining, normalize

from domain.text import MAX_NAME

NOBODY = "?"


def folded(name: str | None) -> str:
    """The name as it sorts: without case, accents and spare spaces. Our own, so that no collation decides.

    One sign may unfold to eighteen; a key has to fit into an index and a cursor.
    """
    if not name:
        return ""
    plain = "".join(c for c in normalize("NFKD", name) if not combining(c))
    return " ".join(plain.casefold().split())[:MAX_NAME]


def initials(name: str | None, phone: str | None) -> str:
    """One or two letters for a square: of the first and the last word, else the end of the number."""
    letters = [found for word in normalize("NFC", name or "").split() if (found := _first_letter(word))]
    if letters:
        return letters[0] if len(letters) == 1 else letters[0] + letters[-1]
    return phone[-2:] if phone else NOBODY


def _first_letter(word: str) -> str:
    return next((c.upper()[0] for c in word if c.isalnum()), "")
