"""Sort orders of tickets: each is a sequence of segments, each read off an index in order.

Closed tickets come last, newest first, except in the orders `newest` and `name`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from psycopg.sql import SQL, Composable

from adapters.postgres.queries.visibility import View

Sort = Literal["newest", "waiting", "window", "queued", "name"]
Marks = tuple[bool, ...]

EITHER: Marks = (True, False)


@dataclass(frozen=True, slots=True)
class Key:
    """Sort key of a segment: a value, and a position among equal values."""

    value: SQL
    position: SQL
    descending: bool = False


NEWEST = Key(SQL("w.last_at"), SQL("w.last_position"), descending=True)
WAITING = Key(SQL("w.unanswered_since"), SQL("w.opened_position"))
_WINDOW = SQL("coalesce(w.window_ends_at, timestamptz '0001-01-01 00:00+00')")
CLOSING, ENDED = Key(_WINDOW, WAITING.position), Key(_WINDOW, WAITING.position, descending=True)
QUEUED = Key(SQL("w.queued_at"), WAITING.position)
NAME = Key(SQL("left(w.name_key, 64)"), WAITING.position)

OPEN_WINDOW = _WINDOW + SQL(" > %(now)s")
NO_WINDOW = _WINDOW + SQL(" <= %(now)s")
CLOSING_WINDOW = OPEN_WINDOW + SQL(" and ") + _WINDOW + SQL(" < %(soon)s")


@dataclass(frozen=True, slots=True)
class SortSegment:
    """A run of tickets in an order: open ones with one of `marks`, and closed ones if `closed`."""

    key: Key
    marks: Marks = ()
    closed: bool = False
    only: Composable | None = None


EVERYTHING = SortSegment(NEWEST, EITHER, closed=True)
CLOSING_SOON = SortSegment(CLOSING, EITHER, only=CLOSING_WINDOW)


@dataclass(frozen=True, slots=True)
class Preferences:
    """An agent's preferred order of lists."""

    sort: Sort = "newest"
    unanswered_first: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A view in an order. The view `closing` is always that of the window."""

    view: View = "all"
    sort: Sort = "newest"
    unanswered_first: bool = False

    def segments(self) -> Sequence[SortSegment]:
        """List the segments in order."""
        apart: Sequence[Marks] = ((True,), (False,)) if self.unanswered_first else (EITHER,)
        closed = SortSegment(NEWEST, closed=True)
        if self.view == "closing":
            return [replace(CLOSING_SOON, marks=marks) for marks in apart]
        match self.sort:
            case "newest":
                return _with_closed(NEWEST, apart)
            case "name":
                return _with_closed(NAME, apart)
            case "waiting":
                return [SortSegment(WAITING, (True,)), SortSegment(NEWEST, (False,)), closed]
            case "queued":
                return [*(SortSegment(QUEUED, marks) for marks in apart), closed]
            case "window":
                window = ((CLOSING, OPEN_WINDOW), (ENDED, NO_WINDOW))
                return [
                    *(SortSegment(key, marks, only=only) for marks in apart for key, only in window),
                    closed,
                ]


def _with_closed(key: Key, apart: Sequence[Marks]) -> Sequence[SortSegment]:
    """Put the closed tickets among those without a mark."""
    return [SortSegment(key, marks, closed=False in marks) for marks in apart]
