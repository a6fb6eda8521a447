"""What agents have begun to write; plain rows, one per agent and conversation."""

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
    """A text that was not sent yet."""

    text: str
    updated_at: datetime


class PostgresDrafts:
    """Kept, read and thrown away by their agent alone."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def get(self, tenant_id: UUID, agent_id: UUID, conversation_id: UUID) -> StoredDraft | None:
        """What this agent has begun here."""
        mine = {"tenant": tenant_id, "agent": agent_id, "conversation": conversation_id}
        return self._pool.read(
            lambda db: (
                db.cursor(row_factory=class_row(StoredDraft))
                .execute(f"select text, updated_at from drafts where {MINE}", mine)
                .fetchone()
            )
        )

    def save(self, tenant_id: UUID, agent_id: UUID, conversation_id: UUID, text: str, at: datetime) -> None:
        """Put `text` in the place of what was there."""
        kept = {
            "tenant": tenant_id,
            "agent": agent_id,
            "conversation": conversation_id,
            "text": text,
            "at": at,
        }
        self._pool.write(lambda db: db.execute(KEEP, kept))

    def delete(self, tenant_id: UUID, agent_id: UUID, conversation_id: UUID, until: datetime) -> None:
        """Throw away what was written until then; a later draft stays."""
        mine = {"tenant": tenant_id, "agent": agent_id, "conversation": conversation_id, "until": until}
        self._pool.write(
            lambda db: db.execute(f"delete from drafts where {MINE} and updated_at <= %(until)s", mine)
        )
