"""The eventsourcing library's datastore with any URL, short timeouts, and a check of each new connection."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import orjson
from eventsourcing.postgres import ConnectionPool, PostgresDatastore
from eventsourcing.utils import strtobool
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, RowFactory, dict_row
from psycopg.types.json import set_json_loads
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from adapters.postgres.connection.arrays import register_arrays
from adapters.postgres.connection.failures import repeat_when_broken, translate_errors
from adapters.postgres.connection.timeouts import CHECKOUT_S, KEEP_ALIVE, RECONNECT_S
from domain.log.port import LogUnavailable

T = TypeVar("T")

NAMED = {"application_name": "balcao"}


class LogDatastore(PostgresDatastore):
    """Connection pool of the log; a check-out fails after half a second.

    `checked` is called with every new connection; `LogUnavailable` from it is raised by the next check-out.
    """

    def __init__(
        self, url: str, pool_size: int = 4, checked: Callable[[Connection[Any]], None] | None = None
    ) -> None:
        if strtobool(os.environ.get("POSTGRES_ENABLE_DB_FUNCTIONS") or "no"):
            raise ValueError("POSTGRES_ENABLE_DB_FUNCTIONS drops tracking and can lose events; unset it")
        super().__init__(dbname="", host="", port="", user="", password="")
        self._checked = checked
        self._refusal: LogUnavailable | None = None
        self.pool = ConnectionPool(
            connection_class=Connection[DictRow],
            kwargs=NAMED | KEEP_ALIVE | conninfo_to_dict(url) | {"row_factory": dict_row, "autocommit": True},
            min_size=1,
            max_size=pool_size,
            open=False,
            configure=self._configure,
            timeout=CHECKOUT_S,
            reconnect_timeout=RECONNECT_S,
        )

    def register_type_adapters(self) -> None:
        """Do nothing: our statements take arrays, not the library's composite type."""

    @contextmanager
    def checkout(self) -> Iterator[Connection[Any]]:
        """Check out an autocommit connection.

        Raises:
            LogUnavailable: none was free within half a second, or the server is unavailable.
        """
        self.pool.open()
        try:
            db = self.pool.getconn()
        except (PoolTimeout, TooManyRequests, PoolClosed) as error:
            if self._refusal is not None:
                raise self._refusal from error
            raise LogUnavailable(f"no connection to the database: {error}") from error
        try:
            with translate_errors(db):
                yield db
        finally:
            self.pool.putconn(db)

    def read(self, ask: Callable[[Connection[Any]], T]) -> T:
        """Run a read; repeat it when the connection turns out to be broken.

        Raises:
            LogUnavailable
        """

        def run() -> T:
            with self.checkout() as db:
                return ask(db)

        return repeat_when_broken(run, self.pool.drain)

    def rows(
        self, query: str, parameters: Sequence[Any] | Mapping[str, Any], shape: RowFactory[T]
    ) -> list[T]:
        """Read the rows of one prepared statement; repeated as `read`.

        Raises:
            LogUnavailable
        """

        def ask(db: Connection[Any]) -> list[T]:
            with db.cursor(row_factory=shape, binary=True) as rows:
                return rows.execute(query, parameters, prepare=True).fetchall()

        return self.read(ask)

    def _configure(self, db: Connection[Any]) -> None:
        register_arrays(db)
        set_json_loads(orjson.loads, db)
        if self._checked is None:
            return
        try:
            self._checked(db)
        except LogUnavailable as error:
            self._refusal = error
            raise
        self._refusal = None
