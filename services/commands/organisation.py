"""Commands of admins on teams, agents and channels."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar
from uuid import UUID

from uuid_utils.compat import uuid7

from domain import streams
from domain.administration import Agent, Channel, ChannelConfigured, Role, Tenant, name_key
from domain.decision import Decision
from domain.log.append import Name, QueueUnchanged
from domain.refusals import InUse, NotFound, Themselves
from services.access.unique_names import EMAIL, folded
from services.queries.channels import NUMBER
from services.write.actor import Administrator, CommandResponse, Request
from services.write.command_runner import CommandRunner
from services.write.unit_of_work import Origin, UnitOfWork

S = TypeVar("S", Tenant, Agent, Channel)
T = TypeVar("T")

CREATED = 201
BEFORE_APPEND = "before_append_organisation"


class Unchanged(Enum):
    """The value of a setting that stays as it is, where None is a value of its own."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


@dataclass(frozen=True, slots=True)
class AgentChange:
    """Changes to an agent; None and `UNCHANGED` leave a setting as it is."""

    active: bool | None = None
    teams: frozenset[UUID] | None = None
    limit: int | Unchanged | None = UNCHANGED
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class ChannelChange:
    """Changes to a channel; None and `UNCHANGED` leave a setting as it is."""

    team_id: UUID | Unchanged | None = UNCHANGED
    has_bot: bool | None = None
    reopen_within_s: int | None = None
    sends_read: bool | None = None
    sends_typing: bool | None = None
    auto_assign: bool | None = None
    return_after_s: int | None = None
    account: str | None = None
    active_message_return_s: int | None = None


