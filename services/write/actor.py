"""Who gives a command, and what it is answered with."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from adapters.postgres.queries.visibility import Visibility
from domain.administration import Role
from domain.conversation.state import Conversation


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: an agent with a role, and what they may see."""

    id: UUID
    tenant_id: UUID
    role: Role
    teams: frozenset[UUID] = frozenset()

    @property
    def visibility(self) -> Visibility:
        return Visibility.of(self.tenant_id, self.id, self.role, self.teams)

    @property
    def actor(self) -> str:
        return f"agent:{self.id}"


@dataclass(frozen=True, slots=True)
class Request:
    """A command that must have one effect however often it comes: its key, and a hash of its body."""

    key: str
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """It is so: the position behind which queries show it, and the thread afterwards."""

    position: int
    thread: Conversation


@dataclass(frozen=True, slots=True)
class CommandResponse:
    """The stored answer of a command under an idempotency key."""

    status: int
    answer: dict[str, Any]
    position: int
