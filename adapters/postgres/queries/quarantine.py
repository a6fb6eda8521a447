"""Queries of the quarantine: a summary, and the phone numbers that have a channel now."""

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
from quarantine group by code, reason, phone_number_id order by min(received_at), code limit 200
"""


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """Quarantined items with the same reason."""

    code: str
    reason: str
    phone_number_id: str | None
    items: int
    first: datetime
    last: datetime


def now_known(datastore: LogDatastore) -> list[str]:
    """Return the phone number ids with quarantined items that have a channel now."""

    def ask(db: Connection[Any]) -> list[str]:
        with db.cursor(row_factory=scalar_row) as rows:
            return rows.execute(NOW_KNOWN).fetchall()

    return datastore.read(ask)


def summary(datastore: LogDatastore) -> list[WaitingItem]:
    """Summarise the quarantine by reason, oldest first."""

    def ask(db: Connection[Any]) -> list[WaitingItem]:
        with db.cursor(row_factory=class_row(WaitingItem)) as rows:
            return rows.execute(SUMMARY).fetchall()

    return datastore.read(ask)
