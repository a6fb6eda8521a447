"""Teams, agents and numbers as admins change them: each change is decided by its aggregate, then appended."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar
from uuid import UUID

from uuid_utils.compat import uuid7

from domain import administration
from domain.administration import Administered, Agent, Channel, ChannelConfigured, Role, Tenant, name_key
from domain.decision import Decision
from domain.event import Event
from domain.log.append import (
    Append,
    Appended,
    IdempotencyKey,
    Idempotent,
    Name,
    NewEvent,
    QueueUnchanged,
    StoredResponse,
)
from domain.log.port import Log
from domain.refusals import DomainError, InUse, NotFound, Themselves
from services.access.unique_names import EMAIL, folded
from services.queries.channels import NUMBER
from services.runtime.failpoint import failpoint
from services.write.actor import CommandResponse, Request
from services.write.command_runner import KeyReused
from services.write.staff import Staff, company

S = TypeVar("S", Tenant, Agent, Channel)
T = TypeVar("T")

CREATED = 201


class Unchanged(Enum):
    """Stands for a setting that nobody asked to change, where None says something."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


@dataclass(frozen=True, slots=True)
class AgentWanted:
    """What an agent is to be; None and `UNCHANGED` leave it as it is."""

    active: bool | None = None
    teams: frozenset[UUID] | None = None
    limit: int | Unchanged | None = UNCHANGED
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class ChannelWanted:
    """How a number is to behave; None and `UNCHANGED` leave it as it is."""

    team_id: UUID | Unchanged | None = UNCHANGED
    has_bot: bool | None = None
    reopen_within_s: int | None = None
    sends_read: bool | None = None
    sends_typing: bool | None = None
    auto_assign: bool | None = None


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something of a tenant: a person, or (`agent_id` None) a process of ours."""

    tenant_id: UUID
    agent_id: UUID | None = None
    process: str = "cli"

    @property
    def actor(self) -> str:
        return f"system:{self.process}" if self.agent_id is None else f"agent:{self.agent_id}"


@dataclass(frozen=True, slots=True)
class OrganisationCommands:
    """Changes what a tenant is made of. Whether somebody may is asked before.

    `idle_at` says at which position neither tickets nor numbers depended on a team, by fresh read models.
    """

    log: Log
    idle_at: Callable[[UUID, UUID], int | None]
    new_id: Callable[[], UUID] = uuid7

    def add_team(self, name: str, by: By, request: Request | None = None) -> CommandResponse:
        """Have one more team; a repeated request gets the first one's answer.

        Raises:
            NameTaken, KeyReused
        """
        team_id = self.new_id()
        answer = {"id": str(team_id)}

        def add(tenant: Tenant, _: Staff) -> Decision:
            return tenant.add_team(team_id, name)

        if request is None:
            return CommandResponse(CREATED, answer, self._changed(Tenant, by.tenant_id, by, add)[1])
        key = IdempotencyKey(by.tenant_id, by.actor, request.key)
        kept = Idempotent(key, request.body_hash, CREATED, answer)
        done: tuple[Tenant, int] | StoredResponse
        try:
            done = self._decided(Tenant, by.tenant_id, by, add, kept)
        except DomainError:
            # Refused now, but perhaps done before.
            if (before := self.log.stored_response(key)) is None:
                raise
            done = before
        if not isinstance(done, StoredResponse):
            return CommandResponse(CREATED, answer, done[1])
        if done.body_hash != request.body_hash:
            raise KeyReused
        return CommandResponse(done.status, dict(done.answer), done.position)

    def rename_team(self, team_id: UUID, name: str, by: By) -> int:
        """Call a team otherwise; the position of that.

        Raises:
            NotFound, NameTaken
        """
        return self._changed(Tenant, by.tenant_id, by, lambda tenant, _: tenant.rename_team(team_id, name))[1]

    def archive_team(self, team_id: UUID, by: By) -> int:
        """Give a team no more tickets; the position of that. A second time changes nothing.

        Raises:
            NotFound
            InUse: it has tickets that are not closed, or a number brings it new ones.
        """

        def archive(tenant: Tenant, staff: Staff) -> Decision:
            if facts := tenant.archive_team(team_id):
                if (position := self.idle_at(by.tenant_id, team_id)) is None:
                    raise InUse
                staff.no_arrivals = QueueUnchanged(by.tenant_id, str(team_id), position)
            return facts

        return self._changed(Tenant, by.tenant_id, by, archive)[1]

    def change_agent(self, agent_id: UUID, wanted: AgentWanted, by: By) -> tuple[Agent, int]:
        """Make a person what is wanted; who they are now, and the position of that.

        Raises:
            NotFound, UnknownTeam
            Themselves: nobody shuts themselves out, or takes their own role.
        """

        def change(agent: Agent, staff: Staff) -> Decision:
            facts: Decision = ()
            if wanted.active is not None:
                facts += agent.activate() if wanted.active else agent.deactivate()
            if wanted.role is not None:
                facts += agent.become(wanted.role)
            if facts and agent_id == by.agent_id:
                raise Themselves
            if wanted.teams is not None:
                for team_id in wanted.teams - agent.teams:
                    staff.require_team(team_id)
                facts += agent.join(wanted.teams)
            if not isinstance(wanted.limit, Unchanged):
                facts += agent.limited(wanted.limit)
            return facts

        return self._changed(Agent, agent_id, by, change)

    def configure(self, channel_id: UUID, wanted: ChannelWanted, by: By) -> tuple[Channel, int]:
        """Let a number behave as is wanted; how it does now, and the position of that.

        Raises:
            NotFound, UnknownTeam
        """

        def change(channel: Channel, staff: Staff) -> Decision:
            team_id = channel.team_id if isinstance(wanted.team_id, Unchanged) else wanted.team_id
            if team_id is not None and team_id != channel.team_id:
                staff.require_team(team_id)
            return channel.configure(
                ChannelConfigured(
                    team_id=team_id,
                    has_bot=_or(wanted.has_bot, channel.has_bot),
                    reopen_within_s=_or(wanted.reopen_within_s, channel.reopen_within_s),
                    sends_read=_or(wanted.sends_read, channel.sends_read),
                    sends_typing=_or(wanted.sends_typing, channel.sends_typing),
                    auto_assign=_or(wanted.auto_assign, channel.auto_assign),
                )
            )

        return self._changed(Channel, channel_id, by, change)

    def team_named(self, name: str, by: By) -> UUID:
        """The team that gets tickets under this name.

        Raises:
            NotFound
        """
        tenant, _ = company(self.log, by.tenant_id)
        for id, team in tenant.teams.items():
            if not team.archived and name_key(team.name) == name_key(name):
                return id
        raise NotFound("team", name)

    def agent_with(self, email: str) -> tuple[UUID, By]:
        """Whoever has this e-mail, to be changed from here.

        Raises:
            NotFound
        """
        return self._named("agent", Name(EMAIL, folded(email)), email)

    def channel_with(self, phone_number_id: str) -> tuple[UUID, By]:
        """The number with Meta's id, to be changed from here.

        Raises:
            NotFound
        """
        return self._named("channel", Name(NUMBER, phone_number_id), phone_number_id)

    def _named(self, what: str, name: Name, written: str) -> tuple[UUID, By]:
        held = self.log.owners_of_names([name]).get(name)
        if held is None:
            raise NotFound(what, written)
        tenant_id, id = held
        return id, By(tenant_id)

    def _changed(
        self, kind: type[S], id: UUID, by: By, decide: Callable[[S, Staff], Decision]
    ) -> tuple[S, int]:
        done = self._decided(kind, id, by, decide, None)
        assert not isinstance(done, StoredResponse), "only a command with a key can be a repetition"
        return done

    def _decided(
        self, kind: type[S], id: UUID, by: By, decide: Callable[[S, Staff], Decision], kept: Idempotent | None
    ) -> tuple[S, int] | StoredResponse:
        """What is so afterwards; decided again whenever somebody was faster."""
        while True:
            loaded = self.log.load([id], _of_any_kind, by.tenant_id).get(id)
            if loaded is None or not isinstance(loaded.state, kind):
                raise NotFound(kind.__name__.lower(), id)
            staff = Staff(self.log, by.tenant_id)
            facts = decide(loaded.state, staff)
            if not facts and kept is None:
                return loaded.state, self.log.head()
            events = [
                NewEvent(fact, id, version, self.new_id(), by.tenant_id, None, None, by.actor)
                for version, fact in enumerate(facts, loaded.version + 1)
            ]
            failpoint("before_append_organisation")
            done = self.log.append(
                Append(
                    events=events,
                    idempotent=kept,
                    expected_versions=staff.unmoved,
                    queue_unchanged_since=staff.no_arrivals,
                )
            )
            if isinstance(done, StoredResponse):
                return done
            if isinstance(done, Appended):
                state = loaded.state
                for fact in facts:
                    evolved = administration.evolve(state, fact)
                    assert isinstance(evolved, kind), "nothing becomes something else"
                    state = evolved
                return state, done.positions[-1]


def _of_any_kind(state: Administered | None, event: Event) -> Administered | None:
    """As `administration.evolve`, for an id that somebody told us: a stream of another kind is none."""
    if state is None and not isinstance(event, administration.FOUNDING):
        return None
    return administration.evolve(state, event)


def _or(wanted: T | None, present: T) -> T:
    return present if wanted is None else wanted
