"""Servers of the topics that hang, die and come back."""

import itertools
import threading
import time
from contextlib import suppress

import pytest

from schemas.topics import Outgoing, TopicsUnavailable
from tests.adapters.topics.conftest import TOPIC, Adapter, TopicsServer, outgoing, read, text
from tests.support.waiting import until

Breakable = tuple[Adapter, TopicsServer]


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


def test_what_was_acknowledged_before_and_after_a_kill_is_read_by_the_same_consumer(
    breakable: Breakable,
) -> None:
    adapter, server = breakable
    topics = adapter.topics()
    topics.create([TOPIC])
    consumer = adapter.member(topics)
    acknowledged: list[int] = []
    over = threading.Event()

    def produce() -> None:
        for number in itertools.count():
            with suppress(TopicsUnavailable):
                topics.produce(outgoing(number))
                acknowledged.append(number)
            if over.wait(0.005):
                return

    thread = threading.Thread(target=produce)
    thread.start()
    found = {record.value for record in read(consumer, 50)}
    server.kill_and_restart()
    known = len(acknowledged)
    until("fifty more", lambda: len(acknowledged) >= known + 50, 60)
    over.set()
    thread.join()

    deadline = time.monotonic() + 60
    while (missing := {text(n) for n in acknowledged} - found) and time.monotonic() < deadline:
        found |= {record.value for record in read(consumer, 1, timeout_s=2)}
    assert missing == set()


def produce_until_taken(adapter: Adapter, records: list[Outgoing]) -> None:
    """As Meta does: repeat until somebody answers."""
    deadline = time.monotonic() + 60
    while True:
        try:
            adapter.made[0].produce(records)
            return
        except TopicsUnavailable:
            assert time.monotonic() < deadline
            time.sleep(0.1)
