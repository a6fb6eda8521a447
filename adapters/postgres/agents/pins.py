"""Pinned conversations and list preferences of each agent: plain rows."""

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
    """Table of pins. A change is notified, so that the agent's other windows follow."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def set(self, tenant_id: UUID, agent_id: UUID, conversation_id: UUID, pinned: bool) -> None:
        """Pin or unpin a conversation; idempotent."""
        payload = f"{tenant_id} {agent_id} {conversation_id}"

        def work(db: Connection[Any]) -> None:
            done = db.execute(PIN if pinned else UNPIN, [tenant_id, agent_id, conversation_id])
            if done.rowcount:
                db.execute("select pg_notify(%s, %s)", [CHANNEL, payload])

        self._pool.write(work)


class PostgresPreferences:
    """Table of list preferences: one row per agent who has set them."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def get(self, tenant_id: UUID, agent_id: UUID) -> Preferences:
        """Return the agent's preferences, or the default: newest first."""
        row = self._pool.read(
            lambda db: (
                db.cursor(row_factory=class_row(Preferences))
                .execute(PREFERENCES, [tenant_id, agent_id])
                .fetchone()
            )
        )
        return row or Preferences()

    def put(self, tenant_id: UUID, agent_id: UUID, chosen: Preferences) -> None:
        """Store the agent's preferences."""
        values = [tenant_id, agent_id, chosen.sort, chosen.unanswered_first]
        self._pool.write(lambda db: db.execute(PREFER, values))
