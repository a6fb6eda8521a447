"""Routes of scheduled messages: schedule, list, cancel."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from adapters.postgres.queries.conversations import PostgresQueries
from adapters.postgres.queries.scheduled_messages import PostgresScheduled
from domain.conversation.schedule import ScheduleRequest
from domain.refusals import NotFound
from projections.scheduled_messages import ScheduledRow
from schemas.http import Done, Person
from schemas.scheduled_messages import Schedule, ScheduledMessage, ScheduledMessages, ScheduleDone
from services.commands.scheduled_messages import ScheduleCommands
from services.http.edge.callers import CurrentCaller, IdempotencyKey, person_of, shown
from services.http.edge.command_answers import body_hash, done
from services.http.edge.json_body import StrictJson
from services.http.edge.position_codec import PositionCodec
from services.http.edge.problems import NameOf
from services.runtime.clock import Clock
from services.write.actor import Request


def scheduled_routes(
    schedule: ScheduleCommands,
    scheduled: PostgresScheduled,
    queries: PostgresQueries,
    places: PositionCodec,
    name_of: NameOf,
    now: Clock,
) -> APIRouter:
    """Create the routes of a conversation's scheduled messages."""
    routes = APIRouter(
        prefix="/v1/conversations/{conversation_id}/scheduled",
        tags=["scheduled messages"],
        route_class=StrictJson,
    )

    @routes.post("", status_code=201)
    def schedule_message(
        conversation_id: UUID, body: Schedule, caller: CurrentCaller, key: IdempotencyKey
    ) -> ScheduleDone:
        """Schedule a text message.

        It is sent at `due_at`, and cancelled if the customer writes first.

        409 `window_closed`: the window closes before `due_at`.
        409 `no_open_ticket`, `too_many_scheduled`, `idempotency_mismatch`, `contact_erased`.
        422 `due_at`: the time is not in the future or more than two years away; `text_empty`,
        `text_too_long`.
        """
        request = Request(key, body_hash(conversation_id, body))
        wanted = ScheduleRequest(body.text, body.due_at, body.zone)
        accepted = schedule.schedule(conversation_id, wanted, request, person_of(caller), now())
        return ScheduleDone(
            scheduled_id=accepted.answer["scheduled_id"], position=places.write(accepted.position)
        )

    @routes.get("")
    async def list_scheduled(
        conversation_id: UUID,
        caller: CurrentCaller,
        stale: Annotated[bool, Depends(shown("scheduled", "workspace", "participants"))],
    ) -> ScheduledMessages:
        """List scheduled messages.

        Waiting, sent and cancelled ones, by due time.
        """
        limit = await queries.read_limit(caller.visibility, conversation_id)
        if limit is None:
            raise NotFound("conversation", conversation_id)
        rows = await scheduled.of(caller.tenant_id, conversation_id, limit)
        return ScheduledMessages(items=[_answer(row, name_of) for row in rows], stale=stale)

    @routes.delete("/{scheduled_id}")
    def cancel_scheduled(
        conversation_id: UUID, scheduled_id: UUID, caller: CurrentCaller, response: Response
    ) -> Done:
        """Cancel a scheduled message.

        409 `not_scheduled`: it was sent or cancelled already.
        """
        return done(schedule.cancel(conversation_id, scheduled_id, person_of(caller)), response, places)

    return routes


def _answer(row: ScheduledRow, name_of: NameOf) -> ScheduledMessage:
    return ScheduledMessage.model_validate(
        {
            "id": row.scheduled_id,
            "text": row.text,
            "due_at": row.due_at,
            "zone": row.zone,
            "author": Person(id=row.author_id, name=name_of(row.author_id) or ""),
            "state": row.state,
            "cause": row.cause,
            "message_id": row.message_id,
        }
    )
