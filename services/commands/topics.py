"""Commands of operators on topics: skip what is lost, replay or drop what was parked."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from adapters.postgres.agents.bot_sessions import OffsetAdvance, PositionMoved, PostgresBotSessions
from adapters.postgres.topics.stored_offsets import StoredOffsets, count_within, is_within
from domain.log.append import Advance, Conflict
from domain.log.port import Log
from schemas.topics import (
    BOT_TURNS,
    ERASED_HEADER,
    READERS,
    TOPICS,
    Bounds,
    Outgoing,
    Record,
    Topics,
    parked_topic,
)
from services.write.stream_cache import StreamCache
from services.write.unit_of_work import UnitOfWork

PAGE = 100
PLACE = re.compile(r"[0-9]{1,9}/[0-9]{1,18}")


class TopicRefused(Exception):
    """What an operator asked for cannot be done; the text says why."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Where a group stands and what its partition holds: the records between the two are lost."""

    topic: str
    partition: int
    offset: int
    bounds: Bounds
    lost: int
    """The number of records that nobody will read; 0 if that is unknown, because the topic was made again."""

    first_at: datetime | None
    """When the first record that is there was produced; those before it are older."""


@dataclass(frozen=True, slots=True)
class ParkedRecord:
    """A parked record that is open, and the topic that it came from."""

    topic: str
    record: Record

    @property
    def id(self) -> str:
        """The name by which operators call it."""
        return f"{self.topic}/{self.record.partition}/{self.record.offset}"

    @property
    def reason(self) -> str:
        """Why it was parked."""
        return self.record.headers.get("reason", b"").decode(errors="replace")


@dataclass(frozen=True, slots=True)
class TopicCommands:
    """Moves of offsets beyond what is lost. Readers that run notice within a second."""

    log: Log
    topics: Topics
    offsets: StoredOffsets
    bot: PostgresBotSessions

    def gap(self, topic: str, partition: int) -> Gap:
        """Find what stops a partition.

        Raises:
            TopicRefused: nothing stops it, or nobody of ours reads it.
            LogUnavailable, TopicsUnavailable, UnknownTopic
        """
        known = self.offsets.first_unread()
        if topic not in known:
            raise TopicRefused(f"nobody of ours reads {topic}; one of {', '.join(known)}")
        bounds = self.topics.bounds(topic)
        if partition not in bounds:
            raise TopicRefused(f"{topic} has no partition {partition}")
        offset, held = known[topic].get(partition, 0), bounds[partition]
        if held.earliest <= offset <= held.end:
            raise TopicRefused(
                f"nothing to skip in {topic}/{partition}: the next record, {offset}, is within "
                f"{held.earliest}..{held.end}"
            )
        first = self.topics.read(topic, {partition: held.earliest}, 1)
        resolved = self.offsets.resolved([topic]).get(topic, {}).get(partition, ())
        lost = max(0, held.earliest - offset) - count_within(offset, held.earliest, resolved)
        return Gap(topic, partition, offset, held, lost, first[0].produced_at if first else None)

    def skip(self, gap: Gap) -> None:
        """Move the stored offset to the first record that is there.

        Raises:
            TopicRefused: it has moved meanwhile.
            LogUnavailable, TopicsUnavailable
        """
        at, to = gap.offset, gap.bounds.earliest
        if gap.topic not in READERS:
            self.offsets.resolve(gap.topic, gap.partition, range(at, to), lambda _: None)
            return
        moved = TopicRefused("the offset has moved meanwhile; look again")
        if gap.topic == BOT_TURNS:
            try:
                self.bot.save(gap.topic, [OffsetAdvance(gap.partition, at, to)], [])
            except PositionMoved:
                raise moved from None
            return
        unit = UnitOfWork(StreamCache(self.log))
        unit.advance([Advance(f"{gap.topic}/{gap.partition}", at, to)])
        if isinstance(unit.commit(), Conflict):
            raise moved


@dataclass(frozen=True, slots=True)
class ParkedCommands:
    """Replays and drops parked records, each once. A crash may replay one again, and readers know repeats.

    Those of erased customers are given up in either case: their values are gone.
    """

    topics: Topics
    offsets: StoredOffsets

    def open(self, of: Collection[str] = TOPICS) -> Iterator[ParkedRecord]:
        """Yield the open parked records of these topics, by partition and offset.

        Raises:
            LogUnavailable, TopicsUnavailable, UnknownTopic
        """
        for topic in of:
            parked = parked_topic(topic)
            resolved = self.offsets.resolved([parked]).get(parked, {})
            for partition, held in sorted(self.topics.bounds(parked).items()):
                at, spans = held.earliest, resolved.get(partition, ())
                while at < held.end and (page := self.topics.read(parked, {partition: at}, PAGE)):
                    yield from (
                        ParkedRecord(topic, each) for each in page if not is_within(each.offset, spans)
                    )
                    at = page[-1].offset + 1

    def find(self, ids: Collection[str]) -> list[ParkedRecord]:
        """Find parked records by their ids, also those that were replayed or dropped.

        Raises:
            TopicRefused: there is none of this id.
            TopicsUnavailable, UnknownTopic
        """
        found = [self._find(id) for id in set(ids)]
        return sorted(found, key=lambda each: (each.topic, each.record.partition, each.record.offset))

    def replay(self, records: Collection[ParkedRecord] | Iterator[ParkedRecord]) -> int:
        """Produce them again to their topics; return the number of those that were open."""
        return self._resolve(records, produce=True)

    def drop(self, records: Collection[ParkedRecord] | Iterator[ParkedRecord]) -> int:
        """Give them up; return the number of those that were open."""
        return self._resolve(records, produce=False)

    def _find(self, id: str) -> ParkedRecord:
        topic, _, rest = id.partition("/")
        partition, _, offset = rest.partition("/")
        if topic in TOPICS and PLACE.fullmatch(rest):
            starts = {int(partition): int(offset)}
            bounds = self.topics.bounds(parked_topic(topic))
            found = self.topics.read(parked_topic(topic), starts, 1) if int(partition) in bounds else ()
            if found and found[0].offset == int(offset):
                return ParkedRecord(topic, found[0])
        raise TopicRefused(f"there is no parked record {id}; see `balcao parked list`")

    def _resolve(self, records: Collection[ParkedRecord] | Iterator[ParkedRecord], produce: bool) -> int:
        done = 0
        for (topic, partition), group in groupby(records, lambda each: (each.topic, each.record.partition)):
            page: list[Record] = []
            for each in group:
                page.append(each.record)
                if len(page) == PAGE:
                    done += self._resolve_page(topic, partition, page, produce)
                    page = []
            done += self._resolve_page(topic, partition, page, produce)
        return done

    def _resolve_page(self, topic: str, partition: int, page: Sequence[Record], produce: bool) -> int:
        if not page:
            return 0

        records = {each.offset: each for each in page}

        def replay(still_open: Sequence[int]) -> None:
            again = [records[offset] for offset in still_open if ERASED_HEADER not in records[offset].headers]
            self.topics.produce(
                [Outgoing(topic, each.key or b"", each.value or b"") for each in again], timeout_s=10.0
            )

        act = replay if produce else lambda _: None
        return self.offsets.resolve(parked_topic(topic), partition, list(records), act)
