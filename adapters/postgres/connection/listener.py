"""LISTEN as a hint that something may have happened; callers poll as well."""

import time
from typing import Any, Self

import psycopg
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from adapters.postgres.connection.timeouts import KEEP_ALIVE


class Listener:
    """Connection that listens on a channel; the next wait reconnects after a loss."""

    def __init__(self, url: str, channel: str) -> None:
        self._url, self._channel = make_conninfo(url, **KEEP_ALIVE), channel
        self._connection: Connection[Any] | None = None

    def __enter__(self) -> Self:
        """Start listening, so that no change after the caller's next look is missed."""
        self._listening()
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def wait(self, timeout_s: float) -> None:
        """Wait for a notification, at most `timeout_s`; the caller then looks for itself."""
        began = time.monotonic()
        try:
            if (connection := self._listening()) is not None:
                for _ in connection.notifies(timeout=timeout_s, stop_after=1):
                    pass
                for _ in connection.notifies(timeout=0):
                    pass  # one look covers all notifications so far
                return
        except (psycopg.OperationalError, psycopg.InterfaceError):
            self._close()
        time.sleep(max(0.0, timeout_s - (time.monotonic() - began)))

    def _listening(self) -> Connection[Any] | None:
        if self._connection is None:
            try:
                self._connection = psycopg.connect(self._url, autocommit=True)
                self._connection.execute(SQL("listen {}").format(Identifier(self._channel)))
            except (psycopg.OperationalError, psycopg.InterfaceError):
                self._close()
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
