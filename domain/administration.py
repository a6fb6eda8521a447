"""Tenants with their teams, channels and agents: small aggregates of one shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import ClassVar, Literal
from uuid import UUID

from domain import tenant_variables
from domain.decision import Decision, decided, nothing_to_do
from domain.event import Event
from domain.refusals import NameTaken, NotFound
from domain.tenant_variables import Variable, VariableArchived, VariableChanged, VariableDefined
from domain.text import caseless

Role = Literal["agent", "supervisor", "admin"]

RETURN_AFTER = timedelta(minutes=15)
"""The usual time after which a ticket that came back to somebody who is not there goes to its queue."""

RETURN_AFTER_S = int(RETURN_AFTER.total_seconds())

ACTIVE_RETURN_S = 24 * 3600
"""The usual time in which the answer to an active message comes back to who wrote it, in a closed ticket."""


class TenantRegistered(Event):
    """A company was added to the installation."""

    TOPIC: ClassVar = "tenant.registered"

    name: str
    """Name of the company."""


class TeamAdded(Event):
    """A team was added to a tenant, with a queue of its own. A fact of the tenant's stream."""

    TOPIC: ClassVar = "team.added"

    team_id: UUID
    """Id of the team."""

    name: str
    """Name of the team."""


class TeamRenamed(Event):
    """A team was renamed."""

    TOPIC: ClassVar = "team.renamed"

    team_id: UUID
    """The team."""

    name: str
    """The new name of the team."""


class TeamArchived(Event):
    """A team was archived: it gets no more tickets; those that it had keep its name."""

    TOPIC: ClassVar = "team.archived"

    team_id: UUID
    """The team."""


class ChannelAdded(Event):
    """A WhatsApp number of a tenant was added."""

    TOPIC: ClassVar = "channel.added"

    phone_number_id: str
    """Meta's id of the number."""

    name: str
    """What agents call the number."""

    portfolio: str
    """The scope of business-scoped ids: the business portfolio, or the account if unknown."""

    has_bot: bool
    """Whether a bot gets new tickets first."""


class ChannelConfigured(Event):
    """The settings of a number were changed; they are all here."""

    TOPIC: ClassVar = "channel.configured"

    team_id: UUID | None
    """The team whose queue gets new tickets; null: the default queue."""

    has_bot: bool
    """Whether a bot gets new tickets first."""

    reopen_within_s: int
    """Within how many seconds of the close a customer's message reopens the ticket (0: never)."""

    sends_read: bool
    """Whether the customer is told what was read."""

    sends_typing: bool
    """Whether the customer is told that an agent is typing."""

    auto_assign: bool
    """Whether queued tickets are assigned to available agents."""

    return_after_s: int = RETURN_AFTER_S
    """After how many seconds a reopened or woken ticket leaves an owner who is not there."""

    account: str | None = None
    """Meta's id of the WhatsApp account that the number belongs to; null: unknown, so no templates."""

    active_message_return_s: int = ACTIVE_RETURN_S
    """Within how many seconds of an active message its answer reopens the ticket for who wrote it."""


class AgentAdded(Event):
    """A person was added to a tenant."""

    TOPIC: ClassVar = "agent.added"

    name: str
    """Name of the person."""

    email: str
    """Their e-mail address, unique in a cell; never published."""

    role: Role
    """What the person may do."""


class AgentDeactivated(Event):
    """The person was deactivated: no login, no assignment."""

    TOPIC: ClassVar = "agent.deactivated"


class AgentActivated(Event):
    """The person was activated again."""

    TOPIC: ClassVar = "agent.activated"


class AgentTeamsSet(Event):
    """The teams of the person were set; they are all here."""

    TOPIC: ClassVar = "agent.teams_set"

    teams: list[UUID]
    """All of their teams."""


class AgentLimitSet(Event):
    """The number of open tickets up to which auto-assignment gives the person more was set."""

    TOPIC: ClassVar = "agent.limit_set"

    limit: int | None
    """The number of open tickets, null for any."""


class AgentRoleChanged(Event):
    """The role of the person was changed."""

    TOPIC: ClassVar = "agent.role_changed"

    role: Role
    """What the person may do."""


