"""Drafts of agents' messages: plain rows, one per agent and conversation."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from adapters.postgres.connection.pool import QueryPool

KEEP = """
insert into drafts as d (tenant_id, agent_id, conversation_id, contact_id, text, updated_at)
select e.tenant_id, %(agent)s, e.conversation_id, e.contact_id, %(text)s, %(at)s from events e
where e.tenant_id = %(tenant)s and e.conversation_id = %(conversation)s order by e.notification_id limit 1
on conflict (tenant_id, conversation_id, agent_id) do update
set text = excluded.text, updated_at = excluded.updated_at
"""
MINE = "tenant_id = %(tenant)s and conversation_id = %(conversation)s and agent_id = %(agent)s"


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """An unsent text."""

    text: str
    updated_at: datetime


class PostgresDrafts:
    """Table of drafts. A draft is visible to its agent alone."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def get(self, tenant_id: UUID, agent_id: UUID, conversation_id: UUID) -> StoredDraft | None:
        """Return the agent's draft in a conversation."""
        mine = {"tenant": tenant_id, "agent": agent_id, "conversation": conversation_id}
        return self._pool.read(
            lambda db: (
                db.cursor(row_factory=class_row(StoredDraft))
                .execute(f"select text, updated_at from drafts where {MINE}", mine)
                .fetchone()
            )
        )

    def save(self, tenant_id: UUID, agent_id: UUID, conversation_id: UUID, text: str, at: datetime) -> None:
        """Store a draft in place of an earlier one."""
        kept = {
            "tenant": tenant_id,
            "agent": agent_id,
            "conversation": conversation_id,
            "text": text,
            "at": at,
        }
        self._pool.write(lambda db: db.execute(KEEP, kept))

    def delete(self, tenant_id: UUID, agent_id: UUID, conversation_id: UUID, until: datetime) -> None:
        """Delete the draft if it was not changed after `until`."""
        mine = {"tenant": tenant_id, "agent": agent_id, "conversation": conversation_id, "until": until}
        self._pool.write(
            lambda db: db.execute(f"delete from drafts where {MINE} and updated_at <= %(until)s", mine)
        )
