"""Query for the tenants of a cell."""

from typing import Any
from uuid import UUID

from psycopg import Connection

from adapters.postgres.connection.datastore import LogDatastore


def tenants(datastore: LogDatastore) -> dict[str, UUID]:
    """Return the ids of all tenants by folded name."""

    def ask(db: Connection[Any]) -> list[dict[str, Any]]:
        return db.execute("select value, owner_id from names where kind = 'tenant' order by value").fetchall()

    return {row["value"]: row["owner_id"] for row in datastore.read(ask)}
