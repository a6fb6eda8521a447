"""A share for each caller: a few requests at a time, so that one of them cannot take the whole process."""

import asyncio
from collections import Counter
from collections.abc import Hashable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.http.edge.problems import Refused
from services.http.edge.protocol import refused

AT_A_TIME = 4
"""A page asks for more when it opens a conversation; the others wait some milliseconds."""

MOST_WAITING = 100
WAIT_S = 1.0


class Shares:
    """Lets each caller have `at_a_time` requests under way; more wait for their turn. For one event loop."""

    def __init__(
        self, at_a_time: int = AT_A_TIME, most_waiting: int = MOST_WAITING, wait_s: float = WAIT_S
    ) -> None:
        self._at_a_time, self._most, self._wait_s = at_a_time, at_a_time + most_waiting, wait_s
        self._here: Counter[Hashable] = Counter()
        self._turns: dict[Hashable, asyncio.Semaphore] = {}

    async def enter(self, caller: Hashable) -> "Turn":
        """Wait for the caller's turn.

        Raises:
            Refused: 429 `too_many_requests`; too many wait already, or the turn did not come within a second.
        """
        if self._here[caller] >= self._most:
            raise self._refused()
        self._here[caller] += 1
        turns = self._turns.setdefault(caller, asyncio.Semaphore(self._at_a_time))
        try:
            async with asyncio.timeout(self._wait_s if turns.locked() else None):
                await turns.acquire()
        except TimeoutError:
            self._leave(caller)
            raise self._refused() from None
        except asyncio.CancelledError:
            self._leave(caller)
            raise
        return Turn(self, caller)

    def end(self, caller: Hashable) -> None:
        """End a turn."""
        self._turns[caller].release()
        self._leave(caller)

    def _leave(self, caller: Hashable) -> None:
        self._here[caller] -= 1
        if not self._here[caller]:
            del self._here[caller], self._turns[caller]

    @staticmethod
    def _refused() -> Refused:
        refused.labels("per caller").inc()
        title = "Too many requests at the same time"
        return Refused(429, "too_many_requests", title, {"Retry-After": "1"})


class Turn:
    """The turn of one request; ending it twice is the same as once."""

    def __init__(self, shares: Shares, caller: Hashable) -> None:
        self._shares, self._caller, self._over = shares, caller, False

    def end(self) -> None:
        if not self._over:
            self._over = True
            self._shares.end(self._caller)


class EndsTurns:
    """Middleware that ends the turn of a request when its response begins: a live stream holds none."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        def end() -> None:
            if (turn := state.get("turn")) is not None:
                turn.end()

        async def send_and_end(message: Message) -> None:
            if message["type"] == "http.response.start":
                end()
            await send(message)

        try:
            await self.app(scope, receive, send_and_end)
        finally:
            end()
