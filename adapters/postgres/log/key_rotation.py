"""Rotation of the master key: seal all that it seals again, with another key, while everything runs."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from adapters.postgres.connection.timeouts import KEEP_ALIVE
from adapters.postgres.log.key_usage import SEALED, Db, check_master_key, read_canaries
from adapters.postgres.log.sealing import CANARY, MARK, MasterKey, Purpose, Unopenable, name_of_key
from adapters.postgres.log.secrets import about_secret
from adapters.postgres.schema.migrate import check

BATCH = 500
APPEND_LOCK = 7165031407
ROTATION_LOCK = 7165031409
TRIES, LOCK_TIMEOUT = 20, "1s"

DELETE_SNAPSHOTS = """
delete from snapshots where (originator_id, originator_version) in (
    select originator_id, originator_version from snapshots where substring(state for %s) <> %b limit %s)
"""

Progress = Callable[[str, int], None]
"""Told the table and how many of its rows were walked."""


class RotationRefused(Exception):
    """The master key cannot be rotated as things are; the text says what to do."""


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table of things that a master key seals: its key, and for whom each row is sealed."""

    purpose: Purpose
    key: Mapping[str, str]
    about: Callable[[Sequence[Any]], bytes]


def _of_id(key: Sequence[Any]) -> bytes:
    id: UUID = key[0]
    return id.bytes


