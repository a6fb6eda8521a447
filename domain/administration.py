"""Tenants with their teams, channels and agents: small aggregates of one shape, so audit comes free."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal
from uuid import UUID

from domain.decision import Decision, decided, nothing_to_do
from domain.event import Event
from domain.refusals import NameTaken, NotFound
from domain.text import caseless

Role = Literal["agent", "supervisor", "admin"]


class TenantRegistered(Event):
    """A customer company came to the installation."""

    TOPIC: ClassVar = "tenant.registered"
    name: str


class TeamAdded(Event):
    """A tenant has one more team, with a queue of its own. A fact of the tenant's stream."""

    TOPIC: ClassVar = "team.added"
    team_id: UUID
    name: str


class TeamRenamed(Event):
    """A team is called otherwise."""

    TOPIC: ClassVar = "team.renamed"
    team_id: UUID
    name: str


class TeamArchived(Event):
    """A team gets no more tickets; what it had keeps its name."""

    TOPIC: ClassVar = "team.archived"
    team_id: UUID


class ChannelAdded(Event):
    """A WhatsApp number of a tenant became known.

    `portfolio` is the scope of business-scoped ids (the business portfolio, or the account if unknown).
    """

    TOPIC: ClassVar = "channel.added"
    phone_number_id: str
    name: str
    portfolio: str
    has_bot: bool


class ChannelConfigured(Event):
    """How a number behaves was set, all of it: a later one replaces it.

    New tickets go to the queue of `team_id`; the customer's next message within `reopen_within_s` of the end
    goes on with the same ticket (0: never); `sends_read` and `sends_typing` tell the customer what an agent
    does; with `auto_assign` its waiting tickets are given to present agents.
    """

    TOPIC: ClassVar = "channel.configured"
    team_id: UUID | None
    has_bot: bool
    reopen_within_s: int
    sends_read: bool
    sends_typing: bool
    auto_assign: bool


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


class AgentTeamsSet(Event):
    """The teams that this person works in, all of them."""

    TOPIC: ClassVar = "agent.teams_set"
    teams: list[UUID]


class AgentLimitSet(Event):
    """How many open tickets the rule of assignment may bring this person to; None: as many as come."""

    TOPIC: ClassVar = "agent.limit_set"
    limit: int | None


class AgentRoleChanged(Event):
    """This person may do other things now."""

    TOPIC: ClassVar = "agent.role_changed"
    role: Role


EVENTS: tuple[type[Event], ...] = (
    TenantRegistered,
    TeamAdded,
    TeamRenamed,
    TeamArchived,
    ChannelAdded,
    ChannelConfigured,
    AgentAdded,
    AgentDeactivated,
    AgentActivated,
    AgentTeamsSet,
    AgentLimitSet,
    AgentRoleChanged,
)

FOUNDING = (TenantRegistered, ChannelAdded, AgentAdded)
"""With these a stream begins."""


@dataclass(frozen=True, slots=True)
class Team:
    """Some of a tenant's people, with a queue of their own."""

    name: str
    archived: bool = False


