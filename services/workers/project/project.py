"""Keeps the read models up to date, reports their positions, rebuilds one."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager

import psycopg
import structlog
from psycopg_pool import ConnectionPool
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table

from adapters.postgres.connection.listener import Listener
from adapters.postgres.follow.follower import (
    EVENTS_CHANNEL,
    POLL_S,
    TRANSIENT_ERRORS,
    Db,
    LogFollower,
    follower_pool,
)
from adapters.postgres.follow.follower_states import FollowerState, follower_states
from adapters.postgres.follow.rebuild import (
    BeingRebuilt,
    Comparison,
    LiveBehind,
    Rebuild,
    RebuildRefused,
)
from adapters.postgres.log.event_log import PostgresLog
from services.runtime.event_log import log_of
from services.runtime.gc_tuning import collect_rarely
from services.runtime.settings import Settings
from services.runtime.topics import topics_of
from services.workers.project.projectors import PROJECTIONS, Projector, Projectors, outdated
from services.workers.publish import publisher

CATCH_UP_S = 10.0
AGAIN_S, FAILED_AGAIN_S = 1.0, 60.0
STOP_S = 5.0
"""How long a stop waits for a rebuild to end; it checks after each batch."""

log = structlog.get_logger(__name__)

FOLLOWERS = (*PROJECTIONS, publisher.NAME)
"""Whatever follows the log event by event and sets aside what it cannot handle."""


def project(settings: Settings, stop: threading.Event) -> None:
    """Keep all read models up to date until `stop`, and rebuild those that an earlier version folded.

    A read model whose table is damaged, gone or of a newer version stops alone.
    """
    collect_rarely()
    with (
        _opened(settings) as (event_log, pool),
        Listener(settings.database_url, EVENTS_CHANNEL) as wakeups,
        _in_thread(rebuild_outdated, settings, stop),
    ):
        projectors = Projectors(pool, event_log)
        while not stop.is_set():
            if not projectors.round():
                wakeups.wait(POLL_S)


def rebuild_outdated(settings: Settings, stop: threading.Event) -> None:
    """Rebuild the read models that an earlier version folded, beside the live ones, until none is left.

    Of several processes one rebuilds a read model. Failures are retried.
    """
    while not stop.is_set():
        try:
            with _opened(settings) as (event_log, pool):
                if not (names := outdated(pool)):
                    return
                _rebuild_alone(event_log, pool, names[0], stop)
        except Stopping:
            return
        except BeingRebuilt:
            stop.wait(AGAIN_S)
        except TRANSIENT_ERRORS as error:
            log.warning("rebuild waits for the database", error=type(error).__name__)
            stop.wait(AGAIN_S)
        except Exception as error:
            log.error("rebuild failed, trying again", again_in_s=FAILED_AGAIN_S, exc_info=error)
            stop.wait(FAILED_AGAIN_S)


class Stopping(Exception):
    """The process must stop in the middle of a rebuild; the next process starts it again."""


def _rebuild_alone(
    event_log: PostgresLog, pool: ConnectionPool[Db], name: str, stop: threading.Event
) -> None:
    began = time.monotonic()
    building = Rebuild(pool, event_log, PROJECTIONS[name])

    def go_on(_: int) -> None:
        if stop.is_set():
            raise Stopping

    with building.building():
        log.info("read model is of an earlier version, rebuilding it beside the live one", name=name)
        go_on(0)
        building.fill(go_on)
        building.switch()
    log.info(
        "read model rebuilt", name=name, table=building.table, seconds=round(time.monotonic() - began, 1)
    )


@contextmanager
def _in_thread(
    work: Callable[[Settings, threading.Event], None], settings: Settings, stop: threading.Event
) -> Iterator[None]:
    thread = threading.Thread(target=work, args=[settings, stop], name=work.__name__, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join(STOP_S if stop.is_set() else 0)


def retry(settings: Settings, name: str | None = None) -> dict[str, tuple[int, int]]:
    """Retry the parked events of one follower or of all; return how many succeeded and failed, for each."""
    with _opened(settings) as (event_log, pool):
        names = list(FOLLOWERS) if name is None else [name]
        return {
            name: Projector(pool, event_log, name).retry()
            if name in PROJECTIONS
            else _published(settings, event_log)
            for name in names
        }


def rebuild(
    settings: Settings, name: str, switch: bool = False, force: bool = False, console: Console | None = None
) -> Comparison:
    """Fold the whole log into a new table while the live one serves, and compare the two.

    With `switch` the new table replaces it, if both are equal or with `force`. A table that is damaged, gone
    or of another version of the fold is not compared, and always replaced: nothing brings it to the head.

    Raises:
        RebuildRefused: it cannot be done, or the tables differ and must not be switched.
    """
    console = console or Console(stderr=True)
    collect_rarely()
    with _opened(settings) as (event_log, pool):
        building = Rebuild(pool, event_log, PROJECTIONS[name])
        with building.building():
            with _bar(console, name, event_log.head()) as advanced:
                building.fill(advanced)
            unlike = building.difference_in_kind()
            compared = _compared(building) if unlike is None else _uncompared(unlike, event_log.head())
            _say(console, name, compared)
            if switch:
                if not (compared.equal or force or unlike is not None):
                    raise RebuildRefused(f"{compared.differing} rows differ; --force switches all the same")
                building.switch()
                console.print(f"{name}: {building.table} serves now")
            return compared


def status(settings: Settings) -> list[FollowerState]:
    """Report on all followers of the log: read models, publisher, scheduler."""
    with psycopg.connect(settings.database_url, autocommit=True) as db:
        return follower_states(db)


def status_table(states: Iterable[FollowerState]) -> Table:
    """Format the report for `balcao project status`."""
    table = Table(
        "name", *(Column(name, justify="right") for name in ("position", "lag", "heartbeat", "parked"))
    )
    for one in states:
        name = f"{one.name} (building)" if one.building else one.name
        cells = (f"{one.position}", f"{one.lag}", f"{one.heartbeat_age_s:.1f} s ago", f"{one.parked}")
        table.add_row(name, *cells, style="red" if one.parked else None)
    return table


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[PostgresLog, ConnectionPool[Db]]]:
    url = settings.database_url
    with (
        log_of(settings, 2) as event_log,
        follower_pool(url, size=3, name="projectors") as pool,
    ):
        yield event_log, pool


@contextmanager
def _bar(console: Console, name: str, head: int) -> Iterator[Callable[[int], None]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(f"folding {name}", total=head)
        yield lambda events: progress.advance(task, events)


def _published(settings: Settings, event_log: PostgresLog) -> tuple[int, int]:
    """Retry the parked events of the publisher; repeats are known by their ids."""
    follower = LogFollower(
        settings.database_url, publisher.NAME, event_log, transient=publisher.TRANSIENT_ERRORS
    )
    with closing(follower), closing(topics_of(settings)) as topics:
        return follower.retry(publisher.publisher_of(settings, event_log, topics).handle)


def _compared(building: Rebuild) -> Comparison:
    """Compare the tables once the projectors have caught up."""
    until = time.monotonic() + CATCH_UP_S
    while True:
        try:
            return building.compare()
        except LiveBehind:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _uncompared(unlike: str, head: int) -> Comparison:
    return Comparison(head, 0, 1, [f"the live table {unlike}, so the two were not compared"])


def _say(console: Console, name: str, compared: Comparison) -> None:
    if compared.equal:
        console.print(f"{name}: {compared.rows} rows, equal to the live ones at position {compared.position}")
        return
    console.print(f"{name}: {compared.differing} rows differ at position {compared.position}, for example")
    for example in compared.examples:
        console.print(f"  {example}")