TABLES: Mapping[str, SealedTable] = {
    "contact_keys": SealedTable("contact keys", {"contact_id": "uuid"}, _of_id),
    "secrets": SealedTable("secrets", {"kind": "text", "owner_id": "uuid"}, lambda key: about_secret(*key)),
    "orphans": SealedTable("waiting items", {"hash": "uuid", "digest": "bytea"}, lambda key: bytes(key[1])),
    "quarantine": SealedTable("waiting items", {"id": "uuid"}, _of_id),
    "notices": SealedTable("waiting items", {"digest": "bytea"}, lambda key: bytes(key[0])),
    "bot_sessions": SealedTable("bot sessions", {"conversation_id": "uuid"}, _of_id),
}
"""All of them but the snapshots, which are deleted: they are made again."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """Outcome of a rotation: everything is sealed with the key of this mark.

    `damaged` rows, by table and key, open with no key, and did not before.
    """

    mark: bytes
    rows: int
    damaged: Sequence[str]


class KeyRotation:
    """One rotation from the key of the log's canary to the other one of two keys. Safe to kill and repeat.

    From `begin` on the database refuses what is sealed with the former key, and each process learns so at its
    next write; thus one walk finds everything.
    """

    def __init__(self, db: Db, master: MasterKey) -> None:
        self._db, self._master = db, master

    def begin(self) -> None:
        """Let everything be sealed with the new key from now on. Does nothing when that is so already.

        Raises:
            RotationRefused
        """
        canary = read_canaries(self._db)[0]
        others = [mark for mark in self._master.marks if mark != self._master.mark]
        if len(others) != 1:
            raise RotationRefused(
                f"the log is sealed with the master key {name_of_key(self._master.mark)}: rotating needs that"
                " key and the new one in BALCAO_MASTER_KEY, separated by a comma"
            )
        retired = self._db.execute("select %b = any(retired_keys) from log", others).fetchone()
        if retired == (True,):
            return
        former = self._master.mark
        self._master.use(others[0])
        fresh = self._master.seal("canary", CANARY, b"")
        for attempt in range(TRIES):
            try:
                return self._replace_canary(canary, fresh, former)
            except psycopg.errors.LockNotAvailable:
                if attempt == TRIES - 1:
                    raise RotationRefused("writers hold the tables without a pause; try again") from None
                time.sleep(0.2)

    def reseal(self, progress: Progress) -> None:
        """Seal every row that is not sealed with the new key again, in batches; delete snapshots."""
        for name, table in TABLES.items():
            for rows in _batches(self._db, name):
                self._reseal(name, table, rows)
                progress(name, len(rows))
        while self._db.execute(DELETE_SNAPSHOTS, (MARK, self._master.mark, BATCH)).rowcount:
            pass

    def verify(self, progress: Progress) -> Rotated:
        """Open every row with the new key alone, and then let the former key be removed.

        Raises:
            RotationRefused: something is still sealed with the former key.
        """
        damaged, walked = [], 0
        for name, key, sealed, is_open in walk_sealed(self._db, self._master, progress):
            walked += 1
            if not is_open:
                damaged.append(f"{name} {key}")
            elif bytes(sealed[:MARK]) != self._master.mark:
                raise RotationRefused(f"a row of {name} is not sealed with the new key: rotate again")
        self._db.execute("update log set former_canary = null")
        return Rotated(self._master.mark, walked, damaged)

    def _replace_canary(self, canary: bytes, fresh: bytes, former: bytes) -> None:
        with self._db.transaction():
            self._db.execute("select set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
            # First, as an append does, or the two could wait for each other.
            self._db.execute("select pg_advisory_xact_lock(%s)", [APPEND_LOCK])
            tables = SQL(", ").join(map(Identifier, SEALED))
            self._db.execute(SQL("lock table {} in share mode").format(tables))
            self._db.execute(
                "update log set canary = %b, former_canary = canary, retired_keys = retired_keys || %b::bytea"
                " where canary = %b",
                (fresh, former, canary),
            )

    def _reseal(self, name: str, table: SealedTable, rows: Sequence[Any]) -> None:
        changed = []
        for *key, sealed in rows:
            if bytes(sealed[:MARK]) != self._master.mark:
                try:
                    plain = self._master.open(table.purpose, sealed, table.about(key))
                except Unopenable:
                    continue  # `verify` names it
                changed.append((*key, sealed, self._master.seal(table.purpose, plain, table.about(key))))
        if changed:
            self._db.execute(_update(name, table), [list(column) for column in zip(*changed, strict=True)])


def walk_sealed(db: Db, master: MasterKey, progress: Progress) -> Iterator[tuple[str, str, bytes, bool]]:
    """Yield table, key and sealed bytes of each row that a master key seals, and whether it opens."""
    for name, table in TABLES.items():
        for rows in _batches(db, name):
            for *key, sealed in rows:
                try:
                    master.open(table.purpose, sealed, table.about(key))
                    is_open = True
                except Unopenable:
                    is_open = False
                yield name, " ".join(map(_text, key)), sealed, is_open
            progress(name, len(rows))


def _batches(db: Db, name: str) -> Iterator[list[Any]]:
    """Yield the rows of a table, key columns and sealed bytes, in the order of its key."""
    columns = SQL(", ").join(map(Identifier, TABLES[name].key))
    sealed, table = Identifier(SEALED[name]), Identifier(name)
    places = SQL(", ").join(SQL("%b::{}").format(SQL(kind)) for kind in TABLES[name].key.values())
    first = SQL("select {}, {} from {} order by {} limit {}").format(columns, sealed, table, columns, BATCH)
    following = SQL("select {}, {} from {} where ({}) > ({}) order by {} limit {}").format(
        columns, sealed, table, columns, places, columns, BATCH
    )
    rows = db.execute(first).fetchall()
    while rows:
        yield rows
        rows = db.execute(following, rows[-1][:-1]).fetchall()


def _update(name: str, table: SealedTable) -> Composed:
    """Replace sealed bytes where they are still what was read: a row deleted meanwhile stays deleted."""
    names = [*table.key, "before", "after"]
    kinds = [*table.key.values(), "bytea", "bytea"]
    arrays = SQL(", ").join(SQL("%b::{}[]").format(SQL(kind)) for kind in kinds)
    sealed = Identifier(SEALED[name])
    same = SQL(" and ").join(SQL("t.{0} = n.{0}").format(Identifier(column)) for column in table.key)
    return SQL("update {} t set {} = n.after from unnest({}) n({}) where {} and t.{} = n.before").format(
        Identifier(name), sealed, arrays, SQL(", ").join(map(Identifier, names)), same, sealed
    )


def _text(part: Any) -> str:
    return part.hex() if isinstance(part, bytes) else str(part)


@contextmanager
def rotating(url: str, master_key: str) -> Iterator[KeyRotation]:
    """Open a rotation, one at a time.

    Raises:
        RotationRefused, SchemaRefused, WrongMasterKey
    """
    with psycopg.connect(url, autocommit=True, **KEEP_ALIVE) as db:
        master = MasterKey(master_key)
        check(db)
        check_master_key(db, master)
        try:
            db.execute("set lock_timeout = '5s'")
            db.execute("select pg_advisory_lock(%s)", [ROTATION_LOCK])
        except psycopg.errors.LockNotAvailable:
            raise RotationRefused("the master key is being rotated already") from None
        yield KeyRotation(db, master)
