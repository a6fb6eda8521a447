"""Query for changes of the directory, which is cached in memory."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from projections.directory import DirectoryRow

CHANGED = f"select {', '.join(DirectoryRow._fields)} from directory where position > %s order by position"


def changed_since(db: Connection[Any], position: int) -> Sequence[DirectoryRow]:
    """Return the rows that changed after `position`, oldest change first."""
    return db.cursor(row_factory=class_row(DirectoryRow)).execute(CHANGED, [position]).fetchall()
