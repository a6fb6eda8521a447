"""What only topics in tables must prove: commit order, leases, expiry."""

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from adapters.postgres.topics.topics import PostgresTopics
from schemas.topics import OffsetOutOfRange, Outgoing, TopicsUnavailable, UnknownTopic, partition_of
from tests.adapters.topics.conftest import TOPIC, from_the_beginning, outgoing, read, text

ONE = partition_of(b"one", 4)


@pytest.fixture
def topics(database_url: str) -> Iterator[PostgresTopics]:
    topics = PostgresTopics(database_url, partitions=4, lease_s=1.0)
    topics.create([TOPIC])
    yield topics
    topics.close()


def append(connection: psycopg.Connection, *numbers: int) -> None:
    """What another process's produce does, in a transaction that the test keeps open."""
    count = len(numbers)
    connection.execute(
        "select topic_append(%s::text[], %s::int4[], %s::bytea[], %s::bytea[], %s::bytea[])",
        [[TOPIC] * count, [ONE] * count, [b"one"] * count, [text(n) for n in numbers], [b"{}"] * count],
    )


def test_a_produce_that_commits_late_is_not_passed_over(topics: PostgresTopics, database_url: str) -> None:
    consumer = topics.consumer(TOPIC, "readers", from_the_beginning)
    later = threading.Thread(target=lambda: topics.produce(outgoing(3, 4, key=b"one")))

    with psycopg.connect(database_url) as slow:
        append(slow, 1, 2)
        later.start()
        time.sleep(0.3)
        assert read(consumer, 1, timeout_s=0.5) == []  # the later one waits for its turn
        slow.commit()
    later.join()

    found = read(consumer, 4)
    assert [(r.offset, r.value) for r in found] == [(n - 1, text(n)) for n in (1, 2, 3, 4)]
    consumer.close()


def test_a_produce_that_is_rolled_back_leaves_no_gap(topics: PostgresTopics, database_url: str) -> None:
    with psycopg.connect(database_url) as gone:
        append(gone, 1, 2)
        gone.rollback()
    topics.produce(outgoing(3, key=b"one"))

    consumer = topics.consumer(TOPIC, "readers", from_the_beginning)
    assert [(r.offset, r.value) for r in read(consumer, 1)] == [(0, text(3))]
    consumer.close()


def test_a_partition_held_for_ever_makes_produce_unavailable_in_time(
    topics: PostgresTopics, database_url: str
) -> None:
    with psycopg.connect(database_url) as stuck:
        append(stuck, 1)
        began = time.monotonic()
        with pytest.raises(TopicsUnavailable):
            topics.produce(outgoing(2, key=b"one"))
        assert time.monotonic() - began < 2.5
        stuck.rollback()


