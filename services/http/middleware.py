"""What holds for every answer: safe headers, bounded bodies, caching of the page."""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.problem import Problem
from services.http.problems import problem_response

# The hash is of the style that the wave of a voice message writes into its shadow root.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self';"
    " style-src 'self' 'sha256-EbQRT+1/o6noeZTUfkkbORH8zUyteVqmj7YFvRqOVrw=';"
    " img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self';"
    " connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
MAX_BODY: Final = 64 * 1024
LARGER_BODIES: Final[Mapping[str, int]] = {"/webhooks/": 4 * 1024 * 1024, "/simulator/": 4 * 1024 * 1024}
PRIVATE = ("/v1/", "/webhooks/", "/simulator/", "/healthz", "/readyz", "/metrics")


class SafeAnswers:
    """Headers that keep browsers and caches from doing more than we meant."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                _protect(MutableHeaders(raw=message["headers"]), scope["path"], message["status"])
            await send(message)

        await self.app(scope, receive, send_safely)


def _protect(headers: MutableHeaders, path: str, status: int) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    if path.startswith(PRIVATE):
        headers.setdefault("Cache-Control", "no-store")
        return
    # The names of built files change with their content; the page that names them does not.
    lasting = path.startswith("/assets/") and status in (200, 206, 304)
    headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "no-cache"
    if headers.get("content-type", "").startswith("text/html"):
        headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY


class BoundedBodies:
    """Refuses a body that is too large, by its announced length or while it comes in."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = _limit(scope["path"])
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced[:20]) > limit:
            refused = problem_response(Problem(title="The body is too large", status=413, code="too_large"))
            await refused(scope, receive, send)
            return
        taken = 0

        async def receive_bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_bounded, send)


def _limit(path: str) -> int:
    return next((size for prefix, size in LARGER_BODIES.items() if path.startswith(prefix)), MAX_BODY)
