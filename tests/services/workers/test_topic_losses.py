"""What topics lose, and what was parked: one partition stops alone, and a person leads it out."""

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest
from structlog.testing import capture_logs

from adapters.postgres.agents.bot_sessions import PostgresBotSessions
from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.topics.stored_offsets import StoredOffsets
from adapters.postgres.topics.topic_states import PARKED, TopicState
from adapters.postgres.topics.topics import PostgresTopics
from adapters.whatsapp.graph import GraphApi
from adapters.whatsapp.split import split
from domain.conversation.message_events import MessageReceived
from domain.delivery import AttemptStarted
from domain.log.append import Advance, Append
from schemas.inbound import encode
from schemas.topics import (
    INBOUND,
    OUTBOUND,
    PARTITIONS,
    Bounds,
    Outgoing,
    TopicsUnavailable,
    parked_topic,
    partition_of,
)
from services.commands.topics import ParkedCommands, TopicCommands, TopicRefused
from services.queries.topic_states import measure
from services.runtime.clock import utc_now
from services.workers.publish.publisher import Publisher
from tests.services.workers.conftest import LossyCell
from tests.support import traffic
from tests.support.cell import MASTER_KEY, Cell
from tests.support.waiting import until


def customers(how_many: int) -> dict[int, str]:
    """Customers of different partitions, by partition."""
    found: dict[int, str] = {}
    for number in count(5520911110000):
        found.setdefault(partition_of(f"{traffic.NUMBER}:{number}".encode(), PARTITIONS), str(number))
        if len(found) == how_many:
            return found
    raise AssertionError


def says(cell: Cell, sender: str, *texts: str) -> None:
    for text in texts:
        items = split(traffic.body([traffic.text(f"{sender}-{text}", text, sender)]), utc_now())
        cell.topics.produce([Outgoing(INBOUND, key, encode(item)) for key, item in items], timeout_s=20)


def taken(cell: Cell) -> set[tuple[str, object]]:
    """Sender and text of all messages in the log, each of which came once."""
    found = [(str(fact.wamid).partition("-")[0], fact.text) for fact in cell.facts(MessageReceived)]
    assert len(found) == len(set(found))
    return set(found)


def ingested(cell: Cell, expected: Collection[tuple[str, object]]) -> bool:
    """Take what is there; whether that is all now. A broker may take its time to let us in."""
    cell.ingest()
    return taken(cell) == set(expected)


@contextmanager
def ingesting(cell: Cell) -> Iterator[None]:
    """The ingestor runs as in its process."""
    stop = threading.Event()
    thread = threading.Thread(target=cell.ingestor().run, args=[stop])
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def operator(cell: Cell) -> Iterator[tuple[TopicCommands, ParkedCommands]]:
    with QueryPool(cell.url, 1, "test") as pool:
        offsets = StoredOffsets(pool)
        bot = PostgresBotSessions(pool, MASTER_KEY)
        yield TopicCommands(cell.log, cell.topics, offsets, bot), ParkedCommands(cell.topics, offsets)


def bounds(cell: Cell) -> Mapping[int, Bounds] | None:
    """What each partition holds; None while a busy broker does not say it in time."""
    try:
        return cell.topics.bounds(INBOUND)
    except TopicsUnavailable:
        return None


def states(cell: Cell, topic: str = INBOUND) -> dict[int, TopicState]:
    with QueryPool(cell.url, 1, "test") as pool:
        return {s.partition: s for s in measure(cell.topics, StoredOffsets(pool)) if s.topic == topic}


def test_a_partition_whose_record_is_gone_stops_alone_until_an_operator_skips(any_cell: LossyCell) -> None:
    cell = any_cell.cell
    (expired, ana), (emptied, bia), (made_again, caio), (whole, davi) = customers(4).items()
    with ingesting(cell):
        for sender in (ana, bia, caio, davi):
            says(cell, sender, "1", "2", "3")
        until("what came before", lambda: len(taken(cell)) == 12, 30)
    for sender in (ana, bia):
        says(cell, sender, "4", "5", "6")
    any_cell.lose(INBOUND, expired, before=5)  # 4 and 5 expired unread
    any_cell.lose(INBOUND, emptied, before=6)  # all of them
    cell.log.append(Append(advances=[Advance(f"{INBOUND}/{made_again}", 3, 100)]))

    with capture_logs() as told, ingesting(cell):
        says(cell, davi, "4")
        until("the whole partition to go on", lambda: (davi, "4") in taken(cell), 30)
        until("three partitions to stop", lambda: len(stops(told)) == 3, 30)
        says(cell, davi, "5")
        until("the whole partition to go on", lambda: (davi, "5") in taken(cell), 30)

        assert {(s["partition"], s["offset"], s["first_available"]) for s in stops(told)} == {
            (expired, 3, 5),
            (emptied, 3, 6),
            (made_again, 100, 0),
        }
        seen = states(cell)
        assert {p for p, s in seen.items() if s.stopped} == {expired, emptied, made_again}
        assert (seen[expired].lost, seen[emptied].lost, seen[made_again].lost) == (2, 3, 0)

        with operator(cell) as (topics, _):
            with pytest.raises(TopicRefused, match="nothing to skip"):
                topics.gap(INBOUND, whole)
            gaps = [topics.gap(INBOUND, partition) for partition in (expired, emptied, made_again)]
            assert [gap.lost for gap in gaps] == [2, 3, 0]
            assert gaps[0].first_at is not None
            for gap in gaps:
                topics.skip(gap)
                with pytest.raises(TopicRefused):
                    topics.skip(gap)  # it has moved

        says(cell, bia, "7")
        says(cell, caio, "4")
        rest = {(ana, "6"), (bia, "7"), (caio, "4")}
        until("the others to go on without a restart", lambda: rest <= taken(cell), 30)
        assert len(stops(told)) == 3

    assert not {(ana, "4"), (ana, "5"), (bia, "4")} & taken(cell)
    assert not any(state.stopped or state.unread or state.lost for state in states(cell).values())


