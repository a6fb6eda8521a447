"""Texts that PostgreSQL can store."""

import re

UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> bool:
    """Return whether PostgreSQL can store the text: no NUL, no lone surrogates."""
    return UNSTORABLE.search(text) is None
