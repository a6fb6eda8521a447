"""Sightings between the processes of the interface: ids in notifications, never a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg.sql import SQL

from adapters.postgres.connection.pool import AsyncQueryPool, Row
from adapters.postgres.queries.columns import PARTICIPANTS, WITH_PARTICIPANTS

CHANNEL = "balcao_viewing"
THREADS = SQL("""
select w.tenant_id, w.conversation_id, w.number, w.owner, w.team, w.state, {}
from unnest(%s::uuid[], %s::uuid[]) k(tenant, conversation)
join workspace w on w.tenant_id = k.tenant and w.conversation_id = k.conversation {}
""").format(PARTICIPANTS, WITH_PARTICIPANTS)


@dataclass(frozen=True, slots=True)
class Sighting:
    """Somebody looks at a conversation just now, and perhaps writes."""

    tenant_id: UUID
    conversation_id: UUID
    agent_id: UUID
    typing: bool

    def encode(self) -> str:
        """Encode as the payload of a notification."""
        return f"{self.tenant_id} {self.conversation_id} {self.agent_id} {int(self.typing)}"

    @classmethod
    def decode(cls, payload: str) -> "Sighting | None":
        """Decode what `encode` wrote; None for anything else."""
        try:
            tenant_id, conversation_id, agent_id, typing = payload.split(" ")
            return cls(UUID(tenant_id), UUID(conversation_id), UUID(agent_id), typing == "1")
        except ValueError:
            return None


class PostgresViewing:
    """Tells sightings to all processes, and reads who may hear of them."""

    def __init__(self, pool: AsyncQueryPool) -> None:
        self._pool = pool

    async def notify(self, sighting: Sighting) -> None:
        """Notify all processes; the notification may be lost."""
        await self._pool.rows("select pg_notify(%s, %s)", [CHANNEL, sighting.encode()])

    async def tickets(self, rooms: Sequence[tuple[UUID, UUID]]) -> Mapping[tuple[UUID, UUID], Sequence[Row]]:
        """Read what decides who sees the tickets of these conversations."""
        tenants, conversations = [room[0] for room in rooms], [room[1] for room in rooms]
        threads: dict[tuple[UUID, UUID], list[Row]] = {}
        for row in await self._pool.rows(THREADS, [tenants, conversations]):
            threads.setdefault((row.tenant_id, row.conversation_id), []).append(row)
        return threads