class Administered:
    """What an installation is made of: a tenant, a channel or an agent."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Tenant(Administered):
    """A customer company, and its teams. No two teams of it have one name, as people read names."""

    name: str
    teams: Mapping[UUID, Team] = field(default_factory=dict)

    def has_team(self, team_id: UUID) -> bool:
        """Whether tickets may go there."""
        return team_id in self.teams and not self.teams[team_id].archived

    def add_team(self, team_id: UUID, name: str) -> Decision:
        """Have one more team.

        Raises:
            NameTaken
        """
        self._require_free(name, team_id)
        return decided(TeamAdded(team_id=team_id, name=name))

    def rename_team(self, team_id: UUID, name: str) -> Decision:
        """Call a team otherwise.

        Raises:
            NotFound: no such team, or an archived one.
            NameTaken
        """
        if not self.has_team(team_id):
            raise NotFound("team", team_id)
        if self.teams[team_id].name == name:
            return nothing_to_do
        self._require_free(name, team_id)
        return decided(TeamRenamed(team_id=team_id, name=name))

    def archive_team(self, team_id: UUID) -> Decision:
        """Give a team no more tickets; a second time changes nothing.

        Raises:
            NotFound
        """
        if team_id not in self.teams:
            raise NotFound("team", team_id)
        return decided(TeamArchived(team_id=team_id)) if self.has_team(team_id) else nothing_to_do

    def _require_free(self, name: str, team_id: UUID) -> None:
        key = name_key(name)
        for id, team in self.teams.items():
            if id != team_id and not team.archived and name_key(team.name) == key:
                raise NameTaken("team", name)


@dataclass(frozen=True, slots=True)
class Channel(Administered):
    """A WhatsApp number as the rules need it; the fields are those of `ChannelConfigured`."""

    phone_number_id: str
    name: str
    portfolio: str
    has_bot: bool
    team_id: UUID | None = None
    reopen_within_s: int = 0
    sends_read: bool = True
    sends_typing: bool = False
    auto_assign: bool = False

    def configure(self, wanted: ChannelConfigured) -> Decision:
        """Behave like this; nothing happens when it does."""
        return nothing_to_do if _configured(self, wanted) == self else decided(wanted)


@dataclass(frozen=True, slots=True)
class Agent(Administered):
    """A person who works for a tenant. `limit` is how many open tickets the rule may bring them to."""

    name: str
    email: str
    role: Role
    active: bool = True
    teams: frozenset[UUID] = frozenset()
    limit: int | None = None

    def deactivate(self) -> Decision:
        """Take away login and assignment; a second time changes nothing."""
        return (AgentDeactivated(),) if self.active else nothing_to_do

    def activate(self) -> Decision:
        """Give them back."""
        return nothing_to_do if self.active else (AgentActivated(),)

    def join(self, teams: frozenset[UUID]) -> Decision:
        """Work in exactly these teams."""
        return nothing_to_do if teams == self.teams else decided(AgentTeamsSet(teams=sorted(teams)))

    def limited(self, limit: int | None) -> Decision:
        """Be given tickets by the rule up to `limit` open ones."""
        return nothing_to_do if limit == self.limit else decided(AgentLimitSet(limit=limit))

    def become(self, role: Role) -> Decision:
        """Have another role."""
        return nothing_to_do if role == self.role else decided(AgentRoleChanged(role=role))


def evolve(state: Administered | None, event: Event) -> Administered:
    """The tenant, channel or agent after `event`."""
    match event:
        case TenantRegistered(name=name):
            return Tenant(name)
        case TeamAdded() | TeamRenamed() if isinstance(state, Tenant):
            return replace(state, teams={**state.teams, event.team_id: Team(event.name)})
        case TeamArchived(team_id=id) if isinstance(state, Tenant):
            return replace(state, teams={**state.teams, id: replace(state.teams[id], archived=True)})
        case ChannelAdded():
            return Channel(event.phone_number_id, event.name, event.portfolio, event.has_bot)
        case ChannelConfigured() if isinstance(state, Channel):
            return _configured(state, event)
        case AgentAdded():
            return Agent(event.name, event.email, event.role)
        case AgentDeactivated() if isinstance(state, Agent):
            return replace(state, active=False)
        case AgentActivated() if isinstance(state, Agent):
            return replace(state, active=True)
        case AgentTeamsSet(teams=teams) if isinstance(state, Agent):
            return replace(state, teams=frozenset(teams))
        case AgentLimitSet(limit=limit) if isinstance(state, Agent):
            return replace(state, limit=limit)
        case AgentRoleChanged(role=role) if isinstance(state, Agent):
            return replace(state, role=role)
        case _:
            assert state is not None, "a stream begins with its founding fact"
            return state


def name_key(name: str) -> str:
    """A name as it is compared: without width, case and spare spaces."""
    return " ".join(caseless(name).split())


def _configured(channel: Channel, settings: ChannelConfigured) -> Channel:
    return replace(channel, **dict(settings))
