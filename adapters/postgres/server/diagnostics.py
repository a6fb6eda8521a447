"""What a server says of itself when somebody looks after it; each question on a connection of its own."""

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

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
class Server:
    """Its major version, and whether a commit reaches the disk."""

    version: int
    durable: bool


@dataclass(frozen=True, slots=True)
class Noticed:
    """How often a notice of one kind came within a day, and when it last did."""

    times: int
    last_at: datetime | None


def server(url: str) -> Server:
    """Which PostgreSQL answers at `url`.

    Raises:
        psycopg.Error
    """
    with psycopg.connect(url, connect_timeout=5) as db:
        fsync = db.execute("show fsync").fetchone()
        return Server(db.info.server_version // 10_000, fsync != ("off",))


def hears(url: str) -> bool:
    """Whether LISTEN works: a transaction pooler swallows it.

    Raises:
        psycopg.Error
    """
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as db:
        db.execute("listen balcao_doctor")
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as other:
            other.execute("notify balcao_doctor")
        return any(True for _ in db.notifies(timeout=HEARD_WITHIN_S, stop_after=1))


def noticed(url: str, field: str) -> Noticed:
    """The notices of `field` of the last day.

    Raises:
        psycopg.Error
    """
    with psycopg.connect(url, connect_timeout=5) as db, db.cursor(row_factory=class_row(Noticed)) as rows:
        found = rows.execute(NOTICED, [field]).fetchone()
    assert found is not None, "an aggregate has one row"
    return found


def never_assigned(url: str) -> bool:
    """Whether a number gives its tickets by rule, and nobody was ever seen to do it.

    Raises:
        psycopg.Error
    """
    with psycopg.connect(url, connect_timeout=5) as db:
        return db.execute(NEVER_ASSIGNED).fetchone() == (True,)
