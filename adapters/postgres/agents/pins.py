"""What each agent keeps at hand, and how they want their lists: plain rows of their own."""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.queries.ticket_orders import Preferences

CHANNEL = "balcao_pins"
PIN = """
    insert into pins (tenant_id, agent_id, conversation_id) values (%s, %s, %s) on conflict do nothing
"""
UNPIN = "delete from pins where tenant_id = %s and agent_id = %s and conversation_id = %s"
PREFERENCES = "select sort, unanswered_first from list_preferences where tenant_id = %s and agent_id = %s"
PREFER = """
    insert into list_preferences (tenant_id, agent_id, sort, unanswered_first) values (%s, %s, %s, %s)
    on conflict (tenant_id, agent_id)
    do update set sort = excluded.sort, unanswered_first = excluded.unanswered_first
"""


class PostgresPins:
    """Set and taken away by their agent alone; their other windows are told."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def set(self, tenant_id: UUID, agent_id: UUID, conversation_id: UUID, pinned: bool) -> None:
        """Pin or unpin; twice is once."""
        told = f"{tenant_id} {agent_id} {conversation_id}"

        def work(db: Connection[Any]) -> None:
            done = db.execute(PIN if pinned else UNPIN, [tenant_id, agent_id, conversation_id])
            if done.rowcount:
                db.execute("select pg_notify(%s, %s)", [CHANNEL, told])

        self._pool.write(work)


class PostgresPreferences:
    """One row per agent who has chosen."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def get(self, tenant_id: UUID, agent_id: UUID) -> Preferences:
        """What an agent has chosen; else newest first."""
        row = self._pool.read(
            lambda db: (
                db.cursor(row_factory=class_row(Preferences))
                .execute(PREFERENCES, [tenant_id, agent_id])
                .fetchone()
            )
        )
        return row or Preferences()

    def put(self, tenant_id: UUID, agent_id: UUID, chosen: Preferences) -> None:
        """Keep a choice in the place of the one before."""
        values = [tenant_id, agent_id, chosen.sort, chosen.unanswered_first]
        self._pool.write(lambda db: db.execute(PREFER, values))
