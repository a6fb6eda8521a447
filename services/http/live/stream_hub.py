"""The live stream: one reader of the log per process, that distributes changes to all viewers."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import anyio
import anyio.to_thread
import structlog
from fastapi.sse import format_sse_event
from prometheus_client import Counter

from adapters.postgres.connection.pool import Row
from adapters.postgres.follow.read_model_positions import ReadModelPositions
from adapters.postgres.queries.changes import PostgresChanges
from adapters.postgres.queries.visibility import Visibility, access_of
from domain.log.port import LogUnavailable
from schemas.http import Alive
from services.access.access import Access, Caller
from services.http.edge.position_codec import PositionCodec
from services.http.edge.problems import NameOf, Refused
from services.http.live.change_set import NOTHING, ChangeSet
from services.runtime.clock import utc_now

log = structlog.get_logger("live")
closed = Counter("balcao_live_streams_closed", "Live streams refused or ended for a limit.", ["limit"])

SHOWN = ("workspace", "participants", "timeline", "contacts", "directory", "quick_replies")
PAGE = 1000
OLDEST_RESUMED = 10_000
QUEUED = 256
MAX_STREAMS, MAX_OF_ONE = 5_000, 20
HEARTBEAT_S = 10.0
SESSIONS_CHECKED_S = 2.0
PRESENCE_TOLD_S = 3.0
POLL_S = 1.0
ReportPresent = Callable[[Collection[tuple[UUID, UUID]]], Awaitable[None]]
"""Callback with the (tenant, agent) pairs that have a stream open."""


@dataclass(eq=False, slots=True)
class OpenStream:
    """An open stream. Its queue is bounded: a client that reads too slowly is disconnected and has to resync.

    So has a viewer whose visibility changed (`needs_resync`).
    """

    caller: Caller
    waiting: deque[tuple[int | None, bytes]] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False
    needs_resync: bool = False
    superseded: bool = False

    def push(self, position: int | None, event: bytes) -> None:
        """Queue an event; one that is not from the log has no position."""
        if len(self.waiting) >= QUEUED:
            self.require_resync()
        elif not self.needs_resync:
            self.waiting.append((position, event))
        self.wake.set()

    def require_resync(self) -> None:
        self.waiting.clear()
        self.needs_resync = True
        self.wake.set()

    def supersede(self) -> None:
        """End the stream with a word to the client, which is not to reconnect at once."""
        self.waiting.clear()
        self.superseded = True
        self.wake.set()

    def end(self) -> None:
        self.over = True
        self.wake.set()

    async def next(self) -> tuple[int | None, bytes] | None:
        """Wait for the next event; None on timeout, or when the stream is to end."""
        if not self.waiting and not (self.over or self.needs_resync or self.superseded):
            self.wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_S):
                    await self.wake.wait()
        return self.waiting.popleft() if self.waiting else None


class StreamHub:
    """Reader of the log, up to where the read models are, that distributes changes to all streams."""

    def __init__(
        self,
        changes: PostgresChanges,
        projected: ReadModelPositions,
        places: PositionCodec,
        access: Access,
        name_of: NameOf,
        report_present: ReportPresent,
        refresh_names: Callable[[], None],
    ) -> None:
        self._changes, self._projected, self._places = changes, projected, places
        self._access, self._name_of, self._report_present = access, name_of, report_present
        self._refresh_names = refresh_names
        self._position: int | None = None
        self._started, self._came = asyncio.Event(), asyncio.Event()
        self._viewers: dict[Visibility, set[OpenStream]] = {}
        self._of_one: dict[UUID | bytes, list[OpenStream]] = {}
        self._closing = False
        self._threads = anyio.CapacityLimiter(4)

    @property
    def viewers(self) -> int:
        """Number of open streams."""
        return sum(len(viewers) for viewers in self._viewers.values())

    def require_room(self) -> None:
        """Allow one more stream of this process.

        Raises:
            Refused: 503 `too_many_streams`
        """
        if self.viewers >= MAX_STREAMS:
            closed.labels("in all").inc()
            raise Refused(
                503, "too_many_streams", "Too many live streams, try again later", {"Retry-After": "15"}
            )

    def close(self) -> None:
        """End all streams gracefully, because the process stops."""
        self._closing = True
        for viewer in self._all():
            viewer.end()

    def _all(self) -> list[OpenStream]:
        return [viewer for viewers in self._viewers.values() for viewer in viewers]

    def reading_all(self, tenant_id: UUID, thread: Sequence[Row]) -> list[Visibility]:
        """Return the visibilities of viewers who may read all of a conversation with these tickets."""
        return [
            visibility
            for visibility in self._viewers
            if visibility.tenant_id == tenant_id
            and (limit := visibility.read_limit(thread)) is not None
            and access_of(limit) != "read"
        ]

    def visibilities_of(self, tenant_id: UUID, agent_id: UUID) -> list[Visibility]:
        """Return the visibility of an agent's open streams; for a moment two, after a change."""
        return [s for s in self._viewers if s.tenant_id == tenant_id and s.me == agent_id]

    def push(self, visibility: Visibility, event: bytes) -> None:
        """Send an event that is not from the log to all streams with this visibility."""
        for viewer in self._viewers.get(visibility, ()):
            viewer.push(None, event)

    async def follow(self) -> None:
        """Read the log and distribute changes until cancelled."""
        while not self._projected.positions:
            await asyncio.sleep(0.05)
        self._position, log_id = self._projected.passed(SHOWN), self._places.log_id
        self._started.set()
        while True:
            passed = await self._projected.wait_beyond(SHOWN, self._position, POLL_S)
            if self._places.log_id != log_id:  # the log was restored: its positions may be lower now
                self._position, log_id = self._projected.passed(SHOWN), self._places.log_id
                for viewer in self._all():
                    viewer.require_resync()
                continue
            if passed <= self._position:
                continue
            if not self._viewers:
                self._position = passed
                continue
            try:
                change_set = await self._change_set(self._position, passed)
            except LogUnavailable:
                await asyncio.sleep(POLL_S / 2)
                continue
            self._position = change_set.position
            for visibility, viewers in self._viewers.items():
                if event := self._events(change_set, visibility):
                    for viewer in viewers:
                        viewer.push(change_set.position, event)

    async def watch_sessions(self) -> None:
        """End the streams of agents who were logged out or whose visibility changed, until cancelled."""
        while True:
            await asyncio.sleep(SESSIONS_CHECKED_S)
            viewers = self._all()
            if not viewers:
                continue
            callers = [viewer.caller for viewer in viewers]
            try:
                ended = await self._access.ended(callers)
                changed = await anyio.to_thread.run_sync(self._access.changed, callers, limiter=self._threads)
            except LogUnavailable:
                continue
            for viewer in viewers:
                if viewer.caller.token_hash in ended:
                    viewer.end()
                elif viewer.caller.token_hash in changed:
                    viewer.require_resync()

    async def tell_presence(self) -> None:
        """Report who has a stream open until cancelled: new ones at once, all every few seconds."""
        while True:
            self._came.clear()
            callers = [viewer.caller for viewer in self._all()]
            people = {(each.tenant_id, each.agent_id) for each in callers if each.agent_id is not None}
            if people:
                with contextlib.suppress(LogUnavailable):
                    await self._report_present(people)
            await asyncio.sleep(PRESENCE_TOLD_S / 10)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PRESENCE_TOLD_S):
                    await self._came.wait()

    async def events(self, caller: Caller, after: str | None) -> AsyncGenerator[bytes]:
        """Yield the events of one viewer: first those since `after`, then live ones."""
        await self._started.wait()
        assert self._position is not None
        viewer, begun = OpenStream(caller, over=self._closing), self._position
        self._admit(viewer)
        self._came.set()
        try:
            yield _alive()
            last = await self._resumable(caller, after, begun)
            if last is None:
                yield self._resync(begun)
                last = begun
            elif last >= begun:
                yield self._event(last, NOTHING)
            while last < begun:
                change_set = await self._change_set(last, begun)
                last = change_set.position
                yield self._events(change_set, caller.visibility) or self._event(last, NOTHING)
            async for event in self._waited(viewer, last):
                yield event
        finally:
            self._leave(viewer)

    def _admit(self, viewer: OpenStream) -> None:
        """Add a stream; end the oldest of the same person or service if they have too many.

        The oldest may be dead without this process knowing.
        """
        caller = viewer.caller
        self._viewers.setdefault(caller.visibility, set()).add(viewer)
        of_one = self._of_one.setdefault(caller.counted_as, [])
        of_one.append(viewer)
        if len(of_one) > MAX_OF_ONE:
            closed.labels("of one").inc()
            of_one.pop(0).supersede()

    def _leave(self, viewer: OpenStream) -> None:
        caller = viewer.caller
        self._viewers[caller.visibility].discard(viewer)
        if not self._viewers[caller.visibility]:
            del self._viewers[caller.visibility]
        of_one = self._of_one.get(caller.counted_as, [])
        if viewer in of_one:
            of_one.remove(viewer)
            if not of_one:
                del self._of_one[caller.counted_as]

    async def _waited(self, viewer: OpenStream, last: int) -> AsyncIterator[bytes]:
        """Yield queued events, and a heartbeat when there are none."""
        while True:
            pushed = await viewer.next()
            if viewer.over:
                return
            if viewer.superseded:
                yield format_sse_event(data_str="{}", event="superseded")
                return
            if viewer.needs_resync:
                yield self._resync(self._now())
                return
            if pushed is not None:
                position, event = pushed
                if position is None:
                    yield event
                elif position > last:
                    last = position
                    yield event
            elif self._now() > last:
                last = self._now()
                yield self._event(last, NOTHING)  # so that a reconnect resumes from here
                yield _alive()
            else:
                yield _alive()

    async def _resumable(self, caller: Caller, after: str | None, begun: int) -> int | None:
        """Return the position to resume from; None when the client must resync."""
        if after is None:
            return begun
        ours, position = self._places.split(after)
        if not ours or begun - position > OLDEST_RESUMED or position < self._access.changed_at(caller):
            return None
        if position <= begun:
            return position
        # The client may come from a process that is ahead of this one, but not from beyond the log's head.
        head = await anyio.to_thread.run_sync(self._changes.head, limiter=self._threads)
        return position if position <= head else None

    async def _change_set(self, after: int, until: int) -> ChangeSet:
        def prepare() -> ChangeSet:
            changes = self._changes.between(after, until, PAGE)
            if changes.directory:  # or later changes would be sent with former names
                self._refresh_names()
            return ChangeSet.of(changes, self._name_of)

        return await anyio.to_thread.run_sync(prepare, limiter=self._threads)

    def _now(self) -> int:
        return self._position or 0

    def _events(self, change_set: ChangeSet, visibility: Visibility) -> bytes:
        """Build what a visibility learns of a range of the log; empty when that is nothing.

        News of quick replies come before the change, whose id tells the client that it has both.
        """
        news = change_set.quick_replies_for(visibility)
        text = change_set.json_for(visibility)
        if text is None and not news:
            return b""
        events = [format_sse_event(data_str=each, event="quick_reply") for each in news]
        return b"".join([*events, self._event(change_set.position, text or NOTHING)])

    def _event(self, position: int, text: str) -> bytes:
        return format_sse_event(data_str=text, event="change", id=self._places.write(position))

    def _resync(self, position: int) -> bytes:
        """Build the event that tells the client to reload."""
        return format_sse_event(data_str="{}", event="resync", id=self._places.write(position))


def _alive() -> bytes:
    """Build the event with the server's time; without an id, so that a client resumes where it was."""
    return format_sse_event(data_str=Alive(at=utc_now()).model_dump_json(), event="alive")
