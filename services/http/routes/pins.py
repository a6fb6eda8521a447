"""Routes of an agent's pinned conversations and list preferences."""

from uuid import UUID

from fastapi import APIRouter, Response

from adapters.postgres.agents.pins import PostgresPins, PostgresPreferences
from adapters.postgres.queries.conversations import PostgresQueries
from adapters.postgres.queries.ticket_orders import Preferences
from domain.refusals import NotFound
from schemas.drafts_and_reads import ListPreferences, SetListPreferences
from services.access.access import Caller
from services.http.edge.callers import CurrentCaller, person_of
from services.http.edge.json_body import StrictJson


def pin_routes(queries: PostgresQueries, pins: PostgresPins) -> APIRouter:
    """Create the routes that pin and unpin a conversation."""
    routes = APIRouter(prefix="/v1/conversations/{conversation_id}", tags=["one's own"])

    async def put(caller: Caller, conversation_id: UUID, pinned: bool) -> Response:
        me = person_of(caller)
        if await queries.read_limit(caller.visibility, conversation_id) is None:
            raise NotFound("conversation", conversation_id)
        await pins.set(me.tenant_id, me.id, conversation_id, pinned)
        return Response(status_code=204)

    @routes.put("/pin", status_code=204)
    async def pin(conversation_id: UUID, caller: CurrentCaller) -> Response:
        """Pin the conversation.

        Its tickets have `pinned` set, for the caller alone.

        409 `too_many_pins`: the caller has pinned 200.
        """
        return await put(caller, conversation_id, True)

    @routes.delete("/pin", status_code=204)
    async def unpin(conversation_id: UUID, caller: CurrentCaller) -> Response:
        """Unpin the conversation."""
        return await put(caller, conversation_id, False)

    return routes


def preference_routes(preferences: PostgresPreferences) -> APIRouter:
    """Create the routes of list preferences."""
    routes = APIRouter(prefix="/v1/me", tags=["one's own"], route_class=StrictJson)

    @routes.get("/preferences")
    async def get_preferences(caller: CurrentCaller) -> ListPreferences:
        """Get the caller's list preferences."""
        me = person_of(caller)
        chosen = await preferences.get(me.tenant_id, me.id)
        return ListPreferences(sort=chosen.sort, unanswered_first=chosen.unanswered_first)

    @routes.put("/preferences")
    async def put_preferences(body: SetListPreferences, caller: CurrentCaller) -> ListPreferences:
        """Set the caller's list preferences.

        They apply to ticket lists that are requested without an order.
        """
        me = person_of(caller)
        await preferences.put(me.tenant_id, me.id, Preferences(body.sort, body.unanswered_first))
        return ListPreferences(sort=body.sort, unanswered_first=body.unanswered_first)

    return routes
