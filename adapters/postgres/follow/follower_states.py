"""How the followers of the log are: position, lag, last sign of life, parked events."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from adapters.postgres.connection.pool import QueryPool

STATES = """
select p.name, p.position, coalesce((select max(notification_id) from events), 0) as head,
    extract(epoch from clock_timestamp() - p.heartbeat_at)::float8 as heartbeat_age_s,
    (select count(*) from parked_events k where k.name = p.name) as parked, p.building
from positions p order by p.name
"""


@dataclass(frozen=True, slots=True)
class FollowerState:
    """One follower as its row tells it. `building` is a table that does not serve yet."""

    name: str
    position: int
    head: int
    heartbeat_age_s: float
    parked: int
    building: bool

    @property
    def lag(self) -> int:
        """In events."""
        return max(0, self.head - self.position)


def follower_states(db: Connection[Any]) -> list[FollowerState]:
    """All of them, by name."""
    return db.cursor(row_factory=class_row(FollowerState)).execute(STATES).fetchall()


class PostgresFollowers:
    """Asks on connections of its own, so that busy queries cannot make the process look ill."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def states(self) -> Sequence[FollowerState]:
        """Those that serve, by name.

        Raises:
            LogUnavailable
        """
        return [state for state in self._pool.read(follower_states) if not state.building]
