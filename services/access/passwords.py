"""Passwords of agents: only their argon2id hash is kept, sealed, and never in an event."""

from typing import Protocol
from uuid import UUID

from argon2 import PasswordHasher

KIND = "password"


class Secrets(Protocol):
    """Where secrets stand, sealed."""

    def put(self, kind: str, owner_id: UUID, secret: bytes) -> None: ...


def keep_password(secrets: Secrets, agent_id: UUID, password: str) -> None:
    """From now on this password lets the agent in."""
    secrets.put(KIND, agent_id, PasswordHasher().hash(password).encode())
