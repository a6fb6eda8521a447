"""Long responses: streamed in pieces, or waited for, and cancelled when the client disconnects."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from typing import Any, TypeVar

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from domain.log.port import LogUnavailable, UnreadableEvent
from services.http.edge.problems import Refused

T = TypeVar("T")

SEND_WITHIN_S = 20.0
EXPECTED = (OSError, LogUnavailable, UnreadableEvent, Refused)
"""Errors that end a stream without a log line: they are reported elsewhere, and clients retry."""

UNBUFFERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Headers of a stream, which no proxy may keep or hold back."""

log = structlog.get_logger("http")


class LastingResponse(Response):
    """Response that sends pieces until they end, or the client disconnects or stops reading.

    After an error the response stays incomplete, so that the client sees it.
    """

    def __init__(self, pieces: AsyncGenerator[bytes], media_type: str, first: bytes = b"") -> None:
        super().__init__(headers=UNBUFFERED, media_type=media_type)
        del self.headers["content-length"]
        self._pieces, self._first = pieces, first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.ensure_future(self._send(send))
        try:
            await _ended_before_client_left(sending, receive)
        finally:
            broken = sending.exception() if sending.done() and not sending.cancelled() else None
            if isinstance(broken, Exception) and not isinstance(broken, EXPECTED):
                log.error("response broken off", path=scope["path"], exc_info=broken)
            await self._pieces.aclose()  # also after a cancellation in the middle of a piece

    async def _send(self, send: Send) -> None:
        head = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await send(head)
        await send({"type": "http.response.body", "body": self._first, "more_body": True})
        async for piece in self._pieces:
            async with asyncio.timeout(SEND_WITHIN_S):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return the result of `work`; cancel it when the client disconnects.

    Raises:
        ClientDisconnect
    """
    working = asyncio.ensure_future(work)
    if not await _ended_before_client_left(working, request.receive):
        raise ClientDisconnect
    return working.result()


async def _ended_before_client_left(task: asyncio.Task[Any], receive: Receive) -> bool:
    """Wait for the task, or cancel it when the client disconnects; return whether it ended by itself."""
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait([task, leaving], return_when=asyncio.FIRST_COMPLETED)
        return task.done()
    finally:
        leaving.cancel()
        task.cancel()
        await asyncio.gather(task, leaving, return_exceptions=True)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
