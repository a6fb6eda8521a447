"""State of the log's followers: position, lag, last heartbeat, parked events."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from adapters.postgres.connection.pool import AsyncQueryPool

STATES = """
select p.name, p.position, coalesce((select max(notification_id) from events), 0) as head,
    extract(epoch from clock_timestamp() - p.heartbeat_at)::float8 as heartbeat_age_s,
    (select count(*) from parked_events k where k.name = p.name) as parked, p.building
from positions p order by p.name
"""


UNREADABLE = "select count(distinct position) from parked_events where starts_with(reason, 'event ')"
"""Events that cannot be read, as followers have found: `parked_events.reason_of` begins with the event."""


@dataclass(frozen=True, slots=True)
class FollowerState:
    """State of one follower. `building` marks a table that is not served from yet."""

    name: str
    position: int
    head: int
    heartbeat_age_s: float
    parked: int
    building: bool

    @property
    def lag(self) -> int:
        """Number of events that it has not handled, at most."""
        return max(0, self.head - self.position)


def follower_states(db: Connection[Any]) -> list[FollowerState]:
    """Read the states of all followers, by name."""
    return db.cursor(row_factory=class_row(FollowerState)).execute(STATES).fetchall()


async def count_unreadable(pool: AsyncQueryPool) -> int:
    """Count the events that a follower could not read.

    Raises:
        LogUnavailable
    """
    row = await pool.row(UNREADABLE)
    return 0 if row is None else int(row[0])


async def all_followers(pool: AsyncQueryPool) -> Sequence[FollowerState]:
    """Read the states of all followers, by name, including read models that are being rebuilt.

    Raises:
        LogUnavailable
    """
    return [FollowerState(*row) for row in await pool.rows(STATES)]
