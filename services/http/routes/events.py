"""Routes of a tenant's events, for analysts and other services, and of the schema that describes them."""

from contextlib import nullcontext
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response
from starlette.requests import ClientDisconnect

from adapters.postgres.queries.event_scan import EventFilter
from domain.refusals import Forbidden
from schemas.conversation_events import SCHEMA_PATH
from schemas.events import Events
from schemas.http import RequestInstant
from services.http.edge.callers import CurrentCaller
from services.http.edge.lasting import LastingResponse, while_connected
from services.http.edge.position_codec import PositionCodec
from services.http.live.event_feed import STREAMED_PAGE, EventFeed, EventQuery
from services.queries.cloudevents import schema

NDJSON = "application/x-ndjson"
SCHEMA_TYPE = "application/schema+json"
CLOUD_EVENT = {"$ref": "#/components/schemas/CloudEvent"}
PAGE = 100
MAX_WAIT_S = 20
STREAMED = "A page; or with `Accept: application/x-ndjson` the events up to the head of the log, one a line"


def event_routes(feed: EventFeed, places: PositionCodec, schema_url: str) -> APIRouter:
    """Create the routes of published events; erased fields are absent here, too."""
    routes = APIRouter(prefix="/v1", tags=["events"])

    @routes.get(
        "/events",
        response_model=Events,
        responses={200: {"description": STREAMED, "content": {NDJSON: {"schema": CLOUD_EVENT}}}},
    )
    async def list_events(
        request: Request,
        caller: CurrentCaller,
        after: Annotated[
            str | None, Query(max_length=100, description="A position; events after it. Without: all.")
        ] = None,
        limit: Annotated[
            int | None,
            Query(ge=1, le=1000, description="Maximum number of items: 100 of a page, all of a stream."),
        ] = None,
        type: Annotated[
            str,
            Query(
                pattern=r"^[a-z_.]{1,100}$",
                description="How their type begins: `conversation.` or `delivery.failed`.",
            ),
        ] = "",
        conversation: Annotated[
            UUID | None,
            Query(description="Events of this conversation, and of the delivery of its messages."),
        ] = None,
        contact: Annotated[
            UUID | None, Query(description="Events of this contact and of all its conversations.")
        ] = None,
        since: Annotated[
            RequestInstant | None, Query(description="Recorded at this RFC 3339 instant, or later.")
        ] = None,
        until: Annotated[RequestInstant | None, Query(description="Recorded before this instant.")] = None,
        wait: Annotated[
            int,
            Query(
                ge=0, le=MAX_WAIT_S, description="While there is none, wait up to so many seconds for one."
            ),
        ] = 0,
    ) -> Response:
        """List events after a position, oldest first, as CloudEvents.

        All filters must fit. A page is empty only at the head of the log (or at `until`), where `next` is
        null; follow from there with `position` as `after`, and `wait`. As `application/x-ndjson` events come
        one a line, up to the head of the log; a stream that breaks off before ends without the last chunk,
        and goes on after `<log>.<sequence>` of its last event, where `source` is `/balcao/<log>`. A service,
        or an admin, has at most 20 long polls and streams at a time.

        For admins and service tokens. 403 `forbidden`; 409 `resync`: the position belongs to another log, or
        is ahead of this one; load again from the start.
        """
        if not caller.reads_history:
            raise Forbidden
        wanted = EventFilter(caller.tenant_id, type, conversation, contact)
        query = EventQuery(wanted, 0 if after is None else places.read(after), since, until)
        streams = _wants_lines(request)
        size = min(limit or STREAMED_PAGE, STREAMED_PAGE) if streams else limit or PAGE
        if wait or streams:
            feed.require_room(caller)
        if wait:
            request.state.turn.end()  # the caller's other requests go on meanwhile
        try:
            with feed.lasting(caller) if wait else nullcontext():
                page = await while_connected(request, feed.first(query, size, wait))
        except ClientDisconnect:
            return Response()
        if streams:
            return LastingResponse(feed.lines(caller, query, page, limit), NDJSON)
        return Response(page.body(places), media_type="application/json")

    described = orjson.dumps(schema(schema_url))

    @routes.get(
        SCHEMA_PATH.removeprefix("/v1"),
        response_class=Response,
        responses={
            200: {"description": "A JSON Schema", "content": {SCHEMA_TYPE: {"schema": {"type": "object"}}}}
        },
    )
    async def get_event_schema() -> Response:
        """Return the JSON Schema of the data of all events, under `$defs` by type.

        `dataschema` of each event leads here. It needs no login.
        """
        return Response(described, media_type=SCHEMA_TYPE)

    return routes


def _wants_lines(request: Request) -> bool:
    """Return whether the client accepts lines of JSON by name."""
    kinds = ",".join(request.headers.getlist("accept")).split(",")
    return NDJSON in {kind.partition(";")[0].strip().lower() for kind in kinds}
