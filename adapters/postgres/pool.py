"""Connections for queries: few, given out within half a second or not at all."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from domain.log import LogUnavailable

T = TypeVar("T")

CHECKOUT_S = 0.5
# A peer that vanished without a word is noticed within half a minute.
KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "connect_timeout": 5}
LOST = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction)


class QueryPool:
    """A small pool whose failures all read `LogUnavailable`; every call is its own transaction."""

    def __init__(self, url: str, size: int, name: str) -> None:
        self._pool: ConnectionPool[Connection[Any]] = ConnectionPool(
            url,
            min_size=1,
            max_size=size,
            timeout=CHECKOUT_S,
            max_waiting=size * 20,
            reconnect_timeout=2,  # after an outage the pool must not pause for minutes
            open=False,
            name=name,
            kwargs={"autocommit": True, **KEEPALIVE},
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
        except LOST:
            pass
        try:
            self._pool.check()  # throws away the other dead ones, so that the second try meets none
            return self._run(work)
        except LOST as error:
            raise LogUnavailable from error

    def write(self, work: Callable[[Connection[Any]], T]) -> T:
        """Run a change in one transaction; never twice by itself.

        Raises:
            LogUnavailable: as `read`; it may have happened.
        """

        def in_transaction(connection: Connection[Any]) -> T:
            with connection.transaction():
                return work(connection)

        try:
            return self._run(in_transaction)
        except LOST as error:
            raise LogUnavailable from error

    def _run(self, work: Callable[[Connection[Any]], T]) -> T:
        try:
            with self._pool.connection() as connection:
                try:
                    return work(connection)
                except psycopg.errors.ReadOnlySqlTransaction:
                    connection.close()  # it leads to a demoted primary; the pool must not keep it
                    raise
        except (PoolTimeout, PoolClosed, TooManyRequests) as error:
            raise LogUnavailable from error
