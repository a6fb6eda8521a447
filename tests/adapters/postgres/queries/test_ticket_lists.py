"""Every order of every view, page by page, for every role; and that each is read off an index."""

import asyncio
import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID

import psycopg
import pytest
from psycopg.sql import SQL, Composed, Literal

from adapters.postgres.connection.pool import AsyncQueryPool
from adapters.postgres.queries.ticket_lists import (
    CLOSING,
    PostgresLists,
    TicketAfter,
    count_of,
    most_counted,
    page_of,
)
from adapters.postgres.queries.ticket_orders import NAME, Listing, Sort
from adapters.postgres.queries.visibility import View, Visibility
from tests.adapters.postgres.queries.viewers import ANA, BRUNO, NOW, TEAMS, TENANT, VIEWERS, nodes_of
from tests.support.databases import temporary_database

ROLES = ["agent", "agent of two teams", "supervisor", "admin"]
LISTINGS = [
    Listing(view, sort, first)
    for view, sort, first in itertools.product(get_args(View), get_args(Sort), (False, True))
]
COLUMNS = (
    "tenant_id, conversation_id, number, channel_id, contact_id, person_id, opened_position, protocol, state,"
    " owner, team, control, name, name_key, initials, unanswered_since, unread, last_at, last_position,"
    " window_ends_at, opened_at, queued_at, window_warned, tags, erased, position"
)


@dataclass(frozen=True)
class MadeTicket:
    """A ticket as this test keeps it beside the database."""

    number: int
    state: str
    owner: UUID | None
    team: str | None
    name: str
    unanswered_since: datetime | None
    last_at: datetime
    window_ends_at: datetime | None
    queued_at: datetime

    @property
    def row(self) -> tuple[Any, ...]:
        nobody = UUID(int=0)
        return (
            *(TENANT, UUID(int=self.number), 1, nobody, nobody, nobody, self.number, "", self.state),
            *(
                self.owner,
                self.team,
                1,
                self.name,
                self.name,
                "",
                self.unanswered_since,
                0,
                self.last_at,
                self.number,
            ),
            *(self.window_ends_at, self.queued_at, self.queued_at, False, "[]", False, 1),
        )


def tickets(count: int, closed: float, seed: int = 1) -> Iterator[MadeTicket]:
    """Of every kind, with many of one second, of one name, without a window."""
    dice = random.Random(seed)

    def at(spread: int) -> datetime:
        return NOW + timedelta(minutes=dice.randrange(-spread, spread) * 10)

    for number in range(1, count + 1):
        state = (
            "closed" if dice.random() < closed else dice.choice(["open", "open", "queue", "bot", "snoozed"])
        )
        owned = state == "open" or (state in ("snoozed", "closed") and dice.random() < 0.7)
        marked = state != "closed" and dice.random() < 0.4
        yield MadeTicket(
            number,
            state,
            dice.choice([ANA, BRUNO]) if owned else None,
            dice.choice([None, *map(str, TEAMS)]),
            dice.choice(["", "ana", "bia", "caio", "davi", f"n{dice.randrange(1000)}", "x" * 300]),
            at(100) if marked else None,
            at(100),
            at(20) if dice.random() < 0.8 else None,
            at(100),
        )


def store(url: str, made: Sequence[MadeTicket]) -> None:
    statement = f"copy workspace_1 ({COLUMNS}) from stdin"
    with psycopg.connect(url) as db, db.cursor() as cursor, cursor.copy(statement) as copy:
        for each in made:
            copy.write_row(each.row)


def expected(made: Sequence[MadeTicket], visibility: Visibility, listing: Listing) -> list[int]:
    """The order as the manual says it."""

    def shown(each: MadeTicket) -> bool:
        if not visibility.sees(TENANT, each.owner, each.team, each.state):
            return False
        if listing.view == "all":
            return True
        if listing.view == "mine":
            return each.owner is not None and each.owner == visibility.me and each.state == "open"
        if listing.view == "closing":
            ends = each.window_ends_at
            return each.state != "closed" and ends is not None and NOW < ends < NOW + CLOSING
        return each.state == listing.view

    def place(each: MadeTicket) -> tuple[Any, ...]:
        newest = (-each.last_at.timestamp(), -each.number)
        by_window = listing.view == "closing"
        sort = "window" if by_window else listing.sort
        if each.state == "closed" and sort not in ("newest", "name"):
            return (2, 0, *newest)
        mark = each.unanswered_since is None if listing.unanswered_first or sort == "waiting" else False
        if sort == "newest" or (sort == "waiting" and mark):
            return (mark, 0, *newest)
        if sort == "name":
            return (mark, 0, each.name[:64], each.number)
        if sort == "queued":
            return (mark, 0, each.queued_at.timestamp(), each.number)
        if sort == "waiting":
            assert each.unanswered_since is not None
            return (mark, 0, each.unanswered_since.timestamp(), each.number)
        ends = each.window_ends_at
        if ends is None or ends <= NOW:
            return (mark, 1, -ends.timestamp() if ends else 1e12, -each.number)
        return (mark, 0, ends.timestamp(), each.number)

    return [each.number for each in sorted(filter(shown, made), key=place)]


