"""Servers of the topics that hang, die and come back."""

import threading
import time

import pytest

from schemas.topics import TopicsUnavailable
from tests.adapters.topics.conftest import TOPIC, Adapter, Server, outgoing, read, text

Breakable = tuple[Adapter, Server]


def test_a_server_that_hangs_is_unavailable_within_two_seconds_and_loses_nothing(
    breakable: Breakable,
) -> None:
    adapter, server = breakable
    topics = adapter.topics()
    topics.create([TOPIC])
    topics.produce(outgoing(*range(10)))

    with server.frozen():
        began = time.monotonic()
        with pytest.raises(TopicsUnavailable):
            topics.produce(outgoing(10))
        assert time.monotonic() - began < 2.5
        began = time.monotonic()
        with pytest.raises(TopicsUnavailable):
            topics.produce(outgoing(11))
        assert time.monotonic() - began < 2.5

    produce_until_taken(adapter, outgoing(*range(12, 20)))
    found = {record.value for record in read(adapter.member(topics), 18)}
    assert found >= {text(n) for n in (*range(10), *range(12, 20))}


def test_a_server_that_is_killed_and_comes_back_is_used_again(breakable: Breakable) -> None:
    adapter, server = breakable
    topics = adapter.topics()
    topics.create([TOPIC])
    topics.produce(outgoing(*range(10)))
    consumer = adapter.member(topics)
    assert len(read(consumer, 10)) == 10

    server.kill_and_restart()

    produce_until_taken(adapter, outgoing(*range(10, 20)))
    assert {record.value for record in read(consumer, 10)} >= {text(n) for n in range(10, 20)}


def test_what_was_acknowledged_while_the_server_died_again_and_again_is_there(breakable: Breakable) -> None:
    adapter, server = breakable
    topics = adapter.topics()
    topics.create([TOPIC])
    acknowledged: list[int] = []
    over = threading.Event()

    def produce() -> None:
        number = 0
        while not over.is_set():
            try:
                topics.produce(outgoing(number))
                acknowledged.append(number)
            except TopicsUnavailable:
                pass
            number += 1
            time.sleep(0.005)

    thread = threading.Thread(target=produce)
    thread.start()
    for _ in range(2):
        time.sleep(0.5)
        server.kill_and_restart()
    known = len(acknowledged)
    until = time.monotonic() + 30
    while len(acknowledged) < known + 50 and time.monotonic() < until:
        time.sleep(0.1)
    over.set()
    thread.join()

    consumer = adapter.member(topics)
    found: set[bytes | None] = set()
    wanted = {text(number) for number in acknowledged}
    until = time.monotonic() + 30
    while not wanted <= found and time.monotonic() < until:
        found |= {record.value for record in read(consumer, 1, timeout_s=2)}
    assert len(acknowledged) >= known + 50
    assert wanted - found == set()


def produce_until_taken(adapter: Adapter, records: list) -> None:  # type: ignore[type-arg]
    """As Meta does: repeat until somebody answers."""
    until = time.monotonic() + 30
    while True:
        try:
            adapter.made[0].produce(records)
            return
        except TopicsUnavailable:
            assert time.monotonic() < until
            time.sleep(0.1)
