"""Up to where each agent has read in a thread, and read receipts were sent: plain rows, not events."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from adapters.postgres.connection.pool import AsyncQueryPool, QueryPool

# The customer hears of the reading of all agents as of one: that pointer belongs to nobody.
NOBODY = UUID(int=0)

FOUND = """
select sent_at, position from timeline
where tenant_id = %(tenant)s and message_id = %(message)s and conversation_id = %(conversation)s
"""
FORWARD = """
insert into read_pointers as p (tenant_id, agent_id, conversation_id, message_id, sent_at, position)
values (%(tenant)s, %(agent)s, %(conversation)s, %(message)s, %(sent_at)s, %(position)s)
on conflict (tenant_id, conversation_id, agent_id) do update
set message_id = excluded.message_id, sent_at = excluded.sent_at, position = excluded.position
where (excluded.sent_at, excluded.position) > (p.sent_at, p.position)
"""
# What the customer wrote to us: no notice, nothing of the time before us.
WROTE = """
select m.message_id, m.wamid, m.sent_at, m.position, w.channel_id
from timeline m join workspace w
    on w.tenant_id = m.tenant_id and w.conversation_id = m.conversation_id and w.number = m.ticket
where m.tenant_id = %(tenant)s and m.conversation_id = %(conversation)s
    and m.direction = 'in' and m.author_kind = 'contact' and m.wamid is not null
"""
NEWEST_FIRST = " order by m.sent_at desc, m.position desc limit 1"
BY_OWNER = """
    and %(reader)s = (select o.owner from workspace o where o.tenant_id = m.tenant_id
        and o.conversation_id = m.conversation_id order by o.number desc limit 1)
"""
UNTIL_MESSAGE = " and (m.sent_at, m.position) <= (%(sent_at)s, %(position)s)"
UNTIL_ANSWER = " and m.position < %(answer)s"
UNTOLD = """
    and not exists (select from read_pointers t
        where t.tenant_id = m.tenant_id and t.conversation_id = m.conversation_id and t.agent_id = %(nobody)s
        and (t.sent_at, t.position) >= (m.sent_at, m.position))
"""
UNTIL = """
select message_id from read_pointers where tenant_id = %s and conversation_id = %s and agent_id = %s
"""


@dataclass(frozen=True, slots=True)
class ReceiptTarget:
    """A customer's message for which a read receipt may be sent."""

    message_id: UUID
    wamid: str
    sent_at: datetime
    position: int
    channel_id: UUID


class PostgresReadPointers:
    """How far agents have read. A pointer only moves forward."""

    def __init__(self, pool: AsyncQueryPool) -> None:
        self._pool = pool

    async def get(self, tenant_id: UUID, agent_id: UUID, conversation_id: UUID) -> UUID | None:
        """Read which message is the newest that an agent has read."""
        row = await self._pool.row(UNTIL, [tenant_id, conversation_id, agent_id])
        return None if row is None else row.message_id

    async def advance(
        self, tenant_id: UUID, agent_id: UUID, conversation_id: UUID, message_id: UUID, limit: int
    ) -> bool:
        """Move an agent's pointer to a message; False when it is not in this thread by position `limit`."""
        names = {"tenant": tenant_id, "agent": agent_id, "conversation": conversation_id}
        async with self._pool.transaction() as db:
            asked = {**names, "message": message_id, "limit": limit}
            found = await (await db.execute(FOUND + " and position <= %(limit)s", asked)).fetchone()
            if found is None:
                return False
            await db.execute(FORWARD, _place(names, message_id, *found))
            return True


class PostgresReceipts:
    """Up to where read receipts were sent. The pointer only moves forward."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def due_to_reader(
        self, tenant_id: UUID, conversation_id: UUID, reader: UUID, message_id: UUID
    ) -> ReceiptTarget | None:
        """Read the customer's newest message up to this one, unless its receipt was sent.

        None when the reader does not have the conversation's newest ticket.
        """
        names = {"tenant": tenant_id, "conversation": conversation_id, "nobody": NOBODY, "reader": reader}

        def work(db: Connection[Any]) -> ReceiptTarget | None:
            found = db.execute(FOUND, {**names, "message": message_id}).fetchone()
            if found is None:
                return None
            sent_at, position = found
            query = WROTE + BY_OWNER + UNTIL_MESSAGE + UNTOLD + NEWEST_FIRST
            return _one(db, query, {**names, "sent_at": sent_at, "position": position})

        return self._pool.read(work)

    def due_to_answer(
        self, tenant_id: UUID, conversation_id: UUID, answer_position: int
    ) -> ReceiptTarget | None:
        """Read the customer's newest message before an answer, unless its receipt was sent."""
        names = {"tenant": tenant_id, "conversation": conversation_id, "nobody": NOBODY}
        query = WROTE + UNTIL_ANSWER + UNTOLD + NEWEST_FIRST
        return self._pool.read(lambda db: _one(db, query, {**names, "answer": answer_position}))

    def newest_for_owner(self, tenant_id: UUID, conversation_id: UUID, reader: UUID) -> ReceiptTarget | None:
        """Read the customer's newest message; None when the reader does not have the newest ticket."""
        names = {"tenant": tenant_id, "conversation": conversation_id, "reader": reader}
        return self._pool.read(lambda db: _one(db, WROTE + BY_OWNER + NEWEST_FIRST, names))

    def receipt_sent(self, tenant_id: UUID, conversation_id: UUID, message: ReceiptTarget) -> None:
        """Move the pointer to a message whose receipt is sent."""
        names = {"tenant": tenant_id, "agent": NOBODY, "conversation": conversation_id}
        values = _place(names, message.message_id, message.sent_at, message.position)
        self._pool.write(lambda db: db.execute(FORWARD, values))


def _place(names: dict[str, UUID], message_id: UUID, sent_at: datetime, position: int) -> dict[str, Any]:
    return {**names, "message": message_id, "sent_at": sent_at, "position": position}


def _one(db: Connection[Any], query: str, values: dict[str, Any]) -> ReceiptTarget | None:
    return db.cursor(row_factory=class_row(ReceiptTarget)).execute(query, values).fetchone()
