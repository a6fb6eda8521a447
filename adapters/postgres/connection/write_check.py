"""Check that the database takes writes and that its disk has room."""

from typing import Any

from psycopg import Connection

# A result that does not fit into `work_mem` goes through a temporary file. An update of one row would not
# do: it fits into a page that is there, also on a full disk.
SPILL = """
with spilled as materialized (select repeat('x', 8000) as filler from generate_series(1, 128))
select count(filler) from spilled
"""


def check_room(db: Connection[Any]) -> None:
    """Write a megabyte to the disk of the database; nothing stays.

    Raises:
        psycopg.errors.DiskFull
    """
    with db.transaction():
        db.execute("set local work_mem = '64kB'")
        db.execute(SPILL)
