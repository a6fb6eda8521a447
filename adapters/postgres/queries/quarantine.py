"""What waits in the quarantine: a summary for people, and the numbers that have become known meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, scalar_row

from adapters.postgres.connection.datastore import LogDatastore

NOW_KNOWN = """
select distinct q.phone_number_id from quarantine q
join names n on n.kind = 'phone_number_id' and n.value = q.phone_number_id
where q.code = 'unknown_number'
"""
SUMMARY = """
select code, reason, phone_number_id, count(*) as items, min(received_at) as first, max(received_at) as last
from quarantine group by code, reason, phone_number_id order by min(received_at), code limit %s
"""


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """Items that wait for the same reason."""

    code: str
    reason: str
    phone_number_id: str | None
    items: int
    first: datetime
    last: datetime


def now_known(datastore: LogDatastore) -> list[str]:
    """Numbers that were unknown when something came for them, and have a channel now."""

    def ask(db: Connection[Any]) -> list[str]:
        with db.cursor(row_factory=scalar_row) as rows:
            return rows.execute(NOW_KNOWN).fetchall()

    return datastore.asked(ask)


def summary(datastore: LogDatastore, limit: int = 200) -> list[WaitingItem]:
    """What waits, by reason, the oldest first."""

    def ask(db: Connection[Any]) -> list[WaitingItem]:
        with db.cursor(row_factory=class_row(WaitingItem)) as rows:
            return rows.execute(SUMMARY, (limit,)).fetchall()

    return datastore.asked(ask)
