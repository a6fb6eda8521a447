"""Connections for queries: few, given out within half a second or not at all."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import orjson
from psycopg import Connection
from psycopg.types.json import set_json_loads
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from adapters.postgres.connection.failures import AnswerLost, failures_named
from adapters.postgres.connection.timeouts import CHECKOUT_S, KEEP_ALIVE, RECONNECT_S
from domain.log.port import LogUnavailable

T = TypeVar("T")


class QueryPool:
    """A small pool whose failures all read `LogUnavailable`; every call is its own transaction."""

    def __init__(self, url: str, size: int, name: str) -> None:
        self._pool: ConnectionPool[Connection[Any]] = ConnectionPool(
            url,
            min_size=1,
            max_size=size,
            timeout=CHECKOUT_S,
            max_waiting=size * 20,
            reconnect_timeout=RECONNECT_S,
            open=False,
            name=name,
            configure=_configure,
            kwargs={"autocommit": True, **KEEP_ALIVE},
        )

    def __enter__(self) -> Self:
        self._pool.open(wait=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.close(timeout=2)

    def read(self, work: Callable[[Connection[Any]], T]) -> T:
        """Run a query, once more if its connection turns out to be dead.

        Raises:
            LogUnavailable: no free connection within half a second, or no database.
        """
        try:
            return self._run(work)
        except AnswerLost:
            self._pool.check()  # throws away the other dead ones, so that the second try meets none
        return self._run(work)

    def write(self, work: Callable[[Connection[Any]], T]) -> T:
        """Run a change in one transaction; never twice by itself.

        Raises:
            LogUnavailable: as `read`; it may have happened.
        """

        def in_transaction(connection: Connection[Any]) -> T:
            with connection.transaction():
                return work(connection)

        return self._run(in_transaction)

    def _run(self, work: Callable[[Connection[Any]], T]) -> T:
        try:
            with self._pool.connection() as connection, failures_named(connection):
                return work(connection)
        except (PoolTimeout, PoolClosed, TooManyRequests) as error:
            raise LogUnavailable from error


def _configure(connection: Connection[Any]) -> None:
    """Every row of a list has JSON in it."""
    set_json_loads(orjson.loads, connection)
