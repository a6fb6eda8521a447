"""Connection pools for queries; a check-out fails after half a second.

Neither pool limits its waiters by psycopg's `max_waiting`: waiters that timed out stay in psycopg's queue
until a connection comes, and a full queue refuses before it reconnects. An outage would leave the pool dead.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, LiteralString, Self, TypeVar

import orjson
from psycopg import AsyncConnection, Connection, OperationalError
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.rows import AsyncRowFactory, namedtuple_row
from psycopg.sql import SQL, Composed
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolClosed, PoolTimeout

from adapters.postgres.connection.arrays import register_arrays
from adapters.postgres.connection.failures import ATTEMPTS, AnswerLost, repeat_when_broken, translate_errors
from adapters.postgres.connection.timeouts import CHECKOUT_S, KEEP_ALIVE, RECONNECT_S
from domain.log.port import LogUnavailable

T = TypeVar("T")
Query = LiteralString | bytes | SQL | Composed
Values = Sequence[Any] | Mapping[str, Any]
SESSION = "set time zone 'UTC'; set statement_timeout = '8s'"
"""Times are read in UTC, as answers write them, and no query holds its connection without an end."""

FROZEN_S = 10.0
"""After so long the event loop cuts a connection: a frozen server does not even end slow statements."""

Row = Any
"""A named tuple of the columns of a query."""


class AsyncQueryPool:
    """Pool for the event loop: autocommit, binary rows, statements prepared on first use.

    All failures of the database are raised as `LogUnavailable`.
    """

    def __init__(self, url: str, size: int, name: str, frozen_s: float = FROZEN_S) -> None:
        self._frozen_s = frozen_s
        # Whoever finds no free connection waits here: so few that time out wait inside the pool.
        self._turns = asyncio.Semaphore(size)
        self._pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            url,
            min_size=size,
            max_size=size,
            timeout=CHECKOUT_S,
            reconnect_timeout=RECONNECT_S,
            open=False,
            name=name,
            configure=_configure_async,
            kwargs={"autocommit": True, "prepare_threshold": 0, **KEEP_ALIVE},
        )

    async def __aenter__(self) -> Self:
        await self._pool.open(wait=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.close(timeout=2)

    async def rows(self, query: Query, values: Values = ()) -> list[Row]:
        """Fetch the rows of a query.

        Raises:
            LogUnavailable: no free connection within half a second, or no database.
        """
        return await self.rows_as(namedtuple_row, query, values)

    async def row(self, query: Query, values: Values = ()) -> Row | None:
        """Fetch the first row of a query.

        Raises:
            LogUnavailable: as `rows`.
        """
        found = await self.rows(query, values)
        return found[0] if found else None

    async def rows_as(self, make: AsyncRowFactory[T], query: Query, values: Values = ()) -> list[T]:
        """Fetch the rows of a query, made by `make`; asks again when the connection turns out to be broken.

        Raises:
            LogUnavailable: as `rows`.
        """
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._fetch(make, query, values)
            except AnswerLost:
                await self._pool.drain()  # its other connections are as dead as this one
        return await self._fetch(make, query, values)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection[Any]]:
        """Run changes in one transaction; never retried.

        Raises:
            LogUnavailable: as `rows`; the changes may have happened.
        """
        async with self._connection() as db, db.transaction():
            yield db

    async def _fetch(self, make: AsyncRowFactory[T], query: Query, values: Values) -> list[T]:
        async with self._connection() as db:
            cursor = db.cursor(binary=True, row_factory=make)
            await cursor.execute(query, values)
            return await cursor.fetchall()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        try:
            async with asyncio.timeout(CHECKOUT_S if self._turns.locked() else None):
                await self._turns.acquire()
        except TimeoutError as error:
            raise LogUnavailable("no free connection") from error
        try:
            try:
                db = await self._pool.getconn()
            except (PoolTimeout, PoolClosed) as error:
                raise LogUnavailable("no connection to the database") from error
            cut = asyncio.get_running_loop().call_later(self._frozen_s, _cut, db)
            try:
                with translate_errors(db):
                    yield db
            finally:
                cut.cancel()
                await self._pool.putconn(db)
        finally:
            self._turns.release()


class QueryPool:
    """Pool for threads, whose number limits the waiters; every call is its own transaction."""

    def __init__(self, url: str, size: int, name: str) -> None:
        self._pool: ConnectionPool[Connection[Any]] = ConnectionPool(
            url,
            min_size=1,
            max_size=size,
            timeout=CHECKOUT_S,
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
        """Run a query; repeat it when the connection turns out to be broken.

        Raises:
            LogUnavailable: no free connection within half a second, or no database.
        """
        return repeat_when_broken(lambda: self._run(work), self._pool.drain)

    def write(self, work: Callable[[Connection[Any]], T]) -> T:
        """Run a change in one transaction; never retried.

        Raises:
            LogUnavailable: as `read`; the change may have happened.
        """

        def in_transaction(connection: Connection[Any]) -> T:
            with connection.transaction():
                return work(connection)

        return self._run(in_transaction)

    def _run(self, work: Callable[[Connection[Any]], T]) -> T:
        try:
            with self._pool.connection() as connection, translate_errors(connection):
                return work(connection)
        except (PoolTimeout, PoolClosed) as error:
            raise LogUnavailable from error


class _JsonLoader(Loader):
    """Loader of `json` without a Python frame per value."""

    format = Format.BINARY
    load = staticmethod(orjson.loads)  # type: ignore[assignment]


def _cut(connection: AsyncConnection[Any]) -> None:
    """End a connection as if the server had: whoever waits for its answer is told that it broke."""
    with suppress(OSError, OperationalError), socket.fromfd(connection.fileno(), 0, 0) as duplicate:
        duplicate.shutdown(socket.SHUT_RDWR)


def _configure(connection: Connection[Any]) -> None:
    connection.execute(SESSION)
    _adapt(connection)


async def _configure_async(connection: AsyncConnection[Any]) -> None:
    await connection.execute(SESSION, prepare=False)
    _adapt(connection)


def _adapt(connection: Connection[Any] | AsyncConnection[Any]) -> None:
    """Read JSON, which every row of a list has, quickly."""
    register_arrays(connection)
    set_json_loads(orjson.loads, connection)
    connection.adapters.register_loader("json", _JsonLoader)