async def listed(lists: PostgresLists, visibility: Visibility, listing: Listing, page: int) -> list[int]:
    """All pages of a listing."""
    found: list[int] = []
    after: TicketAfter | None = None
    while True:
        read = await lists.tickets(visibility, listing, after, NOW, page)
        found += [row.conversation_id.int for row in read.rows]
        if (after := read.next) is None:
            return found


def test_every_order_of_every_view_is_the_same_in_one_page_and_in_many(database_url: str) -> None:
    made = list(tickets(300, closed=0.3))
    store(database_url, made)

    async def compare() -> None:
        async with AsyncQueryPool(database_url, 1, "lists") as pool:
            lists = PostgresLists(pool)
            for (name, visibility), listing in itertools.product(VIEWERS.items(), LISTINGS):
                right = expected(made, visibility, listing)
                for page in (7, 400):
                    assert await listed(lists, visibility, listing, page) == right, (name, listing, page)
                counted = (await lists.counts(visibility, get_args(View), NOW))[listing.view]
                assert min(counted, 101) == min(len(right), 101), (name, listing.view)

    asyncio.run(compare())


TICKETS, OPEN = 30_000, 3_300
"""In the large tenant: all of them, and a little more than those that are open."""


@pytest.fixture(scope="module")
def large(server_url: str) -> Iterator[psycopg.Connection[Any]]:
    """As a tenant has it after years, in small: nine of ten tickets are closed."""
    with temporary_database(server_url, migrated=True) as url:
        store(url, list(tickets(TICKETS, closed=0.9)))
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("vacuum analyze")
            yield db


@pytest.mark.parametrize("view", get_args(View))
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_every_order_and_every_count_is_read_off_an_index(
    large: psycopg.Connection[Any], role: str, view: View, mode: str
) -> None:
    large.execute(f"set plan_cache_mode = {mode}")
    visibility = VIEWERS[role]
    parts = visibility.parts(view)
    # before 17 a scan that compares one of several queues loses its order: what is open may be sorted there
    sorts = 2 * OPEN if large.info.server_version < 170_000 else 0
    teams = sorted(visibility.teams)  # as literals: an encoded array is none
    values = {**visibility.values, "teams": teams, "queues": ["", *teams]}
    values |= {"now": NOW, "soon": NOW + CLOSING, "position": 100, "limit": 51}
    for listing in (listing for listing in LISTINGS if listing.view == view):
        for segment, continued in itertools.product(listing.segments(), (False, True)):
            if (query := page_of(parts, segment, continued)) is not None:
                value = "b" if segment.key is NAME else NOW
                plan = carried_out(large, query, {**values, "value": value})
                twice = 1 + any(part.apart is not None for part in parts)
                off_an_index(plan, (listing, segment, continued), 51 * twice + len(parts) * 2, sorts)
    most = most_counted(visibility, view)
    counted = carried_out(large, count_of(parts, view, most), values)
    off_an_index(counted, view, len(parts) * 2 * (most + 1), sorts)


def carried_out(db: psycopg.Connection[Any], query: Composed, values: dict[str, Any]) -> dict[str, Any]:
    """What a prepared query did."""
    text, types = (
        query.as_string(db),
        {
            UUID: "uuid",
            datetime: "timestamptz",
            int: "bigint",
            str: "text",
            list: "text[]",
            type(None): "uuid",
        },
    )
    given = {name: value for name, value in values.items() if f"%({name})s" in text}
    for number, name in enumerate(given, 1):
        text = text.replace(f"%({name})s", f"${number}")
    declared = ", ".join(types[type(value)] for value in given.values())
    db.execute(f"prepare asked ({declared}) as {text}".replace("()", "").encode())
    literals = SQL(", ").join(map(Literal, given.values()))
    (found,) = db.execute(SQL("explain (analyze, format json) execute asked ({})").format(literals))
    db.execute("deallocate asked")
    plan: dict[str, Any] = found[0][0]["Plan"]
    return plan


def off_an_index(plan: dict[str, Any], what: object, most: int, sorts: int) -> None:
    """At most `most` rows are read, in the order of an index; or so many more, of which some are sorted."""
    read = 0
    for node in nodes_of(plan):
        kind = node["Node Type"]
        assert sorts or kind not in ("Sort", "Incremental Sort", "Bitmap Heap Scan", "Hash Join"), (
            what,
            kind,
        )
        if node.get("Relation Name", "").startswith("workspace"):
            assert kind in ("Index Scan", "Index Only Scan") or (sorts and kind == "Bitmap Heap Scan"), (
                what,
                kind,
            )
            removed = node.get("Rows Removed by Filter", 0)
            # Whoever supervises leaves out their own tickets where those of the queues are read already.
            is_own = "owner =" in node.get("Index Cond", "") and "queue <> ALL" in node.get("Filter", "")
            assert sorts or is_own or not removed, (what, node)
            read += (node["Actual Rows"] + removed) * node["Actual Loops"]
    assert read <= most + sorts, (what, read)
