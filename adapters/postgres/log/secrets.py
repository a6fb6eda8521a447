"""Secrets that must not stand in events (password hashes, channel tokens), sealed with the master key."""

from uuid import UUID

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
        query = "select sealed from secrets where kind = %s and owner_id = %s"
        found = self._datastore.rows(query, (kind, owner_id), scalar_row)
        return self._master.open("secrets", found[0], about_secret(kind, owner_id)) if found else None

    def put(self, kind: str, owner_id: UUID, secret: bytes) -> None:
        """Store the secret in place of an earlier one."""

        def store() -> None:
            sealed = self._master.seal("secrets", secret, about_secret(kind, owner_id))
            with self._datastore.checkout() as db:
                db.execute(
                    "insert into secrets (kind, owner_id, sealed) values (%s, %s, %b)"
                    " on conflict (kind, owner_id) do update set sealed = excluded.sealed",
                    (kind, owner_id, sealed),
                )

        self._master.retrying(store)


def about_secret(kind: str, owner_id: UUID) -> bytes:
    """Return what a secret is sealed for."""
    return owner_id.bytes + kind.encode()
