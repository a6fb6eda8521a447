"""Published events for readers that follow the log: pages, long polls, and streams up to its head."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import anyio
import anyio.to_thread
import orjson
from prometheus_client import Gauge

from adapters.postgres.follow.read_model_positions import ReadModelPositions
from adapters.postgres.queries.event_scan import EventFilter
from services.access.access import Access, Caller
from services.http.edge.position_codec import PositionCodec, require_reached
from services.http.edge.problems import Refused
from services.http.edge.protocol import refused
from services.queries.cloudevents import published
from services.queries.event_pages import EventPage, EventPages
from services.runtime.clock import Clock

readers = Gauge("balcao_event_readers", "Long polls and streams of events that are open.")

AT_A_TIME = 2
"""Pages that a process reads at the same time, so that exports leave connections and threads to agents."""

MOST_OF_ONE = 20
STREAMED_PAGE = 500
PAUSE_S = 0.25
POLL_S = 1.0
SESSION_CHECKED_S = 2.0
WOKEN_BY = ("timeline",)
"""The read model whose progress signals new events; while it stands still, polling finds them."""


@dataclass(frozen=True, slots=True)
class EventQuery:
    """The events that pass a filter, after a position, recorded from `since` on and before `until`."""

    filter: EventFilter
    after: int
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """A page in the form in which it is sent: each event as a line of JSON."""

    lines: list[bytes]
    reached: int
    at_end: bool

    def body(self, places: PositionCodec) -> bytes:
        """Encode the page as one object."""
        position = places.write(self.reached)
        items = [orjson.Fragment(line) for line in self.lines]
        return orjson.dumps({"items": items, "next": None if self.at_end else position, "position": position})


class EventFeed:
    """Reads pages of events in threads, and waits for new events without a thread or connection."""

    def __init__(
        self,
        pages: EventPages,
        projected: ReadModelPositions,
        places: PositionCodec,
        access: Access,
        schema_url: str,
        now: Clock,
    ) -> None:
        self._pages, self._projected, self._places, self._access = pages, projected, places, access
        self._schema_url, self._now = schema_url, now
        self._threads = anyio.CapacityLimiter(AT_A_TIME)
        self._lasting: Counter[Hashable] = Counter()
        self._closing = False

    def close(self) -> None:
        """End long polls with what they have, and break off streams, because the process stops."""
        self._closing = True

    def require_room(self, caller: Caller) -> None:
        """Require that the caller may open another long poll or stream.

        Raises:
            Refused: 429 `too_many_requests`: they have 20 open.
        """
        if self._lasting[caller.counted_as] >= MOST_OF_ONE:
            refused.labels("per caller").inc()
            title = "Too many long polls and streams of events at the same time"
            raise Refused(429, "too_many_requests", title, {"Retry-After": "5"})

    @contextmanager
    def lasting(self, caller: Caller) -> Iterator[None]:
        """Count a long poll or stream of the caller while it is open."""
        of_whom = caller.counted_as
        self._lasting[of_whom] += 1
        readers.inc()
        try:
            yield
        finally:
            readers.dec()
            self._lasting[of_whom] -= 1
            if not self._lasting[of_whom]:
                del self._lasting[of_whom]

    async def first(self, query: EventQuery, limit: int, wait_s: float) -> Encoded:
        """Read the first page with events; return an empty one at the end of the log, after `wait_s`.

        Raises:
            Refused: 409 `resync`: the position is ahead of the log, or the log was restored meanwhile.
            UnknownEvent, LogUnavailable
        """
        log_id, ends_at, pause_s = self._places.log_id, self._clock() + wait_s, 0.0
        after = await anyio.to_thread.run_sync(self._start, query, limiter=self._threads)
        while True:
            page = await self._page(query, after, limit, log_id)
            left_s = ends_at - self._clock()
            if page.lines or self._closing or (page.at_end and (left_s <= 0 or self._is_over(query))):
                return page
            after = page.reached
            if page.at_end:
                await asyncio.sleep(min(pause_s, left_s))
                await self._projected.wait_beyond(WOKEN_BY, after, min(POLL_S, left_s))
                pause_s = PAUSE_S  # events of other tenants end the wait, too

    async def lines(
        self, caller: Caller, query: EventQuery, page: Encoded, limit: int | None
    ) -> AsyncGenerator[bytes]:
        """Yield the events of `page` and those after it, up to the head of the log or `limit`.

        Raises an error, so that the reader sees an incomplete response, when the process stops, the session
        has ended, the log was restored or is unavailable, or an event is unreadable.
        """
        log_id, checked_at = self._places.log_id, self._clock()
        with self.lasting(caller):
            while True:
                if page.lines:
                    yield b"".join(line + b"\n" for line in page.lines)
                limit = None if limit is None else limit - len(page.lines)
                if page.at_end or limit == 0:
                    return
                if self._closing:
                    raise ConnectionAbortedError("the process stops")
                if self._clock() - checked_at > SESSION_CHECKED_S:
                    checked_at = self._clock()
                    await self._require_session(caller)
                size = STREAMED_PAGE if limit is None else min(limit, STREAMED_PAGE)
                page = await self._page(query, page.reached, size, log_id)

    def _start(self, query: EventQuery) -> int:
        require_reached(query.after, self._pages.head())
        return query.after if query.since is None else self._pages.start(query.after, query.since)

    async def _page(self, query: EventQuery, after: int, limit: int, log_id: str) -> Encoded:
        """Read and encode one page, which may be empty before the end of the log."""

        def read() -> Encoded:
            page = self._pages.step(query.filter, after, query.until, limit)
            return self._encoded(page, log_id)

        page = await anyio.to_thread.run_sync(read, limiter=self._threads)
        if self._places.log_id != log_id:
            raise Refused(409, "resync", "The log was restored; load again from the start")
        return page

    def _encoded(self, page: EventPage, log_id: str) -> Encoded:
        lines = [published(event, log_id, self._schema_url).json() for event in page.events]
        return Encoded(lines, page.reached, page.at_end)

    def _is_over(self, query: EventQuery) -> bool:
        """Whether no more events can be recorded before `until`."""
        return query.until is not None and query.until <= self._now()

    async def _require_session(self, caller: Caller) -> None:
        ended = await self._access.ended([caller])
        changed = await anyio.to_thread.run_sync(self._access.changed, [caller])
        if caller.token_hash in ended | changed:
            raise ConnectionAbortedError("the session ended")

    @staticmethod
    def _clock() -> float:
        return asyncio.get_running_loop().time()
