"""How far our own groups have read, and which parked records are resolved."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from psycopg import Connection

from adapters.postgres.connection.pool import QueryPool
from schemas.topics import BOT_TURNS, READERS, TOPICS, parked_topic

Offsets = Mapping[int, int]
"""The first unread offset of each partition; 0 if absent."""

Spans = Sequence[tuple[int, int]]
"""Spans of offsets, each without its end, in order."""

TRACKED = "select application_name, notification_id from tracking where strpos(application_name, '/') > 0"
OF_BOT = "select partition, next from bot_places where topic = %s"
FORGET_BOT = "delete from bot_places where topic = %s"
SPANS = "array(select lower(s) from unnest(resolved) s), array(select upper(s) from unnest(resolved) s)"
RESOLVED = f"select topic, partition, {SPANS} from parked_resolved where topic = any(%s)"
BEGIN = "insert into parked_resolved (topic, partition) values (%s, %s) on conflict do nothing"
LOCK = f"select {SPANS} from parked_resolved where topic = %s and partition = %s for update"
RESOLVE = """
update parked_resolved set resolved = resolved + (
    select range_agg(int8range(o.first, o.first + 1)) from unnest(%s::int8[]) as o(first))
where topic = %s and partition = %s
"""


class StoredOffsets:
    """The offsets that our groups have stored: the log's, those of our bot engine, those of parked records.

    A parked record is unread until it is resolved: replayed or dropped.
    """

    def __init__(self, pool: QueryPool) -> None:
        self.pool = pool

    def first_unread(self) -> Mapping[str, Offsets]:
        """Return the first unread offset of each partition of the topics that somebody of ours reads.

        The turns are among them only if a bot engine of ours has ever read some.

        Raises:
            LogUnavailable
        """
        unread: dict[str, dict[int, int]] = {topic: {} for topic in READERS if topic != BOT_TURNS}
        for source, offset in self.pool.read(lambda db: db.execute(TRACKED).fetchall()):
            topic, _, partition = source.rpartition("/")
            if topic in unread and partition.isdecimal():
                unread[topic][int(partition)] = offset
        if of_bot := self.pool.read(lambda db: db.execute(OF_BOT, [BOT_TURNS]).fetchall()):
            unread[BOT_TURNS] = dict(of_bot)
        parked = {parked_topic(topic): dict[int, int]() for topic in TOPICS}
        for topic, partitions in self.resolved(list(parked)).items():
            parked[topic] = {
                partition: spans[0][1]
                for partition, spans in partitions.items()
                if spans and spans[0][0] == 0
            }
        return {**unread, **parked}

    def resolved(self, parked_topics: Sequence[str]) -> Mapping[str, Mapping[int, Spans]]:
        """Return which parked records are resolved, by topic and partition.

        Raises:
            LogUnavailable
        """
        found: dict[str, dict[int, Spans]] = {}
        for topic, partition, first, end in self.pool.read(
            lambda db: db.execute(RESOLVED, [list(parked_topics)]).fetchall()
        ):
            found.setdefault(topic, {})[partition] = sorted(zip(first, end, strict=True))
        return found

    def resolve(
        self, topic: str, partition: int, offsets: Sequence[int], act: Callable[[Sequence[int]], None]
    ) -> int:
        """Call `act` with the parked records that are still open, then mark them; return their number.

        One caller at a time for a partition. When `act` raises, none is marked.

        Raises:
            LogUnavailable
        """

        def work(db: Connection[Any]) -> int:
            db.execute(BEGIN, [topic, partition])
            row = db.execute(LOCK, [topic, partition]).fetchone()
            spans = sorted(zip(*row, strict=True)) if row else []
            still_open = [offset for offset in offsets if not is_within(offset, spans)]
            if still_open:
                act(still_open)
                db.execute(RESOLVE, [still_open, topic, partition])
            return len(still_open)

        return self.pool.write(work)

    def forget_bot(self) -> int:
        """Forget that a bot engine of ours has read the turns; return in how many partitions it had.

        Raises:
            LogUnavailable
        """
        return self.pool.write(lambda db: db.execute(FORGET_BOT, [BOT_TURNS]).rowcount)


def is_within(offset: int, spans: Spans) -> bool:
    """Return whether an offset is within one of the spans."""
    return any(first <= offset < end for first, end in spans)


def count_within(first: int, end: int, spans: Spans) -> int:
    """Count the offsets from `first` to before `end` that are within a span."""
    return sum(max(0, min(end, to) - max(first, start)) for start, to in spans)
