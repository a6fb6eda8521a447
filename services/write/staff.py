"""Who works here and which teams there are: what a decision relies on must still be so when it is written."""

from collections.abc import Collection, Iterable
from uuid import UUID

from domain import administration
from domain.administration import Agent, Tenant
from domain.conversation.state import Conversation
from domain.conversation.transfer import new_holders
from domain.decision import Decision
from domain.event import Event
from domain.log.append import QueueUnchanged
from domain.log.port import Log
from domain.refusals import UnknownAgent, UnknownTeam


class Staff:
    """People and teams of one tenant, for one decision.

    `unmoved` are the streams that it has asked, and `no_arrivals` what else it takes for granted.
    """

    def __init__(self, log: Log, tenant_id: UUID) -> None:
        self._log, self._tenant_id = log, tenant_id
        self._agents: dict[UUID, Agent | None] = {}
        self._tenant: Tenant | None = None
        self.unmoved: dict[UUID, int] = {}
        self.no_arrivals: QueueUnchanged | None = None

    def serves(self, agent_id: UUID) -> bool:
        """Whether somebody works here."""
        self._know([agent_id])
        return self._agents[agent_id] is not None

    def agent(self, agent_id: UUID) -> Agent:
        """Somebody who works here.

        Raises:
            UnknownAgent
        """
        self._know([agent_id])
        if (agent := self._agents[agent_id]) is None:
            raise UnknownAgent
        return agent

    def require_agents(self, agent_ids: Collection[UUID]) -> None:
        """Refuse if one of them does not work here.

        Raises:
            UnknownAgent
        """
        self._know(agent_ids)
        for agent_id in agent_ids:
            self.agent(agent_id)

    def has_team(self, team_id: UUID) -> bool:
        """Whether tickets may go to a team."""
        if self._tenant is None:
            self._tenant, self.unmoved[self._tenant_id] = company(self._log, self._tenant_id)
        return self._tenant.has_team(team_id)

    def require_team(self, team_id: UUID) -> None:
        """Refuse a team that cannot be given a ticket.

        Raises:
            UnknownTeam
        """
        if not self.has_team(team_id):
            raise UnknownTeam

    def require_places(self, thread: Conversation, facts: Decision) -> None:
        """Refuse facts that bring the ticket to somebody who has left, or to a team that is no more.

        Raises:
            UnknownAgent, UnknownTeam
        """
        agents, teams = new_holders(thread, facts)
        self.require_agents(agents)
        for team_id in teams:
            self.require_team(UUID(team_id))

    def _know(self, agent_ids: Iterable[UUID]) -> None:
        """Load those who were not asked for before, in one query."""
        if missing := [id for id in agent_ids if id not in self._agents]:
            loaded = self._log.load(missing, agent_of, self._tenant_id)
            for id in missing:
                agent = loaded[id].state if id in loaded else None
                self._agents[id] = agent if agent is not None and agent.active else None
                self.unmoved[id] = loaded[id].version if id in loaded else 0


def company(log: Log, tenant_id: UUID) -> tuple[Tenant, int]:
    """A tenant with its teams, and the version of its stream."""
    tenant = log.load([tenant_id], administration.evolve, tenant_id)[tenant_id]
    assert isinstance(tenant.state, Tenant), "whoever works here works for a tenant"
    return tenant.state, tenant.version


def agent_of(state: Agent | None, event: Event) -> Agent | None:
    """The agent after `event`; a stream of any other kind is no agent."""
    if state is None and not isinstance(event, administration.AgentAdded):
        return None
    evolved = administration.evolve(state, event)
    return evolved if isinstance(evolved, Agent) else None