def test_appends_to_many_partitions_at_once_do_not_deadlock(topics: PostgresTopics) -> None:
    others = [PostgresTopics(topics._url, partitions=4) for _ in range(3)]
    failed: list[Exception] = []

    def produce(mine: PostgresTopics, numbers: list[int]) -> None:
        try:
            for _ in range(20):
                mine.produce(outgoing(*numbers), timeout_s=10)
        except Exception as error:
            failed.append(error)

    threads = [
        threading.Thread(target=produce, args=[mine, list(range(10))[:: 1 if n % 2 else -1]])
        for n, mine in enumerate(others)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mine in others:
        mine.close()

    assert failed == []


def test_callers_of_the_same_moment_share_a_transaction(topics: PostgresTopics, database_url: str) -> None:
    threads = [
        threading.Thread(target=lambda: topics.produce(outgoing(1, key=b"one"), timeout_s=10))
        for _ in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with psycopg.connect(database_url) as connection:
        row = connection.execute("select count(*), count(distinct xmin::text) from topic_records").fetchone()
    assert row is not None
    assert row[0] == 40
    assert row[1] < 20


def test_an_owner_that_slept_gets_nothing_of_what_it_lost(topics: PostgresTopics) -> None:
    slept = topics.consumer(TOPIC, "readers", from_the_beginning)
    slept.poll(10, 0)
    assert len(slept.assigned()) == 4
    slept._renew_at = time.monotonic() + 60  # it believes that its lease is fresh
    time.sleep(1.2)
    other = topics.consumer(TOPIC, "readers", from_the_beginning)
    other.poll(10, 0)
    assert len(other.assigned()) == 4

    topics.produce(outgoing(*range(40)))

    got = {record.partition for record in slept.poll(100, 0)}
    assert got <= slept.assigned()
    assert not slept.assigned() & {r.partition for r in other.poll(100, 0)}
    slept.close()
    other.close()


def test_a_partition_that_was_away_and_came_back_starts_at_our_tracking(topics: PostgresTopics) -> None:
    topics.produce(outgoing(*range(10), key=b"one"))
    tracked = {ONE: 0}
    first = topics.consumer(TOPIC, "readers", lambda p: tracked.get(p, 0))
    assert len(read(first, 10)) == 10
    time.sleep(1.2)
    other = topics.consumer(TOPIC, "readers", lambda p: tracked.get(p, 0))
    assert len(read(other, 4, timeout_s=0.1)) == 10
    tracked[ONE] = 7  # what the other one stored before it ended
    other.close()

    assert [r.offset for r in read(first, 3)] == [7, 8, 9]
    first.close()


def test_expiry_takes_the_old_records_of_each_partition_and_says_so_to_who_is_behind(
    topics: PostgresTopics, database_url: str
) -> None:
    topics.produce(outgoing(*range(20), key=b"one"))
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "update topic_records set produced_at = produced_at - interval '8 days' where record_offset < 12"
        )

    assert topics.expire({}, days=7, most=10) == 10
    assert topics.expire({}, days=7, most=10) == 2
    assert topics.expire({}, days=7) == 0

    behind = topics.consumer(TOPIC, "behind", from_the_beginning)
    with pytest.raises(OffsetOutOfRange) as refused:
        behind.poll(10, 1)
    assert (refused.value.offset, refused.value.earliest, refused.value.latest) == (0, 12, 20)
    assert behind.poll(10, 0) == []
    behind.close()
    current = topics.consumer(TOPIC, "current", lambda p: 12 if p == ONE else 0)
    assert [r.offset for r in read(current, 8)] == list(range(12, 20))
    current.close()


def test_a_consumer_hears_of_a_record_at_once(topics: PostgresTopics) -> None:
    consumer = topics.consumer(TOPIC, "readers", from_the_beginning)
    consumer.poll(10, 0.1)
    produced = threading.Timer(0.2, lambda: topics.produce(outgoing(1)))
    produced.start()

    began = time.monotonic()
    records = consumer.poll(10, 5)

    assert len(records) == 1
    assert time.monotonic() - began < 0.45  # the poll alone would need half a second
    consumer.close()


def test_a_topic_that_was_dropped_is_named(topics: PostgresTopics, database_url: str) -> None:
    topics.produce(outgoing(1))
    with psycopg.connect(database_url) as connection:
        connection.execute("delete from topics")

    with pytest.raises(UnknownTopic):
        topics.produce([Outgoing(TOPIC, b"one", b"x")])


def test_damaged_headers_hold_up_neither_their_record_nor_its_neighbours(
    topics: PostgresTopics, database_url: str
) -> None:
    damaged = [b"", b"xx", b"[]", b"null", b'{"reason": 5, "kept": "yes"}', '{"reason": "日"}'.encode()]
    topics.produce(outgoing(*range(len(damaged) + 1), key=b"one"))
    with psycopg.connect(database_url) as connection:
        for offset, headers in enumerate(damaged):
            connection.execute(
                "update topic_records set headers = %s where partition = %s and record_offset = %s",
                (headers, ONE, offset),
            )

    consumer = topics.consumer(TOPIC, "readers", from_the_beginning)
    consumed = read(consumer, len(damaged) + 1)
    listed = topics.read(TOPIC, {ONE: 0}, 10)

    for records in (consumed, listed):
        assert [record.value for record in records] == [text(n) for n in range(len(damaged) + 1)]
        assert [dict(record.headers) for record in records] == [{}] * 4 + [{"kept": b"yes"}, {}, {}]
    consumer.close()
