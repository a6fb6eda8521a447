"""`GET /v1/events`: the history of a tenant, for analysts and other services."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from domain.event import Recorded
from domain.log.port import Log, UnreadableEvent
from domain.refusals import Forbidden
from schemas.http import Events
from services.http.edge.callers import CurrentCaller
from services.http.edge.positions import PositionCodec
from services.queries.cloudevents import is_published, to_cloudevent


def event_routes(log: Log, places: PositionCodec) -> APIRouter:
    """The log as others may read it; erasure holds here for ever."""
    routes = APIRouter(prefix="/v1", tags=["events"])

    @routes.get("/events")
    def list_events(
        caller: CurrentCaller,
        after: Annotated[str | None, Query(max_length=100)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Events:
        """Events behind `after`, oldest first, as CloudEvents. For admins and services."""
        if not caller.reads_history:
            raise Forbidden
        since = 0 if after is None else places.read(after)
        page, more = _page(log, since, limit, caller.tenant_id)
        reached = page[-1].position if page else since
        return Events(
            items=[
                to_cloudevent(recorded, places.log_id) for recorded in page if is_published(recorded.fact)
            ],
            next=places.write(reached) if more else None,
            position=places.write(reached),
        )

    return routes


def _page(log: Log, since: int, limit: int, tenant_id: UUID) -> tuple[Sequence[Recorded], bool]:
    """The events, and whether there may be more behind them.

    At an event that this program cannot read (a newer one wrote it) the history stands still: the page ends
    before it, and behind that there is only 503. Passed over it would be missed by nobody.
    """
    try:
        page = log.read(since, limit, tenant_id)
    except UnreadableEvent as unreadable:
        if not unreadable.before:
            raise
        return unreadable.before, True
    return page, len(page) == limit
