"""What every adapter of the topics promises."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from schemas.topics import (
    MAX_RECORD_BYTES,
    Bounds,
    OffsetOutOfRange,
    Outgoing,
    PartitionsChanged,
    Record,
    RecordTooLarge,
    Topics,
    UnknownTopic,
    parked_topic,
    partition_of,
)
from tests.adapters.topics.conftest import TOPIC, Adapter, from_the_beginning, outgoing, read, text, until


def test_records_of_one_key_come_in_the_order_they_were_produced(adapter: Adapter, topics: Topics) -> None:
    topics.produce(outgoing(*range(300)))
    topics.produce(outgoing(*range(300, 600)))

    records = read(adapter.member(topics), 600)

    by_key = values_by_key(records)
    assert by_key == {b"key-%d" % k: [text(n) for n in range(600) if n % 10 == k] for k in range(10)}


def test_a_record_comes_as_it_was_produced(adapter: Adapter, topics: Topics) -> None:
    given = Outgoing(
        TOPIC, b"\x00\xff", bytes(range(256)), {"tenant": b"t\xc3\xa9", "raw": bytes(range(256))}
    )

    topics.produce([given])

    record = read(adapter.member(topics), 1)[0]
    assert (record.topic, record.key, record.value) == (TOPIC, given.key, given.value)
    assert dict(record.headers) == dict(given.headers)


def test_every_adapter_puts_a_key_into_the_same_partition(adapter: Adapter, topics: Topics) -> None:
    topics.produce(outgoing(*range(40)))

    records = read(adapter.member(topics), 40)

    assert {(r.key, r.partition) for r in records} == {
        (b"key-%d" % k, partition_of(b"key-%d" % k, 4)) for k in range(10)
    }
    assert partition_of(b"key-1", 12) == 2  # another number here loses the order of stored keys


def test_threads_that_produce_at_once_keep_the_order_of_their_keys(adapter: Adapter, topics: Topics) -> None:
    def produce(key: bytes) -> None:
        for start in range(0, 100, 5):
            topics.produce(outgoing(*range(start, start + 5), key=key), timeout_s=10)

    threads = [threading.Thread(target=produce, args=[b"thread-%d" % n]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    records = read(adapter.member(topics), 800)
    assert values_by_key(records) == {b"thread-%d" % n: [text(i) for i in range(100)] for n in range(8)}


def test_a_partition_starts_at_the_offset_that_our_tracking_names(adapter: Adapter, topics: Topics) -> None:
    topics.produce(outgoing(*range(50), key=b"one"))
    partition = partition_of(b"one", 4)

    records = read(adapter.member(topics, lambda p: 30 if p == partition else 0), 20)

    assert [(r.offset, r.value) for r in records] == [(n, text(n)) for n in range(30, 50)]


def test_offsets_told_to_the_broker_are_never_read(adapter: Adapter, topics: Topics) -> None:
    topics.produce(outgoing(*range(20), key=b"one"))
    partition = partition_of(b"one", 4)
    first = adapter.member(topics)
    assert len(read(first, 20)) == 20
    first.committed({partition: 20})
    first.poll(10, 0.3)
    first.close()

    again = read(adapter.member(topics, lambda p: 5 if p == partition else 0), 15)

    assert [r.offset for r in again] == list(range(5, 20))


def test_a_restart_continues_where_our_tracking_stood(adapter: Adapter, topics: Topics) -> None:
    tracked: dict[int, int] = {}
    topics.produce(outgoing(*range(100)))
    before = read(adapter.member(topics), 100)
    for record in before:
        tracked[record.partition] = record.offset + 1
    adapter.consumers[-1].close()

    restarted = adapter.topics()
    restarted.produce(outgoing(*range(100, 150)))
    after = read(adapter.member(restarted, lambda p: tracked.get(p, 0)), 50)

    assert sorted(bytes(r.value or b"") for r in before + after) == [text(n) for n in range(150)]


def test_what_was_not_tracked_comes_again(adapter: Adapter, topics: Topics) -> None:
    topics.produce(outgoing(*range(10), key=b"one"))
    partition = partition_of(b"one", 4)
    first = adapter.member(topics)
    read(first, 10)
    first.close()  # it had tracked no more than the first four

    again = read(adapter.member(topics, lambda p: 4 if p == partition else 0), 6)

    assert [r.value for r in again] == [text(n) for n in range(4, 10)]


def test_after_a_refused_batch_its_records_come_again(adapter: Adapter, topics: Topics) -> None:
    topics.produce(outgoing(*range(10), key=b"one"))
    consumer = adapter.member(topics)
    first = read(consumer, 10)

    consumer.seek(first[0].partition, 3)

    again = read(consumer, 7)
    assert [r.offset for r in again] == list(range(3, 10))


def test_what_the_client_fetched_ahead_does_not_come_after_a_step_back(
    adapter: Adapter, topics: Topics
) -> None:
    topics.produce(outgoing(*range(3_000), key=b"one"), timeout_s=10)
    consumer = adapter.member(topics)
    for _ in range(3):
        first = read(consumer, 1)

        consumer.seek(first[0].partition, 3)

        assert [r.offset for r in read(consumer, 300)] == list(range(3, 303))


def test_a_batch_is_never_larger_than_asked(adapter: Adapter, topics: Topics) -> None:
    topics.produce(outgoing(*range(100)))
    consumer = adapter.member(topics)
    sizes: list[int] = []

    while sum(sizes) < 100:
        sizes.append(len(consumer.poll(7, 1.0)))

    assert max(sizes) <= 7
    assert sum(sizes) == 100


def test_parked_records_wait_in_a_topic_of_their_own(adapter: Adapter, topics: Topics) -> None:
    topics.create([parked_topic(TOPIC)])
    topics.produce([Outgoing(parked_topic(TOPIC), b"k", b"{", {"reason": b"not_json", "offset": b"17"})])

    consumer = topics.consumer(parked_topic(TOPIC), "people", from_the_beginning)
    adapter.consumers.append(consumer)

    record = read(consumer, 1)[0]
    assert (record.topic, record.headers["reason"]) == (parked_topic(TOPIC), b"not_json")


def test_two_members_share_the_partitions(adapter: Adapter, topics: Topics) -> None:
    one = adapter.member(topics)
    until(lambda: len(one.assigned()) == 4, [one])

    two = adapter.member(adapter.topics())
    until(lambda: len(one.assigned()) == len(two.assigned()) == 2, [one, two])

    assert one.assigned() | two.assigned() == {0, 1, 2, 3}


def test_a_member_that_leaves_gives_its_partitions_to_the_other(adapter: Adapter, topics: Topics) -> None:
    one, two = adapter.member(topics), adapter.member(adapter.topics())
    until(lambda: len(one.assigned()) == len(two.assigned()) == 2, [one, two])

    one.close()

    until(lambda: len(two.assigned()) == 4, [two])


def test_members_that_poll_in_short_slices_join_every_time(adapter: Adapter, topics: Topics) -> None:
    for _ in range(10):
        member = adapter.member(topics)
        deadline = time.monotonic() + 5  # kafka-python stood still now and then until it was rebuilt
        while len(member.assigned()) < 4:
            assert time.monotonic() < deadline
            member.poll(10, 0.02)
        member.close()


def test_a_silent_member_is_replaced_and_reads_nothing_more_of_what_it_lost(
    adapter: Adapter, topics: Topics
) -> None:
    silent = adapter.member(topics)
    until(lambda: len(silent.assigned()) == 4, [silent])
    other = adapter.member(adapter.topics())

    # The first one is not polled any more; the other asks our tracking and goes on.
    until(lambda: len(other.assigned()) == 4, [other])
    topics.produce(outgoing(*range(40)))
    assert len(read(other, 40)) == 40

    late = until(lambda: len(silent.assigned()) == len(other.assigned()) == 2, [silent, other])
    held = silent.assigned() | other.assigned()
    assert held == {0, 1, 2, 3}
    # What came after the hand-over starts at the tracking's offset (here: 0), in order, never in the middle.
    for partition in {record.partition for record in late}:
        assert next(r.offset for r in late if r.partition == partition) == 0


def test_groups_read_for_themselves(adapter: Adapter, topics: Topics) -> None:
    topics.produce(outgoing(*range(10)))

    one, two = adapter.member(topics, group="one"), adapter.member(topics, group="two")

    assert len(read(one, 10)) == len(read(two, 10)) == 10


def test_an_offset_that_is_gone_is_an_alarm_and_stops_its_partition_alone(
    adapter: Adapter, topics: Topics
) -> None:
    gone = {partition_of(key, 4) for key in (b"key-0", b"key-1")}
    assert len(gone) == 2
    topics.produce(outgoing(*range(40)))
    consumer = adapter.member(topics, lambda p: 5_000 if p in gone else 0)
    alarms: list[OffsetOutOfRange] = []
    records: list[Record] = []

    def read_on(count: int) -> None:
        deadline = time.monotonic() + 30
        while len(records) < count or len(alarms) < 2:
            assert time.monotonic() < deadline, (records, alarms)
            try:
                records.extend(consumer.poll(7, 0.2))
            except OffsetOutOfRange as error:
                alarms.append(error)

    others = sum(partition_of(b"key-%d" % (n % 10), 4) not in gone for n in range(40))
    assert others
    read_on(others)
    topics.produce(outgoing(*range(40, 80)))
    read_on(2 * others)

    assert [(a.offset, a.earliest) for a in alarms] == [(5_000, 0)] * 2  # once each, and never a jump
    assert {a.partition for a in alarms} == gone
    assert not gone & {r.partition for r in records}
    assert consumer.lag() == 0  # what is stopped has no place to be behind of

    partition = max(gone)
    consumer.seek(partition, 2)
    found = read(
        consumer, len([n for n in range(80) if partition_of(b"key-%d" % (n % 10), 4) == partition]) - 2
    )
    assert {r.partition for r in found} == {partition}
    assert [r.offset for r in found] == list(range(2, 2 + len(found)))


def test_a_topic_is_looked_at_without_a_group(adapter: Adapter, topics: Topics) -> None:
    began = datetime.now(UTC) - timedelta(seconds=5)
    topics.produce(outgoing(*range(30), key=b"one"))
    topics.produce([Outgoing(TOPIC, b"key-1", b"x" * 100_000, {"reason": b"large"})], timeout_s=10)
    member = adapter.member(topics)
    until(lambda: len(member.assigned()) == 4, [member])
    one, other = partition_of(b"one", 4), partition_of(b"key-1", 4)
    assert one != other

    assert topics.bounds(TOPIC) == {p: Bounds(0, {one: 30, other: 1}.get(p, 0)) for p in range(4)}
    some = topics.read(TOPIC, {one: 3, other: 0}, 2)
    assert [(r.partition, r.offset) for r in some] == sorted([(one, 3), (one, 4), (other, 0)])
    for again in range(2):
        assert [r.offset for r in topics.read(TOPIC, {one: 25 + again}, 100)] == list(range(25 + again, 30))
    assert topics.read(TOPIC, {one: 30, 3: 0} if other != 3 and one != 3 else {one: 30}, 5) == []
    (large,) = topics.read(TOPIC, {other: 0}, 1)
    assert (large.topic, large.key, large.value) == (TOPIC, b"key-1", b"x" * 100_000)
    assert large.headers == {"reason": b"large"}
    assert large.produced_at is not None
    assert began < large.produced_at < datetime.now(UTC) + timedelta(seconds=5)
    assert len(member.assigned()) == 4  # nobody joined the group
    with pytest.raises(UnknownTopic):
        topics.bounds("nowhere")


def test_lag_is_what_was_not_polled_yet(adapter: Adapter, topics: Topics) -> None:
    topics.produce(outgoing(*range(30), key=b"one"))
    consumer = adapter.member(topics)
    until(lambda: bool(consumer.poll(10, 0.2)), [])

    assert consumer.lag() == 20
    read(consumer, 20)
    assert consumer.lag() == 0


def test_topics_may_be_created_twice_and_at_once(adapter: Adapter) -> None:
    names, failed = [TOPIC, parked_topic(TOPIC)], list[Exception]()

    def create() -> None:
        try:
            adapter.topics().create(names)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=create) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert adapter.topics().partitions(TOPIC) == 4


def test_another_number_of_partitions_is_refused_by_name(adapter: Adapter, topics: Topics) -> None:
    other = adapter.topics(partitions=6)

    with pytest.raises(PartitionsChanged, match="4 partitions where 6 are pinned"):
        other.create([TOPIC])
    with pytest.raises(PartitionsChanged):
        other.produce(outgoing(1))

    topics.produce(outgoing(*range(10)), timeout_s=10)
    assert len(read(adapter.member(other), 10)) == 10  # what is there is read nevertheless


def test_a_topic_that_was_never_created_is_named(adapter: Adapter, topics: Topics) -> None:
    with pytest.raises(UnknownTopic, match="nowhere"):
        topics.produce([Outgoing("nowhere", b"k", b"v")])


def test_a_record_beyond_the_limit_is_refused_and_one_at_the_limit_comes(
    adapter: Adapter, topics: Topics
) -> None:
    with pytest.raises(RecordTooLarge):
        topics.produce([Outgoing(TOPIC, b"k", b"x" * (MAX_RECORD_BYTES + 1))])

    topics.produce([Outgoing(TOPIC, b"k", b"x" * (MAX_RECORD_BYTES - 1))], timeout_s=10)

    assert len(read(adapter.member(topics), 1)[0].value or b"") == MAX_RECORD_BYTES - 1


def values_by_key(records: Iterable[Record]) -> dict[bytes | None, list[bytes | None]]:
    found: dict[bytes | None, list[bytes | None]] = defaultdict(list)
    for record in records:
        found[record.key].append(record.value)
    return dict(found)
