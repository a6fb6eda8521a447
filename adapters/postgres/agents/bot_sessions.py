"""State of the built-in bot engine: its offsets in the topic of turns, and a session per conversation."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.log.key_usage import read_canaries
from adapters.postgres.log.sealing import MasterKey, Unopenable

POSITIONS = "select partition, next from bot_places where topic = %s"
BEGIN = "insert into bot_places select %s, p, 0 from unnest(%s::int4[]) p on conflict do nothing"
ADVANCE = """
update bot_places b set next = m.next
from unnest(%s::int4[], %s::int8[], %s::int8[]) m(partition, expected, next)
where b.topic = %s and b.partition = m.partition and b.next = m.expected
"""
SESSIONS = (
    "select conversation_id, contact_id, epoch, turns, sealed from bot_sessions"
    " where conversation_id = any(%s)"
)
KEEP = """
insert into bot_sessions (conversation_id, contact_id, epoch, turns, sealed, changed_at)
select k.conversation_id, k.contact_id, k.epoch, k.turns::uuid[], k.sealed, clock_timestamp()
from unnest(%s::uuid[], %s::uuid[], %s::int4[], %s::text[], %s::bytea[])
    k(conversation_id, contact_id, epoch, turns, sealed)
on conflict (conversation_id) do update
set contact_id = excluded.contact_id, epoch = excluded.epoch, turns = excluded.turns,
    sealed = excluded.sealed, changed_at = excluded.changed_at
"""
FORGET = "delete from bot_sessions where changed_at < clock_timestamp() - %s"


class PositionMoved(Exception):
    """Another member of the engine has advanced this partition; nothing was written."""


@dataclass(frozen=True, slots=True)
class BotSession:
    """The bot's state of one conversation in one epoch, and the last turns that it answered there.

    `state` is opaque bytes of the engine, empty when the flow is over.
    """

    conversation_id: UUID
    contact_id: UUID
    epoch: int
    turns: tuple[UUID, ...]
    state: bytes


@dataclass(frozen=True, slots=True)
class OffsetAdvance:
    """The offsets from and to which a partition was read."""

    partition: int
    expected: int
    next: int


class PostgresBotSessions:
    """Tables of bot sessions and offsets, written in one transaction.

    Raises:
        LogUnavailable
    """

    def __init__(self, pool: QueryPool, master_key: str, reload_keys: Callable[[], str] = lambda: "") -> None:
        self._pool = pool
        self._master = MasterKey(master_key, reload_keys, lambda: pool.read(read_canaries))
        self._master.follow(self._master.canaries()[0])

    def positions(self, topic: str) -> Mapping[int, int]:
        """Return the next offset of each partition that was read.

        Raises:
            LogUnavailable
        """
        return dict(self._pool.read(lambda db: db.execute(POSITIONS, [topic]).fetchall()))

    def load(self, conversations: Iterable[UUID]) -> Mapping[UUID, BotSession]:
        """Load the sessions of those conversations that have one.

        Raises:
            LogUnavailable
        """
        wanted = list(conversations)
        rows = self._pool.read(lambda db: db.execute(SESSIONS, [wanted]).fetchall())
        opened: dict[UUID, BotSession] = {}
        for id, contact_id, epoch, turns, sealed in rows:
            try:
                state = self._master.open("bot sessions", sealed, id.bytes)
            except Unopenable:
                continue  # damaged: the bot starts over
            opened[id] = BotSession(id, contact_id, epoch, tuple(turns), state)
        return opened

    def save(self, topic: str, steps: Sequence[OffsetAdvance], kept: Sequence[BotSession]) -> None:
        """Advance the offsets and store the sessions in one transaction.

        Raises:
            PlaceMoved, LogUnavailable
        """

        def write(db: Connection[Any]) -> None:
            partitions = [step.partition for step in steps]
            db.execute(BEGIN, [topic, partitions])
            expected, next = [step.expected for step in steps], [step.next for step in steps]
            if db.execute(ADVANCE, [partitions, expected, next, topic]).rowcount != len(steps):
                raise PositionMoved
            if kept:
                db.execute(KEEP, [list(column) for column in zip(*map(self._row, kept), strict=True)])

        self._master.retrying(lambda: self._pool.write(write))

    def _row(self, session: BotSession) -> Sequence[object]:
        turns = f"{{{','.join(map(str, session.turns))}}}"
        sealed = self._master.seal("bot sessions", session.state, session.conversation_id.bytes)
        return session.conversation_id, session.contact_id, session.epoch, turns, sealed

    def delete_older(self, older_than: timedelta) -> None:
        """Delete sessions that have not changed for this long.

        Raises:
            LogUnavailable
        """
        self._pool.write(lambda db: db.execute(FORGET, [older_than]))
