"""Who is given which waiting ticket by rule: the one with the fewest, as far as their limit reaches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.conversation.state import Conversation
from domain.conversation.ticket_events import Assigned
from domain.decision import Decision, decided, nothing_to_do


@dataclass(frozen=True, slots=True)
class QueuedTicket:
    """A ticket in a queue (of `team`, or of none), as it was seen."""

    conversation_id: UUID
    team: str | None
    control: int


@dataclass(slots=True)
class AvailableAgent:
    """An agent who is there: how many open tickets they have, may be brought to, and whose turn it is.

    `turn` is lower for whoever was given a ticket longer ago.
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
        """Whether tickets of this queue are for them; that of no team is everybody's."""
        return team is None or team in self.teams


def choose(
    waiting: Sequence[QueuedTicket], takers: Iterable[AvailableAgent]
) -> list[tuple[QueuedTicket, UUID]]:
    """Who gets what, in the order of `waiting`; what nobody is free for stays where it is."""
    free = [taker for taker in takers if taker.is_free]
    last = max((taker.turn for taker in free), default=0.0)
    given = []
    for ticket in waiting:
        able = [taker for taker in free if taker.is_free and taker.takes(ticket.team)]
        if able:
            taker = min(able, key=lambda each: (each.open, each.turn, each.agent_id))
            last += 1
            taker.open, taker.turn = taker.open + 1, last
            given.append((ticket, taker.agent_id))
    return given


def give(conversation: Conversation, agent_id: UUID, expected_version: int) -> Decision:
    """Assign the ticket by rule; does nothing when it has moved since or no longer waits in its queue."""
    if conversation.state != "queue" or conversation.control != expected_version:
        return nothing_to_do
    return decided(Assigned(ticket=conversation.ticket, agent_id=agent_id, by=None))
