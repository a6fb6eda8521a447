"""Route of a conversation's history, and of the conversation at a past time."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from adapters.postgres.connection.pool import Row
from adapters.postgres.queries.conversations import PostgresQueries
from domain import streams
from domain.conversation.message_events import MessageSent, QuickReplyUse
from domain.event import Recorded
from domain.log.port import Log
from domain.refusals import NotFound
from projections.timeline import MessageRow
from projections.workspace import TicketRow
from schemas.history import AsOf, HistoryItem, SentQuickReply
from schemas.history import History as Answer
from schemas.http import Window, parse_instant
from services.http.answers.actors import from_where_answer, who_answer
from services.http.answers.tickets import ModelResponse, contact_answer, message_answer, ticket_answer
from services.http.edge.callers import CurrentCaller
from services.http.edge.position_codec import PLACE, PositionCodec, require_reached
from services.http.edge.problems import NameOf, Refused
from services.queries.cloudevents import data_of
from services.queries.history import PastConversation, conversation_as_of
from services.runtime.clock import Clock

INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
AsOfQuery = Annotated[
    str | None,
    Query(
        max_length=100,
        description="An RFC 3339 instant or a position `<log>.<n>`. Returns only events up to it, and the "
        "conversation at that time.",
    ),
]


def history_routes(
    log: Log, queries: PostgresQueries, places: PositionCodec, name_of: NameOf, now: Clock
) -> APIRouter:
    """Create the route of a conversation's history, for everyone who can read the conversation."""
    routes = APIRouter(prefix="/v1/conversations", tags=["conversations"])

    @routes.get("/{conversation_id}/events", response_model=Answer)
    async def get_conversation_events(
        conversation_id: UUID,
        caller: CurrentCaller,
        after: Annotated[
            str | None, Query(max_length=100, description="A position; events after it.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=1000, description="Maximum number of items.")] = 100,
        as_of: AsOfQuery = None,
    ) -> Response:
        """List the events of a conversation after a position, oldest first.

        Includes the delivery of its messages. With `as_of` also returns ticket, contact, window and last
        messages at that time. What the caller may not read is left out, as in the list of messages.

        404 `not_begun`: the conversation did not exist yet; 409 `resync`: the position `after` belongs to
        another log, or is ahead of this one;
        422 `invalid_as_of`, `invalid_position`.
        """
        row = await queries.newest_ticket(caller.visibility, conversation_id)
        # One that never had a ticket has no row, and may be readable all the same.
        if row is not None:
            readable = row.read_limit
        else:
            readable = await queries.read_limit(caller.visibility, conversation_id)
        if readable is None:
            raise NotFound("conversation", conversation_id)
        wanted = None if after is None else places.read(after)
        when = None if as_of is None else _when(as_of, places)
        seen = set() if when is None else await queries.readable_tickets(caller.visibility, conversation_id)

        def read() -> Response:
            since = wanted or 0
            if since:
                require_reached(since, log.head())
            past: PastConversation | None = None
            if when is not None:
                past = conversation_as_of(log, caller.tenant_id, conversation_id, when, now(), readable)
            until = readable if past is None else past.position
            page = log.read(since, limit + 1, caller.tenant_id, conversation_id, until)
            shown = page[:limit]
            reached = shown[-1].position if shown else since
            customer = None if row is None else row.name
            used = quick_replies_of(log, caller.tenant_id, shown)
            return ModelResponse(
                Answer(
                    items=[_item(recorded, places, name_of, customer, used) for recorded in shown],
                    next=places.write(reached) if len(page) > limit else None,
                    position=places.write(reached),
                    as_of=None if past is None else as_of_answer(past, seen),
                )
            )

        return await run_in_threadpool(read)

    def as_of_answer(past: PastConversation, seen: set[int]) -> AsOf:
        then = past.conversation
        row = then.ticket(seen)
        ticket = None if row is None else _shown(row)
        ends_at = None if row is None else row.window_ends_at
        return AsOf(
            position=places.write(past.position),
            at=past.at,
            ticket=ticket and ticket_answer(ticket, name_of, past.at),
            contact=ticket and contact_answer(ticket),
            window=Window(open=ends_at is not None and past.at < ends_at, ends_at=ends_at),
            messages=[message_answer(_shown(message), name_of) for message in then.messages],
        )

    return routes


def _shown(row: TicketRow | MessageRow) -> Row:
    """Convert a past row to what a query returns: with times in UTC."""
    columns = {
        name: value.astimezone(UTC) if isinstance(value, datetime) else value
        for name, value in row._asdict().items()
    }
    if isinstance(row, MessageRow):  # as `MESSAGE` selects it
        is_ours = row.type == "template" and row.author_kind == "agent"
        columns["template"] = row.raw if is_ours else None
    return SimpleNamespace(**columns, stale=False)


def _when(as_of: str, places: PositionCodec) -> int | datetime:
    """Parse a position or an instant.

    Raises:
        Refused: 422, it is neither; 409 `resync`, the position belongs to another log.
    """
    if PLACE.fullmatch(as_of):
        return places.read(as_of)
    try:
        if (instant := parse_instant(as_of)) is not None:
            return INSTANT.validate_python(instant)
    except ValidationError:
        pass
    raise Refused(
        422, "invalid_as_of", "Give an instant like 2026-03-03T14:05:00-03:00 or a position <log>.<n>"
    )


def quick_replies_of(
    log: Log, tenant_id: UUID, events: Sequence[Recorded]
) -> Mapping[UUID, list[SentQuickReply]]:
    """Return what messages were written with, by event, with the names that it had in that version."""
    uses = {
        event.event_id: event.fact.quick_replies
        for event in events
        if isinstance(event.fact, MessageSent) and event.fact.quick_replies
    }
    ids = {use.id for used in uses.values() for use in used}
    known = log.load(ids, streams.quick_reply, tenant_id) if ids else {}

    def named(use: QuickReplyUse) -> SentQuickReply:
        reply = known[use.id].state
        assert reply is not None, "a message names quick replies of its tenant"
        return SentQuickReply(id=use.id, version=use.version, name=reply.versions[use.version - 1].name)

    return {event_id: list(map(named, used)) for event_id, used in uses.items()}


def _item(
    recorded: Recorded,
    places: PositionCodec,
    name_of: NameOf,
    customer: str | None,
    used: Mapping[UUID, list[SentQuickReply]],
) -> HistoryItem:
    return HistoryItem(
        id=recorded.event_id,
        position=places.write(recorded.position),
        at=recorded.recorded_at,
        type=recorded.fact.TOPIC,
        version=recorded.fact.VERSION,
        ticket=getattr(recorded.fact, "ticket", None),
        who=who_answer(recorded.actor, name_of, customer),
        from_where=from_where_answer(recorded),
        caused_by=recorded.causation_id,
        data=orjson.loads(data_of(recorded.fact)),
        quick_replies=used.get(recorded.event_id, []),
    )
