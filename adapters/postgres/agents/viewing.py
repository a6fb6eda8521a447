"""Who views a conversation: passed between API processes as notifications, never stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from adapters.postgres.connection.pool import QueryPool

CHANNEL = "balcao_viewing"
THREADS = """
select w.tenant_id, w.conversation_id, w.owner, w.team, w.state
from unnest(%s::uuid[], %s::uuid[]) k(tenant, conversation)
join workspace w on w.tenant_id = k.tenant and w.conversation_id = k.conversation
"""


@dataclass(frozen=True, slots=True)
class Sighting:
    """An agent who has a conversation open right now, and may be typing."""

    tenant_id: UUID
    conversation_id: UUID
    agent_id: UUID
    typing: bool

    def encode(self) -> str:
        """Encode as the payload of a notification."""
        return f"{self.tenant_id} {self.conversation_id} {self.agent_id} {int(self.typing)}"

    @classmethod
    def decode(cls, payload: str) -> "Sighting | None":
        """Decode a payload; None for anything that `encode` did not write."""
        try:
            tenant_id, conversation_id, agent_id, typing = payload.split(" ")
            return cls(UUID(tenant_id), UUID(conversation_id), UUID(agent_id), typing == "1")
        except ValueError:
            return None


class PostgresViewing:
    """Sender of sightings, and the query for who may see them."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def notify(self, sighting: Sighting) -> None:
        """Send a sighting to all API processes; it may be lost."""
        self._pool.read(lambda db: db.execute("select pg_notify(%s, %s)", [CHANNEL, sighting.encode()]))

    def tickets(
        self, rooms: Sequence[tuple[UUID, UUID]]
    ) -> Mapping[tuple[UUID, UUID], Sequence[Mapping[str, Any]]]:
        """Return the ticket columns that decide who may see these conversations."""
        tenants, conversations = [room[0] for room in rooms], [room[1] for room in rooms]
        rows = self._pool.read(
            lambda db: db.cursor(row_factory=dict_row).execute(THREADS, [tenants, conversations]).fetchall()
        )
        threads: dict[tuple[UUID, UUID], list[Mapping[str, Any]]] = {}
        for row in rows:
            threads.setdefault((row["tenant_id"], row["conversation_id"]), []).append(row)
        return threads
