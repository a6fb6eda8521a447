"""The projectors as one process has them, and what an operator asks of them."""

import threading
from collections.abc import Iterator
from io import StringIO

import psycopg
import pytest
from rich.console import Console

from adapters.postgres.follow.follower import follower_pool
from adapters.postgres.follow.rebuild import RebuildRefused
from adapters.postgres.log.event_log import PostgresLog
from domain.administration import AgentAdded, AgentDeactivated, ChannelAdded, TenantRegistered
from projections.timeline import TimelineProjection
from projections.workspace import WorkspaceProjection
from services.queries.directory import Directory
from services.runtime.settings import Settings
from services.workers.project.project import (
    project,
    rebuild,
    rebuild_outdated,
    retry,
    status,
    status_table,
)
from services.workers.project.projectors import PROJECTIONS, Projectors, outdated
from tests.adapters.postgres.actions import MASTER_KEY, ask, opened_log, rows_of, some_day, write
from tests.domain.given import ANA, CHANNEL
from tests.projections.told import TENANT, Told, folded
from tests.services.workers.actions import caught_up
from tests.support.waiting import until

EVENTS = some_day(5, actions=150).told.events


@pytest.fixture
def settings(fresh_database_url: str) -> Settings:
    return Settings(database_url=fresh_database_url, master_key=MASTER_KEY)


@pytest.fixture
def log(settings: Settings) -> Iterator[PostgresLog]:
    with opened_log(settings.database_url) as log:
        yield log


@pytest.fixture
def projecting(settings: Settings, log: PostgresLog) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=project, args=(settings, stop))
    thread.start()
    yield
    stop.set()
    thread.join(timeout=5)
    assert not thread.is_alive()


@pytest.mark.usefixtures("projecting")
def test_all_read_models_are_kept_at_the_head(settings: Settings, log: PostgresLog) -> None:
    write(log, EVENTS)
    caught_up(settings)
    recorded = log.read(0, 1_000)
    assert rows_of(settings.database_url, WorkspaceProjection()) == folded(WorkspaceProjection(), recorded)
    assert rows_of(settings.database_url, TimelineProjection()) == folded(TimelineProjection(), recorded)
    standings = status(settings)
    assert {one.name for one in standings} == set(PROJECTIONS)
    assert all(one.position == len(EVENTS) and one.parked == 0 for one in standings)
    assert all(one.heartbeat_age_s < 5 for one in standings)


@pytest.mark.usefixtures("projecting")
@pytest.mark.parametrize(
    "damage",
    [
        "drop table timeline_1 cascade",
        "alter table timeline_1 drop column text cascade",
        "drop view timeline",
        "delete from positions where name = 'timeline'",
        "drop view timeline; alter table timeline_1 alter column text type varchar",
        "update positions set version = 99 where name = 'timeline'",  # after an upgrade
    ],
)
def test_a_damaged_or_old_read_model_stops_alone_and_is_made_from_its_definition(
    settings: Settings, log: PostgresLog, damage: str
) -> None:
    url = settings.database_url
    write(log, EVENTS[:100])
    caught_up(settings)
    indices = "select indexdef from pg_indexes where tablename = 'timeline_1'"
    before = ask(url, indices)
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(damage.encode())
    write(log, EVENTS[100:])
    others = "select 1 from positions where name <> 'timeline' having min(position) = %s"
    until("the others to go on", lambda: ask(url, others, len(EVENTS)))

    rebuild(settings, "timeline", switch=True, console=Console(file=StringIO()))

    until(
        "the position of the new table", lambda: ask(url, "select 1 from positions where name = 'timeline'")
    )
    caught_up(settings)
    assert rows_of(url, TimelineProjection()) == folded(TimelineProjection(), log.read(0, 1_000))
    made = ask(url, indices.replace("_1'", "_2'"))
    assert {row[0].replace("timeline_2", "timeline_1") for row in made} == {row[0] for row in before}


@pytest.mark.usefixtures("projecting")
def test_a_rebuild_says_how_it_went_while_the_live_table_serves(settings: Settings, log: PostgresLog) -> None:
    write(log, EVENTS)
    caught_up(settings)
    said = StringIO()
    compared = rebuild(settings, "workspace", console=Console(file=said, width=100))
    assert compared.equal
    assert f"{compared.rows} rows, equal" in said.getvalue()


@pytest.mark.usefixtures("projecting")
def test_tables_that_differ_are_switched_only_by_force(settings: Settings, log: PostgresLog) -> None:
    write(log, EVENTS)
    caught_up(settings)
    ask(settings.database_url, "update timeline set type = 'x' where direction = 'out'")
    quiet = Console(file=StringIO())
    with pytest.raises(RebuildRefused, match="--force"):
        rebuild(settings, "timeline", switch=True, console=quiet)
    assert ask(settings.database_url, "select 1 from timeline where type = 'x'")
    assert rebuild(settings, "timeline", switch=True, force=True, console=quiet).differing
    assert rows_of(settings.database_url, TimelineProjection()) == folded(
        TimelineProjection(), log.read(0, 1_000)
    )
    assert rebuild(settings, "timeline", switch=True, console=quiet).equal


