"""Migrations: bring a database to this program's schema, or refuse it with the reason."""

import hashlib
import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import class_row, scalar_row, tuple_row

from domain.log.port import LogUnavailable

LOCK = 7165031408
COLUMNS = {"number", "name", "digest", "applied_at"}
HERE = """
select (select system_identifier::text from pg_control_system()) as system_identifier,
    ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer as timeline_id,
    (select oid::bigint from pg_database where datname = current_database()) as database_oid,
    'log'::regclass::oid::bigint as table_oid
"""
PLACES = f"""
select l.log_id, l.system_identifier, l.timeline_id, l.database_oid, l.table_oid, here.*
from log l cross join ({HERE}) here
"""
RENAME = """
update log set log_id = %(log_id)s, system_identifier = %(system_identifier)s,
    timeline_id = %(timeline_id)s, database_oid = %(database_oid)s, table_oid = %(table_oid)s
"""
NAME = """
insert into log (log_id, system_identifier, timeline_id, database_oid, table_oid) values
    (%(log_id)s, %(system_identifier)s, %(timeline_id)s, %(database_oid)s, %(table_oid)s)
on conflict do nothing
"""
PLACE_OF_OLDER = """
update log set database_oid = %(database_oid)s, table_oid = %(table_oid)s where database_oid is null
"""


class SchemaRefused(Exception):
    """The database cannot be used as it is; the text says why and what to do."""


class SchemaOlder(SchemaRefused):
    """The database lacks migrations that this program needs."""


class SchemaNewer(SchemaRefused):
    """The database was migrated by a newer program."""


class SchemaForeign(SchemaRefused):
    """The database belongs to another program."""


class SchemaChanged(SchemaRefused):
    """An applied migration differs from its file."""


class LogMoved(SchemaRefused, LogUnavailable):
    """The log is in another cluster, timeline, database or table than before.

    Processes that run treat it as an unavailable log, so that no record is parked because of it.
    """


class DatabaseUnusable(SchemaRefused):
    """The database cannot be reached or lacks a permission."""


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where a log is: its cluster and timeline, and the oids of its database and table."""

    system_identifier: str
    timeline_id: int
    database_oid: int
    table_oid: int

    def __str__(self) -> str:
        return (
            f"cluster {self.system_identifier} on timeline {self.timeline_id}, database {self.database_oid},"
            f" table {self.table_oid}"
        )


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered SQL file."""

    number: int
    name: str
    sql: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations() -> list[Migration]:
    """Read all migration files, in order."""
    folder = files("adapters.postgres.schema") / "migrations"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return [Migration(int(name[:4]), name, (folder / name).read_text()) for name in names]


def migrate(url: str, restored: bool = False) -> None:
    """Apply the missing migrations, one transaction per file. Safe to repeat, run concurrently and kill.

    `restored` gives the log a new id, so that clients with older positions are told to `resync`, and makes
    running processes connect again.

    Raises:
        SchemaRefused: nothing was changed.
    """
    with _connected(url) as db:
        while _migrate_one(db):
            pass
        with db.transaction():
            _locked(db)
            _name_log(db, restored)
        if restored:
            _end_others(db)


def check_schema(url: str) -> None:
    """Check that the database has this program's schema; change nothing.

    Raises:
        SchemaRefused: its subclass names the reason.
    """
    with _connected(url) as db:
        check(db)


def check(db: Connection[Any]) -> str:
    """Check the schema on an open connection, as `check_schema`; return the log's id."""
    missing = _missing(db, applied(db))
    if missing:
        raise SchemaOlder(f"the database lacks {missing[0].name}; run `balcao migrate`")
    return check_log(db)


def check_log(db: Connection[Any]) -> str:
    """Check that the log is still where it was last known to be; return its id.

    Raises:
        LogMoved: it is a restored copy, or another server took over.
    """
    with db.cursor(row_factory=tuple_row) as rows:
        return log_id_at(rows.execute(PLACES).fetchone())


