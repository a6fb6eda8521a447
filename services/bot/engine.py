"""How a bot engine of ours lives on the two topics: it reads turns, answers each once, and keeps its place.

It answers first and then moves its place together with its sessions. A crash between the two answers the
same turns again, from the same sessions and under the same ids: whoever takes the replies knows them.
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
from schemas.bot import Action, HandOff, Reply, Text, Turn
from schemas.topics import (
    BOT_REPLIES,
    BOT_TURNS,
    Outgoing,
    Record,
    Topics,
    parked_topic,
)
from services.runtime.clock import Clock
from services.runtime.failpoint import failpoint
from services.workers.topic_reader import StaleOwner, TopicReader

GROUP = "bot"
MAX_RECORDS = 64
WORKERS = 16
REMEMBERED = 32
KEPT = timedelta(days=2)
HOUSEKEEPING_EVERY_S = 600.0

log = structlog.get_logger("bot")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What an engine says to a turn, and where the customer stands afterwards (None: nowhere any more)."""

    texts: tuple[str, ...] = ()
    action: Action | None = None
    state: bytes | None = None


class Engine(Protocol):
    """Answers turns. It may be asked the same again with the same `state`; safe for several threads."""

    def answer(self, turn: Turn, state: bytes | None) -> Spoken:
        """What to say; `state` is what the last answer left, None in a new epoch."""
        ...


@dataclass
class Bot:
    """One member of the group that reads the turns. Conversations side by side, each in its order."""

    topics: Topics
    sessions: PostgresBotSessions
    engine: Engine
    now: Clock
    reader: TopicReader = field(init=False)
    _workers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(WORKERS, "bot"))
    _chores_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.reader = TopicReader(self.topics, BOT_TURNS, GROUP, self._stored_offset)

    def run(self, stop: threading.Event) -> None:
        """Answer until `stop`, then leave the group. A lost database or broker is waited for.

        Raises:
            OffsetOutOfRange: the next turn is not in the topic any more.
        """

        def step() -> None:
            self.step(0.5)
            self._housekeeping()

        try:
            self.reader.run(step, stop)
        finally:
            self.close()

    def step(self, timeout_s: float) -> int:
        """Answer the next turns, waiting at most `timeout_s` for the first; return how many those were."""
        return self.reader.process_next(MAX_RECORDS, timeout_s, self._answer)

    def close(self) -> None:
        """Leave the group."""
        self.reader.close()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _stored_offset(self, partition: int) -> int:
        return self.sessions.positions(BOT_TURNS).get(partition, 0)

    def _answer(self, records: Sequence[Record]) -> None:
        threads, broken = _by_conversation(records)
        known = self.sessions.load(threads)
        answers = list(
            self._workers.map(
                lambda turns: _spoken(self.engine, turns, known.get(turns[0].conversation_id), self.now),
                threads.values(),
            )
        )
        failpoint("before_answer")
        self.topics.produce([*broken, *(reply for said in answers for reply in said.replies)])
        failpoint("after_answer")
        steps = [OffsetAdvance(*step) for step in self.reader.steps(records)]
        kept = [said.session for said in answers if said.session is not None]
        try:
            self.sessions.save(BOT_TURNS, steps, kept)
        except PositionMoved:
            log.warning("another member has moved our offsets")
            self.reader.close()  # joins again, from the offsets that are stored then
            raise StaleOwner from None
        self.reader.advance(records)

    def _housekeeping(self) -> None:
        if time.monotonic() >= self._chores_at:
            self._chores_at = time.monotonic() + HOUSEKEEPING_EVERY_S
            self.sessions.delete_older(KEPT)


@dataclass(frozen=True, slots=True)
class Answered:
    """What was said in one conversation, and where it stands."""

    replies: Sequence[Outgoing]
    session: BotSession | None


def _by_conversation(records: Sequence[Record]) -> tuple[dict[UUID, list[Turn]], list[Outgoing]]:
    """The turns of each conversation in their order, and what is none, to be parked."""
    threads: dict[UUID, list[Turn]] = {}
    broken: list[Outgoing] = []
    for record in records:
        try:
            turn = Turn.model_validate_json(record.value or b"")
        except ValueError as wrong:
            log.error("a record that is no turn", partition=record.partition, offset=record.offset)
            reason = {"reason": type(wrong).__name__.encode()}
            broken.append(Outgoing(parked_topic(BOT_TURNS), record.key or b"", record.value or b"", reason))
            continue
        threads.setdefault(turn.conversation_id, []).append(turn)
    return threads, broken


def _spoken(engine: Engine, turns: Sequence[Turn], session: BotSession | None, now: Clock) -> Answered:
    """Answer the turns of one conversation, one after the other; those of its session were answered before.

    The same turn may come in two records: whoever asked had crashed.
    """
    replies = []
    for turn in turns:
        known = session if session is not None and session.epoch == turn.epoch else None
        if _is_over(turn, session, now) or (known is not None and turn.turn_id in known.turns):
            continue
        said = _asked(engine, turn, known.state or None if known else None)
        answered = (*(known.turns if known else ()), turn.turn_id)[-REMEMBERED:]
        state = said.state or b""
        session = BotSession(turn.conversation_id, turn.contact.id, turn.epoch, answered, state)
        if said.texts or said.action is not None:
            replies.append(_reply(turn, said))
    return Answered(replies, session)


def _asked(engine: Engine, turn: Turn, state: bytes | None) -> Spoken:
    """What the engine says; one that breaks must not hold up the other conversations: people take over."""
    try:
        return engine.answer(turn, state)
    except Exception as broken:
        log.error("the engine broke at a turn", turn_id=str(turn.turn_id), exc_info=broken)
        return Spoken(action=HandOff(type="hand_off", reason="bot_broken"))


def _is_over(turn: Turn, session: BotSession | None, now: Clock) -> bool:
    """Whether people have had the ticket since: nobody hears what would be said."""
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
