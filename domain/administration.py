"""Tenants, channels and agents: small aggregates of one shape, so that their audit comes free."""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from domain.decision import Decision, nothing_to_do
from domain.event import Event

Role = Literal["agent", "supervisor", "admin"]


class TenantRegistered(Event):
    """A customer company came to the installation."""

    TOPIC: ClassVar = "tenant.registered"
    name: str


class ChannelAdded(Event):
    """A WhatsApp number of a tenant became known.

    `portfolio` is the scope of business-scoped ids (the business portfolio, or the account if unknown).
    """

    TOPIC: ClassVar = "channel.added"
    phone_number_id: str
    name: str
    portfolio: str
    has_bot: bool


class AgentAdded(Event):
    """A person works for a tenant. The e-mail is unique in a cell."""

    TOPIC: ClassVar = "agent.added"
    name: str
    email: str
    role: Role


class AgentDeactivated(Event):
    """This person no longer works here: no login, no assignment."""

    TOPIC: ClassVar = "agent.deactivated"


class AgentActivated(Event):
    """This person works here again."""

    TOPIC: ClassVar = "agent.activated"


EVENTS: tuple[type[Event], ...] = (
    TenantRegistered,
    ChannelAdded,
    AgentAdded,
    AgentDeactivated,
    AgentActivated,
)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer company."""

    name: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A WhatsApp number as the rules need it."""

    phone_number_id: str
    name: str
    portfolio: str
    has_bot: bool


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who works for a tenant."""

    name: str
    email: str
    role: Role
    active: bool = True

    def deactivate(self) -> Decision:
        """Take away login and assignment; a second time changes nothing."""
        return (AgentDeactivated(),) if self.active else nothing_to_do

    def activate(self) -> Decision:
        """Give them back."""
        return nothing_to_do if self.active else (AgentActivated(),)


Administered = Tenant | Channel | Agent


def evolve(state: Administered | None, event: Event) -> Administered:
    """The tenant, channel or agent after `event`."""
    match event:
        case TenantRegistered(name=name):
            return Tenant(name)
        case ChannelAdded():
            return Channel(event.phone_number_id, event.name, event.portfolio, event.has_bot)
        case AgentAdded():
            return Agent(event.name, event.email, event.role)
        case AgentDeactivated() if isinstance(state, Agent):
            return replace(state, active=False)
        case AgentActivated() if isinstance(state, Agent):
            return replace(state, active=True)
        case _:
            assert state is not None, "a stream begins with its founding fact"
            return state
