"""Texts of statements that are put together from parts."""

from collections.abc import Callable, Hashable

from psycopg.sql import Composed


class Statements:
    """Keeps each text once it was put together: that takes longer than to run the statement.

    There are few: askers with the same `Visibility.plan_key` share theirs.
    """

    def __init__(self) -> None:
        self._texts: dict[Hashable, bytes] = {}

    def text(self, key: Hashable, build: Callable[[], Composed]) -> bytes:
        """Give the text of `key`; build it when it is asked for the first time."""
        if (text := self._texts.get(key)) is None:
            text = self._texts[key] = build().as_bytes()
        return text
