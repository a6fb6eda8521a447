"""Checks of a PostgreSQL server for `balcao doctor`, each on a connection of its own."""

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row, scalar_row

HEARD_WITHIN_S = 2
NOTICED = """
select count(*) as times, max(received_at) as last_at from notices
where field = %s and received_at > now() - interval '1 day'
"""
NEVER_ASSIGNED = """
select exists (select from directory where kind = 'channel' and auto_assign)
    and not exists (select from heartbeats where name = 'assign')
"""


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Major version of a server, and whether a commit reaches the disk."""

    version: int
    durable: bool


@dataclass(frozen=True, slots=True)
class NoticeCount:
    """Number of notices of one kind in the last day, and the time of the last one."""

    times: int
    last_at: datetime | None


def server_info(url: str) -> ServerInfo:
    """Ask the server at `url` about itself.

    Raises:
        psycopg.Error
    """
    with psycopg.connect(url, connect_timeout=5) as db:
        fsync = db.execute("show fsync").fetchone()
        return ServerInfo(db.info.server_version // 10_000, fsync != ("off",))


def database_time(url: str) -> datetime:
    """Read the database's clock.

    Raises:
        psycopg.Error
    """
    with psycopg.connect(url, connect_timeout=5) as db, db.cursor(row_factory=scalar_row) as rows:
        at = rows.execute("select clock_timestamp()").fetchone()
    assert isinstance(at, datetime)
    return at


def listen_works(url: str) -> bool:
    """Check whether LISTEN works; it does not behind a transaction pooler.

    Raises:
        psycopg.Error
    """
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as db:
        db.execute("listen balcao_doctor")
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as other:
            other.execute("notify balcao_doctor")
        return any(True for _ in db.notifies(timeout=HEARD_WITHIN_S, stop_after=1))


def count_notices(url: str, field: str) -> NoticeCount:
    """Count the notices of `field` in the last day.

    Raises:
        psycopg.Error
    """
    with psycopg.connect(url, connect_timeout=5) as db, db.cursor(row_factory=class_row(NoticeCount)) as rows:
        found = rows.execute(NOTICED, [field]).fetchone()
    assert found is not None, "an aggregate has one row"
    return found


def assigner_never_ran(url: str) -> bool:
    """Check whether a channel assigns tickets automatically although no assigner ever ran.

    Raises:
        psycopg.Error
    """
    with psycopg.connect(url, connect_timeout=5) as db:
        return db.execute(NEVER_ASSIGNED).fetchone() == (True,)
