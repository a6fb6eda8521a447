"""Heartbeats of workers that have no position in the log."""

from adapters.postgres.connection.pool import QueryPool

BEAT = (
    "insert into heartbeats (name, beat_at) values (%s, clock_timestamp())"
    " on conflict (name) do update set beat_at = excluded.beat_at"
)
AGES = "select name, extract(epoch from clock_timestamp() - beat_at)::float8 from heartbeats order by name"
ASSIGNS = "select exists (select from directory where kind = 'channel' and auto_assign)"


class PostgresHeartbeats:
    """Table of heartbeats, written by the workers and read by the health checks."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def beat(self, name: str) -> None:
        """Record that the worker `name` is alive now.

        Raises:
            LogUnavailable
        """
        self._pool.write(lambda db: db.execute(BEAT, [name]))

    def ages_s(self) -> dict[str, float]:
        """Return the seconds since the last heartbeat of each worker.

        Raises:
            LogUnavailable
        """
        return dict(self._pool.read(lambda db: db.execute(AGES).fetchall()))

    def assignment_is_on(self) -> bool:
        """Return whether a channel assigns tickets automatically, so that an assigner must run.

        Raises:
            LogUnavailable
        """
        row = self._pool.read(lambda db: db.execute(ASSIGNS).fetchone())
        return row is not None and bool(row[0])
