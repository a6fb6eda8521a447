"""Heartbeats of processes that have no position in the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import scalar_row

from adapters.postgres.connection.pool import AsyncQueryPool

BEAT = """
insert into heartbeats (name, beat_at, clock_skew_s)
values (%(name)s, clock_timestamp(), extract(epoch from clock_timestamp() - %(now)s))
on conflict (name) do update set beat_at = excluded.beat_at, clock_skew_s = excluded.clock_skew_s
returning clock_skew_s::float8
"""
AGES = """
select name, extract(epoch from clock_timestamp() - beat_at)::float8 as age_s,
    clock_skew_s::float8 as clock_skew_s
from heartbeats order by name
"""
ASSIGNS = "select exists (select from directory where kind = 'channel' and auto_assign) as assigns"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The last heartbeat of a process, and how far the database's clock was then ahead of its own."""

    name: str
    age_s: float
    clock_skew_s: float | None


def beat(db: Connection[Any], name: str, now: datetime) -> float:
    """Record that the process `name` is alive; return how far the database's clock is ahead of `now`."""
    with db.cursor(row_factory=scalar_row) as rows:
        skew_s = rows.execute(BEAT, {"name": name, "now": now}).fetchone()
    assert isinstance(skew_s, float), "an upsert returns its row"
    return skew_s


async def heartbeats(pool: AsyncQueryPool) -> Sequence[Heartbeat]:
    """Read the last heartbeat of each process, by name.

    Raises:
        LogUnavailable
    """
    return [Heartbeat(*row) for row in await pool.rows(AGES)]


async def assignment_is_on(pool: AsyncQueryPool) -> bool:
    """Read whether a channel assigns tickets automatically, so that an assigner must run.

    Raises:
        LogUnavailable
    """
    row = await pool.row(ASSIGNS)
    return row is not None and bool(row.assigns)
