"""The ingestor of the bot's replies: each has one effect, and what is not allowed has none.

A bot acts with its own rights: it answers in a conversation that it has, and may hand off, end, close or
wait. Whatever it writes, it can do nothing else.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from domain.administration import Team, name_key
from domain.conversation import bot
from domain.conversation import state as conversations
from domain.conversation.ticket_events import HandedOff
from domain.decision import Decision
from domain.log.append import Conflict, NewWamid, Source, WamidKey
from domain.log.port import Loaded, Log
from schemas import bot as schema
from schemas.bot import NotAReply, Reply, decode
from schemas.topics import BOT_REPLIES, Record, Topics
from services.inbound.cards import reflected
from services.queries.channels import Channels
from services.runtime.clock import Clock
from services.runtime.failpoint import failpoint
from services.workers.topic_reader import AGAIN_S, TRANSIENT_ERRORS, TopicReader
from services.write.command_runner import thread_of
from services.write.unit_of_work import StreamCache, UnitOfWork

GROUP = "bot-replies"
ACTOR = "bot"
MAX_RECORDS = 200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger("bot-replies")


@dataclass(frozen=True, slots=True)
class DecodedReply:
    """A record with the reply that it holds, or why it holds none that may happen."""

    record: Record
    reply: Reply | None
    reason: str = ""


@dataclass
class Replies:
    """One member of the group that reads the bot's replies. For one thread."""

    log: Log
    topics: Topics
    channels: Channels
    now: Clock
    max_records: int = MAX_RECORDS
    reader: TopicReader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = TopicReader(self.log, self.topics, BOT_REPLIES, GROUP)

    def run(self, stop: threading.Event) -> None:
        """Take replies until `stop`, then leave the group. A lost database or broker is waited for.

        Raises:
            OffsetOutOfRange: what the log says comes next is not in the topic any more.
        """
        try:
            while not stop.is_set():
                try:
                    self.step(0.5)
                except TRANSIENT_ERRORS as away:
                    log.warning("waiting for the database or the topics", reason=type(away).__name__)
                    self.close()
                    stop.wait(AGAIN_S)
        finally:
            self.close()

    def step(self, timeout_s: float) -> int:
        """Take what is there, waiting at most `timeout_s` for it; return the number of records."""
        return self.reader.process_next(
            self.max_records,
            timeout_s,
            lambda records: self.reader.process_batch([_read(record) for record in records], self._write),
        )

    def close(self) -> None:
        self.reader.close()

    def _write(self, batch: Sequence[DecodedReply], known: StreamCache) -> Conflict | None:
        """Decide the batch on what the log knows, and write it; what was lost, or None when it is written."""
        batch = self._owned(known, batch)
        if unclear := [(taken.record, taken.reason) for taken in batch if taken.reply is None]:
            self.reader.keep_parked(unclear)
        draft = UnitOfWork(known)
        for taken in batch:
            if taken.reply is not None:
                self._take(draft, taken.reply, taken.record)
        records = [taken.record for taken in batch]
        draft.advances += self.reader.advances(records)
        failpoint("before_reply")
        answer = self.log.append(draft.append())
        if isinstance(answer, Conflict):
            self.reader.refuse_stale(answer)
            return answer
        failpoint("after_reply")
        self.reader.advanced(records)
        return None

    def _owned(self, known: StreamCache, batch: Sequence[DecodedReply]) -> list[DecodedReply]:
        """Load the conversations; what is told of one that its tenant does not have, is parked."""
        ids = [taken.reply.conversation_id for taken in batch if taken.reply is not None]
        loaded = self.log.load(ids, thread_of)
        known.seed({id: Loaded(found.state, found.version) for id, found in loaded.items()})
        return [taken if self._is_owned(known, taken) else _not_theirs(taken) for taken in batch]

    def _is_owned(self, known: StreamCache, taken: DecodedReply) -> bool:
        if taken.reply is None:
            return True
        thread = known.conversation(taken.reply.conversation_id)
        return thread is not None and bool(self.channels.by_id([(taken.reply.tenant_id, thread.channel_id)]))

    def _take(self, draft: UnitOfWork, reply: Reply, record: Record) -> None:
        """Decide one reply, once."""
        thread = draft.conversation(reply.conversation_id).state
        if thread is None or thread.contact_id in draft.known.erased:
            return  # nothing can be said any more to whom nobody knows
        key = WamidKey(thread.channel_id, f"bot:{reply.turn_id}:{reply.reply_id}", _minted_at(reply.turn_id))
        if draft.wamid(key, arriving=True) is not None:
            return
        said = _said(reply, draft.new_id, _teams(draft, reply))
        facts = bot.reply(thread, said, self.now())
        source = Source(record.topic, record.partition, record.offset)
        draft.record(
            reply.conversation_id,
            facts,
            conversations.evolve,
            tenant_id=reply.tenant_id,
            conversation_id=reply.conversation_id,
            contact_id=thread.contact_id,
            actor=ACTOR,
            source=source,
        )
        if isinstance(said.action, bot.HandOff) and said.action.card and _handed_off(facts):
            reflected(draft, said.action.card, reply.tenant_id, thread.contact_id, source)
        first = said.messages[0][0] if said.messages else reply.turn_id
        draft.claim_message_id(NewWamid(key, reply.tenant_id, first, reply.conversation_id))


