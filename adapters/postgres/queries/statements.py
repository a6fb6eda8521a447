"""Texts of statements that are put together from parts."""

from collections.abc import Callable, Hashable

from psycopg.sql import Composed


class Statements:
    """Cache of statement texts: composing one takes longer than running it.

    There are few: askers with the same `Visibility.plan_key` share theirs.
    """

    def __init__(self) -> None:
        self._texts: dict[Hashable, bytes] = {}

    def text(self, key: Hashable, build: Callable[[], Composed]) -> bytes:
        """Return the text of `key`; build it at the first call."""
        if (text := self._texts.get(key)) is None:
            text = self._texts[key] = build().as_bytes()
        return text
