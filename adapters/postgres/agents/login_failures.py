"""Counters of wrong passwords: one row per subject, however many attempts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg import Connection, Rollback

from adapters.postgres.connection.pool import QueryPool

OLDEST = timedelta(hours=1)
"""No limit counts further back."""

LOCKED = """
select ceil(max(extract(epoch from failed.attempted_at + counted.within - clock_timestamp())))::int
from unnest(%s::bytea[], %s::int[], %s::interval[]) counted (subject, most, within)
join login_attempts failed using (subject)
where failed.failures >= counted.most and failed.attempted_at > clock_timestamp() - counted.within
"""
COUNT = """
insert into login_attempts as failed (subject) values (%(subject)s)
on conflict (subject) do update set (attempted_at, failures) = (
    select case when lasts then failed.attempted_at else clock_timestamp() end,
           case when lasts then failed.failures + 1 else 1 end
    from (values (failed.attempted_at > clock_timestamp() - %(within)s)) counted (lasts)
)
returning failures, ceil(extract(epoch from attempted_at + %(within)s - clock_timestamp()))::int
"""


@dataclass(frozen=True, slots=True)
class FailureLimit:
    """At most `most` wrong passwords of a subject in a window that begins with the first of them."""

    name: str
    subject: bytes
    most: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Counted:
    """The limits that this failure has just reached; `wait_s` when one was exceeded, and nothing counted."""

    reached: Sequence[FailureLimit] = ()
    wait_s: int | None = None


class PostgresLoginFailures:
    """Counts failures for all API processes together; for the thread that verifies a password."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def locked_for_s(self, limits: Collection[FailureLimit]) -> int | None:
        """Return the seconds until all of `limits` allow an attempt; None when they do now."""
        given = [
            [limit.subject for limit in limits],
            [limit.most for limit in limits],
            [limit.within for limit in limits],
        ]
        row = self._pool.read(lambda db: db.execute(LOCKED, given).fetchone())
        assert row is not None
        return None if row[0] is None else max(1, row[0])

    def count(self, limits: Collection[FailureLimit]) -> Counted:
        """Count a wrong password; of many at once, no more than each limit allows."""

        def work(db: Connection[Any]) -> Counted:
            db.execute("delete from login_attempts where attempted_at < now() - %s", [OLDEST])
            exceeded: int | None = None
            reached = []
            with db.transaction():
                # In one order, so that two logins do not wait for each other's rows.
                for limit in sorted(limits, key=lambda limit: limit.subject):
                    given = {"subject": limit.subject, "within": limit.within}
                    row = db.execute(COUNT, given).fetchone()
                    assert row is not None
                    failures, wait_s = row
                    if failures > limit.most:
                        exceeded = max(1, wait_s)
                        raise Rollback
                    if failures == limit.most:
                        reached.append(limit)
            return Counted(reached) if exceeded is None else Counted(wait_s=exceeded)

        return self._pool.write(work)

    def forgive(self, limits: Collection[FailureLimit]) -> None:
        """Forget the failures of whoever gave the right password."""
        subjects = [limit.subject for limit in limits]
        self._pool.write(
            lambda db: db.execute("delete from login_attempts where subject = any(%s)", [subjects])
        )
