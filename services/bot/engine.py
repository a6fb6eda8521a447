"""A bot engine on the two topics: reads turns, answers each once, and stores its offsets with its sessions.

Replies are produced first, then sessions and offsets are stored in one transaction. After a crash between the
two, the same turns are answered again from the same sessions, under the same reply ids.
"""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog

from adapters.postgres.agents.bot_sessions import (
    BotSession,
    OffsetAdvance,
    PositionMoved,
    PostgresBotSessions,
)
from schemas.bot import Action, HandOff, Reply, Text, Turn, decode_turn
from schemas.topics import BOT_REPLIES, BOT_TURNS, READERS, Outgoing, Record, Topics
from services.runtime.clock import Clock
from services.runtime.failpoint import failpoint
from services.workers.decoding import Decoded, decode_each, park
from services.workers.topic_reader import StaleOwner, TopicReader

MAX_RECORDS = 64
WORKERS = 16
MAX_ANSWERED = 32
SESSION_RETENTION = timedelta(days=2)
HOUSEKEEPING_EVERY_S = 600.0

log = structlog.get_logger("bot")


@dataclass(frozen=True, slots=True)
class Spoken:
    """An engine's answer to a turn, and the state of the dialogue afterwards (None: it has ended)."""

    texts: tuple[str, ...] = ()
    action: Action | None = None
    state: bytes | None = None


class Engine(Protocol):
    """Answers turns. The same turn may come again with the same `state`; must be thread-safe."""

    def answer(self, turn: Turn, state: bytes | None) -> Spoken:
        """Answer a turn; `state` is that of the last answer, None in a new epoch."""
        ...


@dataclass
class Bot:
    """A consumer of the turns. Conversations are answered concurrently, the turns of each in order."""

    topics: Topics
    sessions: PostgresBotSessions
    engine: Engine
    now: Clock
    reader: TopicReader = field(init=False)
    _workers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(WORKERS, "bot"))
    _chores_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.reader = TopicReader(self.topics, BOT_TURNS, READERS[BOT_TURNS], self._stored_offset)

    def run(self, stop: threading.Event) -> None:
        """Answer turns until `stop`, then leave the group; waits while database or broker is unavailable."""

        def step() -> None:
            self.step(0.5)
            self._housekeeping()

        try:
            self.reader.run(step, stop)
        finally:
            self.close()

    def step(self, timeout_s: float) -> int:
        """Answer the next turns, waiting at most `timeout_s` for the first; return their number."""
        return self.reader.process_next(MAX_RECORDS, timeout_s, self._answer)

    def close(self) -> None:
        """Leave the group."""
        self.reader.close()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _stored_offset(self, partition: int) -> int:
        return self.sessions.positions(BOT_TURNS).get(partition, 0)

    def _answer(self, records: Sequence[Record]) -> None:
        decoded = decode_each(records, lambda record: decode_turn(record.value))
        park(self.topics, decoded)
        threads = _by_conversation(decoded)
        known = self.sessions.load(threads)
        answers = list(
            self._workers.map(
                lambda turns: _spoken(self.engine, turns, known.get(turns[0].conversation_id), self.now),
                threads.values(),
            )
        )
        failpoint("before_answer")
        self.topics.produce([reply for said in answers for reply in said.replies])
        failpoint("after_answer")
        steps = [OffsetAdvance(*step) for step in self.reader.steps(records)]
        kept = [said.session for said in answers if said.session is not None]
        try:
            self.sessions.save(BOT_TURNS, steps, kept)
        except PositionMoved:
            log.warning("offsets moved by another consumer, reading again")
            self.reader.close()  # joins again, from the offsets that are stored then
            raise StaleOwner from None
        self.reader.advance(records)

    def _housekeeping(self) -> None:
        if time.monotonic() >= self._chores_at:
            self._chores_at = time.monotonic() + HOUSEKEEPING_EVERY_S
            self.sessions.delete_older(SESSION_RETENTION)


@dataclass(frozen=True, slots=True)
class Answered:
    """Replies in one conversation, and its session afterwards."""

    replies: Sequence[Outgoing]
    session: BotSession | None


def _by_conversation(decoded: Sequence[Decoded[Turn]]) -> dict[UUID, list[Turn]]:
    """Group the turns by conversation, in order."""
    threads: dict[UUID, list[Turn]] = {}
    for each in decoded:
        if (turn := each.value) is not None:
            threads.setdefault(turn.conversation_id, []).append(turn)
    return threads


def _spoken(engine: Engine, turns: Sequence[Turn], session: BotSession | None, now: Clock) -> Answered:
    """Answer the turns of one conversation in order; skip those that its session has answered.

    The same turn may come in two records, when the publisher crashed.
    """
    replies = []
    for turn in turns:
        known = session if session is not None and session.epoch == turn.epoch else None
        if _is_over(turn, session, now) or (known is not None and turn.turn_id in known.turns):
            continue
        said = _asked(engine, turn, known.state or None if known else None)
        answered = (*(known.turns if known else ()), turn.turn_id)[-MAX_ANSWERED:]
        state = said.state or b""
        session = BotSession(turn.conversation_id, turn.contact.id, turn.epoch, answered, state)
        if said.texts or said.action is not None:
            replies.append(_reply(turn, said))
    return Answered(replies, session)


def _asked(engine: Engine, turn: Turn, state: bytes | None) -> Spoken:
    """Ask the engine; when it fails, hand off to people, so that other conversations go on."""
    try:
        return engine.answer(turn, state)
    except Exception as broken:
        log.error("bot engine failed, handing off", turn_id=str(turn.turn_id), exc_info=broken)
        return Spoken(action=HandOff(type="hand_off", reason="bot_broken"))


def _is_over(turn: Turn, session: BotSession | None, now: Clock) -> bool:
    """Return whether the bot may not answer: people have the ticket, the time is over, or nobody wrote."""
    if turn.kind == "welcome":
        return True
    if session is not None and turn.epoch < session.epoch:
        return True
    return turn.answer_by is not None and turn.answer_by <= now()


def _reply(turn: Turn, said: Spoken) -> Outgoing:
    reply = Reply(
        tenant_id=turn.tenant_id,
        conversation_id=turn.conversation_id,
        epoch=turn.epoch,
        turn_id=turn.turn_id,
        reply_id="answer",  # one for each turn, the same after a crash
        messages=[Text(type="text", text=text) for text in said.texts],
        action=said.action,
    )
    return Outgoing(BOT_REPLIES, str(turn.conversation_id).encode(), reply.model_dump_json().encode())
