"""Assign queued tickets by rule: each to the available agent with the fewest, within their limit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.conversation.state import Conversation
from domain.conversation.ticket_events import Assigned
from domain.decision import Decision, decided, nothing_to_do


@dataclass(frozen=True, slots=True)
class QueuedTicket:
    """A ticket in the queue of `team` (None: the default queue), at control version `control`."""

    conversation_id: UUID
    team: str | None
    control: int


@dataclass(slots=True)
class AvailableAgent:
    """An agent who can be given tickets; has `open` tickets, and may be brought to `limit` (None: no limit).

    `turn` is lower for agents who were given a ticket longer ago.
    """

    agent_id: UUID
    teams: frozenset[str]
    open: int
    limit: int | None
    turn: float

    @property
    def is_free(self) -> bool:
        return self.limit is None or self.open < self.limit

    def takes(self, team: str | None) -> bool:
        """Return whether tickets of this queue are for them; the default queue is for all."""
        return team is None or team in self.teams


def choose(
    queued: Sequence[QueuedTicket], agents: Iterable[AvailableAgent]
) -> list[tuple[QueuedTicket, UUID]]:
    """Choose an agent for each ticket, in their order; tickets for which no agent is free are left out."""
    free = [agent for agent in agents if agent.is_free]
    last = max((agent.turn for agent in free), default=0.0)
    chosen = []
    for ticket in queued:
        able = [agent for agent in free if agent.is_free and agent.takes(ticket.team)]
        if able:
            agent = min(able, key=lambda each: (each.open, each.turn, each.agent_id))
            last += 1
            agent.open, agent.turn = agent.open + 1, last
            chosen.append((ticket, agent.agent_id))
    return chosen


def give(conversation: Conversation, agent_id: UUID, expected_version: int) -> Decision:
    """Assign the ticket by rule; does nothing when it has moved since or no longer waits in its queue."""
    if conversation.state != "queue" or conversation.control != expected_version:
        return nothing_to_do
    return decided(Assigned(ticket=conversation.ticket, agent_id=agent_id, by=None))
