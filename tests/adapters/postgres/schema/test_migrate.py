"""Migrations: safe twice, at once and after a kill; other databases are refused by name."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from adapters.postgres.schema import migrate as module
from adapters.postgres.schema.migrate import (
    DatabaseUnusable,
    LogMoved,
    Migration,
    SchemaChanged,
    SchemaForeign,
    SchemaNewer,
    SchemaOlder,
    SchemaRefused,
    check_schema,
    migrate,
    migrations,
)

EMPTY = pytest.mark.parametrize("fresh_database_url", ["empty"], indirect=True)


def run(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as db:
        cursor = db.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def as_account(url: str, role: str) -> str:
    return make_conninfo(url, user=role, password="x")


@EMPTY
def test_an_empty_database_is_older_until_it_is_migrated(fresh_database_url: str) -> None:
    with pytest.raises(SchemaOlder, match="0001_log"):
        check_schema(fresh_database_url)
    assert run(fresh_database_url, "select 1 from pg_tables where schemaname = 'public'") == []

    migrate(fresh_database_url)

    check_schema(fresh_database_url)


@EMPTY
def test_many_may_migrate_at_once_and_again(fresh_database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [fresh_database_url] * 4))
    migrate(fresh_database_url)

    numbers = [row[0] for row in run(fresh_database_url, "select number from schema_version order by 1")]
    assert numbers == [migration.number for migration in migrations()]
    assert run(fresh_database_url, "select count(*) from log") == [(1,)]


@EMPTY
def test_a_migration_that_breaks_off_leaves_nothing_of_itself(
    fresh_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = migrations()
    broken = Migration(9999, "9999_broken.sql", "create table half (a int); select 1/0;")
    monkeypatch.setattr(module, "migrations", lambda: [*known, broken])

    with pytest.raises(DatabaseUnusable):
        migrate(fresh_database_url)
    assert run(fresh_database_url, "select to_regclass('half')") == [(None,)]

    monkeypatch.setattr(module, "migrations", lambda: known)
    migrate(fresh_database_url)
    check_schema(fresh_database_url)


@EMPTY
def test_a_read_model_that_was_made_anew_under_an_older_version_is_brought_up_to_date(
    fresh_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = migrations()
    with monkeypatch.context() as older:
        older.setattr(module, "migrations", lambda: known[:8])
        with psycopg.connect(fresh_database_url, autocommit=True) as db:
            while module._migrate_one(db):
                pass
    run(fresh_database_url, "alter table workspace_1 rename to workspace_2")
    run(fresh_database_url, "update positions set generation = 2 where name = 'workspace'")

    migrate(fresh_database_url)

    assert run(fresh_database_url, "select queue, unanswered, own_name from workspace") == []
    assert run(fresh_database_url, "select to_regclass('workspace_1')") == [(None,)]


def test_a_newer_schema_is_refused(fresh_database_url: str) -> None:
    run(fresh_database_url, "insert into schema_version values (9999, '9999_later.sql', 'x')")
    for refused in (check_schema, migrate):
        with pytest.raises(SchemaNewer, match="9999"):
            refused(fresh_database_url)


def test_a_migration_that_was_edited_later_is_refused(fresh_database_url: str) -> None:
    run(fresh_database_url, "update schema_version set digest = 'x' where number = 1")
    with pytest.raises(SchemaChanged, match="0001_log"):
        check_schema(fresh_database_url)


@EMPTY
@pytest.mark.parametrize(
    "foreign", ["create table accounts (id int)", "create table schema_version (version text, script text)"]
)
def test_another_programs_database_is_refused_and_left_alone(fresh_database_url: str, foreign: str) -> None:
    run(fresh_database_url, foreign)
    for refused in (check_schema, migrate):
        with pytest.raises(SchemaForeign):
            refused(fresh_database_url)
    assert len(run(fresh_database_url, "select 1 from pg_tables where schemaname = 'public'")) == 1


@EMPTY
def test_an_account_that_may_not_create_is_told_so(fresh_database_url: str) -> None:
    name = fresh_database_url.rpartition("/")[2]
    role = f"r_{name}"
    run(
        fresh_database_url,
        f"create role {role} login password 'x'; revoke create on schema public from public",
    )
    try:
        with pytest.raises(DatabaseUnusable, match="permission"):
            migrate(
                fresh_database_url.partition("//")[0] + f"//{role}:x@" + fresh_database_url.partition("@")[2]
            )
        assert run(fresh_database_url, "select 1 from pg_tables where schemaname = 'public'") == []
    finally:
        run(fresh_database_url, f"drop role {role}")


def test_an_ordinary_account_can_run_everything(fresh_database_url: str) -> None:
    """No superuser is needed, not even to learn which cluster this is."""
    role = f"o_{fresh_database_url.rpartition('/')[2]}"
    run(fresh_database_url, f"create role {role} login password 'x'")
    try:
        run(fresh_database_url, f"grant all on all tables in schema public to {role}")
        check_schema(as_account(fresh_database_url, role))
    finally:
        run(fresh_database_url, f"drop owned by {role}; drop role {role}")


def test_an_unreachable_database_is_told_so() -> None:
    for refused in (check_schema, migrate):
        with pytest.raises(DatabaseUnusable):
            refused("postgresql://x:y@127.0.0.1:1/none")


@pytest.mark.parametrize(
    "moved",
    [
        "timeline_id = timeline_id + 1",
        "system_identifier = '1'",
        "database_oid = 1",
        "table_oid = 1",
    ],
)
def test_a_log_that_came_from_elsewhere_is_refused_until_it_is_said_to_be_restored(
    fresh_database_url: str, moved: str
) -> None:
    [(before,)] = run(fresh_database_url, "select log_id from log")
    run(fresh_database_url, f"update log set {moved}")
    with pytest.raises(LogMoved, match="--restored"):
        check_schema(fresh_database_url)

    migrate(fresh_database_url, restored=True)

    check_schema(fresh_database_url)
    assert run(fresh_database_url, "select log_id from log") != [(before,)]


def test_an_installation_that_did_not_know_its_database_learns_it(fresh_database_url: str) -> None:
    run(fresh_database_url, "update log set database_oid = null, table_oid = null")
    [(before,)] = run(fresh_database_url, "select log_id from log")
    migrate(fresh_database_url)
    check_schema(fresh_database_url)
    assert run(fresh_database_url, "select log_id from log where database_oid is not null") == [(before,)]


def test_every_refusal_is_a_schema_refusal() -> None:
    for refusal in (SchemaOlder, SchemaNewer, SchemaForeign, SchemaChanged, LogMoved, DatabaseUnusable):
        assert issubclass(refusal, SchemaRefused)


def test_the_events_have_the_indices_that_growth_needs(database_url: str) -> None:
    rows = run(database_url, "select indexdef from pg_indexes where tablename = 'events'")
    definitions = " ".join(str(row[0]) for row in rows)
    for wanted in (
        "UNIQUE INDEX events_pkey ON public.events USING btree (originator_id, originator_version)",
        "UNIQUE INDEX events_position ON public.events USING btree (notification_id)",
        "events USING btree (tenant_id, notification_id)",
        "events USING btree (conversation_id, notification_id)",
        "events USING brin (recorded_at)",
    ):
        assert wanted in definitions


def test_state_and_metadata_read_as_json_in_sql(database_url: str) -> None:
    run(
        database_url,
        "insert into events select id, 1, 't', '{\"a\": 1}', 1, id, null, null, id, now(),"
        ' \'{"actor": "bot"}\' from gen_random_uuid() id',
    )
    query = "select convert_from(state, 'UTF8')::jsonb ->> 'a', metadata ->> 'actor' from events"
    assert run(database_url, query) == [("1", "bot")]
