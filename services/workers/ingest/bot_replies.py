"""The ingestor of a bot's replies: each has one effect, and what a bot may not do has none.

A bot may answer in a conversation that it controls, hand it off, end its flow, close the ticket or wait.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from domain import streams
from domain.administration import Team, name_key
from domain.conversation import bot
from domain.conversation.ticket_events import HandedOff
from domain.decision import Decision
from domain.log.append import Conflict, NewWamid, WamidKey
from domain.log.port import Log
from domain.minted import minted_ms
from schemas import bot as schema
from schemas.bot import Reply, decode
from schemas.topics import BOT_REPLIES, Record, Topics
from services.inbound.cards import reflect_card
from services.queries.channels import ChannelLookup
from services.runtime.clock import Clock
from services.runtime.failpoint import failpoint
from services.workers.decoding import Decoded, decode_each, require_key, source_of
from services.workers.topic_reader import LogTopicReader
from services.write.stream_cache import StreamCache
from services.write.unit_of_work import Origin, UnitOfWork

ACTOR = "bot"
MAX_RECORDS = 200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger("bot-replies")


@dataclass
class BotReplies:
    """A member of the group that reads the bot's replies. For one thread."""

    log: Log
    topics: Topics
    channels: ChannelLookup
    now: Clock
    max_records: int = MAX_RECORDS
    reader: LogTopicReader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = LogTopicReader(self.log, self.topics, BOT_REPLIES)

    def run(self, stop: threading.Event) -> None:
        """Decide replies until `stop`, then leave the group; waits while database or broker is away."""
        self.reader.run(lambda: self.step(0.5), stop)

    def step(self, timeout_s: float) -> int:
        """Decide the next records, waiting at most `timeout_s` for the first; return their number."""
        return self.reader.process_next(
            self.max_records,
            timeout_s,
            lambda records: self.reader.process_batch(decode_each(records, _decode), self._write),
        )

    def close(self) -> None:
        """Leave the group."""
        self.reader.close()

    def _write(self, batch: Sequence[Decoded[Reply]], cache: StreamCache) -> Conflict | None:
        """Decide the batch and commit it; return the conflict, or None once it is written."""
        batch = self._owned(cache, batch)
        unit = UnitOfWork(cache)
        for item in batch:
            if item.value is not None:
                self._decide(unit, item.value, item.record)
        failpoint("before_reply")
        if (conflict := self.reader.commit(unit, batch)) is not None:
            return conflict
        failpoint("after_reply")
        return None

    def _owned(self, cache: StreamCache, batch: Sequence[Decoded[Reply]]) -> list[Decoded[Reply]]:
        """Load the conversations; a reply in one that its tenant does not have is parked."""
        cache.load([item.value.conversation_id for item in batch if item.value], streams.conversation)
        return [item if self._is_owned(cache, item.value) else _not_theirs(item) for item in batch]

    def _is_owned(self, cache: StreamCache, reply: Reply | None) -> bool:
        if reply is None:
            return True
        conversation = cache.conversation(reply.conversation_id)
        return conversation is not None and bool(
            self.channels.by_id([(reply.tenant_id, conversation.channel_id)])
        )

    def _decide(self, unit: UnitOfWork, reply: Reply, record: Record) -> None:
        """Decide one reply, once."""
        conversation = unit.conversation(reply.conversation_id).state
        if conversation is None or conversation.erased or conversation.contact_id in unit.cache.erased:
            return  # nothing more can be said to a customer whose data was erased
        channel_id, contact_id = conversation.channel_id, conversation.contact_id
        key = WamidKey(channel_id, f"bot:{reply.turn_id}:{reply.reply_id}", _minted_at(reply.turn_id))
        if unit.wamid(key, arriving=True) is not None:
            return
        said = _said(reply, unit.new_id, _teams(unit, reply))
        facts = bot.reply(conversation, said, self.now())
        source = source_of(record)
        id, origin = reply.conversation_id, Origin(reply.tenant_id, ACTOR, source=source)
        unit.record(id, facts, streams.conversation, origin, id, contact_id)
        if isinstance(said.action, bot.HandOffAction) and said.action.card and _handed_off(facts):
            reflect_card(unit, said.action.card, reply.tenant_id, contact_id, source)
        first = said.messages[0][0] if said.messages else reply.turn_id
        unit.claim_message_id(NewWamid(key, reply.tenant_id, first, reply.conversation_id))


def _teams(unit: UnitOfWork, reply: Reply) -> Mapping[UUID, Team]:
    """Load the teams of the tenant if the reply names one."""
    if not isinstance(reply.action, schema.HandOff) or reply.action.queue is None:
        return {}
    tenant = unit.tenant(reply.tenant_id)
    return {} if tenant is None else tenant.teams


def _handed_off(facts: Decision) -> bool:
    """Return whether the bot's hand-off was accepted, so that its card counts."""
    return any(isinstance(fact, HandedOff) and fact.by_bot for fact in facts)


def _decode(record: Record) -> Reply:
    reply = decode(record.value)
    require_key(record, reply.conversation_id)
    return reply


def _not_theirs(item: Decoded[Reply]) -> Decoded[Reply]:
    """Park a reply to a conversation of another tenant; only operators learn of it."""
    log.error("bot reply parked: its tenant has no such conversation", offset=item.record.offset)
    return Decoded(item.record, None, "the tenant has no such conversation")


def _said(reply: Reply, new_id: Callable[[], UUID], teams: Mapping[UUID, Team]) -> bot.BotReply:
    messages = tuple((new_id(), message.text) for message in reply.messages or ())
    return bot.BotReply(reply.reply_id, reply.turn_id, reply.epoch, messages, _action(reply, teams))


def _queue(named: str | None, teams: Mapping[UUID, Team]) -> str | None:
    """Find the queue of a team by its id or name; None when there is no such team."""
    if named is None:
        return None
    for id, team in teams.items():
        if not team.archived and (named == str(id) or name_key(named) == name_key(team.name)):
            return str(id)
    log.warning("bot handed off to a team that does not exist, the ticket stays in its queue")
    return None


def _action(reply: Reply, teams: Mapping[UUID, Team]) -> bot.Action | None:
    match reply.action:
        case schema.HandOff() as asked:
            card = None if asked.card is None else asked.card.model_dump(exclude_none=True)
            queue = _queue(asked.queue, teams)
            return bot.HandOffAction(queue, asked.reason, card, asked.variables or None)
        case schema.End():
            return bot.EndAction()
        case schema.Close(reason=reason):
            return bot.CloseAction(reason)
        case schema.Wait():
            return bot.WaitAction()
        case None:
            return None


def _minted_at(turn_id: UUID) -> datetime | None:
    """Read the time in a UUIDv7: it is the same in every repeat, so the week of the message id is known."""
    if turn_id.version != 7:
        return None
    with suppress(OverflowError):
        return EPOCH + timedelta(milliseconds=minted_ms(turn_id))
    return None
