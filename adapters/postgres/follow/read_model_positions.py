"""Positions of the read models, kept up to date by LISTEN and a poll."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from adapters.postgres.connection.timeouts import KEEP_ALIVE
from adapters.postgres.schema.migrate import PLACES, LogMoved, log_id_at

log = structlog.get_logger("projected")

CHANNEL = "balcao_projected"
POLL_S = 0.5
RECONNECT_S = 0.5
ANSWER_S = 2.0
POSITIONS = "select name, position from positions where not building"


class ReadModelPositions:
    """Positions of the read models, for callers that wait for one.

    A notification is a hint and may be lost; the poll makes up for that. `restored` is called with the log's
    new id once it has one, because the former positions are worth nothing then; `moved` is called again and
    again while the log is a copy and nobody has said so.
    """

    def __init__(
        self, url: str, log_id: str, restored: Callable[[str], None], moved: Callable[[], None]
    ) -> None:
        self._url, self._log_id, self._restored, self._moved = url, log_id, restored, moved
        self._positions: dict[str, int] = {}
        self._changed = asyncio.Condition()

    @property
    def positions(self) -> Mapping[str, int]:
        """The last known position of each read model."""
        return self._positions

    def passed(self, names: Collection[str]) -> int:
        """Return the position that all of `names` have passed."""
        return min((self._positions.get(name, 0) for name in names), default=0)

    async def wait_for(self, names: Collection[str], position: int, timeout_s: float) -> bool:
        """Wait until all of `names` have passed `position`; False on timeout."""
        if self.passed(names) >= position:
            return True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(lambda: self.passed(names) >= position)
        return self.passed(names) >= position

    async def wait_beyond(self, names: Collection[str], beyond: int, timeout_s: float) -> int:
        """Wait until all of `names` are beyond a position or the time is over; returns where they are."""
        await self.wait_for(names, beyond + 1, timeout_s)
        return self.passed(names)

    async def follow(self) -> None:
        """Keep the positions up to date until cancelled; reconnect when the database is lost."""
        while True:
            try:
                await self._listen()
            except (psycopg.Error, TimeoutError) as error:
                log.warning("positions unavailable, retrying", reason=type(error).__name__)
            except LogMoved as error:
                log.error("log moved, refusing changes", reason=str(error))
                self._moved()
            await asyncio.sleep(RECONNECT_S)

    async def _listen(self) -> None:
        url = make_conninfo(self._url, **KEEP_ALIVE)
        connection = await AsyncConnection.connect(url, autocommit=True)
        async with connection:
            await connection.execute(f"listen {CHANNEL}")
            while True:
                async with asyncio.timeout(ANSWER_S):  # a dead connection must not stop the poll
                    log_id = log_id_at(await (await connection.execute(PLACES)).fetchone())
                    cursor = await connection.execute(POSITIONS)
                    positions: dict[str, int] = dict(await cursor.fetchall())
                if log_id != self._log_id:
                    self._restored(log_id)
                    self._log_id = log_id
                await self._set(positions)
                async for notify in connection.notifies(timeout=POLL_S):
                    name, _, position = notify.payload.rpartition(":")
                    if name in self._positions and position.isdigit():
                        await self._raise(name, int(position))

    async def _raise(self, name: str, position: int) -> None:
        # Notifications of two processes may arrive in another order than their commits.
        if position > self._positions[name]:
            await self._set({**self._positions, name: position})

    async def _set(self, positions: dict[str, int]) -> None:
        if positions != self._positions:
            async with self._changed:
                self._positions = positions
                self._changed.notify_all()
