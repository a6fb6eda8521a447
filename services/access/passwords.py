"""Passwords of agents: stored as sealed argon2id hashes, never in an event."""

from typing import Protocol
from uuid import UUID

from argon2 import PasswordHasher

KIND = "password"


class Secrets(Protocol):
    """Store of sealed secrets."""

    def put(self, kind: str, owner_id: UUID, secret: bytes) -> None: ...


def store_password(secrets: Secrets, agent_id: UUID, password: str) -> None:
    """Set the password of an agent, in place of an earlier one."""
    secrets.put(KIND, agent_id, PasswordHasher().hash(password).encode())
