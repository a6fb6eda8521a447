"""What a database must offer to whoever connects, beyond its schema; checked when a process starts."""

from contextlib import ExitStack

import psycopg
from psycopg.errors import DuplicatePreparedStatement, InvalidSqlStatementName
from psycopg.rows import scalar_row

from adapters.postgres.schema.migrate import DatabaseUnusable, SchemaRefused

OTHERS = 3
READ_ONLY = "select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean"
NOT_WRITABLE = """
select c.relname::text from pg_class c
where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and c.relname <> 'schema_version'
    and not (has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert'))
order by 1
"""


class PoolerRefused(SchemaRefused):
    """A pooler hands the transactions of one client to several sessions and forgets prepared statements."""


class ReadOnlyRefused(SchemaRefused):
    """The server, or the role, may only read."""


def check_requirements(url: str) -> None:
    """Check that prepared statements stay and that the role may write.

    Raises:
        PoolerRefused, ReadOnlyRefused, DatabaseUnusable
    """
    try:
        check_sessions(url)
        check_writes(url)
    except psycopg.Error as error:
        raise DatabaseUnusable(f"the database refused: {error}") from error


def check_sessions(url: str) -> None:
    """Check that a prepared statement stays while others have transactions open.

    A pooler in transaction mode gives the session in which it was prepared to one of the others.

    Raises:
        PoolerRefused
    """
    with ExitStack() as open_ones:
        asking = open_ones.enter_context(psycopg.connect(url, autocommit=True, connect_timeout=5))
        try:
            for _ in range(OTHERS):
                asking.execute("select 'prepared'", prepare=True)
                other = open_ones.enter_context(psycopg.connect(url, connect_timeout=5))
                other.execute("select 'transaction'")
            asking.execute("select 'prepared'", prepare=True)
        except (InvalidSqlStatementName, DuplicatePreparedStatement):
            raise PoolerRefused(
                "BALCAO_DATABASE_URL leads to a pooler that forgets prepared statements between transactions:"
                " use its session mode, or connect to PostgreSQL directly"
            ) from None


def check_writes(url: str) -> None:
    """Check that the server takes writes and that the role may write to every table.

    Raises:
        ReadOnlyRefused
    """
    with psycopg.connect(url, autocommit=True, connect_timeout=5, row_factory=scalar_row) as db:
        if db.execute(READ_ONLY).fetchone():
            raise ReadOnlyRefused("the database takes no writes: it is a standby, or set read-only")
        tables = db.execute(NOT_WRITABLE).fetchall()
        if tables:
            role = db.execute("select current_user::text").fetchone()
            more = f" and {len(tables) - 3} more" if len(tables) > 3 else ""
            raise ReadOnlyRefused(f"the role {role} may not write to {', '.join(tables[:3])}{more}")
