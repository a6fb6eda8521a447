"""The messages of a conversation that were written for later."""

from collections.abc import Sequence
from uuid import UUID

from psycopg.rows import class_row

from adapters.postgres.connection.pool import QueryPool
from projections.scheduled import ScheduledRow

LISTED = 100
OF_CONVERSATION = (
    f"select {', '.join(ScheduledRow._fields)} from scheduled"
    " where tenant_id = %s and conversation_id = %s order by due_at desc, scheduled_id desc limit %s"
)


class PostgresScheduled:
    """The query behind their list."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def of(self, tenant_id: UUID, conversation_id: UUID) -> Sequence[ScheduledRow]:
        """The newest, in the order of their hours."""
        found = self._pool.read(
            lambda db: (
                db.cursor(row_factory=class_row(ScheduledRow))
                .execute(OF_CONVERSATION, [tenant_id, conversation_id, LISTED])
                .fetchall()
            )
        )
        return found[::-1]
