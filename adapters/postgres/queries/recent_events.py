"""Where the newest events of some types begin in the log."""

from collections.abc import Iterable

from psycopg.rows import scalar_row

from adapters.postgres.connection.datastore import LogDatastore

# The stored topic is the type and its version. There is no index of types: this reads the log backwards.
FIRST_OF_NEWEST = """
select min(notification_id) from (
    select notification_id from events where split_part(topic, ':', 1) = any(%s)
    order by notification_id desc limit %s) newest
"""


def first_of_newest(datastore: LogDatastore, types: Iterable[str], count: int) -> int | None:
    """Return the position of the oldest of the newest `count` events of `types`; None when there is none."""
    first: int | None = datastore.rows(FIRST_OF_NEWEST, (list(types), count), scalar_row)[0]
    return first
