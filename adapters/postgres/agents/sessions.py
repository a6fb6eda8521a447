"""Sessions of agents, and tokens of services."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from adapters.postgres.connection.pool import AsyncQueryPool, QueryPool

MAX_SESSIONS = 50
OLDEST = """
delete from sessions where token_hash in (
    select token_hash from sessions where tenant_id = %s and agent_id = %s order by expires_at desc offset %s
)
"""
SESSION = "select tenant_id, agent_id from sessions where token_hash = %s and expires_at > now()"
ALIVE = "select token_hash from sessions where token_hash = any(%s) and expires_at > now()"
SERVICE = """
select tenant_id, name from service_tokens
where token_hash = %s and (expires_at is null or expires_at > now())
"""


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A login that has not ended."""

    tenant_id: UUID
    agent_id: UUID


@dataclass(frozen=True, slots=True)
class ServiceToken:
    """Another service's permission to read."""

    tenant_id: UUID
    name: str


class PostgresSessions:
    """Sessions and tokens by the hash of their secret; the secret itself is never stored."""

    def __init__(self, pool: AsyncQueryPool) -> None:
        self._pool = pool

    async def find(self, token_hash: bytes) -> LoginSession | None:
        """Find the login behind a cookie."""
        rows = await self._pool.rows_as(class_row(LoginSession), SESSION, [token_hash])
        return rows[0] if rows else None

    async def service(self, token_hash: bytes) -> ServiceToken | None:
        """Find the service behind a bearer token."""
        rows = await self._pool.rows_as(class_row(ServiceToken), SERVICE, [token_hash])
        return rows[0] if rows else None

    async def alive(self, token_hashes: Collection[bytes]) -> set[bytes]:
        """Read which of `token_hashes` belong to a login that has not ended."""
        return {row.token_hash for row in await self._pool.rows(ALIVE, [list(token_hashes)])}

    async def close(self, token_hash: bytes) -> None:
        """End one login; idempotent."""
        async with self._pool.transaction() as db:
            await db.execute("delete from sessions where token_hash = %s", [token_hash])


class PostgresLogins:
    """Opens and ends sessions; for the thread that verifies a password."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def open(self, token_hash: bytes, session: LoginSession, lifetime: timedelta) -> None:
        """Store a login for `lifetime`; delete those that are over, and the agent's oldest over the limit."""

        def work(db: Connection[Any]) -> None:
            db.execute("delete from sessions where expires_at < now()")
            db.execute(OLDEST, [session.tenant_id, session.agent_id, MAX_SESSIONS - 1])
            db.execute(
                "insert into sessions (token_hash, tenant_id, agent_id, expires_at)"
                " values (%s, %s, %s, now() + %s)",
                [token_hash, session.tenant_id, session.agent_id, lifetime],
            )

        self._pool.write(work)

    def end_all(self, agent_id: UUID) -> None:
        """End every login of an agent; idempotent."""
        self._pool.write(lambda db: db.execute("delete from sessions where agent_id = %s", [agent_id]))


class PostgresServiceTokens:
    """Lets other services in, and shuts them out; for the command line."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def issue(self, token_hash: bytes, token: ServiceToken, lifetime: timedelta | None = None) -> None:
        """Let a service in; without `lifetime` until it is revoked."""
        self._pool.write(
            lambda db: db.execute(
                "insert into service_tokens (token_hash, tenant_id, name, expires_at)"
                " values (%s, %s, %s, now() + %s)",
                [token_hash, token.tenant_id, token.name, lifetime],
            )
        )

    def revoke(self, tenant_id: UUID, name: str) -> int:
        """Shut a service out; return how many tokens it had."""
        query = "delete from service_tokens where tenant_id = %s and name = %s"
        return self._pool.write(lambda db: db.execute(query, [tenant_id, name]).rowcount)
