"""The publisher: follows the log and produces to the topics; it is the only outbox."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from adapters.postgres.follow.follower import LogFollower
from adapters.postgres.queries import send_queue as rows
from adapters.whatsapp.templates import message_of
from domain.conversation.message_events import MessageSent
from domain.event import Recorded, unsealed
from domain.log.port import Log
from schemas.conversation_events import SCHEMA
from schemas.outbound import OutboundItem, encode
from schemas.topics import (
    CONVERSATION_EVENTS,
    OUTBOUND,
    Outgoing,
    Topics,
    TopicsUnavailable,
    partition_of,
)
from services.queries.cloudevents import ORGANISATION, published
from services.runtime.failpoint import failpoint
from services.runtime.settings import Settings
from services.workers.publish.bot_turns import is_turn, turns
from services.workers.publish.send_order import LANE_EVENTS, Lane, QueuedMessage

NAME = "publisher"
TRANSIENT_ERRORS = (TopicsUnavailable,)
_SCAN_PAGE = 1_000


def publisher_of(settings: Settings, log: Log, topics: Topics) -> "Publisher":
    """Create the publisher of an installation."""
    clear = settings.events_personal == "clear"
    return Publisher(log, topics, log.log_id(), settings.schema_url, clear)


@dataclass
class Publisher:
    """Produces attempts to send, turns of the bot and conversation events, then moves its position.

    Only with `clear` do conversation events carry personal fields and include the events about agents, teams
    and channels.

    A crash between the two repeats the records with the same ids; the sender's claims, the ids of the bot's
    turns and every reader's `id` absorb them.
    """

    log: Log
    topics: Topics
    log_id: str
    schema_url: str = SCHEMA
    clear: bool = False

    def handle(self, db: Connection[Any], events: Sequence[Recorded]) -> None:
        """Publish a batch of the log; `db` is the transaction that holds the position."""
        if not events:
            return
        records = [
            self._event(event) for event in events if self.clear or type(event.fact) not in ORGANISATION
        ]
        if asked := [event for event in events if is_turn(event)]:
            records += turns(self.log, db, asked)
        lane_events = [event for event in events if isinstance(event.fact, LANE_EVENTS)]
        concerned = {(event.tenant_id, id) for event in lane_events if (id := event.conversation_id)}
        before = rows.load(db, concerned) if concerned else {}
        lanes = {key: Lane({row[0]: QueuedMessage(*row) for row in found}) for key, found in before.items()}
        for event in lane_events:
            if event.conversation_id is not None:
                lanes[event.tenant_id, event.conversation_id].see(event)
        sent = {event.position: event for event in lane_events if isinstance(event.fact, MessageSent)}
        for (tenant_id, conversation_id), lane in lanes.items():
            for waiting in lane.due():
                said = self._said(waiting, tenant_id, conversation_id, sent)
                records.append(_attempt(said, waiting))
        self.topics.produce(records)
        failpoint("after_publish")
        rows.store(db, before, {key: lane.rows.values() for key, lane in lanes.items()})

    def run(self, follower: LogFollower, stop: threading.Event) -> None:
        """Follow until `stop`; waits while the topics are unavailable, or not what they were created as."""
        follower.run(self.handle, stop)

    def ask_again(self, db: Connection[Any], partition: int) -> int:
        """Publish the attempts of a partition that have no outcome again; return their number.

        For when their records were lost. The sender claims each attempt once, however often it is asked.
        """
        count = self.topics.partitions(OUTBOUND)
        lost = [
            (conversation, QueuedMessage(*row))
            for conversation, row in rows.load_asked(db)
            if partition_of(_key(conversation[1]), count) == partition
        ]
        for (tenant_id, conversation_id), waiting in lost:
            said = self._said(waiting, tenant_id, conversation_id, {})
            self.topics.produce([_attempt(said, waiting)], timeout_s=10.0)
        return len(lost)

    def _event(self, recorded: Recorded) -> Outgoing:
        event = published(recorded, self.log_id, self.schema_url, withholds_personal=not self.clear)
        return Outgoing(CONVERSATION_EVENTS, event.subject.encode(), event.data, event.headers())

    def _said(
        self, waiting: QueuedMessage, tenant_id: UUID, conversation_id: UUID, batch: dict[int, Recorded]
    ) -> Recorded:
        """Find the event that decided a message: in this batch, by its position, or in its conversation."""
        if waiting.position in batch:
            return batch[waiting.position]
        if waiting.position:
            return self.log.read(waiting.position - 1, 1)[0]
        for event in self._conversation(tenant_id, conversation_id):
            if isinstance(event.fact, MessageSent) and event.fact.message_id == waiting.message_id:
                return event
        raise LookupError(f"no message {waiting.message_id} was ever sent in its conversation")

    def _conversation(self, tenant_id: UUID, conversation_id: UUID) -> Iterator[Recorded]:
        after = 0
        while page := self.log.read(after, _SCAN_PAGE, tenant_id, conversation_id):
            yield from page
            after = page[-1].position


def _attempt(said: Recorded, waiting: QueuedMessage) -> Outgoing:
    fact = said.fact
    assert isinstance(fact, MessageSent)
    assert said.conversation_id is not None
    assert said.contact_id is not None
    item = OutboundItem(
        message_id=waiting.message_id,
        attempt=waiting.attempt,
        tenant_id=said.tenant_id,
        channel_id=fact.channel_id,
        conversation_id=said.conversation_id,
        contact_id=said.contact_id,
        ticket=fact.ticket,
        type=fact.type,
        text=unsealed(fact.text),
        caused_by=waiting.caused_by,
        quoted_id=fact.quoted_id,
        template=None if (template := unsealed(fact.template)) is None else message_of(template),
    )
    return Outgoing(OUTBOUND, _key(said.conversation_id), encode(item))


def _key(conversation_id: UUID) -> bytes:
    return str(conversation_id).encode()
