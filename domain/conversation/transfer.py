"""Transfer the ticket to a queue or an agent; release it when its owner has left the company."""

from datetime import datetime
from uuid import UUID

from domain.conversation.state import Conversation
from domain.conversation.ticket_events import Assigned, MoveUndone, Transferred, Unassigned, team_of
from domain.decision import Decision, decided, nothing_to_do
from domain.text import is_blank


def transfer(
    conversation: Conversation,
    queue: str | None,
    agent_id: UUID | None,
    note: str | None,
    by: UUID,
    at: datetime,
    expected_version: int | None,
) -> Decision:
    """Transfer the ticket to a queue, or to an agent there (`queue` None: the present one).

    A snoozed ticket stays snoozed; the bot loses it. Does nothing when it is there already and no note is
    given.

    Raises:
        NoOpenTicket, ControlMoved
    """
    ticket = conversation.require_open()
    queue = conversation.queue if queue is None else queue
    text = None if note is None or is_blank(note) else note
    there = (conversation.queue, conversation.owner) == (queue, agent_id) and conversation.bot is None
    if there and text is None:
        return nothing_to_do
    conversation.require_version(expected_version)
    return decided(Transferred(ticket=ticket, queue=queue, agent_id=agent_id, note=text, by=by, moved_at=at))


def owner_left(conversation: Conversation) -> Decision:
    """Put the ticket of an agent who has left the company back into its queue.

    A snoozed ticket stays snoozed; scheduled messages are still sent. Does nothing without an owner.
    """
    if not conversation.is_open or conversation.owner is None:
        return nothing_to_do
    return decided(Unassigned(ticket=conversation.ticket, by=None, left=conversation.owner))


def new_holders(conversation: Conversation, facts: Decision) -> tuple[set[UUID], set[str]]:
    """Return the agents and the teams that get the ticket by these facts."""
    agents: set[UUID | None] = set()
    teams: set[str | None] = set()
    for fact in facts:
        match fact:
            case Assigned(agent_id=agent_id):
                agents.add(agent_id)
            case Transferred(queue=queue, agent_id=agent_id):
                agents.add(agent_id)
                teams.add(None if queue == conversation.queue else team_of(queue))
            case MoveUndone(queue=queue, owner=owner):
                agents.add(owner)
                teams.add(team_of(queue))
            case _:
                pass
    return {agent for agent in agents if agent}, {team for team in teams if team}