EVENTS: tuple[type[Event], ...] = (
    TenantRegistered,
    TeamAdded,
    TeamRenamed,
    TeamArchived,
    *tenant_variables.EVENTS,
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
"""The events that a stream can begin with."""


@dataclass(frozen=True, slots=True)
class Team:
    """A team of a tenant, with a queue of its own."""

    name: str
    archived: bool = False


class Administered:
    """What an installation is made of: a tenant, a channel or an agent."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Tenant(Administered):
    """A company, its teams and what its facts say of variables. No two teams have names that differ in case,
    width or spaces alone."""

    name: str
    teams: Mapping[UUID, Team] = field(default_factory=dict)
    variables: Mapping[UUID, Variable] = field(default_factory=dict)

    def has_team(self, team_id: UUID) -> bool:
        """Return whether the team exists and is not archived."""
        return team_id in self.teams and not self.teams[team_id].archived

    def add_team(self, team_id: UUID, name: str) -> Decision:
        """Add a team.

        Raises:
            NameTaken
        """
        self._require_free(name, team_id)
        return decided(TeamAdded(team_id=team_id, name=name))

    def rename_team(self, team_id: UUID, name: str) -> Decision:
        """Rename a team; does nothing when it has the name.

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
        """Archive a team; does nothing when it is archived.

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
    return_after_s: int = RETURN_AFTER_S
    account: str | None = None
    active_message_return_s: int = ACTIVE_RETURN_S

    @property
    def active_return(self) -> timedelta:
        """Within which time of an active message its answer comes back to who wrote it."""
        return timedelta(seconds=self.active_message_return_s)

    @property
    def return_after(self) -> timedelta:
        """After which time work that came back goes to its queue."""
        return timedelta(seconds=self.return_after_s)

    def configure(self, wanted: ChannelConfigured) -> Decision:
        """Change the settings; does nothing when they are the same."""
        return nothing_to_do if _configured(self, wanted) == self else decided(wanted)


@dataclass(frozen=True, slots=True)
class Agent(Administered):
    """A person who works for a tenant; auto-assignment brings them to `limit` open tickets at most."""

    name: str
    email: str
    role: Role
    active: bool = True
    teams: frozenset[UUID] = frozenset()
    limit: int | None = None

    def deactivate(self) -> Decision:
        """Deactivate the agent; does nothing when inactive."""
        return (AgentDeactivated(),) if self.active else nothing_to_do

    def activate(self) -> Decision:
        """Activate the agent; does nothing when active."""
        return nothing_to_do if self.active else (AgentActivated(),)

    def join(self, teams: frozenset[UUID]) -> Decision:
        """Set the teams of the agent."""
        return nothing_to_do if teams == self.teams else decided(AgentTeamsSet(teams=sorted(teams)))

    def limited(self, limit: int | None) -> Decision:
        """Set the limit of open tickets for auto-assignment."""
        return nothing_to_do if limit == self.limit else decided(AgentLimitSet(limit=limit))

    def become(self, role: Role) -> Decision:
        """Set the role of the agent."""
        return nothing_to_do if role == self.role else decided(AgentRoleChanged(role=role))


def evolve(state: Administered | None, event: Event) -> Administered:
    """Return the tenant, channel or agent after `event`."""
    match event:
        case TenantRegistered(name=name):
            return Tenant(name)
        case TeamAdded() | TeamRenamed() if isinstance(state, Tenant):
            return replace(state, teams={**state.teams, event.team_id: Team(event.name)})
        case TeamArchived(team_id=id) if isinstance(state, Tenant):
            return replace(state, teams={**state.teams, id: replace(state.teams[id], archived=True)})
        case VariableDefined() | VariableChanged() | VariableArchived() if isinstance(state, Tenant):
            return replace(state, variables=tenant_variables.evolve(state.variables, event))
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
    """Return a name as it is compared: without width, case and extra spaces."""
    return " ".join(caseless(name).split())


def _configured(channel: Channel, settings: ChannelConfigured) -> Channel:
    return replace(channel, **dict(settings))
