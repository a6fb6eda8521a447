"""One cell as a test drives it: log, topics and the processes' steps, on a real database."""

import base64
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from adapters.postgres.follow.follower import LogFollower, follower_pool
from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.topics.topics import PostgresTopics
from adapters.whatsapp.graph import GraphApi
from adapters.whatsapp.split import split
from domain.conversation.message_events import MessageReceived
from domain.event import Event, Recorded
from schemas.inbound import encode
from schemas.outbound import OutboundItem, decode
from schemas.topics import INBOUND, TOPICS, Outgoing, Record, Topics, parked_topic
from services.commands.conversations import ConversationCommands
from services.commands.installation import InstallationCommands
from services.queries.channels import ChannelLookup
from services.runtime.clock import utc_now
from services.workers.ingest.ingestor import Ingestor
from services.workers.project.projectors import Projectors
from services.workers.publish.publisher import NAME, TRANSIENT_ERRORS, Publisher
from services.workers.scheduler import Scheduler
from services.workers.send.sender import MessageSender
from services.write.actor import Person, Request
from services.write.command_runner import CommandRunner
from tests.support import traffic
from tests.support.traffic import NUMBER
from tests.support.waiting import until

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

    @property
    def patience_s(self) -> float:
        """How long nothing must come before nothing is there: one read of PostgreSQL sees all that is."""
        return 0.0 if isinstance(self.topics, PostgresTopics) else 0.4

    def ingestor(self, **settings: Any) -> Ingestor:
        return Ingestor(self.log, self.topics, ChannelLookup(self.log), **settings)

    def ingest(self, **settings: Any) -> None:
        """Take everything that is there."""
        ingestor = self.ingestor(**settings)
        try:
            while ingestor.step(self.patience_s):
                pass
        finally:
            ingestor.close()

    def publish(self, clear: bool = False) -> None:
        """Let the publisher follow the log to its head."""
        follower = LogFollower(self.url, NAME, self.log, transient=TRANSIENT_ERRORS)
        try:
            follower.ensure_position()
            publisher = Publisher(self.log, self.topics, self.log.log_id(), clear=clear)
            while follower.step(publisher.handle):
                pass
        finally:
            follower.close()

    def project(self) -> None:
        """Bring the read models to the head of the log."""
        with follower_pool(self.url, name="tests") as pool:
            projectors = Projectors(pool, self.log)
            while projectors.round():
                pass

    def sender(self, graph: GraphApi, **settings: Any) -> MessageSender:
        return MessageSender(self.log, self.topics, ChannelLookup(self.log), graph, utc_now, **settings)

    def send(self, graph: GraphApi, **settings: Any) -> None:
        """Send everything that is asked for, and write down what came of it."""
        sender = self.sender(graph, **settings)
        sender.start()
        worked_off(sender, self.patience_s)
        sender.close()

    def schedule(self, grace_s: float = 30.0) -> int:
        """Do what is due; how many timers that were."""
        self.project()
        return Scheduler(self.log, grace=timedelta(seconds=grace_s)).step()

    def meet(self, sender: str = "5520911110001", wamid: str = "w1") -> UUID:
        """A customer writes just now; the conversation."""
        self.receive(traffic.body([traffic.text(wamid, "Bom dia", sender, int(time.time()))]))

        def met() -> UUID | None:
            self.ingest()  # a broker may take its time to let us in
            for event in self.history():
                if isinstance(event.fact, MessageReceived) and event.fact.wamid == wamid:
                    return event.conversation_id
            return None

        return until("the message", met, 20.0)

    def answer(self, conversation_id: UUID, text: str) -> UUID:
        """The agent says something; the message."""
        ana = Person(self.agent_id, self.tenant_id, "agent")
        request = Request(uuid4().hex, b"")
        done = ConversationCommands(CommandRunner(self.log)).send_text(
            conversation_id, text, request, ana, utc_now()
        )
        return UUID(str(done.answer["message_id"]))

    def delivery(self, message_id: UUID) -> list[Event]:
        """What became of a message."""
        return [event.fact for event in self.history() if event.stream_id == message_id]

    def facts(self, kind: type[E_]) -> list[E_]:
        """All facts of one kind, in order."""
        return [event.fact for event in self.history() if isinstance(event.fact, kind)]

    def history(self) -> Sequence[Recorded]:
        return self.log.read(0, 100_000)

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.log._ask(query, parameters)


def worked_off(sender: MessageSender, patience_s: float = 0.4) -> None:
    """Let a started sender go on until nothing is asked for and no call is under way."""
    while sender.step(patience_s) or not sender.idle():
        time.sleep(0.01)


@contextmanager
def opened(
    url: str, topics: Topics | None = None, master_key: str = MASTER_KEY, **more: Any
) -> Iterator[Cell]:
    """A cell on a migrated, empty database."""
    own = topics is None
    topics = topics or PostgresTopics(url, lease_s=2.0)
    topics.create([*TOPICS, *map(parked_topic, TOPICS)])
    with PostgresLog(url, master_key, **more) as log:
        administration = InstallationCommands(log)
        tenant = administration.add_tenant("Aurora")
        channel = administration.add_channel(tenant, NUMBER, "Atendimento", "portfolio")
        agent = administration.add_agent(tenant, "Ana Lima", "ana@aurora.example", "agent")
        try:
            yield Cell(url, log, topics, tenant, channel, agent)
        finally:
            if own:
                topics.close()


def attempt_of(record: Record) -> OutboundItem:
    """The attempt to send a message that a record asks for."""
    item = decode(record.value)
    assert isinstance(item, OutboundItem)
    return item
