"""How fast the log becomes rows, from position 0; each read model has a follower of its own.

The traffic is that of a day: customers write, agents take, answer and close, ticks come back.
"""

import argparse
import base64
import cProfile
import os
import pstats
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from uuid_utils.compat import uuid7

from adapters.postgres.follow.follower import follower_pool
from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.schema.migrate import migrate
from adapters.postgres.server.embedded import EmbeddedPostgres
from domain.conversation.message_events import ConversationStarted, MessageReceived, MessageSent
from domain.conversation.ticket_events import Assigned, Closed, HandedOff, TicketOpened
from domain.delivery import Accepted, AttemptStarted, Delivered, Read
from domain.event import Event
from domain.log.append import Append, Appended, NewEvent
from services.runtime.gc_tuning import collect_rarely
from services.workers.project.projectors import Projectors

START = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
TENANT, CHANNEL, AGENT = uuid7(), uuid7(), uuid7()
TEXT = "Bom dia! Meu pedido ainda não chegou e o prazo era ontem. Podem verificar, por favor?"


class LogDay:
    """Conversations that go on for as long as they are asked."""

    def __init__(self, conversations: int) -> None:
        self.people = [(uuid7(), uuid7()) for _ in range(conversations)]
        self.versions: dict[UUID, int] = {}
        self.tickets: dict[UUID, int] = {}
        self.random = random.Random(1)
        self.now = START

    def facts(self, events: int) -> Iterator[NewEvent]:
        made = 0
        while made < events:
            self.now += timedelta(seconds=1)
            for event in self._turn(*self.random.choice(self.people)):
                made += 1
                yield event

    def _turn(self, conversation: UUID, who: UUID) -> Iterator[NewEvent]:
        def of(stream: UUID, *facts: Event) -> Iterator[NewEvent]:
            for fact in facts:
                self.versions[stream] = version = self.versions.get(stream, 0) + 1
                yield NewEvent(fact, stream, version, uuid7(), TENANT, conversation, who, "bench")

        if conversation not in self.versions:
            yield from of(conversation, ConversationStarted(channel_id=CHANNEL, contact_id=who))
        ticket = self.tickets.get(conversation, 0)
        if ticket == 0 or self.random.random() < 0.02:
            if ticket:
                yield from of(conversation, Closed(ticket=ticket, by=AGENT))
            self.tickets[conversation] = ticket = ticket + 1
            yield from of(conversation, *self._opened(ticket, who))
        for _ in range(self.random.choice([1, 1, 2, 3])):
            yield from of(conversation, self._received(ticket))
        if self.random.random() < 0.3:
            message_id = uuid7()
            yield from of(conversation, self._sent(ticket, message_id))
            yield from of(message_id, *self._ticks(conversation, ticket))

    def _opened(self, ticket: int, who: UUID) -> tuple[Event, ...]:
        return (
            TicketOpened(
                ticket=ticket,
                channel_id=CHANNEL,
                contact_id=who,
                name="Maria das Dores",
                phone="5511987654321",
                with_bot=False,
                window_ends_at=self.now + timedelta(hours=24),
                opened_at=self.now,
            ),
            HandedOff(ticket=ticket, queue="default", reason="no_bot"),
            Assigned(ticket=ticket, agent_id=AGENT, by=AGENT),
        )

    def _received(self, ticket: int) -> MessageReceived:
        return MessageReceived(
            ticket=ticket,
            message_id=uuid7(),
            type="text",
            text=TEXT,
            sender_name="Maria das Dores",
            wamid="wamid.HBgNNTUxMTk4NzY1NDMyMRUCABIYIDNBQ" + os.urandom(10).hex(),
            raw=None,
            quoted_id=None,
            sent_at=self.now,
            received_at=self.now,
            window_ends_at=self.now + timedelta(hours=24),
        )

    def _sent(self, ticket: int, message_id: UUID) -> MessageSent:
        return MessageSent(
            ticket=ticket,
            message_id=message_id,
            channel_id=CHANNEL,
            type="text",
            text=TEXT,
            author="agent",
            agent_id=AGENT,
            sent_at=self.now,
        )

    def _ticks(self, conversation: UUID, ticket: int) -> tuple[Event, ...]:
        deadline = self.now + timedelta(seconds=20)
        return (
            AttemptStarted(ticket=ticket, conversation_id=conversation, attempt=1, deadline_at=deadline),
            Accepted(ticket=ticket, attempt=1, wamid="wamid." + os.urandom(20).hex(), accepted_at=self.now),
            Delivered(ticket=ticket, delivered_at=self.now),
            Read(ticket=ticket, read_at=self.now),
        )


def fill(log: PostgresLog, events: int, conversations: int) -> None:
    day = LogDay(conversations)
    people = [who for _, who in day.people]
    assert isinstance(log.append(Append(new_contacts=people)), Appended)
    batch: list[NewEvent] = []
    for event in day.facts(events):
        batch.append(event)
        if len(batch) == 500:
            assert isinstance(log.append(Append(events=batch)), Appended)
            batch = []
    assert isinstance(log.append(Append(events=batch)), Appended)


def measure(url: str, master_key: str, names: list[str], events: int, page: int) -> float:
    """Events per second, all `names` brought from position 0 to the head."""
    with psycopg.connect(url, autocommit=True) as db:
        for name in names:
            db.execute(f"truncate {name}_1")
        db.execute("update positions set position = 0")
        db.execute("vacuum analyze")
        db.execute("checkpoint")
    with (
        PostgresLog(url, master_key) as log,
        follower_pool(url) as pool,
    ):
        projectors = Projectors(pool, log, names)
        collect_rarely()
        began = time.perf_counter()
        while projectors.round(page):
            pass
        return events / (time.perf_counter() - began)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--events", type=int, default=100_000)
    asked.add_argument("--conversations", type=int, default=2_000)
    asked.add_argument("--page", type=int, default=1_000)
    asked.add_argument("--profile", action="store_true")
    chosen = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="balcao-bench-"))
    folder.chmod(0o711)
    server = EmbeddedPostgres()
    try:
        url = server.start(folder / "postgres")
        master_key = base64.b64encode(os.urandom(32)).decode()
        migrate(url)
        with PostgresLog(url, master_key) as log:
            fill(log, chosen.events, chosen.conversations)
            head = log.head()
        for names in (["workspace", "timeline"], ["workspace", "timeline", "timers", "directory"]):
            profile = cProfile.Profile()
            if chosen.profile:
                profile.enable()
            rate = measure(url, master_key, names, head, chosen.page)
            profile.disable()
            sys.stdout.write(f"{' + '.join(names)}: {rate:,.0f} events/s (pages of {chosen.page})\n")
            if chosen.profile:
                pstats.Stats(profile, stream=sys.stdout).sort_stats("tottime").print_stats(28)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
