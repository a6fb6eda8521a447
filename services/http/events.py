"""`GET /v1/events`: the history of a tenant, for analysts and other services."""

from typing import Annotated

from fastapi import APIRouter, Query

from domain.log import Log
from domain.refusals import Forbidden
from schemas.http import Events
from services.http.callers import CurrentCaller
from services.http.places import Places
from services.published_events import is_published, to_cloudevent


def event_routes(log: Log, places: Places) -> APIRouter:
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
        page = log.read(since, limit, caller.tenant_id)
        reached = page[-1].position if page else since
        return Events(
            items=[
                to_cloudevent(recorded, places.log_id) for recorded in page if is_published(recorded.fact)
            ],
            next=places.write(reached) if len(page) == limit else None,
            position=places.write(reached),
        )

    return routes
