"""Authors of commands, and responses."""

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from adapters.postgres.queries.visibility import Visibility
from domain.administration import Role
from domain.conversation.state import Conversation


class CommandAuthor(Protocol):
    """Whoever writes to the log: `actor` is how the log names them."""

    @property
    def tenant_id(self) -> UUID: ...

    @property
    def actor(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Person:
    """An agent who gives a command: their role and teams say what they may see."""

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
class Administrator:
    """Who changes something of a tenant: a person, or (`agent_id` None) a process of ours."""

    tenant_id: UUID
    agent_id: UUID | None = None
    process: str = "cli"

    @property
    def actor(self) -> str:
        return f"system:{self.process}" if self.agent_id is None else f"agent:{self.agent_id}"


@dataclass(frozen=True, slots=True)
class Request:
    """A command that takes effect once however often it is sent: its idempotency key and body hash."""

    key: str
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a command: the position from which on queries show it, and the conversation afterwards."""

    position: int
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class CommandResponse:
    """The response to a command under an idempotency key; repeated requests get the first one."""

    status: int
    answer: dict[str, Any]
    position: int
