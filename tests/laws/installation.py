"""One installation that many days are lived in, each by a tenant of its own; its processes can be killed."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from psycopg_pool import ConnectionPool

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.follow.follower import Db, LogFollower, follower_pool
from adapters.postgres.topics.topics import PostgresTopics
from domain.administration import Role
from schemas.topics import BOT_REPLIES, INBOUND, OUTBOUND
from services.commands.installation import InstallationCommands
from services.commands.organisation import AgentChange, ChannelChange
from services.queries.channels import ChannelLookup
from services.runtime import failpoint
from services.runtime.clock import utc_now
from services.workers.assigner import Assigner
from services.workers.ingest.bot_replies import BotReplies
from services.workers.ingest.ingestor import Ingestor
from services.workers.project.projectors import Projectors
from services.workers.publish.publisher import NAME, TRANSIENT_ERRORS, Publisher
from services.workers.scheduler import GRACE, Scheduler
from services.workers.send.sender import MessageSender
from services.write.actor import Administrator
from tests.services.simulator.processes import SimulatorProcess
from tests.services.simulator.receiver import Receiver
from tests.support.cell import Cell, opened
from tests.support.office import WORD, Office, serving, settings_for
from tests.support.waiting import until

LEASE_S = 0.3
CALL_S = 20.0
SOON_AGAIN_S = (0.02,) * 5
REOPENS_S = 3_600
STAFF: dict[str, Role] = {"ana": "agent", "bruno": "agent", "davi": "admin"}
TAKEN = [INBOUND, BOT_REPLIES, OUTBOUND]


class Killed(BaseException):
    """A process ends here, as by -9: nothing behind this line runs any more."""


@contextmanager
def killed_at(name: str | None) -> Iterator[None]:
    """Whatever comes to this failpoint dies; what it wrote before stands."""
    with pytest.MonkeyPatch.context() as patch:

        def kill(*_: object) -> None:
            raise Killed(name)

        patch.setattr(failpoint._armed, "kills", {} if name is None else {name: failpoint._Kill(1.0, 0)})
        patch.setattr("services.runtime.failpoint.os.kill", kill)
        with suppress(Killed):
            yield


@dataclass
class LawInstallation:
    """The API serves; the other processes are taken up step by step, and made anew when they died."""

    cell: Cell
    office: Office
    pool: ConnectionPool[Db]
    queries: QueryPool
    simulator: SimulatorProcess
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _ingestor: Ingestor | None = None
    _replies: BotReplies | None = None
    _projectors: Projectors | None = None
    _sender: MessageSender | None = None

    def tenant(self, with_bot: bool, reopens: bool, weather: dict[str, float]) -> "LawTenant":
        """A new one: two agents, one of them in a team, an admin, and a number, which WhatsApp knows."""
        n, log = next(self._numbers), self.cell.log
        administration = InstallationCommands(log)
        tenant_id = administration.add_tenant(f"Loja {n}")
        number = f"9{n:014d}"
        channel_id = administration.add_channel(tenant_id, number, "Número", f"p{n}", has_bot=with_bot)
        people = {name: self.office.hire(f"{name}{n}", role, tenant_id) for name, role in STAFF.items()}
        organisation, by = self.office.organisation(), Administrator(tenant_id)
        team_id = UUID(str(organisation.add_team("Trocas", by).answer["id"]))
        organisation.change_agent(people["bruno"], AgentChange(teams=frozenset({team_id})), by)
        wanted = ChannelChange(reopen_within_s=REOPENS_S if reopens else 0, auto_assign=True)
        organisation.configure(channel_id, wanted, by)
        self.simulator.post("/reset")
        self.simulator.post("/numbers", {"phone_number_id": number})
        self.simulator.faults(window="off", **weather)
        clients = {name: self.office.client() for name in STAFF}
        tenant = LawTenant(tenant_id, channel_id, team_id, number, n, log.head(), people, clients)
        for name in STAFF:
            tenant.logs_in(name)
        return tenant

    def ingest(self, kill: str | None = None) -> None:
        """Take what is there; killed at a failpoint, the next one begins from where the log stands."""
        ingestor = self._ingestor = self._ingestor or self.cell.ingestor()
        self._ingestor = None
        with killed_at(kill):
            while ingestor.step(0.0):
                pass
            self._ingestor = ingestor

    def reply(self, kill: str | None = None) -> None:
        """Take what the bot said."""
        log, topics = self.cell.log, self.cell.topics
        replies = self._replies or BotReplies(log, topics, ChannelLookup(log), utc_now)
        self._replies = None
        with killed_at(kill):
            while replies.step(0.0):
                pass
            self._replies = replies

    def project(self, kill: str | None = None) -> None:
        """Bring the read models to the head; killed, a page is folded and not written."""
        projectors = self._projectors or Projectors(self.pool, self.cell.log)
        self._projectors = None
        with killed_at(kill):
            while projectors.round():
                pass
            self._projectors = projectors

    def publish(self, kill: str | None = None) -> None:
        """Ask for what is to go out, and the bot for its turns; a publisher knows nothing either."""
        follower = LogFollower(self.pool, NAME, self.cell.log, transient=TRANSIENT_ERRORS)
        publisher = Publisher(self.cell.log, self.cell.topics, self.cell.log.log_id())
        with killed_at(kill):
            while follower.step(publisher.handle):
                pass

    def send(self, kill: str | None = None, forgets: bool = False) -> None:
        """Make the calls that are asked for; what came of them is written down, if not later (`forgets`).

        One that is killed takes it along.
        """
        sender = self._sender or self.cell.sender(self.simulator.graph, call_s=CALL_S)
        self._sender = None
        with killed_at(kill):
            _write_down(sender)
            while sender.step(0.0):
                _call(sender)
                if not forgets:
                    _write_down(sender)
            self._sender = sender

    def assign(self, tenant: "LawTenant", kill: str | None = None) -> None:
        """Give by rule what waits, while its agents have the workspace open."""
        there = [tenant.id, [tenant.people["ana"], tenant.people["bruno"]]]
        self.cell.rows(
            "insert into presence (tenant_id, agent_id, seen_at) select %s, unnest(%s::uuid[]), now()"
            " on conflict (tenant_id, agent_id) do update set seen_at = now() returning 1",
            *there,
        )
        with killed_at(kill):
            Assigner(self.cell.log, self.queries, self.cell.url).step()
        self.cell.rows("delete from presence where tenant_id = %s returning 1", tenant.id)

    def schedule(self, kill: str | None = None, grace: timedelta = GRACE) -> None:
        """Do what is due; a scheduler knows nothing that it could lose."""
        with killed_at(kill):
            Scheduler(self.cell.log, grace=grace).step()

    def settle(self) -> None:
        """Until every record was taken, all that is due was done, and no answer is on its way any more."""

        def at_rest() -> bool:
            head = self.cell.log.head()
            self.ingest()
            self.reply()
            self.publish()
            self.send()
            self.project()
            # Every call has ended: a claim without outcome is that of a sender who died.
            self.schedule(grace=-timedelta(seconds=CALL_S))
            return head == self.cell.log.head() and not self._waiting() and not self._on_its_way()

        until("all to come to rest", at_rest, every_s=0.01)

    def _waiting(self) -> int:
        """Records that nobody has taken."""
        rows = self.cell.rows(
            "select coalesce(sum(h.next_offset - coalesce(t.notification_id, 0)), 0)::bigint"
            " from topic_heads h left join tracking t on t.application_name = h.topic || '/' || h.partition"
            " where h.topic = any(%s)",
            TAKEN,
        )
        return int(rows[0][0])

    def _on_its_way(self) -> int:
        """Messages that are called for, or are to be tried again."""
        return int(self.cell.rows("select count(*) from timers where kind in ('attempt', 'retry')")[0][0])


def _call(sender: MessageSender) -> None:
    """What its threads do, here and now."""
    sender._calls.put(None)
    sender._work()


def _write_down(sender: MessageSender) -> None:
    sender.outcomes._queue.put(None)
    sender.outcomes._run()


@dataclass
class LawTenant:
    """Where one day is lived. `begins_at` is the head of the log before it."""

    id: UUID
    channel_id: UUID
    team_id: UUID
    number: str
    n: int
    begins_at: int
    people: dict[str, UUID]
    clients: dict[str, httpx2.Client]

    def logs_in(self, name: str) -> None:
        """Somebody begins to work."""
        entry = {"email": f"{name}{self.n}@example.com", "password": WORD}
        answer = self.clients[name].post("/v1/session", json=entry)
        assert answer.status_code == 200, answer.text


@contextmanager
def installed(url: str, folder: Path) -> Iterator[LawInstallation]:
    """An installation on an empty database, beside a WhatsApp whose own statuses nobody hears."""
    settings = settings_for(url, folder)
    topics = PostgresTopics(url, lease_s=LEASE_S)
    deaf = Receiver()
    simulator = SimulatorProcess(folder / "simulator", deaf.url)
    with (
        opened(url, topics) as cell,
        serving(settings) as address,
        follower_pool(url, name="laws") as pool,
        QueryPool(url, 1, "laws") as queries,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("services.workers.send.attempts.RETRY_DELAYS_S", SOON_AGAIN_S)
        LogFollower(pool, NAME, cell.log).ensure_position()
        office = Office(cell, address)
        try:
            yield LawInstallation(cell, office, pool, queries, simulator)
        finally:
            office.close()
            topics.close()
            simulator.stop()
            deaf.close()