def log_id_at(places: tuple[Any, ...] | None) -> str:
    """Return the log's id from the row of `PLACES`; raises as `check_log`."""
    if places is None:
        raise SchemaOlder("the log has no name yet; run `balcao migrate`")
    log_id, known, here = places[0], LogPlace(*places[1:5]), LogPlace(*places[5:])
    if known != here:
        raise LogMoved(
            f"this log was last known in {known} and is now in {here}: a restored copy or a take-over;"
            " run `balcao migrate --restored`"
        )
    return str(log_id)


def applied(db: Connection[Any]) -> dict[int, str]:
    """Return number and digest of each applied migration.

    Raises:
        SchemaForeign: the tables belong to another program.
    """
    cursor = db.cursor(row_factory=scalar_row)
    columns = set(
        cursor.execute(
            "select column_name::text from information_schema.columns"
            " where table_schema = current_schema() and table_name = 'schema_version'"
        ).fetchall()
    )
    if columns:
        if columns != COLUMNS:
            raise SchemaForeign("this database has a table schema_version of another program")
        return dict(db.execute("select number, digest from schema_version order by number").fetchall())
    others = cursor.execute(
        "select c.relname::text from pg_class c where c.relnamespace = current_schema()::regnamespace"
        " and c.relkind in ('r', 'p', 'v', 'm') and not exists (select from pg_depend d"
        " where d.objid = c.oid and d.deptype = 'e') order by 1 limit 3"
    ).fetchall()
    if others:
        raise SchemaForeign(f"this database holds tables of another program: {', '.join(others)} …")
    return {}


def _missing(db: Connection[Any], found: dict[int, str]) -> list[Migration]:
    known = {migration.number: migration for migration in migrations()}
    newer = sorted(found.keys() - known.keys())
    if newer:
        raise SchemaNewer(f"the database has migration {newer[-1]}, unknown here; use the newer program")
    for number, digest in found.items():
        if known[number].digest != digest:
            raise SchemaChanged(f"{known[number].name} was applied in another form than it has now")
    return [migration for number, migration in known.items() if number not in found]


def _migrate_one(db: Connection[Any]) -> bool:
    with db.transaction():
        _locked(db)
        missing = _missing(db, applied(db))
        if not missing:
            return False
        db.execute("set local lock_timeout = '3s'")
        db.execute(
            "create table if not exists schema_version"
            " (number integer primary key, name text not null, digest text not null,"
            " applied_at timestamptz not null default now())"
        )
        migration = missing[0]
        db.execute(migration.sql.encode())
        db.execute(
            "insert into schema_version (number, name, digest) values (%s, %s, %s)",
            (migration.number, migration.name, migration.digest),
        )
    return True


def _locked(db: Connection[Any]) -> None:
    db.execute("set local lock_timeout = '60s'")
    db.execute("select pg_advisory_xact_lock(%s)", (LOCK,))


def _name_log(db: Connection[Any], restored: bool) -> None:
    alphabet = string.ascii_lowercase + string.digits
    named = {"log_id": "".join(secrets.choice(alphabet) for _ in range(10)), **asdict(_place(db))}
    if restored:
        db.execute(RENAME, named)
    db.execute(NAME, named)
    db.execute(PLACE_OF_OLDER, named)


def _end_others(db: Connection[Any]) -> None:
    """End the connections of running processes, which know the log by its former id."""
    db.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
        " and usename = current_user and backend_type = 'client backend' and pid <> pg_backend_pid()"
    )


def _place(db: Connection[Any]) -> LogPlace:
    with db.cursor(row_factory=class_row(LogPlace)) as rows:
        place = rows.execute(HERE).fetchone()
    assert place is not None
    return place


@contextmanager
def _connected(url: str) -> Iterator[Connection[Any]]:
    """Open an autocommit connection whose failures are raised as `DatabaseUnusable`."""
    try:
        db = psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.Error as error:
        raise DatabaseUnusable(f"cannot connect to the database: {error}") from error
    try:
        yield db
    except psycopg.Error as error:
        raise DatabaseUnusable(f"the database refused: {error}") from error
    finally:
        db.close()
