"""Which tenants a cell has."""

from typing import Any
from uuid import UUID

from psycopg import Connection

from adapters.postgres.connection.datastore import LogDatastore


def tenants(datastore: LogDatastore) -> dict[str, UUID]:
    """Their folded names, and their ids."""

    def ask(db: Connection[Any]) -> list[dict[str, Any]]:
        return db.execute("select value, owner_id from names where kind = 'tenant' order by value").fetchall()

    return {row["value"]: row["owner_id"] for row in datastore.asked(ask)}
