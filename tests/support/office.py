"""An office as the tests of the HTTP interface drive it: people, customers, a real server on a real port."""

import asyncio
import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import psycopg
from argon2 import PasswordHasher

from adapters.postgres.agents.sessions import PostgresLogins
from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.follow.follower import EVENTS_CHANNEL
from domain.administration import Agent, evolve
from domain.event import Event as Fact
from domain.log.append import Append, Appended, NewEvent
from services.access.passwords import KIND
from services.app.api import build, server_config
from services.commands.installation import InstallationCommands
from services.commands.organisation import AgentChange, ChannelChange, OrganisationCommands
from services.http.edge.protocol import ConnectionLimits
from services.runtime.serving import Server
from services.runtime.settings import Settings
from services.workers.project.project import project
from services.write.actor import Administrator
from services.write.command_runner import CommandRunner
from tests.support.cell import MASTER_KEY, Cell, opened
from tests.support.traffic import NUMBER, body, person, text
from tests.support.waiting import free_port, until

SECRET = "a secret of the app"
WORD = "segredo-123"
_HASHED = PasswordHasher(time_cost=1, memory_cost=64).hash(WORD).encode()


def settings_for(url: str, folder: Path, **given: Any) -> Settings:
    """What the process under test is told."""
    told: dict[str, Any] = {
        "database_url": url,
        "master_key": MASTER_KEY,
        "data": folder,
        "port": free_port(),
        "demo": False,
        "whatsapp_app_secret": (SECRET,),
        "whatsapp_verify_token": "a verify token",
    }
    return Settings(_env_file=None, **{**told, **given})


@contextmanager
def serving(settings: Settings, limits: ConnectionLimits | None = None) -> Iterator[str]:
    """The API on a port of its own; its URL."""
    app = build(settings)
    ready = threading.Event()
    server = Server(server_config(app, settings, limits), lambda _: ready.set(), app.state.close_streams)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert ready.wait(15), "the server does not start"
    try:
        yield settings.address
    finally:
        server.handle_exit(15, None)
        thread.join(15)
        assert not thread.is_alive(), "the server does not stop"


