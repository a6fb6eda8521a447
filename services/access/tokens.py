"""Bearer tokens of services: shown once, stored as hashes."""

import secrets
from uuid import UUID

from adapters.postgres.agents.sessions import PostgresServiceTokens, ServiceToken
from adapters.postgres.connection.pool import QueryPool
from domain.refusals import NotFound
from services.access.access import hash_of


def issue_token(url: str, tenant_id: UUID, name: str) -> str:
    """Issue a token that lets a service read a tenant's data; return it for `Authorization: Bearer`."""
    secret = secrets.token_urlsafe(32)
    with QueryPool(url, 1, "tokens") as pool:
        PostgresServiceTokens(pool).issue(hash_of(secret), ServiceToken(tenant_id, name))
    return secret


def revoke_tokens(url: str, tenant_id: UUID, name: str) -> None:
    """Revoke every token of this name.

    Raises:
        NotFound: there is none.
    """
    with QueryPool(url, 1, "tokens") as pool:
        if not PostgresServiceTokens(pool).revoke(tenant_id, name):
            raise NotFound("token", name)
