"""How the followers of the log are: position, lag, last sign of life, parked events."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.postgres.pool import QueryPool

FOLLOWERS = (
    "select p.name, coalesce((select max(notification_id) from events), 0) - p.position,"
    " extract(epoch from clock_timestamp() - p.heartbeat_at)::float8,"
    " (select count(*) from parked_events e where e.name = p.name)"
    " from positions p where not p.building order by p.name"
)


@dataclass(frozen=True, slots=True)
class FollowerState:
    """One follower as its row tells it. `lag` is in events."""

    name: str
    lag: int
    heartbeat_age_s: float
    parked: int


class PostgresFollowers:
    """Asks on connections of its own, so that busy queries cannot make the process look ill."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def states(self) -> Sequence[FollowerState]:
        """All of them, by name."""
        rows = self._pool.read(lambda db: db.execute(FOLLOWERS).fetchall())
        return [FollowerState(name, max(0, int(lag)), age, int(parked)) for name, lag, age, parked in rows]
