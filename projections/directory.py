"""The directory: tenants, teams, variables, channels and agents. Others hold their ids, never their names."""

from typing import Any, ClassVar, Literal, NamedTuple
from uuid import UUID

from domain import administration
from domain.administration import (
    AgentActivated,
    AgentAdded,
    AgentDeactivated,
    AgentLimitSet,
    AgentRoleChanged,
    AgentTeamsSet,
    Channel,
    ChannelAdded,
    ChannelConfigured,
    Role,
    TeamAdded,
    TeamArchived,
    TeamRenamed,
    TenantRegistered,
)
from domain.event import Recorded
from domain.tenant_variables import Kind as VariableKind
from domain.tenant_variables import VariableArchived, VariableChanged, VariableDefined
from projections.projection import Key, Projection, Where

Kind = Literal["tenant", "team", "variable", "channel", "agent"]


class DirectoryRow(NamedTuple):
    """A tenant, team, variable, channel or agent; fields that its kind does not have are None.

    An archived team or variable is not `active`. `teams` are those of an agent, as text; `open_limit` is the
    limit of open tickets for auto-assignment; `team_id` is the team that gets a channel's new tickets.
    `taken_from`, `field` and `value` are what a variable is taken from; the usual ones that nobody changed
    have no row.
    """

    tenant_id: UUID
    kind: Kind
    id: UUID
    name: str
    position: int
    active: bool = True
    email: str | None = None
    role: Role | None = None
    teams: list[str] | None = None
    open_limit: int | None = None
    phone_number_id: str | None = None
    portfolio: str | None = None
    has_bot: bool | None = None
    team_id: UUID | None = None
    reopen_within_s: int | None = None
    sends_read: bool | None = None
    sends_typing: bool | None = None
    auto_assign: bool | None = None
    return_after_s: int | None = None
    taken_from: VariableKind | None = None
    field: str | None = None
    value: str | None = None
    account: str | None = None
    active_message_return_s: int | None = None


class DirectoryProjection(Projection[DirectoryRow]):
    """One row per tenant, team, variable, channel and agent."""

    name: ClassVar = "directory"
    version: ClassVar = 4
    key_size: ClassVar = 3
    facts: ClassVar = frozenset(administration.EVENTS)
    founding: ClassVar = frozenset({TenantRegistered, TeamAdded, VariableDefined, ChannelAdded, AgentAdded})
    row = DirectoryRow

    def key(self, event: Recorded) -> Key | Where | None:
        match event.fact:
            case TenantRegistered():
                return event.tenant_id, "tenant", event.stream_id
            case TeamAdded(team_id=id) | TeamRenamed(team_id=id) | TeamArchived(team_id=id):
                return event.tenant_id, "team", id
            case VariableDefined(variable_id=id) | VariableChanged(variable_id=id):
                return event.tenant_id, "variable", id
            case VariableArchived(variable_id=id):
                return event.tenant_id, "variable", id
            case ChannelAdded() | ChannelConfigured():
                return event.tenant_id, "channel", event.stream_id
            case _:
                return event.tenant_id, "agent", event.stream_id

    def fold(self, row: DirectoryRow | None, event: Recorded) -> DirectoryRow | None:
        match event.fact:
            case TenantRegistered(name=name):
                return _entry(event, "tenant", event.stream_id, name)
            case TeamAdded(team_id=id, name=name):
                return _entry(event, "team", id, name)
            case VariableDefined(variable_id=id, name=name) as fact:
                return _entry(event, "variable", id, name)._replace(**_source(fact))
            case ChannelAdded() as fact:
                added = Channel(fact.phone_number_id, fact.name, fact.portfolio, fact.has_bot)
                return _entry(event, "channel", event.stream_id, fact.name)._replace(**_fields(added))
            case AgentAdded() as fact:
                entry = _entry(event, "agent", event.stream_id, fact.name)
                return entry._replace(email=fact.email, role=fact.role, teams=[])
            case _ if row is not None:
                return row._replace(position=event.position, **_changes(event))
            case _:
                return None


def _fields(channel: Channel) -> dict[str, Any]:
    return {name: getattr(channel, name) for name in Channel.__slots__}


def _source(fact: VariableDefined | VariableChanged) -> dict[str, Any]:
    return {"taken_from": fact.kind, "field": fact.field, "value": fact.value}


def _changes(event: Recorded) -> dict[str, Any]:
    match event.fact:
        case TeamRenamed(name=name):
            return {"name": name}
        case VariableChanged() as fact:
            return _source(fact)
        case TeamArchived() | VariableArchived() | AgentDeactivated():
            return {"active": False}
        case AgentActivated():
            return {"active": True}
        case AgentTeamsSet(teams=teams):
            return {"teams": [str(team) for team in teams]}
        case AgentLimitSet(limit=limit):
            return {"open_limit": limit}
        case AgentRoleChanged(role=role):
            return {"role": role}
        case ChannelConfigured() as fact:
            return dict(fact)
        case _:
            return {}


def _entry(event: Recorded, kind: Kind, id: UUID, name: str) -> DirectoryRow:
    return DirectoryRow(event.tenant_id, kind, id, name, event.position)
