"""Databases of a test run: a migrated base, a copy per worker, emptied between tests."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

BASE = "base"
OURS = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and n.nspname <> 'kept'"


def url_of(server_url: str, database: str) -> str:
    """The URL of another database on the same server."""
    return server_url.rpartition("/")[0] + "/" + database


def make_database(server_url: str, *, migrated: bool) -> str:
    """A new database, a copy of the migrated base or an empty one; return its URL."""
    name = f"t_{uuid.uuid4().hex}"
    template = BASE if migrated else "template0"
    with psycopg.connect(server_url, autocommit=True) as connection:
        if migrated:
            _ensure_base(server_url, connection)
        connection.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    url = url_of(server_url, name)
    if migrated:
        with psycopg.connect(url) as connection:  # a copy knows that it is one, and refuses
            here = "(select oid from pg_database where datname = current_database())"
            connection.execute(f"update log set database_oid = {here}")
    return url


def drop_database(url: str) -> None:
    """Drop it, whoever is still connected."""
    name = str(conninfo_to_dict(url)["dbname"])
    with psycopg.connect(url_of(url, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@contextmanager
def temporary_database(server_url: str, *, migrated: bool) -> Iterator[str]:
    """A database that is gone afterwards."""
    url = make_database(server_url, migrated=migrated)
    try:
        yield url
    finally:
        drop_database(url)


class Emptied:
    """A database that one worker keeps, and brings back to the state after migration before each test."""

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(url, autocommit=True) as connection:
            self._tables = _tables(connection)
            self._script = "; ".join(["select 1", *self._steps(connection)])

    def empty(self) -> None:
        """Delete every row that a migration did not write, and every table that it did not make."""
        with psycopg.connect(self.url) as connection:
            # A connection that a former test left behind would otherwise hang the next one.
            connection.execute("set lock_timeout = '5s'; set session_replication_role = replica")
            for table in _tables(connection) - self._tables:
                connection.execute(f"drop table if exists {table} cascade")
            connection.execute(self._script)

    def _steps(self, connection: psycopg.Connection) -> Iterator[str]:
        """The statements that lead back here; the rows to bring back are copied aside."""
        connection.execute("create schema kept")
        for number, table in enumerate(sorted(self._tables)):
            yield f"delete from {table}"
            if _has_rows(connection, table):
                connection.execute(f"create table kept.t{number} as table {table}")
                columns = _columns(connection, table)
                aside = f"select {columns} from kept.t{number}"
                yield f"insert into {table} ({columns}) overriding system value {aside}"
        for name, value, called in connection.execute(
            "select format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value),"
            " last_value is not null from pg_sequences"
        ):
            yield f"select setval('{name}', {value}, {called})"


def _ensure_base(server_url: str, connection: psycopg.Connection) -> None:
    """Migrate the base once for all workers; the name appears only when it is whole."""
    connection.execute("select pg_advisory_lock(4711)")
    try:
        if connection.execute("select 1 from pg_database where datname = %s", [BASE]).fetchone():
            return
        connection.execute("drop database if exists base_new with (force)")
        connection.execute("create database base_new template template0 strategy file_copy")
        _migrate(url_of(server_url, "base_new"))
        connection.execute(f"alter database base_new rename to {BASE}")
    finally:
        connection.execute("select pg_advisory_unlock(4711)")


def _migrate(url: str) -> None:
    if find_spec("adapters.postgres.schema.migrate") is None:
        return
    from adapters.postgres.schema.migrate import migrate

    migrate(url)


def _tables(connection: psycopg.Connection) -> set[str]:
    rows = connection.execute(
        "select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n"
        f" on n.oid = c.relnamespace where c.relkind = 'r' and {OURS}"
    ).fetchall()
    return {row[0] for row in rows}


def _has_rows(connection: psycopg.Connection, table: str) -> bool:
    return connection.execute(f"select 1 from {table} limit 1").fetchone() is not None


def _columns(connection: psycopg.Connection, table: str) -> str:
    rows = connection.execute(
        "select quote_ident(attname) from pg_attribute where attrelid = %s::regclass"
        " and attnum > 0 and not attisdropped and attgenerated = ''",
        [table],
    ).fetchall()
    return ", ".join(row[0] for row in rows)
