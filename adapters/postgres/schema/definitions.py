"""Definitions of tables, as the migrations make them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from adapters.postgres.schema.migrate import migrations

SCHEMA = "balcao_definitions"


@contextmanager
def defined_tables(db: Connection[Any]) -> Iterator[str]:
    """Make all tables, empty, in a schema of their own; yield its name, and drop it at the end.

    To be used in a transaction, so that nobody else sees the schema.
    """
    path = db.execute("select current_setting('search_path')").fetchone()
    assert path is not None
    db.execute(SQL("create schema {}").format(Identifier(SCHEMA)))
    db.execute("select set_config('search_path', %s, true)", [SCHEMA])
    for migration in migrations():
        db.execute(migration.sql.encode())
    db.execute("select set_config('search_path', %s, true)", [path[0]])
    yield SCHEMA
    db.execute("set local client_min_messages = warning")
    db.execute(SQL("drop schema {} cascade").format(Identifier(SCHEMA)))
