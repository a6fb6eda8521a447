"""Several requests, one call of the topics: threads change per commit, not per request."""

import asyncio
from collections import deque
from collections.abc import Sequence

import anyio
import anyio.to_thread

from schemas.topics import Outgoing, Topics

AT_ONCE = 4
MAX_BYTES = 8_000_000


class SharedProduce:
    """Produces what requests bring, together with what others brought meanwhile.

    What fails, fails for all who shared the call. Lives in one event loop.
    """

    def __init__(self, topics: Topics, timeout_s: float) -> None:
        self._topics, self._timeout_s = topics, timeout_s
        self._waiting: deque[tuple[Sequence[Outgoing], asyncio.Future[None]]] = deque()
        self._calls: set[asyncio.Task[None]] = set()
        self._threads = anyio.CapacityLimiter(AT_ONCE)

    async def produce(self, records: Sequence[Outgoing]) -> None:
        """Return when they are durable.

        Raises:
            TimeoutError: not in time; they may become so later.
            TopicsUnavailable, UnknownTopic, RecordTooLarge: as `Topics.produce`, or of a neighbour.
        """
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((records, stored))
        if len(self._calls) < AT_ONCE:
            call = asyncio.create_task(self._call())
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
        async with asyncio.timeout(self._timeout_s):
            await stored

    async def _call(self) -> None:
        """Produce until nobody waits; who gave up before their turn is left out."""
        while batch := self._taken():
            failed = await self._failure([record for records, _ in batch for record in records])
            for _, stored in batch:
                if stored.done():
                    continue
                if failed is None:
                    stored.set_result(None)
                else:
                    stored.set_exception(failed)

    def _taken(self) -> list[tuple[Sequence[Outgoing], asyncio.Future[None]]]:
        batch = []
        size = 0
        while self._waiting and size < MAX_BYTES:
            records, stored = self._waiting.popleft()
            if not stored.done():
                batch.append((records, stored))
                size += sum(record.size for record in records)
        return batch

    async def _failure(self, records: Sequence[Outgoing]) -> Exception | None:
        def produce() -> None:
            self._topics.produce(records, self._timeout_s)

        try:
            await anyio.to_thread.run_sync(produce, limiter=self._threads)
        except Exception as failed:  # told to each who waits
            return failed
        return None
