"""Which master keys the log needs: its canaries, and what is still sealed with a former key."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import scalar_row, tuple_row
from psycopg.sql import SQL, Identifier

from adapters.postgres.log.sealing import CANARY, MARK, MasterKey, WrongMasterKey, is_marked, name_of_key

Db = Connection[Any]

SEALED = {
    "contact_keys": "wrapped",
    "secrets": "sealed",
    "orphans": "sealed",
    "quarantine": "sealed",
    "notices": "sealed",
    "bot_sessions": "sealed",
    "snapshots": "state",
}
"""The tables that hold what a master key seals, and the column that does."""


def read_canaries(db: Db) -> Sequence[bytes]:
    """Read the canary of the key that seals, then that of the key before it while that is still needed."""
    with db.cursor(row_factory=tuple_row) as rows:
        row = rows.execute("select canary, former_canary from log").fetchone()
    return [bytes(canary) for canary in row or () if canary is not None]


def check_master_key(db: Db, master: MasterKey) -> None:
    """Check that the master keys open all that is sealed, by its canaries, and seal with the current one.

    The canary is sealed at the very first start.

    Raises:
        WrongMasterKey
    """
    if not read_canaries(db):
        fresh = master.seal("canary", CANARY, b"")
        db.execute("update log set canary = %b where canary is null", (fresh,))
    canary, *former = read_canaries(db)
    if not master.opens_canary(canary):
        raise WrongMasterKey(f"this log was written with another master key ({name_of_key(canary)})")
    if former and not master.opens_canary(former[0]):
        left = [f"{count} rows of {table}" for table, count in count_former(db, canary).items()]
        raise WrongMasterKey(
            f"the former master key ({name_of_key(former[0])}) is still needed, for"
            f" {', '.join(left) or 'all that is not verified yet'}: add it again and run `balcao key rotate`"
        )
    master.follow(canary)


def count_former(db: Db, canary: bytes) -> Mapping[str, int]:
    """Count what is not sealed with the key of this canary, by table; reads all of it."""
    counted = {}
    with db.cursor(row_factory=scalar_row) as rows:
        for table, column in SEALED.items() if is_marked(canary) else ():
            query = SQL("select count(*) from {} where substring({} for %s) <> %b").format(
                Identifier(table), Identifier(column)
            )
            if count := rows.execute(query, (MARK, canary[:MARK])).fetchone():
                counted[table] = int(count)
    return counted
