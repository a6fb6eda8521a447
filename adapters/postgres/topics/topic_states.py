"""How far our groups are in each partition, as measured last: one row, for the health checks."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson

from adapters.postgres.connection.pool import AsyncQueryPool, QueryPool

STORE = """
insert into topic_states (measured_at, states) values (clock_timestamp(), %s::jsonb)
on conflict (only_row) do update set measured_at = excluded.measured_at, states = excluded.states
"""
LOAD = "select extract(epoch from clock_timestamp() - measured_at)::float8, states::text from topic_states"

PARKED = "parked"
"""Stands in for a group: the people who replay or drop what was parked."""


@dataclass(frozen=True, slots=True)
class TopicState:
    """How far one group is in one partition.

    `offset` is its first unread one, `lost` the number of records before `earliest` that it never read;
    `late` says that the oldest unread record is old enough for an alarm.
    """

    topic: str
    partition: int
    group: str
    offset: int
    earliest: int
    end: int
    unread: int
    lost: int
    oldest_at: datetime | None
    late: bool

    @property
    def stopped(self) -> bool:
        """Whether the group cannot go on here by itself."""
        return self.group != PARKED and not self.earliest <= self.offset <= self.end


@dataclass(frozen=True, slots=True)
class MeasuredStates:
    """All states, and how long ago they were measured."""

    age_s: float
    states: Sequence[TopicState]


def store_states(pool: QueryPool, states: Sequence[TopicState]) -> None:
    """Replace what was measured before.

    Raises:
        LogUnavailable
    """
    stored = orjson.dumps([asdict(state) for state in states]).decode()
    pool.write(lambda db: db.execute(STORE, [stored]))


async def load_states(queries: AsyncQueryPool) -> MeasuredStates | None:
    """Load what was measured last; None if that never happened.

    Raises:
        LogUnavailable
    """
    row = await queries.row(LOAD)
    return None if row is None else MeasuredStates(row[0], [_state(each) for each in orjson.loads(row[1])])


def _state(stored: dict[str, Any]) -> TopicState:
    at = stored["oldest_at"]
    return TopicState(**{**stored, "oldest_at": None if at is None else datetime.fromisoformat(at)})
