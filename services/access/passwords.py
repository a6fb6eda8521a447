"""Passwords of agents: stored as sealed argon2id hashes, never in an event."""

from uuid import UUID

from argon2 import PasswordHasher

from adapters.postgres.log.secrets import PostgresSecrets

KIND = "password"


def store_password(secrets: PostgresSecrets, agent_id: UUID, password: str) -> None:
    """Set the password of an agent, in place of an earlier one."""
    secrets.put(KIND, agent_id, PasswordHasher().hash(password).encode())
