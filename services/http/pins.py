"""What an agent keeps at hand, told to their other windows; and the order that they prefer."""

from uuid import UUID

import anyio
import anyio.to_thread
from fastapi import APIRouter, Response
from fastapi.sse import format_sse_event

from adapters.postgres.agents.pins import CHANNEL, PostgresPins, PostgresPreferences
from adapters.postgres.connection.async_listener import notices
from adapters.postgres.queries.conversations import PostgresQueries
from adapters.postgres.queries.ticket_orders import Preferences
from adapters.postgres.queries.visibility import Sight
from domain.log import LogUnavailable
from domain.refusals import NotFound
from schemas.own import ListPreferences, SetListPreferences
from services.http.body import StrictJson
from services.http.callers import CurrentCaller
from services.http.live import Live, change_of
from services.http.problems import NameOf
from services.installation.access import Caller


class Pinning:
    """Hears of pins in all processes, and shows them to those who set them, wherever they look."""

    def __init__(self, url: str, queries: PostgresQueries, live: Live, name_of: NameOf) -> None:
        self._url, self._queries, self._live, self._name_of = url, queries, live, name_of
        self._threads = anyio.CapacityLimiter(1)

    async def listen(self) -> None:
        """Until the connection is lost."""
        async for told in notices(self._url, CHANNEL):
            tenant_id, agent_id, conversation_id = map(UUID, told.split(" "))
            for sight in self._live.sights_of(tenant_id, agent_id):
                try:
                    shown = await anyio.to_thread.run_sync(
                        self._shown, sight, conversation_id, limiter=self._threads
                    )
                except LogUnavailable:
                    continue
                self._live.push(sight, format_sse_event(data_str=shown, event="change"))

    def _shown(self, sight: Sight, conversation_id: UUID) -> str:
        return change_of(self._queries.tickets_of(sight, conversation_id), self._name_of)


def pin_routes(queries: PostgresQueries, pins: PostgresPins) -> APIRouter:
    """Pins of the asker."""
    routes = APIRouter(prefix="/v1/conversations/{conversation_id}", tags=["one's own"])

    def put(caller: Caller, conversation_id: UUID, pinned: bool) -> Response:
        me = caller.person()
        if not queries.sees(caller.sight, conversation_id):
            raise NotFound("conversation", conversation_id)
        pins.put(me.tenant_id, me.id, conversation_id, pinned)
        return Response(status_code=204)

    @routes.put("/pin", status_code=204)
    def pin(conversation_id: UUID, caller: CurrentCaller) -> Response:
        """Keep it at hand: its tickets say `pinned`, to oneself alone."""
        return put(caller, conversation_id, True)

    @routes.delete("/pin", status_code=204)
    def unpin(conversation_id: UUID, caller: CurrentCaller) -> Response:
        """Let it go."""
        return put(caller, conversation_id, False)

    return routes


def preference_routes(preferences: PostgresPreferences) -> APIRouter:
    """How the asker wants lists."""
    routes = APIRouter(prefix="/v1/me", tags=["one's own"], route_class=StrictJson)

    @routes.get("/preferences")
    def get_preferences(caller: CurrentCaller) -> ListPreferences:
        """The order of lists that name none."""
        me = caller.person()
        chosen = preferences.of(me.tenant_id, me.id)
        return ListPreferences(sort=chosen.sort, unanswered_first=chosen.unanswered_first)

    @routes.put("/preferences")
    def put_preferences(body: SetListPreferences, caller: CurrentCaller) -> ListPreferences:
        """Choose it, for every machine that one works at."""
        me = caller.person()
        preferences.put(me.tenant_id, me.id, Preferences(body.sort, body.unanswered_first))
        return ListPreferences(sort=body.sort, unanswered_first=body.unanswered_first)

    return routes