@contextmanager
def projecting(settings: Settings) -> Iterator[None]:
    """The read models follow the log."""
    stop = threading.Event()
    thread = threading.Thread(target=project, args=[settings, stop], daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        with psycopg.connect(settings.database_url, autocommit=True) as db:
            db.execute("select pg_notify(%s, '')", [EVENTS_CHANNEL])  # else it sleeps on for up to a second
        thread.join(10)


@dataclass
class Office:
    """A tenant at work. Customers are numbered; each has one conversation."""

    cell: Cell
    url: str
    people: dict[str, UUID] = field(default_factory=dict)
    _clients: list[httpx2.Client] = field(default_factory=list)
    _wamids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def hire(self, name: str, role: Any, tenant_id: UUID | None = None) -> UUID:
        """Somebody begins to work here, with a password."""
        email = f"{name}@example.com"
        administration = InstallationCommands(self.cell.log)
        agent_id = administration.add_agent(tenant_id or self.cell.tenant_id, name.title(), email, role)
        self.cell.log.secrets.put(KIND, agent_id, _HASHED)
        self.people[name] = agent_id
        return agent_id

    def organisation(self) -> OrganisationCommands:
        """Who changes what the tenant is made of, from outside."""
        return OrganisationCommands(
            CommandRunner(self.cell.log), lambda *_: self.cell.log.head(), self._end_sessions
        )

    def _end_sessions(self, agent_id: UUID) -> None:
        with QueryPool(self.cell.url, 1, "tests") as pool:
            PostgresLogins(pool).end_all(agent_id)

    def team(self, name: str, *members: str, channel: bool = False) -> UUID:
        """A team begins to work; with `channel` the tenant's number brings it the new tickets."""
        organisation, by = self.organisation(), Administrator(self.cell.tenant_id)
        team_id = UUID(str(organisation.add_team(name, by).answer["id"]))
        for member in members:
            agent = self.cell.log.load([self.people[member]], evolve)[self.people[member]].state
            assert isinstance(agent, Agent)
            self.changed(member, teams=agent.teams | {team_id})
        if channel:
            organisation.configure(self.cell.channel_id, ChannelChange(team_id=team_id), by)
        self.settle()
        return team_id

    def changed(self, name: str, **wanted: Any) -> None:
        """Somebody gets other teams, another limit or role, or leaves."""
        by = Administrator(self.cell.tenant_id)
        self.organisation().change_agent(self.people[name], AgentChange(**wanted), by)
        self.settle()

    def client(self, **given: Any) -> httpx2.Client:
        """Somebody who is not logged in."""
        client = httpx2.Client(base_url=self.url, timeout=10, **given)
        self._clients.append(client)
        return client

    def login(self, name: str) -> httpx2.Client:
        """Somebody who is, and whose name the served directory knows: it polls, also on a fast machine."""
        client = self.client()
        answer = client.post("/v1/session", json={"email": f"{name}@example.com", "password": WORD})
        assert answer.status_code == 200, answer.text
        agent_id = str(self.people[name])
        until(
            f"the name of {name} to be known",
            lambda: any(agent["id"] == agent_id for agent in client.get("/v1/agents").json()["items"]),
        )
        return client

    def customer_writes(
        self, *texts: str, customer: int = 1, number: str = NUMBER, ago: timedelta = timedelta()
    ) -> UUID:
        """A customer writes; the conversation, once it is shown. `ago` is by the clock of WhatsApp."""
        sender = f"552099000{customer:04d}"
        now = int((datetime.now(UTC) - ago).timestamp())
        who = [person(sender, f"Cliente {customer}")]
        wamids = [f"wamid.{next(self._wamids)}" for _ in texts]
        said = [text(wamid, words, sender, now) for wamid, words in zip(wamids, texts, strict=True)]
        self.cell.receive(*(body([item], contacts=who, number=number) for item in said))

        def shown() -> UUID | None:
            self.cell.ingest()
            self.settle()
            found = self.cell.rows("select conversation_id from timeline where wamid = %s", wamids[-1])
            return found[0][0] if found else None

        return until("the message to be shown", shown)

    def head(self) -> str:
        """The head of the log, as queries wait for it."""
        return f"{self.cell.log.log_id()}.{self.cell.log.head()}"

    def happens(self, stream_id: UUID, fact: Fact) -> None:
        """A fact of somebody, or of the tenant itself, whoever decided it."""
        log = self.cell.log
        while True:
            version = log.load([stream_id], evolve)[stream_id].version + 1
            new = NewEvent(fact, stream_id, version, uuid4(), self.cell.tenant_id, None, None, "system:test")
            if isinstance(log.append(Append(events=[new])), Appended):
                return

    def settle(self) -> None:
        """Until the read models show the head of the log."""
        head = self.cell.log.head()

        def there() -> bool:
            rows = self.cell.rows("select min(position) from positions where name <> 'publisher'")
            return bool(rows[0][0] >= head)

        until("the read models at the head", there)

    def close(self) -> None:
        for client in self._clients:
            client.close()


@contextmanager
def opened_office(url: str, folder: Path) -> Iterator[Office]:
    """Ana and Bruno (agents), Clara (supervisor), Davi (admin), a served API, read models that follow."""
    settings = settings_for(url, folder)
    with opened(url) as cell, projecting(settings), serving(settings) as address:
        office = Office(cell, address)
        office.hire("ana", "agent")
        office.hire("bruno", "agent")
        office.hire("clara", "supervisor")
        office.hire("davi", "admin")
        office.settle()
        yield office
        office.close()


@dataclass(frozen=True)
class StreamEvent:
    """One server-sent event."""

    name: str
    id: str
    data: Any


class Watcher:
    """A viewer of the stream, in a thread of its own."""

    def __init__(self, client: httpx2.Client, after: str | None = None, **headers: str) -> None:
        self.events: list[StreamEvent] = []
        """All but the signs of life."""

        self.signs_of_life: list[StreamEvent] = []
        self.closed = threading.Event()
        self._stop = threading.Event()
        params = {} if after is None else {"after": after}
        self._request = client.build_request("GET", "/v1/stream", params=params, headers=headers)
        self._request.headers["cookie"] = "; ".join(f"{k}={v}" for k, v in client.cookies.items())
        self._base = str(client.base_url)
        self._opened = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        assert self._opened.wait(8), "the stream does not open"

    @property
    def tickets(self) -> list[Any]:
        return [row for event in self.changes for row in event.data["tickets"]]

    @property
    def messages(self) -> list[Any]:
        return [row for event in self.changes for row in event.data["messages"]]

    @property
    def gone(self) -> list[Any]:
        return [row for event in self.changes for row in event.data["gone"]]

    @property
    def directory(self) -> list[Any]:
        return [row for event in self.changes for row in event.data["directory"]]

    @property
    def changes(self) -> list[StreamEvent]:
        return [event for event in self.events if event.name == "change"]

    @property
    def participating(self) -> list[Any]:
        return [row for event in self.changes for row in event.data["participating"]]

    def leave(self) -> None:
        self._stop.set()

    def _read(self) -> None:
        asyncio.run(self._stream())

    async def _stream(self) -> None:
        with suppress(httpx2.TransportError):
            async with httpx2.AsyncClient(timeout=30) as client, _sent(client, self._request) as answer:
                assert answer.status_code == 200, await answer.aread()
                block: list[str] = []
                async for line in answer.aiter_lines():
                    if self._stop.is_set():
                        break
                    if line:
                        block.append(line)
                    elif block:
                        self._take(block)
                        block = []
        self.closed.set()
        self._opened.set()

    def _take(self, block: list[str]) -> None:
        fields = dict(line.split(": ", 1) for line in block if not line.startswith(":"))
        if "event" not in fields:
            return
        event = StreamEvent(fields["event"], fields.get("id", ""), json.loads(fields["data"]))
        if event.name == "alive":
            self.signs_of_life.append(event)
        else:
            self.events.append(event)
            self._opened.set()


def _sent(client: httpx2.AsyncClient, request: httpx2.Request) -> Any:
    return client.stream(request.method, request.url, headers=dict(request.headers))
