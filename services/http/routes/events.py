"""Route of a tenant's events, for analysts and other services."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from starlette.concurrency import run_in_threadpool

from domain.event import Recorded
from domain.log.port import Log, UnknownEvent, UnreadableEvent
from domain.refusals import Forbidden
from schemas.http import Events
from services.http.answers.tickets import ModelResponse
from services.http.edge.callers import CurrentCaller
from services.http.edge.position_codec import PositionCodec
from services.queries.cloudevents import is_published, published


def event_routes(log: Log, places: PositionCodec) -> APIRouter:
    """Create the route of published events; erased fields are absent here, too."""
    routes = APIRouter(prefix="/v1", tags=["events"])

    @routes.get("/events", response_model=Events)
    async def list_events(
        caller: CurrentCaller,
        after: Annotated[
            str | None, Query(max_length=100, description="A position; events after it.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=1000, description="Maximum number of items.")] = 100,
    ) -> Response:
        """List events after a position, oldest first, as CloudEvents.

        For admins and service tokens. 403 `forbidden`; 409 `resync`: the position belongs to another log.
        """
        if not caller.reads_history:
            raise Forbidden
        since = 0 if after is None else places.read(after)

        def read() -> Response:
            page, more = _page(log, since, limit, caller.tenant_id)
            reached = page[-1].position if page else since
            items = [published(each, places.log_id).structured() for each in page if is_published(each.fact)]
            position = places.write(reached)
            return ModelResponse(Events(items=items, next=position if more else None, position=position))

        return await run_in_threadpool(read)

    return routes


def _page(log: Log, since: int, limit: int, tenant_id: UUID) -> tuple[Sequence[Recorded], bool]:
    """Read events; also returns whether there may be more.

    A page ends before an event that a newer program wrote, and the next one is 503: skipping it would lose
    the event for the reader unnoticed. A damaged one is skipped, as on the topic: nobody will ever read it.
    """
    found: list[Recorded] = []
    while True:
        try:
            page = log.read(since, limit - len(found), tenant_id)
            return [*found, *page], len(found) + len(page) == limit
        except UnknownEvent as unknown:
            found += unknown.before
            if not found:
                raise
            return found, True
        except UnreadableEvent as damaged:
            found += damaged.before
            since = damaged.position
            if len(found) == limit:
                return found, True
