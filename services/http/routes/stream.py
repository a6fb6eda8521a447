"""Route of the live stream (server-sent events)."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response, StreamingResponse

from schemas.drafts_and_reads import Viewers
from schemas.http import Alive, Change, QuickReplyNews
from services.http.edge.callers import CurrentCaller, require_same_origin
from services.http.edge.lasting import LastingResponse
from services.http.edge.position_codec import PositionCodec
from services.http.live.stream_hub import StreamHub

STREAMED = (
    "Server-sent events: `change` and `resync`; without an id `quick_reply`, `presence`, `alive` and"
    " `superseded`"
)
RECONNECT = b"retry: 1000\n\n"


def stream_routes(live: StreamHub, places: PositionCodec) -> APIRouter:
    """Create the route of the live stream."""
    routes = APIRouter(prefix="/v1", tags=["stream"])

    @routes.get(
        "/stream",
        response_class=StreamingResponse,
        responses={200: {"model": Change | QuickReplyNews | Viewers | Alive, "description": STREAMED}},
    )
    async def stream(
        request: Request,
        caller: CurrentCaller,
        last_event_id: Annotated[
            str | None, Header(max_length=100, description="Id of the last event received.")
        ] = None,
        after: Annotated[str | None, Query(max_length=100, description="A position to start after.")] = None,
    ) -> Response:
        """Stream changes to the caller's tickets and messages.

        Starts after `Last-Event-ID`, else after the position `after`, else now. On `resync`, reload
        everything and continue from the id of that event. A person, or a service, may have 20 streams in a
        process: one more ends the oldest with `superseded`; do not reconnect that one at once.

        503 `too_many_streams`, with `Retry-After`: the process has 5,000.
        """
        if "authorization" not in request.headers:
            require_same_origin(request)
        since = last_event_id or after
        if since is not None:
            places.split(since)
        live.require_room()
        return LastingResponse(live.events(caller, since), "text/event-stream", RECONNECT)

    return routes
