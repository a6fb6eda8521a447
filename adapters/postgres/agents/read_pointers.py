"""Read pointers: how far each agent has read in a conversation, and how far the customer was shown it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from adapters.postgres.connection.pool import QueryPool

# The customer sees one read receipt for all agents: its pointer belongs to this id.
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
# Messages of the customer, without notices and imported history.
WROTE = """
select m.message_id, m.wamid, m.sent_at, m.position, w.channel_id
from timeline m join workspace w
    on w.tenant_id = m.tenant_id and w.conversation_id = m.conversation_id and w.number = m.ticket
where m.tenant_id = %(tenant)s and m.conversation_id = %(conversation)s
    and m.direction = 'in' and m.author_kind = 'contact' and m.wamid is not null
"""
NEWEST_FIRST = " order by m.sent_at desc, m.position desc limit 1"
UNTOLD = """
    and (m.sent_at, m.position) <= (%(sent_at)s, %(position)s)
    and not exists (select from read_pointers t
        where t.tenant_id = m.tenant_id and t.conversation_id = m.conversation_id and t.agent_id = %(nobody)s
        and (t.sent_at, t.position) >= (m.sent_at, m.position))
"""
UNTIL = """
select message_id from read_pointers where tenant_id = %s and conversation_id = %s and agent_id = %s
"""


@dataclass(frozen=True, slots=True)
class CustomerMessage:
    """A message of the customer that can be marked as read."""

    message_id: UUID
    wamid: str
    sent_at: datetime
    position: int
    channel_id: UUID


class PostgresReadPointers:
    """Table of read pointers, which only move forward."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def get(self, tenant_id: UUID, agent_id: UUID, conversation_id: UUID) -> UUID | None:
        """Return the newest message that the agent has read."""
        row = self._pool.read(lambda db: db.execute(UNTIL, [tenant_id, conversation_id, agent_id]).fetchone())
        return None if row is None else row[0]

    def advance(self, tenant_id: UUID, agent_id: UUID, conversation_id: UUID, message_id: UUID) -> bool:
        """Move the agent's pointer to a message; False when it is not in this conversation."""
        names = {"tenant": tenant_id, "agent": agent_id, "conversation": conversation_id}

        def work(db: Connection[Any]) -> bool:
            found = db.execute(FOUND, {**names, "message": message_id}).fetchone()
            if found is None:
                return False
            _forward(db, names, message_id, *found)
            return True

        return self._pool.write(work)

    def receipt_due(self, tenant_id: UUID, conversation_id: UUID, message_id: UUID) -> CustomerMessage | None:
        """Return the newest customer message up to this one, None when its receipt was sent."""
        names = {"tenant": tenant_id, "conversation": conversation_id, "nobody": NOBODY}

        def work(db: Connection[Any]) -> CustomerMessage | None:
            found = db.execute(FOUND, {**names, "message": message_id}).fetchone()
            if found is None:
                return None
            sent_at, position = found
            return _one(
                db, WROTE + UNTOLD + NEWEST_FIRST, {**names, "sent_at": sent_at, "position": position}
            )

        return self._pool.read(work)

    def newest_from_customer(self, tenant_id: UUID, conversation_id: UUID) -> CustomerMessage | None:
        """Return the customer's newest message."""
        names = {"tenant": tenant_id, "conversation": conversation_id}
        return self._pool.read(lambda db: _one(db, WROTE + NEWEST_FIRST, names))

    def receipt_sent(self, tenant_id: UUID, conversation_id: UUID, message: CustomerMessage) -> None:
        """Record that a read receipt for the message was requested."""
        names = {"tenant": tenant_id, "agent": NOBODY, "conversation": conversation_id}
        at = message.sent_at, message.position
        self._pool.write(lambda db: _forward(db, names, message.message_id, *at))


def _forward(
    db: Connection[Any], names: dict[str, UUID], message_id: UUID, sent_at: datetime, position: int
) -> None:
    db.execute(FORWARD, {**names, "message": message_id, "sent_at": sent_at, "position": position})


def _one(db: Connection[Any], query: str, values: dict[str, Any]) -> CustomerMessage | None:
    return db.cursor(row_factory=class_row(CustomerMessage)).execute(query, values).fetchone()
