"""Queries of the quarantine: a summary, and the phone numbers that have a channel now."""

from dataclasses import dataclass
from datetime import datetime

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
    return datastore.rows(NOW_KNOWN, (), scalar_row)


def summary(datastore: LogDatastore) -> list[WaitingItem]:
    """Summarise the quarantine by reason, oldest first."""
    return datastore.rows(SUMMARY, (), class_row(WaitingItem))