def _teams(draft: UnitOfWork, reply: Reply) -> Mapping[UUID, Team]:
    """The teams of the tenant, asked only where one is named."""
    if not isinstance(reply.action, schema.HandOff) or reply.action.queue is None:
        return {}
    tenant = draft.tenant(reply.tenant_id)
    return {} if tenant is None else tenant.teams


def _handed_off(facts: Decision) -> bool:
    """Whether the bot's hand-off happened, and its card counts."""
    return any(isinstance(fact, HandedOff) and fact.by_bot for fact in facts)


def _read(record: Record) -> DecodedReply:
    try:
        reply = decode(record.value)
    except NotAReply as wrong:
        return _no_reply(record, f"the value is not a bot.replies.v1 record: {wrong}")
    if record.key != str(reply.conversation_id).encode():
        return _no_reply(record, "the key is not the conversation: its order cannot be promised")
    return DecodedReply(record, reply)


def _no_reply(record: Record, reason: str) -> DecodedReply:
    """An operator finds why a customer waited for people, and whoever wrote the engine what is wrong."""
    log.warning("a reply is parked", partition=record.partition, offset=record.offset, reason=reason)
    return DecodedReply(record, None, reason)


def _not_theirs(taken: DecodedReply) -> DecodedReply:
    """An engine that answers for another tenant is told to nobody but the operators."""
    log.error("a reply to a conversation that its tenant does not have", offset=taken.record.offset)
    return DecodedReply(taken.record, None, "the tenant has no such conversation")


def _said(reply: Reply, new_id: Callable[[], UUID], teams: Mapping[UUID, Team]) -> bot.Reply:
    messages = tuple((new_id(), message.text) for message in reply.messages)
    return bot.Reply(reply.reply_id, reply.turn_id, reply.epoch, messages, _action(reply, teams))


def _queue(named: str | None, teams: Mapping[UUID, Team]) -> str | None:
    """The queue of a team, by its id or name; a team that nobody has is as none."""
    if named is None:
        return None
    for id, team in teams.items():
        if not team.archived and (named == str(id) or name_key(named) == name_key(team.name)):
            return str(id)
    log.warning("a hand-off to a team that does not exist")
    return None


def _action(reply: Reply, teams: Mapping[UUID, Team]) -> bot.Action | None:
    match reply.action:
        case schema.HandOff() as asked:
            card = None if asked.card is None else asked.card.model_dump(exclude_none=True)
            queue = _queue(asked.queue, teams)
            return bot.HandOff(queue, asked.reason, card, asked.variables or None)
        case schema.End():
            return bot.End()
        case schema.Close(reason=reason):
            return bot.Close(reason)
        case schema.Wait():
            return bot.Wait()
        case None:
            return None


def _minted_at(turn_id: UUID) -> datetime | None:
    """When a UUIDv7 was made: the same in every repeat, so its week of message ids is known."""
    if turn_id.version != 7:
        return None
    with suppress(OverflowError):
        return EPOCH + timedelta(milliseconds=turn_id.int >> 80)
    return None
