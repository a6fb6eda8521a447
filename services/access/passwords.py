"""Passwords of agents: stored as sealed argon2id hashes, never in an event."""

from uuid import UUID

from argon2 import PasswordHasher

from adapters.postgres.log.secrets import PostgresSecrets
from domain.refusals import DomainError

KIND = "password"
MIN_LENGTH = 10

HASHER = PasswordHasher(parallelism=1)
"""One core for each password: somebody who guesses must not take all of them."""


class PasswordTooShort(DomainError, code="password_too_short"):
    """A password has at least ten characters."""


def new_password(password: str) -> str:
    """Return a password that may be set.

    Raises:
        PasswordTooShort
    """
    if len(password) < MIN_LENGTH:
        raise PasswordTooShort(f"a password must have at least {MIN_LENGTH} characters")
    return password


def store_password(secrets: PostgresSecrets, agent_id: UUID, password: str) -> None:
    """Set the password of an agent, in place of an earlier one."""
    secrets.put(KIND, agent_id, HASHER.hash(password).encode())
