"""One cell as a test drives it: log, topics and the processes' steps, on a real database."""

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from adapters.postgres.log import PostgresLog
from adapters.postgres.topics import PostgresTopics
from adapters.whatsapp.split import split
from domain.event import Event, Recorded
from schemas.inbound import encode
from schemas.topics import INBOUND, TOPICS, Outgoing, Topics, parked
from services.administration import Administration
from services.channels import Channels
from services.ingest import Ingestor
from tests.support.traffic import NUMBER

MASTER_KEY = base64.b64encode(bytes(range(32))).decode()
E_ = TypeVar("E_", bound=Event)


@dataclass
class Cell:
    """A tenant with one channel and one agent."""

    url: str
    log: PostgresLog
    topics: Topics
    tenant_id: UUID
    channel_id: UUID
    agent_id: UUID

    def receive(self, *bodies: bytes) -> None:
        """What the webhook route does with bodies: their items go into the topic."""
        for body in bodies:
            items = split(body, datetime.now(UTC))
            self.topics.produce([Outgoing(INBOUND, key, encode(item)) for key, item in items])

    def ingestor(self, **settings: Any) -> Ingestor:
        return Ingestor(self.log, self.topics, Channels(self.log), **settings)

    def ingest(self) -> None:
        """Take everything that is there."""
        ingestor = self.ingestor()
        try:
            while ingestor.step(0.3):
                pass
        finally:
            ingestor.close()

    def facts(self, kind: type[E_]) -> list[E_]:
        """All facts of one kind, in order."""
        return [event.fact for event in self.history() if isinstance(event.fact, kind)]

    def history(self) -> Sequence[Recorded]:
        return self.log.read(0, 100_000)

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.log._rows(query, parameters)


@contextmanager
def opened(url: str, topics: Topics | None = None) -> Iterator[Cell]:
    """A cell on a migrated, empty database."""
    own = topics is None
    topics = topics or PostgresTopics(url, lease_s=2.0)
    topics.create([*TOPICS, *map(parked, TOPICS)])
    with PostgresLog(url, MASTER_KEY) as log:
        administration = Administration(log)
        tenant = administration.add_tenant("Aurora")
        channel = administration.add_channel(tenant, NUMBER, "Atendimento", "portfolio")
        agent = administration.add_agent(tenant, "Ana Lima", "ana@aurora.example", "agent")
        try:
            yield Cell(url, log, topics, tenant, channel, agent)
        finally:
            if own:
                topics.close()
