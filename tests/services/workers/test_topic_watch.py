"""Topics in PostgreSQL keep what nobody of ours has read, and somebody hears of it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.postgres.agents.bot_sessions import OffsetAdvance, PostgresBotSessions
from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.topics.stored_offsets import StoredOffsets
from adapters.postgres.topics.topics import PostgresTopics
from domain.log.append import Advance, Append
from schemas.topics import (
    BOT_REPLIES,
    BOT_TURNS,
    CONVERSATION_EVENTS,
    INBOUND,
    OUTBOUND,
    READERS,
    Outgoing,
    parked_topic,
    partition_of,
)
from services.runtime.clock import utc_now
from services.workers.topic_watch import TopicWatch
from tests.support.cell import MASTER_KEY, Cell

HERE = partition_of(b"here", 12)
THERE = partition_of(b"there", 12)


def aged(cell: Cell, topic: str, how_old: timedelta, here: int = 3, there: int = 2) -> None:
    """Records of two partitions that were produced a while ago."""
    keys = [b"here"] * here + [b"there"] * there
    cell.topics.produce([Outgoing(topic, key, b"{}", {"reason": b"why"}) for key in keys])
    with psycopg.connect(cell.url) as db:
        db.execute(
            "update topic_records set produced_at = clock_timestamp() - %s where topic = %s", [how_old, topic]
        )


def left(cell: Cell, topic: str) -> dict[int, int]:
    """How many records each partition has."""
    found = {partition: held.end - held.earliest for partition, held in cell.topics.bounds(topic).items()}
    return {partition: count for partition, count in found.items() if count}


@pytest.fixture
def pool(cell: Cell) -> Iterator[QueryPool]:
    with QueryPool(cell.url, 1, "test") as pool:
        yield pool


@pytest.mark.parametrize("topic", [INBOUND, OUTBOUND, BOT_REPLIES, BOT_TURNS])
def test_what_our_group_has_not_read_never_expires(cell: Cell, pool: QueryPool, topic: str) -> None:
    assert READERS[topic]
    aged(cell, topic, timedelta(days=30))
    if topic == BOT_TURNS:
        PostgresBotSessions(pool, MASTER_KEY).save(topic, [OffsetAdvance(HERE, 0, 2)], [])
    else:
        cell.log.append(Append(advances=[Advance(f"{topic}/{HERE}", 0, 2)]))
    watch = TopicWatch(cell.topics, pool)

    watch.expire()

    assert left(cell, topic) == {HERE: 1, THERE: 2}
    assert cell.topics.bounds(topic)[HERE].earliest == 2


def test_only_the_old_and_read_front_of_a_partition_expires(cell: Cell, pool: QueryPool) -> None:
    names = [INBOUND, parked_topic(INBOUND), CONVERSATION_EVENTS]

    @settings(max_examples=25)
    @given(
        topic=st.sampled_from(names),
        old=st.lists(st.booleans(), min_size=1, max_size=8),
        read=st.integers(0, 9),
        resolved=st.sets(st.integers(0, 8)),
        most=st.integers(1, 4),
    )
    def holds(topic: str, old: list[bool], read: int, resolved: set[int], most: int) -> None:
        with closing(PostgresTopics(cell.url, prefix=f"{uuid4()}.")) as topics:
            topics.create([topic])
            topics.produce([Outgoing(topic, b"here", b"%d" % n) for n in range(len(old))])
            with psycopg.connect(cell.url) as db:
                db.execute("delete from tracking")
                db.execute("delete from parked_resolved")
                db.execute(
                    "update topic_records set produced_at = produced_at - interval '8 days'"
                    " where topic like %s and record_offset = any(%s)",
                    [f"%.{topic}", [n for n, is_old in enumerate(old) if is_old]],
                )
            cell.log.append(Append(advances=[Advance(f"{INBOUND}/{HERE}", 0, read)]))
            offsets = StoredOffsets(pool)
            if resolved:
                offsets.resolve(parked_topic(INBOUND), HERE, sorted(resolved), lambda _: None)
            while topics.expire(offsets.first_unread(), most=most):
                pass

            first_new = next((n for n, is_old in enumerate(old) if not is_old), len(old))
            first_open = next(n for n in range(len(old) + 10) if n not in resolved)
            unread = {INBOUND: read, parked_topic(INBOUND): first_open}.get(topic, len(old))
            kept = [record.offset for record in topics.read(topic, {HERE: 0}, 100)]
            assert kept == list(range(min(first_new, unread), len(old)))

    holds()


def test_what_only_others_read_expires_by_age(cell: Cell, pool: QueryPool) -> None:
    for topic in (CONVERSATION_EVENTS, BOT_TURNS):
        aged(cell, topic, timedelta(days=8))
    TopicWatch(cell.topics, pool).expire()
    assert left(cell, CONVERSATION_EVENTS) == left(cell, BOT_TURNS) == {}

    offsets = StoredOffsets(pool)
    aged(cell, BOT_TURNS, timedelta(days=8))
    PostgresBotSessions(pool, MASTER_KEY).save(BOT_TURNS, [OffsetAdvance(HERE, 0, 3)], [])
    TopicWatch(cell.topics, pool).expire()
    assert left(cell, BOT_TURNS) == {HERE: 3, THERE: 2}
    assert offsets.forget_bot() == 1
    TopicWatch(cell.topics, pool).expire()
    assert left(cell, BOT_TURNS) == {}


@pytest.mark.parametrize("topic", [INBOUND, BOT_REPLIES, CONVERSATION_EVENTS])
def test_a_parked_record_stays_until_it_is_replayed_or_dropped(
    cell: Cell, pool: QueryPool, topic: str
) -> None:
    parked = parked_topic(topic)
    aged(cell, parked, timedelta(days=400))
    watch, offsets = TopicWatch(cell.topics, pool), StoredOffsets(pool)
    assert watch.expire() == 0

    offsets.resolve(parked, HERE, [1], lambda _: None)
    assert watch.expire() == 0  # one before it is open
    offsets.resolve(parked, HERE, [0], lambda _: None)
    assert watch.expire() == 2
    assert left(cell, parked) == {HERE: 1, THERE: 2}


def test_unread_and_parked_records_of_a_day_are_an_alarm_once_an_hour(cell: Cell, pool: QueryPool) -> None:
    aged(cell, INBOUND, timedelta(hours=25))
    aged(cell, parked_topic(BOT_REPLIES), timedelta(hours=30), here=1, there=0)
    aged(cell, OUTBOUND, timedelta(hours=23))
    watch = TopicWatch(cell.topics, pool)

    with capture_logs() as told:
        watch.step()
        states = watch.step()

    alarms = {(line["topic"], line["partition"], line["unread"], line["oldest_hours"]) for line in told}
    assert len(told) == len(alarms) == 3
    assert alarms == {
        (INBOUND, HERE, 3, 25),
        (INBOUND, THERE, 2, 25),
        (parked_topic(BOT_REPLIES), HERE, 1, 30),
    }
    late = {(s.topic, s.partition) for s in states if s.late}
    assert late == {(topic, partition) for topic, partition, *_ in alarms}
    waiting = {(s.topic, s.partition): s.oldest_at for s in states if s.unread}
    outbound = waiting[OUTBOUND, HERE]
    assert outbound is not None
    assert timedelta(hours=22) < utc_now() - outbound < timedelta(hours=24)


def test_a_stopped_partition_is_said_by_who_watches_too(cell: Cell, pool: QueryPool) -> None:
    cell.log.append(Append(advances=[Advance(f"{OUTBOUND}/{HERE}", 0, 7)]))
    watch = TopicWatch(cell.topics, pool)

    with capture_logs() as told:
        watch.step()
        states = watch.step()

    (line,) = told
    assert line["log_level"] == "error"
    assert (line["topic"], line["partition"], line["offset"], line["end"]) == (OUTBOUND, HERE, 7, 0)
    assert [(s.topic, s.partition) for s in states if s.stopped] == [(OUTBOUND, HERE)]


def test_added_and_missing_partitions_are_said_by_name(cell: Cell, pool: QueryPool) -> None:
    with psycopg.connect(cell.url) as db:
        db.execute("update topics set partitions = 14 where name = %s", [INBOUND])
        db.execute("insert into topic_heads (topic, partition) values (%s, 12), (%s, 13)", [INBOUND] * 2)
        db.execute("update topics set partitions = 5 where name = %s", [BOT_REPLIES])

    with closing(PostgresTopics(cell.url)) as topics, capture_logs() as told:
        watch = TopicWatch(topics, pool)
        watch.step()
        watch.step()

    added, taken_away = sorted(told, key=lambda line: str(line["log_level"]), reverse=True)
    assert (added["topic"], added["produced_to"], added["found"]) == (INBOUND, 12, 14)
    assert (taken_away["topic"], taken_away["log_level"]) == (BOT_REPLIES, "error")
    assert "5 partitions where 12 are pinned" in str(taken_away["event"])
