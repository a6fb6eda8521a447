"""Who has a conversation open and who is typing: sent to other agents, never stored, expires soon."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from fastapi.sse import format_sse_event

from adapters.postgres.agents.sightings import CHANNEL, PostgresViewing, Sighting
from adapters.postgres.connection.async_listener import notifications
from adapters.postgres.queries.visibility import Visibility
from domain.log.port import LogUnavailable
from schemas.drafts_and_reads import Viewer, Viewers
from services.http.edge.problems import NameOf
from services.http.live.stream_hub import StreamHub

STAYS_S = 10.0
AGAIN_S = 8.0
SWEPT_S = 1.0

log = structlog.get_logger("viewing")

Room = tuple[UUID, UUID]
"""Tenant and conversation."""


@dataclass
class _Present:
    """The agents viewing a conversation: whether each is typing, and until when they count as present."""

    agents: dict[UUID, tuple[bool, float]] = field(default_factory=dict)
    told_at: float = 0.0
    told_to: set[Visibility] = field(default_factory=set)
    changed: bool = True

    def hear(self, agent_id: UUID, typing: bool, until: float) -> None:
        known = self.agents.get(agent_id)
        self.changed |= known is None or known[0] != typing
        self.agents[agent_id] = (typing, until)

    def sweep(self, now: float) -> None:
        staying = {id: seen for id, seen in self.agents.items() if seen[1] > now}
        self.changed |= len(staying) < len(self.agents)
        self.agents = staying


class PresenceHub:
    """Collects sightings from all API processes and sends them to the viewers' streams.

    Without LISTEN (behind a transaction pooler) it knows only those of its own process.
    """

    def __init__(self, url: str, port: PostgresViewing, live: StreamHub, name_of: NameOf) -> None:
        self._url, self._port, self._live, self._name_of = url, port, live, name_of
        self._rooms: dict[Room, _Present] = {}
        self._wake = asyncio.Event()

    async def seen(self, tenant_id: UUID, conversation_id: UUID, agent_id: UUID, typing: bool) -> None:
        """Record that an agent has a conversation open right now."""
        sighting = Sighting(tenant_id, conversation_id, agent_id, typing)
        self._hear(sighting)
        with contextlib.suppress(LogUnavailable):
            await self._port.notify(sighting)

    async def listen(self) -> None:
        """Receive the sightings of other processes until the connection is lost."""
        async for told in notifications(self._url, CHANNEL):
            if (sighting := Sighting.decode(told)) is not None:
                self._hear(sighting)

    async def tell(self) -> None:
        """Send changes, and repeat unchanged viewers from time to time, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SWEPT_S):
                    await self._wake.wait()
            self._wake.clear()
            if due := self._due():
                await self._told(due)

    def _hear(self, sighting: Sighting) -> None:
        room = self._rooms.setdefault((sighting.tenant_id, sighting.conversation_id), _Present())
        until = asyncio.get_running_loop().time() + STAYS_S
        room.hear(sighting.agent_id, sighting.typing, until)
        if room.changed:
            self._wake.set()

    def _due(self) -> list[Room]:
        """Return the conversations with something to send; drop agents whose sighting expired."""
        now = asyncio.get_running_loop().time()
        self._rooms = {key: room for key, room in self._rooms.items() if room.agents or room.told_to}
        due = []
        for key, room in self._rooms.items():
            room.sweep(now)
            if room.changed or now - room.told_at > AGAIN_S:
                due.append(key)
                room.told_at, room.changed = now, False
        return due

    async def _told(self, due: Sequence[Room]) -> None:
        if not self._live.viewers:
            for key in due:
                self._rooms[key].told_to.clear()
            return
        try:
            threads = await self._port.tickets(due)
        except LogUnavailable:
            return
        for key in due:
            if (room := self._rooms.get(key)) is None:
                continue
            tenant_id, conversation_id = key
            seeing = self._live.reading_all(tenant_id, threads.get(key, ()))
            for visibility in seeing:
                others = {id: seen for id, seen in room.agents.items() if id != visibility.me}
                if others or visibility in room.told_to:
                    self._live.push(visibility, self._event(conversation_id, others))
                (room.told_to.add if others else room.told_to.discard)(visibility)
            room.told_to &= set(seeing)

    def _event(self, conversation_id: UUID, agents: dict[UUID, tuple[bool, float]]) -> bytes:
        viewers = [
            Viewer(id=id, name=self._name_of(id) or "", typing=typing)
            for id, (typing, _) in sorted(agents.items())
        ]
        told = Viewers(conversation_id=conversation_id, viewers=viewers)
        return format_sse_event(data_str=told.model_dump_json(), event="presence")