@dataclass(frozen=True, slots=True)
class OrganisationCommands:
    """Changes teams, agents and channels of a tenant. The caller has checked the permission.

    `idle_at` says at which position neither tickets nor channels depended on a team, by fresh read models;
    `end_sessions` ends all logins of an agent.
    """

    runner: CommandRunner
    idle_at: Callable[[UUID, UUID], int | None]
    end_sessions: Callable[[UUID], None]
    new_id: Callable[[], UUID] = uuid7

    def add_team(self, name: str, by: Administrator, request: Request | None = None) -> CommandResponse:
        """Add a team; a repeated request gets the first one's response.

        Raises:
            NameTaken, KeyReused, ConcurrentChange
        """
        team_id = self.new_id()
        answer = {"id": str(team_id)}

        def add(unit: UnitOfWork) -> Tenant:
            return _change(unit, Tenant, by.tenant_id, by, lambda tenant, _: tenant.add_team(team_id, name))

        if request is None:
            return CommandResponse(CREATED, answer, self.runner.execute(by.tenant_id, add, BEFORE_APPEND)[1])
        return self.runner.execute_idempotent(by, request, CREATED, answer, add, BEFORE_APPEND)

    def rename_team(self, team_id: UUID, name: str, by: Administrator) -> int:
        """Rename a team; return the position of the change.

        Raises:
            NotFound, NameTaken
        """
        return self._changed(Tenant, by.tenant_id, by, lambda tenant, _: tenant.rename_team(team_id, name))[1]

    def archive_team(self, team_id: UUID, by: Administrator) -> int:
        """Archive a team, so that it gets no more tickets; return the position of the change.

        Raises:
            NotFound
            InUse: it has tickets that are not closed, or a channel sends it new ones.
        """

        def archive(tenant: Tenant, unit: UnitOfWork) -> Decision:
            if facts := tenant.archive_team(team_id):
                if (position := self.idle_at(by.tenant_id, team_id)) is None:
                    raise InUse
                unit.queue_unchanged_since = QueueUnchanged(by.tenant_id, str(team_id), position)
            return facts

        return self._changed(Tenant, by.tenant_id, by, archive)[1]

    def change_agent(self, agent_id: UUID, change: AgentChange, by: Administrator) -> tuple[Agent, int]:
        """Change an agent; return the agent and the position of the change.

        A login ends with what it was given for: with the role, and with a deactivation.

        Raises:
            NotFound, UnknownTeam
            Themselves: nobody changes their own role or deactivates themselves.
        """
        ends_sessions = change.active is False

        def decide(agent: Agent, unit: UnitOfWork) -> Decision:
            nonlocal ends_sessions
            facts: Decision = ()
            if change.active is not None:
                facts += agent.activate() if change.active else agent.deactivate()
            if change.role is not None:
                facts += (became := agent.become(change.role))
                ends_sessions = ends_sessions or bool(became)
            if facts and agent_id == by.agent_id:
                raise Themselves
            if change.teams is not None:
                for team_id in change.teams - agent.teams:
                    unit.require_team(by.tenant_id, team_id)
                facts += agent.join(change.teams)
            if not isinstance(change.limit, Unchanged):
                facts += agent.limited(change.limit)
            return facts

        changed = self._changed(Agent, agent_id, by, decide)
        if ends_sessions:
            self.end_sessions(agent_id)
        return changed

    def configure(self, channel_id: UUID, change: ChannelChange, by: Administrator) -> tuple[Channel, int]:
        """Configure a channel; return the channel and the position of the change.

        Raises:
            NotFound, UnknownTeam
        """

        def decide(channel: Channel, unit: UnitOfWork) -> Decision:
            team_id = channel.team_id if isinstance(change.team_id, Unchanged) else change.team_id
            if team_id is not None and team_id != channel.team_id:
                unit.require_team(by.tenant_id, team_id)
            return channel.configure(
                ChannelConfigured(
                    team_id=team_id,
                    has_bot=_or(change.has_bot, channel.has_bot),
                    reopen_within_s=_or(change.reopen_within_s, channel.reopen_within_s),
                    sends_read=_or(change.sends_read, channel.sends_read),
                    sends_typing=_or(change.sends_typing, channel.sends_typing),
                    auto_assign=_or(change.auto_assign, channel.auto_assign),
                    return_after_s=_or(change.return_after_s, channel.return_after_s),
                    account=_or(change.account, channel.account) or None,
                    active_message_return_s=_or(
                        change.active_message_return_s, channel.active_message_return_s
                    ),
                )
            )

        return self._changed(Channel, channel_id, by, decide)

    def team_named(self, name: str, by: Administrator) -> UUID:
        """Find a team that gets tickets by name.

        Raises:
            NotFound
        """
        tenant = self.runner.unit(by.tenant_id).tenant(by.tenant_id)
        for id, team in tenant.teams.items() if tenant is not None else ():
            if not team.archived and name_key(team.name) == name_key(name):
                return id
        raise NotFound("team", name)

    def agent_with(self, email: str) -> tuple[UUID, Administrator]:
        """Find an agent by e-mail; return their id, and the command line as an administrator of their tenant.

        Raises:
            NotFound
        """
        return self._named("agent", Name(EMAIL, folded(email)), email)

    def channel_with(self, phone_number_id: str) -> tuple[UUID, Administrator]:
        """Find a channel by Meta's id of its number; return its id and an administrator, as `agent_with`.

        Raises:
            NotFound
        """
        return self._named("channel", Name(NUMBER, phone_number_id), phone_number_id)

    def _named(self, what: str, name: Name, written: str) -> tuple[UUID, Administrator]:
        held = self.runner.log.owners_of_names([name]).get(name)
        if held is None:
            raise NotFound(what, written)
        tenant_id, id = held
        return id, Administrator(tenant_id)

    def _changed(
        self, kind: type[S], id: UUID, by: Administrator, decide: Callable[[S, UnitOfWork], Decision]
    ) -> tuple[S, int]:
        """Run a change; return the state after it and its position."""
        return self.runner.execute(
            by.tenant_id, lambda unit: _change(unit, kind, id, by, decide), BEFORE_APPEND
        )


def _change(
    unit: UnitOfWork, kind: type[S], id: UUID, by: Administrator, decide: Callable[[S, UnitOfWork], Decision]
) -> S:
    state = unit.load(id, streams.administered).state
    if not isinstance(state, kind):
        raise NotFound(kind.__name__.lower(), id)
    origin = Origin(by.tenant_id, by.actor)
    changed = unit.record(id, decide(state, unit), streams.administered, origin).state
    assert isinstance(changed, kind), "nothing becomes something else"
    return changed


def _or(wanted: T | None, present: T) -> T:
    return present if wanted is None else wanted
