"""Secrets that must not stand in events (password hashes, channel tokens), sealed with the master key."""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import scalar_row

from adapters.postgres.connection.datastore import LogDatastore
from adapters.postgres.log.sealing import MasterKey


class PostgresSecrets:
    """Table of secrets: one per kind and owner."""

    def __init__(self, datastore: LogDatastore, master: MasterKey) -> None:
        self._datastore = datastore
        self._master = master

    def get(self, kind: str, owner_id: UUID) -> bytes | None:
        """Return the secret, None when there is none.

        Raises:
            Unopenable: the row was changed, or sealed for another owner.
        """

        def ask(db: Connection[Any]) -> bytes | None:
            with db.cursor(row_factory=scalar_row) as rows:
                return rows.execute(
                    "select sealed from secrets where kind = %s and owner_id = %s", (kind, owner_id)
                ).fetchone()

        sealed = self._datastore.read(ask)
        return None if sealed is None else self._master.open("secrets", sealed, _about(kind, owner_id))

    def put(self, kind: str, owner_id: UUID, secret: bytes) -> None:
        """Store the secret in place of an earlier one."""
        sealed = self._master.seal("secrets", secret, _about(kind, owner_id))
        with self._datastore.checkout() as db:
            db.execute(
                "insert into secrets (kind, owner_id, sealed) values (%s, %s, %b)"
                " on conflict (kind, owner_id) do update set sealed = excluded.sealed",
                (kind, owner_id, sealed),
            )


def _about(kind: str, owner_id: UUID) -> bytes:
    return owner_id.bytes + kind.encode()
