"""The lists of the workspace: pages by keyset, in every order, only rows that the asker may see."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.sql import SQL, Composable, Composed

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.queries.conversations import PINNED, STALE_TICKET, TICKET, Row, rows_of
from adapters.postgres.queries.ticket_orders import CLOSING_SOON, EVERYTHING, Listing, SortSegment
from adapters.postgres.queries.visibility import IndexRange, View, Visibility

COUNTED = 100
CLOSING = timedelta(hours=2)
"""A window that ends within this time is about to close."""

TENANT = SQL("w.tenant_id = %(tenant)s")
MARK = {True: SQL("w.unanswered"), False: SQL("not w.unanswered")}


@dataclass(frozen=True, slots=True)
class After:
    """The place behind a ticket of a listing: its stretch, and its key there."""

    stretch: int
    value: datetime | str
    position: int


class PostgresLists:
    """Tickets in order, and how many there are."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool
        self._pages: dict[Hashable, bytes | None] = {}
        self._counts: dict[Hashable, bytes] = {}

    def tickets(
        self, visibility: Visibility, listing: Listing, behind: After | None, now: datetime, limit: int
    ) -> list[Row]:
        """At most `limit` tickets from `behind` on, with their places: `sort_stretch`, `_value`, `_position`.

        `now` tells open windows from others; it must be the same for every page.
        """
        values = {**visibility.values, "now": now, "soon": now + CLOSING}
        rows: list[Row] = []
        for place in range(0 if behind is None else behind.stretch, len(listing.stretches())):
            begun = behind if behind is not None and behind.stretch == place else None
            key = {} if begun is None else {"value": begun.value, "position": begun.position}
            if (query := self._page(visibility, listing, place, begun is not None)) is not None:
                found = rows_of(self._pool, query, {**values, **key, "limit": limit - len(rows)})
                rows += [{**row, "sort_stretch": place} for row in found]
            if len(rows) == limit:
                break
        return rows

    def counts(self, visibility: Visibility, views: Sequence[View], now: datetime) -> dict[View, int]:
        """How many tickets each view has, counted on the index up to one more than a hundred."""
        key = (visibility.shape, *views)
        if (query := self._counts.get(key)) is None:
            counted = SQL(", ").join(count_of(visibility.parts(view), view) for view in views)
            query = self._counts[key] = SQL("select {}").format(counted).as_bytes()
        values = {**visibility.values, "now": now, "soon": now + CLOSING}
        row = self._pool.read(lambda db: db.execute(query, values).fetchone())
        assert row is not None
        return dict(zip(views, row, strict=True))

    def _page(self, visibility: Visibility, listing: Listing, place: int, continued: bool) -> bytes | None:
        """`page_of`, put together once: that takes longer than to carry it out."""
        key = (visibility.shape, listing, place, continued)
        if key not in self._pages:
            query = page_of(visibility.parts(listing.view), listing.stretches()[place], continued)
            self._pages[key] = None if query is None else query.as_bytes()
        return self._pages[key]


def page_of(parts: Sequence[IndexRange], stretch: SortSegment, continued: bool) -> Composed | None:
    """The query of a stretch: ranges of an index, merged. None when nothing of it is in the view."""
    value, position = stretch.key.value, stretch.key.position
    compare, order = ("<", "desc") if stretch.key.descending else (">", "asc")
    beyond = SQL("({}, {}) {} (%(value)s, %(position)s)").format(value, position, SQL(compare))
    only = [beyond] if continued else []
    ranges = [
        SQL(
            "(select w.*, {value} as sort_value, {position} as sort_position from workspace w where {}"
            " order by {value} {order}, {position} {order} limit %(limit)s)"
        ).format(SQL(" and ").join([*rule, *only]), value=value, position=position, order=SQL(order))
        for part in parts
        for rule in _rules(part, stretch)
    ]
    if not ranges:
        return None
    return SQL(
        "select distinct on (w.sort_value, w.sort_position) {}, w.sort_value, w.sort_position, {}, {}"
        " from ({}) w"
        " order by w.sort_value {order}, w.sort_position {order} limit %(limit)s"
    ).format(TICKET, STALE_TICKET, PINNED, SQL(" union all ").join(ranges), order=SQL(order))


def count_of(parts: Sequence[IndexRange], view: View) -> Composed:
    """A query of how many tickets a view has, which ends behind the hundredth."""
    stretch = CLOSING_SOON if view == "closing" else EVERYTHING
    ranges = [
        # Sorted, so that no plan begins at the wrong end of a million.
        SQL("(select from workspace w where {} order by {} {order}, {} {order} limit {most})").format(
            SQL(" and ").join(rule if part.apart is None else [*rule, part.apart]),
            stretch.key.value,
            stretch.key.position,
            order=SQL("desc" if stretch.key.descending else "asc"),
            most=SQL(f"{COUNTED + 1}"),
        )
        for part in parts
        for rule in _rules(part, stretch)
    ]
    return SQL("(select count(*) from (select from ({}) w limit {}) w)").format(
        SQL(" union all ").join(ranges), COUNTED + 1
    )


def _rules(part: IndexRange, stretch: SortSegment) -> Iterator[list[Composable]]:
    """The conditions of each range of an index that a part has in a stretch."""
    only = [] if stretch.only is None else [stretch.only]
    if not part.closed:
        yield from ([TENANT, part.rule, MARK[mark], *only] for mark in stretch.marks)
    elif stretch.closed:
        yield [TENANT, part.rule, *only]