def stops(told: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [line for line in told if str(line["event"]).startswith("offset out of range")]


def parks(cell: Cell, sender: str, *texts: str) -> None:
    """Park records that could be read, if they were tried again."""
    for text in texts:
        for key, item in split(traffic.body([traffic.text(f"{sender}-{text}", text, sender)]), utc_now()):
            headers = {"reason": b"a bug of yesterday", "partition": b"3", "offset": b"17"}
            parked = Outgoing(parked_topic(INBOUND), key, encode(item), headers)
            cell.topics.produce([parked], timeout_s=20)


def test_what_was_parked_is_listed_counted_and_replayed_once(any_cell: LossyCell) -> None:
    cell = any_cell.cell
    (here, ana), (there, bia) = customers(2).items()
    parks(cell, ana, "1", "2", "3")
    parks(cell, bia, "1", "2")

    def open_ones() -> int:
        seen = states(cell, parked_topic(INBOUND))
        assert {state.group for state in seen.values()} == {PARKED}
        return sum(state.unread for state in seen.values())

    with operator(cell) as (topics, parked):
        assert open_ones() == 5
        listed = {each.id: each for each in parked.open()}
        second = f"{INBOUND}/{here}/1"
        assert set(listed) == {f"{INBOUND}/{here}/{n}" for n in range(3)} | {
            f"{INBOUND}/{there}/{n}" for n in range(2)
        }
        assert listed[second].reason == "a bug of yesterday"

        assert parked.replay(parked.find([second])) == 1
        assert parked.replay(parked.find([second])) == 0
        until("the replayed one", lambda: ingested(cell, {(ana, "2")}), 30)
        assert open_ones() == 4
        assert second not in {each.id for each in parked.open()}

        assert parked.drop(parked.find([f"{INBOUND}/{here}/0"])) == 1
        done: list[int] = []
        at_once = [
            threading.Thread(target=lambda: done.append(parked.replay(parked.open()))) for _ in range(3)
        ]
        for thread in at_once:
            thread.start()
        for thread in at_once:
            thread.join()
        assert sum(done) == 3
        assert open_ones() == 0
        replayed = sum(bounds.end for bounds in cell.topics.bounds(INBOUND).values())
        assert replayed == 4

        everything = {(ana, "2"), (ana, "3"), (bia, "1"), (bia, "2")}
        until("all that was replayed", lambda: ingested(cell, everything), 30)

        for wrong in ("x", f"{INBOUND}/{here}/3", f"{INBOUND}/99/0", f"{INBOUND}/{here}/{9**25}", "a/b/c"):
            with pytest.raises(TopicRefused):
                parked.find([wrong])

        parks(cell, ana, "4", "5", "6", "7")
        parked.drop(parked.find([f"{INBOUND}/{here}/4"]))
        any_cell.lose(parked_topic(INBOUND), here, before=6)
        seen = states(cell, parked_topic(INBOUND))[here]
        assert (seen.lost, seen.unread, seen.stopped) == (2, 1, False)  # gone before anybody looked
        gap = topics.gap(parked_topic(INBOUND), here)
        assert (gap.offset, gap.lost) == (3, 2)
        topics.skip(gap)
        assert states(cell, parked_topic(INBOUND))[here].lost == 0
        assert [each.record.offset for each in parked.open()] == [6]


def test_partitions_added_at_run_time_are_read_and_change_no_order(
    any_cell: LossyCell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for client in ("confluent_client", "python_client"):
        monkeypatch.setattr(f"adapters.kafka.{client}.METADATA_S", 1.0)
    cell = any_cell.cell
    (_, ana), (_, bia) = customers(2).items()
    says(cell, ana, "1")
    with ingesting(cell):
        until("what came before", lambda: taken(cell) == {(ana, "1")}, 30)
        any_cell.add_partitions(INBOUND, PARTITIONS + 4)
        says(cell, ana, "2")
        ((key, item),) = split(traffic.body([traffic.text(f"{bia}-1", "1", bia)]), utc_now())
        any_cell.produce_elsewhere(INBOUND, PARTITIONS + 2, key, encode(item))
        everything = {(ana, "1"), (ana, "2"), (bia, "1")}
        until("old and new partitions to be read", lambda: taken(cell) == everything, 60)

    says(cell, ana, "3")
    everything.add((ana, "3"))
    until("to go on after a restart", lambda: ingested(cell, everything), 60)
    held = until("the bounds of new partitions", lambda: bounds(cell), 30)
    assert len(held) >= PARTITIONS + 1
    assert held[partition_of(f"{traffic.NUMBER}:{ana}".encode(), PARTITIONS)].end == 3
    assert all(s.unread == 0 for s in states(cell).values())
    assert cell.log.offsets(INBOUND, PARTITIONS + 3)[PARTITIONS + 2] == 1


def test_the_alarm_comes_after_a_day_and_in_kafka_at_half_of_what_it_keeps(any_cell: LossyCell) -> None:
    ages = {1: timedelta(hours=23), 2: timedelta(hours=25), 3: timedelta(days=3), 4: timedelta(days=4)}
    for partition, ago in ages.items():
        any_cell.produce_elsewhere(INBOUND, partition, b"k", b"{}", ago)

    seen = states(any_cell.cell)

    in_postgres = isinstance(any_cell.cell.topics, PostgresTopics)
    assert {p for p, state in seen.items() if state.late} == ({2, 3, 4} if in_postgres else {4})
    for partition, ago in ages.items():
        at = seen[partition].oldest_at
        assert at is not None
        assert abs(utc_now() - ago - at) < timedelta(minutes=1)


def test_attempts_whose_records_were_lost_are_asked_for_again_and_made_once(cell: Cell) -> None:
    nobody = GraphApi("http://127.0.0.1:9", "t")
    conversations = [cell.meet(f"55209222200{n:02}", f"w{n}") for n in range(6)]
    partition = partition_of(str(conversations[0]).encode(), PARTITIONS)
    lost, behind = (cell.answer(conversations[0], text) for text in ("um", "dois"))
    others = [cell.answer(id, "Olá") for id in conversations[1:]]
    cell.publish()
    held = cell.topics.bounds(OUTBOUND)[partition].end
    LossyCell(cell).lose(OUTBOUND, partition, before=held)
    sender = cell.sender(nobody, workers=0)
    try:
        until("the others", lambda: not sender.step(0.1) and len(attempts(cell)) == 6 - held, 20)
        assert lost not in attempts(cell)

        with operator(cell) as (topics, _), psycopg.connect(cell.url) as db:
            publisher = Publisher(cell.log, cell.topics, cell.log.log_id())
            assert publisher.ask_again(db, partition) == publisher.ask_again(db, partition) == held
            topics.skip(topics.gap(OUTBOUND, partition))
        until("the lost one", lambda: not sender.step(0.1) and lost in attempts(cell), 20)
    finally:
        sender.reader.close()

    assert sorted(attempts(cell)) == sorted([lost, *others])  # each once, and none before its turn
    assert behind not in attempts(cell)


@pytest.mark.parametrize("repair", ["insert", "update"])
def test_a_reader_waits_for_its_topic_and_goes_on_without_a_restart(cell: Cell, repair: str) -> None:
    def change(query: LiteralString) -> None:
        with psycopg.connect(cell.url) as db:
            db.execute(query, {"topic": INBOUND})

    if repair == "insert":
        change("delete from topics where name = %(topic)s")
    else:
        change("update topics set partitions = 1 where name = %(topic)s")
    (ana,) = customers(1).values()
    with closing(PostgresTopics(cell.url)) as topics, capture_logs() as told:
        other = replace(cell, topics=topics)
        with ingesting(other):
            if repair == "insert":
                until("the reader to wait", lambda: any(s.get("reason") == "UnknownTopic" for s in told))
                topics.create([INBOUND])
            else:
                leased = "select count(*) from topic_leases where member is not null"
                until("the reader to have what is there", lambda: cell.rows(leased) == [(1,)])
                change("update topics set partitions = 12 where name = %(topic)s")
            says(other, ana, "1")
            until("what came then", lambda: taken(cell) == {(ana, "1")}, 20)


def attempts(cell: Cell) -> list[UUID]:
    """The messages of which an attempt was claimed, once for each."""
    return [event.stream_id for event in cell.history() if isinstance(event.fact, AttemptStarted)]