def test_what_is_parked_is_shown_and_can_be_tried_again(settings: Settings, log: PostgresLog) -> None:
    write(log, EVENTS)
    ask(settings.database_url, "alter table timeline_1 add constraint bad check (direction = 'in')")
    stop = threading.Event()
    thread = threading.Thread(target=project, args=(settings, stop))
    thread.start()
    try:
        caught_up(settings)
    finally:
        stop.set()
        thread.join()
    parked = {one.name: one.parked for one in status(settings)}
    assert parked["timeline"] > 0
    assert parked["workspace"] == 0
    printed = StringIO()
    Console(file=printed, width=100).print(status_table(status(settings)))
    assert str(parked["timeline"]) in printed.getvalue()

    assert retry(settings, "timeline")["timeline"][0] == 0
    ask(settings.database_url, "alter table timeline_1 drop constraint bad")
    assert retry(settings)["timeline"] == (parked["timeline"], 0)
    assert rows_of(settings.database_url, TimelineProjection()) == folded(
        TimelineProjection(), log.read(0, 1_000)
    )


@pytest.mark.usefixtures("projecting")
def test_the_directory_knows_names_within_a_second(settings: Settings, log: PostgresLog) -> None:
    told = Told().tell(TenantRegistered(name="Loja"), stream=TENANT, conversation=None, contact=None)
    channel = ChannelAdded(phone_number_id="100", name="Vendas", portfolio="p", has_bot=False)
    told.tell(channel, stream=CHANNEL, conversation=None, contact=None)
    ana = AgentAdded(name="Ana Lima", email="ana@demo.balcao", role="agent")
    told.tell(ana, stream=ANA, conversation=None, contact=None)
    with Directory(settings.database_url) as directory:
        assert directory.agent(ANA) is None
        write(log, told.events)
        caught_up(settings)
        directory.refresh_now()
        agent = directory.agent(ANA)
        assert agent is not None
        assert (agent.name, agent.role, agent.active) == ("Ana Lima", "agent", True)
        assert directory.name_of(ANA) == "Ana Lima"
        assert directory.agents_of(TENANT) == [agent]
        left = told.tell(AgentDeactivated(), stream=ANA, conversation=None, contact=None).events[-1:]
        write(log, left)
        until("the directory", lambda: directory.agent(ANA) != agent, 3.0)
        left_agent = directory.agent(ANA)
        assert left_agent is not None
        assert not left_agent.active


@pytest.mark.usefixtures("projecting")
def test_a_read_model_of_an_earlier_version_is_rebuilt_by_itself_while_it_serves(
    settings: Settings, log: PostgresLog
) -> None:
    """As after an upgrade: older rows lack something, and what happens meanwhile is shown, too."""
    url = settings.database_url
    write(log, EVENTS[:100])
    caught_up(settings)
    before = len(rows_of(url, WorkspaceProjection()))
    ask(url, "update workspace set unread = 99")
    ask(url, "update timeline set type = 'x'")
    ask(url, "update positions set version = version - 1 where name in ('workspace', 'timeline')")
    write(log, EVENTS[100:])
    caught_up(settings)
    assert len(rows_of(url, WorkspaceProjection())) >= before  # the process that runs goes on with them
    stop = threading.Event()
    rebuilding = threading.Thread(target=project, args=(settings, stop))
    rebuilding.start()  # one that starts finds them of an earlier version
    try:
        served = "select name from positions where not building and generation = 2 order by name"
        until("the new tables", lambda: ask(url, served) == [("timeline",), ("workspace",)], 20.0)
        caught_up(settings)
    finally:
        stop.set()
        rebuilding.join()
    recorded = log.read(0, 1_000)
    for projection in PROJECTIONS.values():
        assert rows_of(url, projection) == folded(projection, recorded), projection.name
        assert ask(url, "select version from positions where name = %s", projection.name) == [
            (projection.version,)
        ]


class StopsAfter(threading.Event):
    """A stop that comes after some looks at it."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self._looks = looks

    def is_set(self) -> bool:
        self._looks -= 1
        return self._looks < 0


def test_a_rebuild_that_was_stopped_in_the_middle_begins_anew(settings: Settings, log: PostgresLog) -> None:
    url = settings.database_url
    write(log, EVENTS)
    ask(url, "update positions set version = version - 1, position = 5 where name = 'workspace'")
    rebuild_outdated(settings, StopsAfter(looks=2))  # it begins, and hears of it after the first batch
    tables = "select name, generation, building from positions where starts_with(name, 'workspace')"
    assert ask(url, tables) == [("workspace", 1, False)]

    rebuild_outdated(settings, threading.Event())
    assert ask(url, "select generation, position from positions where name = 'workspace'") == [
        (2, len(EVENTS))
    ]
    assert rows_of(url, WorkspaceProjection()) == folded(WorkspaceProjection(), log.read(0, 1_000))


def test_an_empty_read_model_of_an_earlier_version_is_taken_as_it_is(
    settings: Settings, log: PostgresLog
) -> None:
    ask(settings.database_url, "update positions set version = version - 1")
    with follower_pool(settings.database_url, size=2) as pool:
        Projectors(pool, log).round()
        assert outdated(pool) == []
    assert ask(settings.database_url, "select distinct generation from positions") == [(1,)]
