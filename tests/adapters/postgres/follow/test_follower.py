"""Followers of the log: every event once in effect, whoever dies, freezes or fails on the way."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence

import psycopg
import pytest

from adapters.postgres.connection.listener import Listener
from adapters.postgres.follow.follower import PROJECTED_CHANNEL, Db, LogFollower, PositionGone
from adapters.postgres.log.event_log import PostgresLog
from domain.event import Recorded
from tests.adapters.postgres.actions import ask, opened_log, some_day, write
from tests.support.waiting import until

NAME = "noted"


@pytest.fixture
def log(database_url: str) -> Iterator[PostgresLog]:
    ask(database_url, "create table noted (position bigint not null, who text not null)")
    with opened_log(database_url) as log:
        yield log


def noting(who: str = "one") -> Callable[[Db, Sequence[Recorded]], None]:
    """A handler that writes down what it was given."""

    def note(db: Db, events: Sequence[Recorded]) -> None:
        db.execute("insert into noted select unnest(%s::bigint[]), %s", [[e.position for e in events], who])

    return note


def noted(url: str) -> list[int]:
    return [position for (position,) in ask(url, "select position from noted order by 1")]


def position(url: str) -> int:
    ((found,),) = ask(url, "select position from positions where name = %s", NAME)
    return int(found)


@pytest.fixture
def follower(database_url: str, log: PostgresLog) -> Iterator[LogFollower]:
    follower = LogFollower(database_url, NAME, log)
    follower.ensure_position()
    yield follower
    follower.close()


def test_a_page_and_its_position_become_true_together(
    database_url: str, log: PostgresLog, follower: LogFollower
) -> None:
    events = some_day().told.events
    write(log, events)
    assert follower.step(noting(), limit=10) == 10
    assert follower.has_more
    assert (noted(database_url), position(database_url)) == (list(range(1, 11)), 10)

    def breaks(db: Db, page: Sequence[Recorded]) -> None:
        noting()(db, page)
        raise psycopg.OperationalError("as if killed before the commit")

    with pytest.raises(psycopg.OperationalError):
        follower.step(breaks, limit=10)
    assert (noted(database_url), position(database_url)) == (list(range(1, 11)), 10)
    while follower.step(noting(), limit=10):
        pass
    assert noted(database_url) == [event.position for event in events]
    assert not follower.has_more


def test_the_position_moves_over_what_concerns_nobody(
    database_url: str, log: PostgresLog, follower: LogFollower
) -> None:
    write(log, some_day().told.events)
    follower.step(lambda db, events: None)
    assert position(database_url) == log.head()


def test_two_at_once_never_handle_an_event_twice(database_url: str, log: PostgresLog) -> None:
    events = some_day(actions=600).told.events
    write(log, events)
    followers = [LogFollower(database_url, NAME, log) for _ in range(2)]
    followers[0].ensure_position()

    def follow(follower: LogFollower, who: str) -> None:
        while position(database_url) < len(events):
            follower.step(noting(who), limit=7)

    threads = [
        threading.Thread(target=follow, args=(follower, str(n))) for n, follower in enumerate(followers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for follower in followers:
        follower.close()
    assert noted(database_url) == [event.position for event in events]


def test_a_frozen_holder_is_cut_off_and_another_goes_on(database_url: str, log: PostgresLog) -> None:
    write(log, some_day().told.events)
    frozen, other = (LogFollower(database_url, NAME, log) for _ in range(2))
    frozen.ensure_position()
    holds, cut_off = threading.Event(), threading.Event()

    def freeze(db: Db, events: Sequence[Recorded]) -> None:
        noting("frozen")(db, events)
        holds.set()
        time.sleep(4)

    def hold() -> None:
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            frozen.step(freeze)
        cut_off.set()

    thread = threading.Thread(target=hold)
    thread.start()
    assert holds.wait(5)
    assert other.step(noting("other")) is None
    began = time.monotonic()
    while other.step(noting("other")) is None:
        assert time.monotonic() - began < 3.8
        time.sleep(0.05)
    thread.join()
    assert cut_off.is_set()
    assert ask(database_url, "select distinct who from noted") == [("other",)]
    frozen.close()
    other.close()


def failing_at(*bad: int) -> Callable[[Db, Sequence[Recorded]], None]:
    def handle(db: Db, events: Sequence[Recorded]) -> None:
        noting()(db, events)
        if any(event.position in bad for event in events):
            raise ValueError("o texto de um cliente")

    return handle


def test_a_bad_event_is_parked_with_the_later_ones_of_its_conversation_and_others_flow(
    database_url: str, log: PostgresLog, follower: LogFollower
) -> None:
    events = some_day().told.events
    bad = next(event for event in events if event.position > 20 and event.conversation_id is not None)
    write(log, events)
    while follower.step(failing_at(bad.position), limit=40):
        pass
    behind = [
        event.position
        for event in events
        if event.conversation_id == bad.conversation_id and event.position >= bad.position
    ]
    assert len(behind) > 3
    parked = ask(database_url, "select position, conversation_id from parked_events order by 1")
    assert parked == [(at, bad.conversation_id) for at in behind]
    assert noted(database_url) == [e.position for e in events if e.position not in behind]
    ((reason,),) = ask(database_url, "select reason from parked_events where position = %s", bad.position)
    assert reason.startswith("ValueError at handle:")  # and nothing of what a customer wrote

    assert follower.retry(failing_at(bad.position)) == (0, len(behind))
    assert follower.retry(noting()) == (len(behind), 0)
    assert noted(database_url) == [event.position for event in events]
    assert ask(database_url, "select 1 from parked_events") == []


def test_an_event_of_a_newer_program_is_parked_and_others_flow(
    database_url: str, log: PostgresLog, follower: LogFollower
) -> None:
    events = some_day().told.events
    write(log, events)
    unknown = next(event for event in events if event.position >= 30 and event.conversation_id is not None)
    teleported = "update events set topic = 'conversation.teleported' where notification_id = %s"
    ask(database_url, teleported, unknown.position)
    began = time.monotonic()
    while follower.step(noting()) or follower.has_more:
        pass
    assert time.monotonic() - began < 2
    parked = {at for (at,) in ask(database_url, "select position from parked_events")}
    assert parked == {
        e.position
        for e in events
        if e.conversation_id == unknown.conversation_id and e.position >= unknown.position
    }
    assert set(noted(database_url)) == {event.position for event in events} - parked


def test_a_transient_error_parks_nothing(database_url: str, log: PostgresLog, follower: LogFollower) -> None:
    class TopicsAway(Exception):
        pass

    def away(db: Db, events: Sequence[Recorded]) -> None:
        raise TopicsAway

    write(log, some_day().told.events)
    careful = LogFollower(database_url, NAME, log, transient=(TopicsAway,))
    with pytest.raises(TopicsAway):
        careful.step(away)
    with pytest.raises(psycopg.ProgrammingError):
        careful.step(lambda db, _: db.execute("select 1 from nowhere").close())
    careful.close()
    assert (position(database_url), ask(database_url, "select 1 from parked_events")) == (0, [])


def test_a_follower_whose_position_is_gone_ends(
    database_url: str, log: PostgresLog, follower: LogFollower
) -> None:
    ask(database_url, "update positions set generation = 2 where name = %s", NAME)
    with pytest.raises(PositionGone):
        follower.step(noting())


def test_what_was_handled_is_announced(database_url: str, log: PostgresLog, follower: LogFollower) -> None:
    write(log, some_day().told.events)
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute(f"listen {PROJECTED_CHANNEL}")
        follower.step(noting())
        told = [notification.payload for notification in db.notifies(timeout=2, stop_after=1)]
    assert told == [f"{NAME}:{log.head()}"]


def running(follower: LogFollower) -> tuple[threading.Thread, threading.Event]:
    stop = threading.Event()
    thread = threading.Thread(target=follower.run, args=(noting(), stop))
    thread.start()
    return thread, stop


def test_an_append_wakes_it_and_a_lost_wakeup_costs_a_second(
    database_url: str, log: PostgresLog, follower: LogFollower
) -> None:
    events = some_day().told.events
    thread, stop = running(follower)
    listening = (
        "select pid from pg_stat_activity where datname = current_database() and query ilike 'listen%%'"
    )
    until("it to listen", lambda: bool(ask(database_url, listening)), 5)
    try:
        write(log, events[:10])
        until("the first page", lambda: position(database_url) == 10, 0.9)
        ask(database_url, f"select pg_terminate_backend(pid) from ({listening}) as l")
        write(log, events[10:20])
        until("the second page", lambda: position(database_url) == 20, 2.5)
    finally:
        stop.set()
        thread.join()


def test_its_heart_beats_while_nothing_happens(
    database_url: str, log: PostgresLog, follower: LogFollower
) -> None:
    beat = "select heartbeat_at from positions where name = 'noted'"
    thread, stop = running(follower)
    try:
        first = ask(database_url, beat)
        until("a sign of life", lambda: ask(database_url, beat) > first, 2.5)
    finally:
        stop.set()
        thread.join()


def test_waiting_without_a_database_ends_in_time() -> None:
    began = time.monotonic()
    with Listener("postgresql://nobody@127.0.0.1:1/none", "balcao_events") as wakeups:
        wakeups.wait(0.2)
    assert 0.2 <= time.monotonic() - began < 1
