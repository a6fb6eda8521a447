"""Where a bot engine of ours stands: in the topic of the turns, and with each customer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection

from adapters.postgres.connection.pool import QueryPool
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
    """Another member of the engine has gone on from here; nothing was written."""


@dataclass(frozen=True, slots=True)
class BotSession:
    """Where one customer stands in an epoch, and the last turns that were answered for that.

    What `state` is, only the engine knows; it is empty when the flow is over.
    """

    conversation_id: UUID
    contact_id: UUID
    epoch: int
    turns: tuple[UUID, ...]
    state: bytes


@dataclass(frozen=True, slots=True)
class OffsetAdvance:
    """From where to where a partition was read."""

    partition: int
    expected: int
    next: int


class PostgresBotSessions:
    """Sessions and places; what belongs together is written together."""

    def __init__(self, pool: QueryPool, master_key: str) -> None:
        self._pool, self._master = pool, MasterKey(master_key)

    def positions(self, topic: str) -> Mapping[int, int]:
        """The next offset of each partition that was read.

        Raises:
            LogUnavailable
        """
        return dict(self._pool.read(lambda db: db.execute(POSITIONS, [topic]).fetchall()))

    def load(self, conversations: Iterable[UUID]) -> Mapping[UUID, BotSession]:
        """The sessions that there are.

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
                continue  # it begins anew
            opened[id] = BotSession(id, contact_id, epoch, tuple(turns), state)
        return opened

    def save(self, topic: str, steps: Sequence[OffsetAdvance], kept: Sequence[BotSession]) -> None:
        """All of it, or nothing.

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

        self._pool.write(write)

    def _row(self, session: BotSession) -> Sequence[object]:
        turns = f"{{{','.join(map(str, session.turns))}}}"
        sealed = self._master.seal("bot sessions", session.state, session.conversation_id.bytes)
        return session.conversation_id, session.contact_id, session.epoch, turns, sealed

    def delete_older(self, older_than: timedelta) -> None:
        """Throw away where customers stood who did not come back.

        Raises:
            LogUnavailable
        """
        self._pool.write(lambda db: db.execute(FORGET, [older_than]))
