"""Route that says how a request came through the proxies, for `balcao doctor`."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

PATH = "/healthz/proxy"
EVENTS, PAUSE_S = 3, 0.4


def installation_mark(log_id: str) -> str:
    """Return what tells an installation from another one, and nothing else of it."""
    return hashlib.sha256(f"installation:{log_id}".encode()).hexdigest()[:16]


def proxy_check_routes(log_id: Callable[[], str]) -> APIRouter:
    """Create the route. It needs no login and tells whoever asks only how their own request came."""
    routes = APIRouter(tags=["health"])

    @routes.get(PATH, include_in_schema=False)
    async def proxy_check(request: Request) -> StreamingResponse:
        seen = {
            "installation": installation_mark(log_id()),
            "client": _client(request),
            "host": request.headers.get("host", ""),
            "https": request.url.scheme == "https",
            "public_url": request.headers.get("origin", "") == request.app.state.public_url,
        }
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_events(json.dumps(seen)), media_type="text/event-stream", headers=headers)

    return routes


async def _events(first: str) -> AsyncIterator[str]:
    """Yield events with pauses: together at the end they have been buffered."""
    yield f"data: {first}\n\n"
    for number in range(1, EVENTS):
        await asyncio.sleep(PAUSE_S)
        yield f"data: {number}\n\n"


def _client(request: Request) -> str:
    """Return whose address counts as the client's: its own, what a proxy of ours says, or the proxy's."""
    if "x-forwarded-for" not in request.headers:
        return "direct"
    # uvicorn knows no port of a client whose address a trusted proxy says.
    return "forwarded" if request.client is not None and request.client.port == 0 else "proxy"
