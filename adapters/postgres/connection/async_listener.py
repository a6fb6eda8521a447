"""Asynchronous LISTEN. Notifications are hints between processes and may be lost."""

from collections.abc import AsyncIterator

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from adapters.postgres.connection.timeouts import KEEP_ALIVE

LISTENED_S = 5.0


async def notifications(url: str, channel: str) -> AsyncIterator[str]:
    """Yield the payloads on a channel until the connection is lost."""
    try:
        connection = await AsyncConnection.connect(make_conninfo(url, **KEEP_ALIVE), autocommit=True)
        async with connection:
            await connection.execute(f"listen {channel}".encode())
            while True:
                async for notify in connection.notifies(timeout=LISTENED_S):
                    yield notify.payload
                await connection.execute("select 1")  # a dead connection must not look like silence
    except (psycopg.Error, TimeoutError):
        return
