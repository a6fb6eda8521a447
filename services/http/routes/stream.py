"""Route of the live stream (server-sent events)."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from schemas.drafts_and_reads import Viewers
from schemas.http import Change
from services.http.edge.callers import CurrentCaller, require_same_origin
from services.http.edge.position_codec import PositionCodec
from services.http.live.stream_hub import StreamHub

SEND_WITHIN_S = 20.0
STREAMED = "Server-sent events: `change`, `presence` and `superseded` (without an id), and `resync`"
RECONNECT = b"retry: 1000\n\n"


class LiveStream(Response):
    """Response that sends events until they end, or the client disconnects or stops reading."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[bytes]) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.ensure_future(self._send(send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait([sending, leaving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            sending.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            await self._events.aclose()  # also after a cancellation in the middle of an event

    async def _send(self, send: Send) -> None:
        head = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await send(head)
        await send({"type": "http.response.body", "body": RECONNECT, "more_body": True})
        async for event in self._events:
            async with asyncio.timeout(SEND_WITHIN_S):
                await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def stream_routes(live: StreamHub, places: PositionCodec) -> APIRouter:
    """Create the route of the live stream."""
    routes = APIRouter(prefix="/v1", tags=["stream"])

    @routes.get(
        "/stream",
        response_class=StreamingResponse,
        responses={200: {"model": Change | Viewers, "description": STREAMED}},
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
        return LiveStream(live.events(caller, since))

    return routes
