"""An agent's pins and preferred order of lists: plain rows, not events."""

from uuid import UUID

from psycopg.rows import class_row

from adapters.postgres.connection.pool import AsyncQueryPool
from adapters.postgres.queries.ticket_orders import Preferences
from domain.refusals import TooManyPins

CHANNEL = "balcao_pins"
MAX_PINS = 200
PIN = """
    insert into pins (tenant_id, agent_id, conversation_id) values (%s, %s, %s) on conflict do nothing
"""
COUNT = "select count(*) from pins where tenant_id = %s and agent_id = %s"
UNPIN = "delete from pins where tenant_id = %s and agent_id = %s and conversation_id = %s"
PREFERENCES = "select sort, unanswered_first from list_preferences where tenant_id = %s and agent_id = %s"
PREFER = """
    insert into list_preferences (tenant_id, agent_id, sort, unanswered_first) values (%s, %s, %s, %s)
    on conflict (tenant_id, agent_id)
    do update set sort = excluded.sort, unanswered_first = excluded.unanswered_first
"""


class PostgresPins:
    """Pins of an agent. Each change is announced, for their other windows."""

    def __init__(self, pool: AsyncQueryPool) -> None:
        self._pool = pool

    async def set(self, tenant_id: UUID, agent_id: UUID, conversation_id: UUID, pinned: bool) -> None:
        """Pin or unpin a conversation; idempotent.

        Raises:
            TooManyPins
        """
        async with self._pool.transaction() as db:
            done = await db.execute(PIN if pinned else UNPIN, [tenant_id, agent_id, conversation_id])
            if done.rowcount:
                count = await (await db.execute(COUNT, [tenant_id, agent_id])).fetchone()
                if pinned and count is not None and count[0] > MAX_PINS:
                    raise TooManyPins(MAX_PINS)
                payload = f"{tenant_id} {agent_id} {conversation_id}"
                await db.execute("select pg_notify(%s, %s)", [CHANNEL, payload])


class PostgresPreferences:
    """Preferred orders of lists: one row per agent who has chosen."""

    def __init__(self, pool: AsyncQueryPool) -> None:
        self._pool = pool

    async def get(self, tenant_id: UUID, agent_id: UUID) -> Preferences:
        """Read what an agent has chosen; newest first by default."""
        rows = await self._pool.rows_as(class_row(Preferences), PREFERENCES, [tenant_id, agent_id])
        return rows[0] if rows else Preferences()

    async def put(self, tenant_id: UUID, agent_id: UUID, chosen: Preferences) -> None:
        """Store a choice; replaces the former one."""
        async with self._pool.transaction() as db:
            await db.execute(PREFER, [tenant_id, agent_id, chosen.sort, chosen.unanswered_first])
