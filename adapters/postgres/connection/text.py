"""What PostgreSQL can store as text."""

import re

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> bool:
    """Whether PostgreSQL takes this text: no NUL, no lone surrogate."""
    return _UNSTORABLE.search(text) is None
