"""Middleware for all responses: security headers, size limits, metrics, caching of the page."""

import time
from collections.abc import Mapping
from typing import Final

from prometheus_client import Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.problem import Problem
from services.http.edge.problems import problem_response
from services.runtime.clock import utc_now

# The hash is of the style that the waveform of a voice message writes into its shadow root.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self';"
    " style-src 'self' 'sha256-EbQRT+1/o6noeZTUfkkbORH8zUyteVqmj7YFvRqOVrw=';"
    " img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self';"
    " connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
MAX_HEADERS: Final = 32 * 1024
MAX_BODY: Final = 64 * 1024
LARGER_BODIES: Final[Mapping[str, int]] = {"/webhooks/": 4 * 1024 * 1024, "/simulator/": 4 * 1024 * 1024}
PRIVATE = ("/v1/", "/webhooks/", "/simulator/", "/healthz", "/readyz", "/metrics")

METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"}

seconds = Histogram(
    "balcao_http_seconds",
    "Until an answer begins, by route.",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)


class SafeAnswers:
    """Middleware that sets security and caching headers; browsers that come by `https` stay with it.

    Answers of the API carry the time by which this process decides: `Date` is that of a proxy before us.
    """

    def __init__(self, app: ASGIApp, https: bool = False) -> None:
        self.app, self.https = app, https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                _protect(headers, scope["path"], message["status"])
                if scope["path"].startswith("/v1/"):
                    headers["Balcao-Time"] = utc_now().isoformat(timespec="milliseconds")
                if self.https:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        await self.app(scope, receive, send_safely)


def _protect(headers: MutableHeaders, path: str, status: int) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if path.startswith(PRIVATE):
        headers.setdefault("Cache-Control", "no-store")
        return
    # Built files have their content's hash in the name; the page that loads them does not.
    lasting = path.startswith("/assets/") and status in (200, 206, 304)
    headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "no-cache"
    if headers.get("content-type", "").startswith("text/html"):
        headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        headers["Cross-Origin-Opener-Policy"] = "same-origin"


class Measured:
    """Middleware that measures the time until a response starts, by route and status."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        method = scope["method"] if scope["method"] in METHODS else "other"

        async def send_measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "")
                labels = seconds.labels(method, route, message["status"])
                labels.observe(time.perf_counter() - begun)
            await send(message)

        await self.app(scope, receive, send_measured)


class BoundedBodies:
    """Middleware that refuses headers and bodies that are too large, by content length or while reading.

    FastAPI's `max_body_size` does not replace it: FastAPI refuses a large content length outside all
    middleware, as plain text without `code`, security headers or `Connection: close`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
            title = "The headers are too large"
            problem = Problem(title=title, status=431, code="headers_too_large")
            refused = problem_response(problem, {"Connection": "close"})
            await refused(scope, receive, send)
            return
        limit = _limit(scope["path"])
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced[:20]) > limit:
            problem = Problem(title="The body is too large", status=413, code="too_large")
            refused = problem_response(problem, {"Connection": "close"})
            await refused(scope, receive, send)
            return
        received, complete = 0, not (announced.strip("0") or "transfer-encoding" in Headers(scope=scope))

        async def receive_bounded() -> Message:
            nonlocal received, complete
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413)
            complete = complete or not message.get("more_body", False)
            return message

        async def send_and_close(message: Message) -> None:
            # Close, or uvicorn would read and discard the rest of the body for as long as the client sends.
            if message["type"] == "http.response.start" and not complete:
                MutableHeaders(raw=message["headers"])["Connection"] = "close"
            await send(message)

        await self.app(scope, receive_bounded, send_and_close)


def _limit(path: str) -> int:
    return next((size for prefix, size in LARGER_BODIES.items() if path.startswith(prefix)), MAX_BODY)
