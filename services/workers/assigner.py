"""The assigner: assigns waiting tickets to agents who are present, one assigner at a time."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import structlog

from adapters.postgres.connection.listener import Listener
from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.follow.follower import PROJECTED_CHANNEL
from adapters.postgres.queries import assignment
from adapters.postgres.queries.assignment import Db
from domain import streams
from domain.administration import Administered, Agent
from domain.conversation.auto_assign import AvailableAgent, QueuedTicket, choose, give
from domain.log.append import Advance
from domain.log.port import Loaded, Log, LogUnavailable
from services.runtime.failpoint import failpoint
from services.write.command_runner import CommandRunner, ConcurrentChange
from services.write.unit_of_work import Origin, UnitOfWork

ACTOR = "system:assigner"
TURNS = "assign"
PAGE = 100
POLL_S, PAUSE_S = 1.0, 0.1

People = Mapping[UUID, Loaded[Administered]]
"""The streams of agents, by their ids."""

log = structlog.get_logger("assign")


@dataclass(frozen=True, slots=True)
class Assigner:
    """Assigns tickets by rule, so that no agent gets more than their limit.

    Each append advances a turn number that was read before the tickets were: of two assigners that both
    think it is their turn, one writes. A turn begins once the read models show all turns before it, so the
    counts hold whatever was killed in between. Agents may take tickets at any time.
    """

    log: Log
    pool: QueryPool
    url: str

    def run(self, stop: threading.Event) -> None:
        """Assign until `stop`."""
        with Listener(self.url, PROJECTED_CHANNEL) as wakeups:
            while not stop.is_set():
                try:
                    given = self.step()
                except LogUnavailable:
                    log.warning("database unavailable, retrying", again_in_s=POLL_S)
                    given = None
                if given is None:
                    stop.wait(POLL_S)
                elif given == 0 and not stop.wait(PAUSE_S):
                    wakeups.wait(POLL_S)

    def step(self) -> int | None:
        """Assign what can be assigned now; return the number of tickets.

        None when it is another assigner's turn, no channel assigns by rule, or the read models are behind.

        Raises:
            LogUnavailable
        """
        return self.pool.write(self._turn)

    def _turn(self, db: Db) -> int | None:
        if not assignment.locked(db) or not (channels := assignment.channels(db)):
            return None
        turn = self.log.offsets(TURNS, 1)[0]
        if not assignment.caught_up(db, self.log.head()):
            return None
        given: list[tuple[UUID, QueuedTicket, UUID]] = []
        here = assignment.available_agents(db, channels)
        people = self.log.load(
            [taker.agent_id for takers in here.values() for taker in takers], streams.administered
        )
        for tenant_id, seen in here.items():
            takers = [able for taker in seen if (able := _able(taker, people)) is not None]
            teams = {team for taker in takers if taker.is_free for team in taker.teams}
            if any(taker.is_free for taker in takers):
                waiting = assignment.queued_tickets(db, tenant_id, teams, channels[tenant_id], PAGE)
                given += [(tenant_id, ticket, agent) for ticket, agent in choose(waiting, takers)]
        agents = self._append(given[:PAGE], turn, people)
        if agents:
            failpoint("after_assign")
            assignment.record_assigned(db, agents)
        return len(agents)

    def _append(
        self, given: list[tuple[UUID, QueuedTicket, UUID]], turn: int, people: People
    ) -> list[tuple[UUID, UUID]]:
        """Assign the chosen tickets, together; return tenant and agent of each. Tickets that moved stay.

        Nothing is assigned when one of the agents leaves, or gets other teams or another limit, meanwhile:
        the agents must stand as they did when they were chosen, in `people`.
        """

        def decide(unit: UnitOfWork) -> list[tuple[UUID, UUID]]:
            unit.cache.seed(streams.administered, people)
            unit.cache.load([ticket.conversation_id for _, ticket, _ in given], streams.conversation)
            unit.advance([Advance(f"{TURNS}/0", turn, turn + 1)])
            agents = []
            for tenant_id, ticket, agent_id in given:
                conversation = unit.conversation(ticket.conversation_id).state
                facts = give(conversation, agent_id, ticket.control) if conversation is not None else ()
                if conversation is None or not facts:
                    continue
                agents.append((tenant_id, agent_id))
                unit.active_agent(agent_id)
                id, origin = ticket.conversation_id, Origin(tenant_id, ACTOR)
                unit.record(id, facts, streams.conversation, origin, id, conversation.contact_id)
            return agents

        try:
            return CommandRunner(self.log).execute(None, decide, before_append=None)[0]
        except ConcurrentChange:
            return []  # another assigner was faster, or people changed: the next turn begins again


def _able(taker: AvailableAgent, people: People) -> AvailableAgent | None:
    """Return the agent with the settings in the log; None when they are assigned no tickets."""
    agent = people[taker.agent_id].state if taker.agent_id in people else None
    if not isinstance(agent, Agent) or not agent.active or agent.role != "agent":
        return None
    return replace(taker, teams=frozenset(map(str, agent.teams)), limit=agent.limit)
