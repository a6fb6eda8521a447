"""Checks whose callers never wait long, whatever hangs."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedCheck(Generic[T]):
    """A check that runs once at a time: callers share the running one, so that hanging ones cannot pile up.

    `check` must not raise.
    """

    def __init__(self, check: Callable[[], Awaitable[T]]) -> None:
        self._check = check
        self._running: asyncio.Future[T] | None = None

    async def result(self, within_s: float) -> T | None:
        """Return the result, or None when there is none after `within_s`; the check then goes on."""
        if self._running is None or self._running.done():
            self._running = asyncio.ensure_future(self._check())
        running = self._running
        done, _ = await asyncio.wait({running}, timeout=within_s)
        return running.result() if done else None
