"""Query for the tenants of a cell."""

from uuid import UUID

from psycopg.rows import tuple_row

from adapters.postgres.connection.datastore import LogDatastore


def tenants(datastore: LogDatastore) -> dict[str, UUID]:
    """Return the ids of all tenants by folded name."""
    query = "select value, owner_id from names where kind = 'tenant' order by value"
    return dict(datastore.rows(query, (), tuple_row))
