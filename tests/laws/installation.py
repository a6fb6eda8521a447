"""One installation that many days are lived in, each by a tenant of its own; its processes can be killed."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from psycopg_pool import ConnectionPool

from adapters.postgres.follower import Db, follower_pool
from adapters.postgres.topics import PostgresTopics
from domain.administration import Role
from schemas.topics import BOT_REPLIES, INBOUND
from services.follow.projectors import Projectors
from services.ingest.ingestor import Ingestor
from services.ingest.replies import Replies
from services.installation.administration import Administration
from services.installation.channels import Channels
from services.process import failpoint
from services.process.clock import utc_now
from services.schedule import Scheduler
from tests.http.office import WORD, Office, serving, settings_for
from tests.support.cell import Cell, opened
from tests.support.waiting import until

LEASE_S = 0.3
STAFF: dict[str, Role] = {"ana": "agent", "bruno": "agent", "davi": "admin"}
TAKEN = [INBOUND, BOT_REPLIES]


class Killed(BaseException):
    """A process ends here, as by -9: nothing behind this line runs any more."""


@contextmanager
def killed_at(name: str | None) -> Iterator[None]:
    """Whatever comes to this failpoint dies; what it wrote before stands."""
    with pytest.MonkeyPatch.context() as patch:

        def kill(*_: object) -> None:
            raise Killed(name)

        patch.setattr(failpoint._armed, "kills", {} if name is None else {name: 1.0})
        patch.setattr("services.process.failpoint.os.kill", kill)
        with suppress(Killed):
            yield


@dataclass
class Installation:
    """The API serves; the other processes are taken up step by step, and made anew when they died."""

    cell: Cell
    office: Office
    pool: ConnectionPool[Db]
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _ingestor: Ingestor | None = None
    _replies: Replies | None = None
    _projectors: Projectors | None = None

    def tenant(self, with_bot: bool) -> "Tenant":
        """A new one: two agents, an admin, and a number."""
        n, log = next(self._numbers), self.cell.log
        administration = Administration(log)
        tenant_id = administration.add_tenant(f"Loja {n}")
        number = f"9{n:014d}"
        channel_id = administration.add_channel(tenant_id, number, "Número", f"p{n}", has_bot=with_bot)
        people = {name: self.office.hire(f"{name}{n}", role, tenant_id) for name, role in STAFF.items()}
        clients = {name: self._logged_in(f"{name}{n}") for name in STAFF}
        return Tenant(tenant_id, channel_id, number, n, log.head(), people, clients)

    def _logged_in(self, name: str) -> httpx2.Client:
        client = self.office.client()
        answer = client.post("/v1/session", json={"email": f"{name}@example.com", "password": WORD})
        assert answer.status_code == 200, answer.text
        return client

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
        replies = self._replies or Replies(log, topics, Channels(log), utc_now)
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

    def schedule(self, kill: str | None = None) -> None:
        """Do what is due; a scheduler knows nothing that it could lose."""
        with killed_at(kill):
            Scheduler(self.cell.log).step()

    def settle(self) -> None:
        """Until every record was taken and every read model stands at the head."""

        def taken() -> bool:
            self.ingest()
            self.reply()
            return self._waiting() == 0

        until("all records to be taken", taken)
        self.project()

    def _waiting(self) -> int:
        """Records that nobody has taken."""
        rows = self.cell.rows(
            "select coalesce(sum(h.next_offset - coalesce(t.notification_id, 0)), 0)::bigint"
            " from topic_heads h left join tracking t on t.application_name = h.topic || '/' || h.partition"
            " where h.topic = any(%s)",
            TAKEN,
        )
        return int(rows[0][0])


@dataclass
class Tenant:
    """Where one day is lived. `begins_at` is the head of the log before it."""

    id: UUID
    channel_id: UUID
    number: str
    n: int
    begins_at: int
    people: dict[str, UUID]
    clients: dict[str, httpx2.Client]


@contextmanager
def installed(url: str, folder: Path) -> Iterator[Installation]:
    """An installation on an empty database."""
    settings = settings_for(url, folder)
    topics = PostgresTopics(url, lease_s=LEASE_S)
    with (
        opened(url, topics) as cell,
        serving(settings) as address,
        follower_pool(url, name="laws") as pool,
    ):
        office = Office(cell, address)
        try:
            yield Installation(cell, office, pool)
        finally:
            office.close()
            topics.close()
