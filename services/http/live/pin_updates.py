"""Live updates of pins, for the agent's other windows."""

from uuid import UUID

from fastapi.sse import format_sse_event

from adapters.postgres.agents.pins import CHANNEL
from adapters.postgres.connection.async_listener import notifications
from adapters.postgres.queries.conversations import PostgresQueries
from domain.log.port import LogUnavailable
from services.http.edge.problems import NameOf
from services.http.live.stream_hub import StreamHub, change_of


class PinUpdates:
    """Listener for pins of all API processes that updates the agent's streams."""

    def __init__(self, url: str, queries: PostgresQueries, live: StreamHub, name_of: NameOf) -> None:
        self._url, self._queries, self._live, self._name_of = url, queries, live, name_of

    async def listen(self) -> None:
        """Forward pins until the connection is lost."""
        async for payload in notifications(self._url, CHANNEL):
            tenant_id, agent_id, conversation_id = map(UUID, payload.split(" "))
            for visibility in self._live.visibilities_of(tenant_id, agent_id):
                try:
                    tickets = await self._queries.tickets_of(visibility, conversation_id)
                except LogUnavailable:
                    continue
                event = format_sse_event(data_str=change_of(tickets, self._name_of), event="change")
                self._live.push(visibility, event)
