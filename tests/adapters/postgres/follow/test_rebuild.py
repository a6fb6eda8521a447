"""A rebuilt read model: equal to the one kept current, and in its place only then."""

from collections.abc import Iterator

import pytest
from psycopg_pool import ConnectionPool
from structlog.testing import capture_logs

from adapters.postgres.follow.follower import Db, follower_pool
from adapters.postgres.follow.rebuild import LiveBehind, Rebuild, RebuildRefused
from adapters.postgres.log.event_log import PostgresLog
from projections.timeline import TimelineProjection
from projections.workspace import WorkspaceProjection
from services.workers.project.projectors import Projectors
from tests.adapters.postgres.actions import ask, opened_log, rows_of, some_day, write
from tests.projections.told import folded

DAY = some_day(5, actions=220).told.events


@pytest.fixture
def log(fresh_database_url: str) -> Iterator[PostgresLog]:
    with opened_log(fresh_database_url) as log:
        write(log, DAY[:100])
        yield log


@pytest.fixture
def pool(fresh_database_url: str) -> Iterator[ConnectionPool[Db]]:
    with follower_pool(fresh_database_url, size=4) as pool:
        yield pool


@pytest.fixture
def projectors(pool: ConnectionPool[Db], log: PostgresLog) -> Projectors:
    projectors = Projectors(pool, log)
    projectors.round()
    return projectors


def test_a_rebuilt_table_equals_the_one_kept_current(
    fresh_database_url: str, pool: ConnectionPool[Db], log: PostgresLog, projectors: Projectors
) -> None:
    rebuild = Rebuild(pool, log, WorkspaceProjection())
    counted: list[int] = []
    with rebuild.building():
        rebuild.fill(counted.append)
        write(log, DAY[100:])  # what happens meanwhile
        projectors.round()
        compared = rebuild.compare()
    assert sum(counted) == 100
    assert (compared.equal, compared.position) == (True, len(DAY))
    assert compared.rows == len(rows_of(fresh_database_url, WorkspaceProjection()))
    # Nothing of it is left.
    assert ask(fresh_database_url, "select to_regclass('workspace_2')") == [(None,)]
    assert ask(fresh_database_url, "select 1 from positions where building") == []


def test_rows_that_differ_are_counted_and_named(
    fresh_database_url: str, pool: ConnectionPool[Db], log: PostgresLog, projectors: Projectors
) -> None:
    ((broken,),) = ask(
        fresh_database_url,
        "update timeline set text = 'x' where message_id = (select message_id from timeline where text is"
        " not null limit 1) returning message_id",
    )
    rebuild = Rebuild(pool, log, TimelineProjection())
    with rebuild.building():
        rebuild.fill(lambda _: None)
        compared = rebuild.compare()
    assert compared.differing == 1
    assert str(broken) in compared.examples[0]


def test_the_switch_mends_the_rows_and_the_projectors_go_on_with_the_new_table(
    fresh_database_url: str, pool: ConnectionPool[Db], log: PostgresLog, projectors: Projectors
) -> None:
    ask(fresh_database_url, "update workspace set unread = 99")
    indices = "select count(*) from pg_indexes where tablename = %s"
    before = ask(fresh_database_url, indices, "workspace_1")
    rebuild = Rebuild(pool, log, WorkspaceProjection())
    with rebuild.building():
        rebuild.fill(lambda _: None)
        rebuild.switch()
    assert ask(fresh_database_url, indices, "workspace_2") == before
    write(log, DAY[100:])
    projectors.round()  # finds its position gone, and takes the new table
    projectors.round()
    assert rows_of(fresh_database_url, WorkspaceProjection()) == folded(
        WorkspaceProjection(), log.read(0, 1_000)
    )
    assert ask(fresh_database_url, "select to_regclass('workspace_1')") == [(None,)]
    assert ask(
        fresh_database_url,
        "select position, generation, building from positions where name = 'workspace'",
    ) == [(len(DAY), 2, False)]


def test_a_live_table_that_lags_is_waited_for(
    pool: ConnectionPool[Db], log: PostgresLog, projectors: Projectors
) -> None:
    write(log, DAY[100:])
    rebuild = Rebuild(pool, log, WorkspaceProjection())
    with rebuild.building():
        rebuild.fill(lambda _: None)
        with pytest.raises(LiveBehind):
            rebuild.compare()
        projectors.round()
        assert rebuild.compare().equal


def test_one_rebuild_of_a_read_model_at_a_time(
    pool: ConnectionPool[Db], log: PostgresLog, projectors: Projectors
) -> None:
    with (
        Rebuild(pool, log, WorkspaceProjection()).building(),
        pytest.raises(RebuildRefused, match="already"),
        Rebuild(pool, log, WorkspaceProjection()).building(),
    ):
        pass


def test_a_log_that_cannot_be_folded_to_its_end_is_no_new_table(
    fresh_database_url: str, pool: ConnectionPool[Db], log: PostgresLog
) -> None:
    ask(fresh_database_url, "update events set topic = 'conversation.teleported' where notification_id = 30")
    rebuild = Rebuild(pool, log, WorkspaceProjection())
    with rebuild.building(), pytest.raises(RebuildRefused, match="position 30"):
        rebuild.fill(lambda _: None)


def test_a_program_with_another_fold_leaves_that_table_alone(
    fresh_database_url: str, pool: ConnectionPool[Db], log: PostgresLog
) -> None:
    ask(fresh_database_url, "update positions set version = 7 where name = 'timeline'")
    with capture_logs() as said:
        while Projectors(pool, log).round():
            pass
    (stopped,) = said
    assert (stopped["log_level"], stopped["name"]) == ("error", "timeline")
    assert "balcao project rebuild timeline" in stopped["advice"]
    positions = dict(ask(fresh_database_url, "select name, position from positions"))
    assert {name for name, position in positions.items() if position == 0} == {"timeline"}
