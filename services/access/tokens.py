"""Tokens of services: drawn here, shown once, kept as a hash."""

import secrets
from uuid import UUID

from adapters.postgres.agents.sessions import PostgresSessions, ServiceToken
from adapters.postgres.connection.pool import QueryPool
from services.access.access import hash_of


def issue_token(url: str, tenant_id: UUID, name: str) -> str:
    """Let another service read what this tenant has; the secret for its `Authorization: Bearer`."""
    secret = secrets.token_urlsafe(32)
    with QueryPool(url, 1, "tokens") as pool:
        PostgresSessions(pool).issue(hash_of(secret), ServiceToken(tenant_id, name))
    return secret


def revoke_tokens(url: str, tenant_id: UUID, name: str) -> None:
    """Shut out every token of this name."""
    with QueryPool(url, 1, "tokens") as pool:
        PostgresSessions(pool).revoke(tenant_id, name)
