"""What a failing database means to a caller of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.errors import ObjectNotInPrerequisiteState, ReadOnlySqlTransaction

from domain.log.port import LogUnavailable


class AnswerLost(LogUnavailable):
    """The connection broke after the statement was sent: it may have happened."""


@contextmanager
def failures_named(db: Connection[Any]) -> Iterator[None]:
    """Tell a database that is away from a statement that is wrong; the latter escapes as it is.

    Raises:
        AnswerLost: the connection broke.
        LogUnavailable: the server refused for now (time-out, disk full, standby …); nothing happened.
    """
    try:
        yield
    except (ReadOnlySqlTransaction, ObjectNotInPrerequisiteState) as error:
        db.close()  # a standby now: the pool must not hand it out again
        raise LogUnavailable(f"the database does not take writes: {error}") from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        if db.closed:
            raise AnswerLost(f"the connection broke: {error}") from error
        raise LogUnavailable(f"the database refused: {error}") from error
