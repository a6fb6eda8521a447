"""Queries for idle teams and present agents."""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection

from adapters.postgres.connection.pool import AsyncQueryPool, QueryPool
from domain.log.port import LogUnavailable

SEEN_WITHIN = timedelta(seconds=15)
"""An open stream that was not seen for so long is closed."""

FRESH_WITHIN_S, AGAIN_S = 2.0, 0.02

REACHED = """
select count(*) = cardinality(%(names)s::text[]) and coalesce(min(position), 0) >= %(position)s
from positions where name = any(%(names)s) and not building
"""
HEAD = "select coalesce(max(notification_id), 0) from events"
IN_USE = """
select exists (select from workspace where tenant_id = %(tenant)s and team = %(text)s and state <> 'closed')
    or exists (select from directory where tenant_id = %(tenant)s and kind = 'channel' and team_id = %(team)s)
"""
# A row that was seen a moment ago is not written again: many streams of one person are one sign of life.
SEEN = """
insert into presence (tenant_id, agent_id) select * from unnest(%s::uuid[], %s::uuid[])
on conflict (tenant_id, agent_id) do update set seen_at = clock_timestamp()
where presence.seen_at < clock_timestamp() - interval '1 s'
"""
SWITCH = """
insert into presence (tenant_id, agent_id, available) values (%s, %s, %s)
on conflict (tenant_id, agent_id) do update set available = excluded.available, seen_at = clock_timestamp()
"""
IS_PRESENT = "p.available and p.seen_at > clock_timestamp() - %(within)s"
"""Condition on a row `p` of `presence` that the agent takes tickets and has an open stream."""

PRESENT = f"select agent_id from presence p where tenant_id = %(tenant)s and {IS_PRESENT}"
AVAILABLE = "select available from presence where tenant_id = %s and agent_id = %s"


def wait_for(db: Connection[Any], names: Collection[str], position: int, within_s: float) -> bool:
    """Wait until read models have passed a position; False on timeout."""
    deadline = time.monotonic() + within_s
    while True:
        row = db.execute(REACHED, {"names": list(names), "position": position}).fetchone()
        assert row is not None
        if row[0]:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(AGAIN_S)


def head_of(db: Connection[Any]) -> int:
    """Return the newest position of the log."""
    row = db.execute(HEAD).fetchone()
    assert row is not None
    return int(row[0])


@dataclass(frozen=True, slots=True)
class PostgresTeams:
    """Query for whether a team is in use."""

    pool: QueryPool

    def idle_at(self, tenant_id: UUID, team_id: UUID) -> int | None:
        """Return a position at which the team had only closed tickets and no channel sent new ones to it.

        Raises:
            LogUnavailable: the read models are not at the head of the log in time.
        """

        def ask(db: Connection[Any]) -> int | None:
            head = head_of(db)
            if not wait_for(db, ("workspace", "directory"), head, FRESH_WITHIN_S):
                raise LogUnavailable
            values = {"tenant": tenant_id, "team": team_id, "text": str(team_id)}
            row = db.execute(IN_USE, values).fetchone()
            assert row is not None
            return None if row[0] else head

        return self.pool.read(ask)


@dataclass(frozen=True, slots=True)
class PostgresPresence:
    """Table of presence: each agent's switch, and when an open stream of theirs was last seen."""

    pool: AsyncQueryPool

    async def seen(self, people: Iterable[tuple[UUID, UUID]]) -> None:
        """Record that these (tenant, agent) pairs have an open stream."""
        ordered = sorted(set(people))
        columns = [[tenant for tenant, _ in ordered], [agent for _, agent in ordered]]
        async with self.pool.transaction() as db:
            await db.execute(SEEN, columns)

    async def switch(self, tenant_id: UUID, agent_id: UUID, available: bool) -> None:
        """Set the agent's switch."""
        async with self.pool.transaction() as db:
            await db.execute(SWITCH, [tenant_id, agent_id, available])

    async def is_available(self, tenant_id: UUID, agent_id: UUID) -> bool:
        """Read the agent's switch; it is on by default."""
        row = await self.pool.row(AVAILABLE, [tenant_id, agent_id])
        return row is None or bool(row.available)

    async def present(self, tenant_id: UUID) -> set[UUID]:
        """Read which agents of a tenant are available and have an open stream."""
        asked = {"tenant": tenant_id, "within": SEEN_WITHIN}
        return {row.agent_id for row in await self.pool.rows(PRESENT, asked)}
