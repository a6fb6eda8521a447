"""Query for the scheduled messages of a conversation."""

from collections.abc import Sequence
from uuid import UUID

from psycopg.rows import class_row

from adapters.postgres.connection.pool import AsyncQueryPool
from projections.scheduled_messages import ScheduledRow

LISTED = 100
OF_CONVERSATION = (
    f"select {', '.join(ScheduledRow._fields)} from scheduled"
    " where tenant_id = %s and conversation_id = %s and position <= %s"
    " order by due_at desc, scheduled_id desc limit %s"
)


class PostgresScheduled:
    """Query for the list of scheduled messages."""

    def __init__(self, pool: AsyncQueryPool) -> None:
        self._pool = pool

    async def of(self, tenant_id: UUID, conversation_id: UUID, limit: int) -> Sequence[ScheduledRow]:
        """Read the newest scheduled messages that have not changed since position `limit`, by due time."""
        asked = [tenant_id, conversation_id, limit, LISTED]
        found = await self._pool.rows_as(class_row(ScheduledRow), OF_CONVERSATION.encode(), asked)
        return found[::-1]
