"""Route that tells `balcao doctor` how its request came through the proxies."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from services.http.edge.lasting import UNBUFFERED

PATH = "/healthz/proxy"
EVENTS, PAUSE_S = 3, 0.4


def installation_mark(log_id: str) -> str:
    """Return a hash that identifies the installation without revealing its log id."""
    return hashlib.sha256(f"installation:{log_id}".encode()).hexdigest()[:16]


def proxy_check_routes(log_id: Callable[[], str]) -> APIRouter:
    """Create the route. It needs no login: it tells callers nothing but how their own request arrived."""
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
        events = _events(json.dumps(seen))
        return StreamingResponse(events, media_type="text/event-stream", headers=UNBUFFERED)

    return routes


async def _events(first: str) -> AsyncIterator[str]:
    """Yield events with pauses between them, which a buffering proxy would remove."""
    yield f"data: {first}\n\n"
    for number in range(1, EVENTS):
        await asyncio.sleep(PAUSE_S)
        yield f"data: {number}\n\n"


def _client(request: Request) -> str:
    """Return whose address we have: the client's, directly or from a trusted proxy, or only the proxy's."""
    if "x-forwarded-for" not in request.headers:
        return "direct"
    # uvicorn has no port for a client whose address it took from the header of a trusted proxy.
    return "forwarded" if request.client is not None and request.client.port == 0 else "proxy"
