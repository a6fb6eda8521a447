"""Drafts of agents: plain rows, one per agent and conversation."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from adapters.postgres.connection.pool import AsyncQueryPool

# Nothing is kept of a customer who was erased: an erasure deletes the key first, and waits for this lock.
KEEP = """
insert into drafts as d (tenant_id, agent_id, conversation_id, contact_id, text, updated_at)
select e.tenant_id, %(agent)s, e.conversation_id, e.contact_id, %(text)s, %(at)s from events e
join contact_keys k on k.contact_id = e.contact_id
where e.tenant_id = %(tenant)s and e.conversation_id = %(conversation)s order by e.notification_id limit 1
for key share of k
on conflict (tenant_id, conversation_id, agent_id) do update
set text = excluded.text, updated_at = excluded.updated_at
"""
MINE = "tenant_id = %(tenant)s and conversation_id = %(conversation)s and agent_id = %(agent)s"


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A text that is not sent yet."""

    text: str
    updated_at: datetime


class PostgresDrafts:
    """Drafts, each read and changed by its agent alone."""

    def __init__(self, pool: AsyncQueryPool) -> None:
        self._pool = pool

    async def get(self, tenant_id: UUID, agent_id: UUID, conversation_id: UUID) -> StoredDraft | None:
        """Read what this agent has begun here."""
        mine = {"tenant": tenant_id, "agent": agent_id, "conversation": conversation_id}
        query = f"select text, updated_at from drafts where {MINE}".encode()
        rows = await self._pool.rows_as(class_row(StoredDraft), query, mine)
        return rows[0] if rows else None

    async def save(
        self, tenant_id: UUID, agent_id: UUID, conversation_id: UUID, text: str, at: datetime
    ) -> None:
        """Store `text`; replaces what was there."""
        mine = {"tenant": tenant_id, "agent": agent_id, "conversation": conversation_id}
        async with self._pool.transaction() as db:
            await db.execute(KEEP, {**mine, "text": text, "at": at})

    async def delete(self, tenant_id: UUID, agent_id: UUID, conversation_id: UUID, until: datetime) -> None:
        """Delete what was written until then; a later draft stays."""
        mine = {"tenant": tenant_id, "agent": agent_id, "conversation": conversation_id, "until": until}
        async with self._pool.transaction() as db:
            await db.execute(f"delete from drafts where {MINE} and updated_at <= %(until)s", mine)
