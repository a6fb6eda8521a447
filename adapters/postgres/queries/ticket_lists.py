"""Ticket lists: keyset pages in every order, restricted to what the caller may see."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composable, Composed

from adapters.postgres.connection.pool import AsyncQueryPool, Row
from adapters.postgres.queries.columns import PINNED, STALE_TICKET, TICKET
from adapters.postgres.queries.statements import Statements
from adapters.postgres.queries.ticket_orders import CLOSING_SOON, EVERYTHING, Listing, SortSegment
from adapters.postgres.queries.visibility import IndexRange, View, Visibility

COUNTED = 100
COUNTED_BY_SUPERVISORS = 10_000
CLOSING = timedelta(hours=2)
"""A window that ends within this time is about to close."""

TENANT = SQL("w.tenant_id = %(tenant)s")
MARK = {True: SQL("w.unanswered"), False: SQL("not w.unanswered")}


@dataclass(frozen=True, slots=True)
class TicketAfter:
    """Where the next page begins: after which key of which segment."""

    segment: int
    value: datetime | str
    position: int


@dataclass(frozen=True, slots=True)
class Page:
    """Tickets of a listing, and where the next page goes on."""

    rows: Sequence[Row]
    next: TicketAfter | None


class PostgresLists:
    """Queries that list and count tickets."""

    def __init__(self, pool: AsyncQueryPool) -> None:
        self._pool = pool
        self._pages: dict[Hashable, Sequence[tuple[bytes | None, bytes | None]]] = {}
        self._statements = Statements()

    async def tickets(
        self, visibility: Visibility, listing: Listing, after: TicketAfter | None, now: datetime, limit: int
    ) -> Page:
        """Read at most `limit` tickets after `after`.

        `now` tells open windows from others; it must be the same for every page.
        """
        values = {**visibility.values, "now": now, "soon": now + CLOSING}
        rows: list[Row] = []
        segments: list[int] = []
        queries = self._queries(visibility, listing)
        for number in range(0 if after is None else after.segment, len(queries)):
            begun = after if after is not None and after.segment == number else None
            key = {} if begun is None else {"value": begun.value, "position": begun.position}
            if (query := queries[number][begun is not None]) is not None:
                # One more than wanted tells whether there is a next page.
                found = await self._pool.rows(query, {**values, **key, "limit": limit + 1 - len(rows)})
                rows += found
                segments += [number] * len(found)
            if len(rows) > limit:
                last = rows[limit - 1]
                return Page(
                    rows[:limit], TicketAfter(segments[limit - 1], last.sort_value, last.sort_position)
                )
        return Page(rows, None)

    async def counts(self, visibility: Visibility, views: Sequence[View], now: datetime) -> dict[View, int]:
        """Count the tickets of each view on the index, up to one more than `most_counted`."""
        query = self._statements.text(
            (visibility.plan_key, *views),
            lambda: SQL("select {}").format(
                SQL(", ").join(
                    count_of(visibility.parts(view), view, most_counted(visibility, view)) for view in views
                )
            ),
        )
        values = {**visibility.values, "now": now, "soon": now + CLOSING}
        (row,) = await self._pool.rows_as(tuple_row, query, values)
        return dict(zip(views, row, strict=True))

    def _queries(
        self, visibility: Visibility, listing: Listing
    ) -> Sequence[tuple[bytes | None, bytes | None]]:
        """Put together the queries of all segments, from their start and continued, once: that takes longer
        than to run them."""
        key = (visibility.plan_key, listing)
        if (queries := self._pages.get(key)) is None:
            parts = visibility.parts(listing.view)
            queries = self._pages[key] = [
                (_as_bytes(page_of(parts, segment, False)), _as_bytes(page_of(parts, segment, True)))
                for segment in listing.segments()
            ]
        return queries


def _as_bytes(query: Composed | None) -> bytes | None:
    return None if query is None else query.as_bytes()


def page_of(parts: Sequence[IndexRange], segment: SortSegment, continued: bool) -> Composed | None:
    """Build the query of a segment: ranges of an index, merged. None when nothing of it is in the view."""
    value, position = segment.key.value, segment.key.position
    compare, order = ("<", "desc") if segment.key.descending else (">", "asc")
    beyond = SQL("({}, {}) {} (%(value)s, %(position)s)").format(value, position, SQL(compare))
    only = [beyond] if continued else []
    ranges = [
        SQL(
            "(select w.*, {value} as sort_value, {position} as sort_position from workspace w where {}"
            " order by {value} {order}, {position} {order} limit %(limit)s)"
        ).format(SQL(" and ").join([*rule, *only]), value=value, position=position, order=SQL(order))
        for part in parts
        for rule in _rules(part, segment)
    ]
    if not ranges:
        return None
    overlapping = any(part.apart is not None for part in parts)
    return SQL(
        "select {} {}, w.sort_value, w.sort_position, {}, {} from ({}) w"
        " order by w.sort_value {order}, w.sort_position {order} limit %(limit)s"
    ).format(
        SQL("distinct on (w.sort_value, w.sort_position)" if overlapping else ""),
        TICKET,
        STALE_TICKET,
        PINNED,
        SQL(" union all ").join(ranges),
        order=SQL(order),
    )


def most_counted(visibility: Visibility, view: View) -> int:
    """Return up to which number a view is counted: far for supervisors, who staff the queues by it."""
    decides = visibility.everything or visibility.supervises
    return COUNTED_BY_SUPERVISORS if decides and view not in ("closed", "all") else COUNTED


def count_of(parts: Sequence[IndexRange], view: View, most: int) -> Composed:
    """Build the query that counts a view and stops after one more than `most`."""
    segment = CLOSING_SOON if view == "closing" else EVERYTHING
    ranges = [
        # Ordered, so that no plan scans a million entries from the wrong end.
        SQL("(select from workspace w where {} order by {} {order}, {} {order} limit {most})").format(
            SQL(" and ").join(rule if part.apart is None else [*rule, part.apart]),
            segment.key.value,
            segment.key.position,
            order=SQL("desc" if segment.key.descending else "asc"),
            most=SQL(f"{most + 1}"),
        )
        for part in parts
        for rule in _rules(part, segment)
    ]
    return SQL("(select count(*) from (select from ({}) w limit {}) w)").format(
        SQL(" union all ").join(ranges), most + 1
    )


def _rules(part: IndexRange, segment: SortSegment) -> Iterator[list[Composable]]:
    """Return the conditions of each index range of a part within a segment."""
    only = [] if segment.only is None else [segment.only]
    if not part.closed:
        yield from ([TENANT, part.rule, MARK[mark], *only] for mark in segment.marks)
    elif segment.closed:
        yield [TENANT, part.rule, *only]
