"""Routes of an agent's personal state in a conversation: read pointer, draft, viewing."""

from uuid import UUID

from fastapi import APIRouter, Response

from adapters.postgres.agents.drafts import PostgresDrafts
from adapters.postgres.agents.read_pointers import PostgresReadPointers
from adapters.postgres.queries.conversations import PostgresQueries
from adapters.postgres.queries.visibility import access_of
from domain.refusals import NotFound
from schemas.drafts_and_reads import Draft, SetDraft, SetRead, SetViewing
from services.access.access import Caller
from services.http.edge.callers import CurrentCaller, person_of
from services.http.edge.json_body import StrictJson
from services.http.live.presence import PresenceHub
from services.http.live.receipt_requests import ReadReceiptRequests
from services.runtime.clock import Clock
from services.write.actor import Person


def own_routes(
    queries: PostgresQueries,
    reading: PostgresReadPointers,
    drafts: PostgresDrafts,
    viewing: PresenceHub,
    receipts: ReadReceiptRequests,
    now: Clock,
) -> APIRouter:
    """Create the routes of personal state, which is stored as plain rows and never as events."""
    routes = APIRouter(
        prefix="/v1/conversations/{conversation_id}", tags=["one's own"], route_class=StrictJson
    )

    async def reader(caller: Caller, conversation_id: UUID) -> tuple[Person, int]:
        """Return the caller, and up to which position they read the conversation."""
        person = person_of(caller)
        limit = await queries.read_limit(caller.visibility, conversation_id)
        if limit is None:
            raise NotFound("conversation", conversation_id)
        return person, limit

    @routes.put("/read", status_code=204)
    async def put_read(conversation_id: UUID, body: SetRead, caller: CurrentCaller) -> None:
        """Set the last message that the caller has read.

        The pointer only moves forward; the ticket's answered mark does not change. Sends a read receipt to
        the customer if the caller has the newest ticket and the channel has `sends_read`.

        404 `not_found`: the message is not in this conversation.
        """
        me, limit = await reader(caller, conversation_id)
        if not await reading.advance(me.tenant_id, me.id, conversation_id, body.message_id, limit):
            raise NotFound("message", body.message_id)
        receipts.read(me.tenant_id, conversation_id, me.id, body.message_id)

    @routes.get("/draft")
    async def get_draft(conversation_id: UUID, caller: CurrentCaller) -> Draft:
        """Get the caller's draft."""
        me, _ = await reader(caller, conversation_id)
        kept = await drafts.get(me.tenant_id, me.id, conversation_id)
        return Draft(text=kept.text if kept else "", updated_at=kept.updated_at if kept else None)

    @routes.put("/draft")
    async def put_draft(conversation_id: UUID, body: SetDraft, caller: CurrentCaller) -> Draft:
        """Save the caller's draft.

        It is deleted when the caller sends a message; an empty text deletes it, too.
        """
        (me, _), at = await reader(caller, conversation_id), now()
        if not body.text:
            await drafts.delete(me.tenant_id, me.id, conversation_id, at)
            return Draft(text="", updated_at=None)
        await drafts.save(me.tenant_id, me.id, conversation_id, body.text, at)
        return Draft(text=body.text, updated_at=at)

    @routes.delete("/draft", status_code=204)
    async def delete_draft(conversation_id: UUID, caller: CurrentCaller) -> Response:
        """Delete the caller's draft."""
        me, _ = await reader(caller, conversation_id)
        await drafts.delete(me.tenant_id, me.id, conversation_id, now())
        return Response(status_code=204)

    @routes.put("/viewing", status_code=204)
    async def put_viewing(conversation_id: UUID, body: SetViewing, caller: CurrentCaller) -> None:
        """Report that the caller has the conversation open.

        To be repeated every five seconds; after ten seconds without it the caller has left. Other agents see
        it as a `presence` event of the stream. `typing` shows a typing indicator to the customer if the
        caller has the newest ticket and the channel has `sends_typing`; WhatsApp then shows their messages as
        read, too.

        404 `not_found`: also for a caller who reads only what came before (`access` is `read`).
        """
        me, limit = await reader(caller, conversation_id)
        if access_of(limit) == "read":
            raise NotFound("conversation", conversation_id)
        await viewing.seen(me.tenant_id, conversation_id, me.id, body.typing)
        if body.typing:
            receipts.typing(me.tenant_id, conversation_id, me.id)

    return routes
