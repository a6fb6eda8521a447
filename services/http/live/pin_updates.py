"""Live updates of pins, for the agent's other windows."""

from uuid import UUID

from fastapi.sse import format_sse_event

from adapters.postgres.agents.pins import CHANNEL
from adapters.postgres.connection.async_listener import notifications
from adapters.postgres.queries.conversations import PostgresQueries
from domain.log.port import LogUnavailable
from services.http.edge.problems import NameOf
from services.http.live.change_set import change_of
from services.http.live.stream_hub import StreamHub


async def forward_pins(url: str, queries: PostgresQueries, live: StreamHub, name_of: NameOf) -> None:
    """Forward the pins of all API processes to the agent's streams, until the connection is lost."""
    async for payload in notifications(url, CHANNEL):
        tenant_id, agent_id, conversation_id = map(UUID, payload.split(" "))
        for visibility in live.visibilities_of(tenant_id, agent_id):
            try:
                tickets = await queries.visible_tickets(visibility, conversation_id)
            except LogUnavailable:
                continue
            event = format_sse_event(data_str=change_of(tickets, name_of), event="change")
            live.push(visibility, event)
