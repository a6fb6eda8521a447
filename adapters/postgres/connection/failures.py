"""Translation of database errors into those of the log's port."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import AsyncConnection, Connection
from psycopg.errors import (
    FeatureNotSupported,
    InvalidSqlStatementName,
    ObjectNotInPrerequisiteState,
    ReadOnlySqlTransaction,
)

from domain.log.port import LogUnavailable

T = TypeVar("T")

ATTEMPTS = 3
"""How often a statement that may be repeated is sent: the second connection may be broken, too."""


class AnswerLost(LogUnavailable):
    """The connection broke after the statement was sent; it may have been executed."""


FORMER_KEY = "55BK1"


class FormerKey(LogUnavailable):
    """What was to be stored is sealed with a master key that was rotated away; nothing was stored."""


class ReadOnly(LogUnavailable):
    """The server takes no writes: it is a standby, or set read-only."""


class DiskFull(LogUnavailable):
    """The database has no space left for what was to be written; nothing was."""


class SchemaDamaged(LogUnavailable):
    """A table or column is gone; what asks for it waits until it is there again."""


@contextmanager
def translate_errors(db: Connection[Any] | AsyncConnection[Any]) -> Iterator[None]:
    """Translate the errors of an unavailable or damaged database; those of a wrong statement pass unchanged.

    Raises:
        AnswerLost: the connection broke, or its prepared statements are stale.
        ReadOnly, DiskFull, FormerKey, SchemaDamaged
        LogUnavailable: the server refused for now; nothing was executed.
    """
    try:
        yield
    except (ReadOnlySqlTransaction, ObjectNotInPrerequisiteState) as error:
        db.pgconn.finish()  # the server became a standby: the pool must not hand this connection out again
        raise ReadOnly(f"the database does not take writes: {error}") from error
    except (FeatureNotSupported, InvalidSqlStatementName) as error:
        # A table changed below a prepared statement ("cached plan must not change result type"), or a
        # pooler threw the statement away: a new connection prepares it again.
        db.pgconn.finish()
        raise AnswerLost(f"a prepared statement is stale: {error}") from error
    except psycopg.errors.DiskFull as error:
        raise DiskFull(f"the disk of the database is full: {error}") from error
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        # One lost read model must not end the threads that ask for it.
        raise SchemaDamaged(f"the schema is damaged: {error}") from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        if db.closed:
            raise AnswerLost(f"the connection broke: {error}") from error
        if isinstance(error, psycopg.Error) and error.sqlstate == FORMER_KEY:
            raise FormerKey(str(error)) from error
        raise LogUnavailable(f"the database refused: {error}") from error


def repeat_when_broken(run: Callable[[], T], drain: Callable[[], object]) -> T:
    """Run a read; repeat it when its connection turns out to be broken.

    `drain` replaces the connections of its pool: after an outage all of them are dead.

    Raises:
        LogUnavailable
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return run()
        except AnswerLost:
            drain()
    return run()
