"""What happens to the log when connections break, stall, or are not there."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep
from typing import TypeVar

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.postgres.connection.datastore import LogDatastore
from adapters.postgres.log.append_writer import append
from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.schema.migrate import DatabaseUnusable, LogMoved
from domain.log.append import Advance, Append, Appended, IdempotencyKey, Idempotent, StoredResponse
from domain.log.port import LogUnavailable
from tests.adapters.postgres.conftest import MASTER_KEY
from tests.adapters.postgres.thread_builder import ThreadBuilder
from tests.support.proxy import proxied

T = TypeVar("T")


def test_when_the_answer_to_commit_is_lost_the_append_finds_its_own_events(database_url: str) -> None:
    with proxied(database_url) as (proxy, url), PostgresLog(url, MASTER_KEY, 1) as log:
        story = ThreadBuilder()
        log.append(story.beginning())
        what = Append(
            events=[story.closed()], advances=[Advance("in/0", 0, 1)], wamids=[story.wamid("wamid.x")]
        )

        proxy.swallow_next_answer()
        answer = log.append(what)

        assert proxy.swallowed
        assert answer == Appended(range(2, 3), head=2)
        assert log.offsets("in", 1) == {0: 1}
        assert len(log.read(0, 10)) == 2


def test_a_lost_answer_to_an_append_without_events_is_answered_from_its_record(database_url: str) -> None:
    with proxied(database_url) as (proxy, url), PostgresLog(url, MASTER_KEY, 1) as log:
        log.append(ThreadBuilder().beginning())
        kept = Idempotent(IdempotencyKey(uuid7(), "agent:ana", "k"), b"b", 202, {"done": True})

        proxy.swallow_next_answer()
        answer = log.append(Append(idempotent=kept))

        assert proxy.swallowed
        assert answer == StoredResponse(b"b", 202, {"done": True}, position=1)


def test_a_database_that_vanishes_is_named_and_soon(database_url: str) -> None:
    with proxied(database_url) as (proxy, url), PostgresLog(url, MASTER_KEY, 1) as log:
        story = ThreadBuilder()
        log.append(story.beginning())
        proxy.vanish()
        for call in (lambda: log.head(), lambda: log.append(Append(events=[story.closed()]))):
            started = monotonic()
            with pytest.raises(LogUnavailable):
                call()
            assert monotonic() - started < 2


def test_a_log_cannot_be_opened_without_its_database() -> None:
    with pytest.raises(DatabaseUnusable):
        PostgresLog("postgresql://nobody:x@127.0.0.1:1/none", MASTER_KEY)


def test_connections_that_the_server_ended_are_replaced(log: PostgresLog, database_url: str) -> None:
    story = ThreadBuilder()
    log.append(story.beginning())
    for call in (lambda: log.head(), lambda: log.append(Append(events=[story.message()]))):
        with psycopg.connect(database_url, autocommit=True) as db:
            db.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        call()
    assert log.head() == 2


def test_an_empty_pool_is_said_within_a_second(database_url: str) -> None:
    with PostgresLog(database_url, MASTER_KEY, pool_size=1) as log, log.datastore.checkout():
        started = monotonic()
        with pytest.raises(LogUnavailable):
            log.head()
        assert monotonic() - started < 1


def test_whoever_holds_the_log_for_seconds_makes_others_unavailable_not_hang(
    log: PostgresLog, database_url: str
) -> None:
    with psycopg.connect(database_url) as other:
        other.execute("select pg_advisory_xact_lock(7165031407)")
        started = monotonic()
        with pytest.raises(LogUnavailable):
            log.append(ThreadBuilder().beginning())
        assert 2 < monotonic() - started < 5
    assert log.head() == 0


def test_a_connection_to_a_server_that_became_read_only_is_thrown_away(database_url: str) -> None:
    with PostgresLog(database_url, MASTER_KEY, pool_size=1) as log:
        with log.datastore.checkout() as db:
            db.execute("set default_transaction_read_only = on")
        with pytest.raises(LogUnavailable):
            log.append(ThreadBuilder().beginning())
        assert isinstance(_within(2, lambda: log.append(ThreadBuilder().beginning())), Appended)


def test_an_append_that_commits_late_is_never_passed_over(log: PostgresLog, database_url: str) -> None:
    """The first append is held open; the second must wait, so no reader sees position 2 before 1."""
    early, late = ThreadBuilder(), ThreadBuilder()
    with psycopg.connect(database_url) as held, ThreadPoolExecutor(1) as pool:
        log.datastore._configure(held)
        append(held, log._codec.encode(early.beginning(), {}))
        second = pool.submit(log.append, late.beginning())
        sleep(0.3)

        assert not second.done()
        assert list(log.read(0, 10)) == []

        held.commit()
        assert second.result() == Appended(range(2, 3), head=2)
    assert [event.stream_id for event in log.read(0, 10)] == [early.conversation_id, late.conversation_id]


def test_a_rolled_back_append_leaves_no_gap(log: PostgresLog, database_url: str) -> None:
    with psycopg.connect(database_url) as held:
        log.datastore._configure(held)
        append(held, log._codec.encode(ThreadBuilder().beginning(), {}))
        held.rollback()
    assert log.append(ThreadBuilder().beginning()) == Appended(range(1, 2), head=1)


def test_listeners_are_woken_by_events_and_by_nothing_else(log: PostgresLog, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("listen balcao_events")
        log.append(Append(advances=[Advance("in/0", 0, 1)]))
        log.append(ThreadBuilder().beginning())

        assert [notice.payload for notice in listener.notifies(timeout=1, stop_after=2)] == ["1"]


def test_whoever_missed_the_wake_up_finds_the_events_by_position(log: PostgresLog, database_url: str) -> None:
    log.append(ThreadBuilder().beginning())
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("listen balcao_events")

        assert list(listener.notifies(timeout=0.1)) == []
        assert [event.position for event in log.read(0, 10)] == [1]


def test_a_log_that_moved_stops_its_processes_by_name(database_url: str) -> None:
    with PostgresLog(database_url, MASTER_KEY, pool_size=1) as log:
        log._ask("update log set timeline_id = timeline_id + 1 returning 1", ())
        with log.datastore.checkout() as db:
            db.close()
        with pytest.raises(LogMoved):
            _within(2, log.head)


def test_the_librarys_functions_in_the_database_are_refused(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", "on")
    with pytest.raises(ValueError, match="POSTGRES_ENABLE_DB_FUNCTIONS"):
        LogDatastore(database_url)


def _within(seconds: float, call: Callable[[], T]) -> T:
    """The first answer that is not `LogUnavailable`."""
    deadline = monotonic() + seconds
    while True:
        try:
            return call()
        except LogUnavailable:
            if monotonic() > deadline:
                raise
