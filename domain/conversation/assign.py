"""Give the ticket to an agent, or put it back into its queue."""

from uuid import UUID

from domain.conversation.state import Conversation
from domain.conversation.ticket_events import Assigned, HandedOff, Unassigned
from domain.decision import Decision, decided, nothing_to_do


def assign(conversation: Conversation, agent_id: UUID, by: UUID, expected_version: int | None) -> Decision:
    """Give the ticket to `agent_id`; does nothing when it is theirs already.

    Raises:
        NoOpenTicket, ControlMoved
    """
    ticket = conversation.require_open()
    if conversation.owner == agent_id:
        return nothing_to_do
    conversation.require_version(expected_version)
    return decided(Assigned(ticket=ticket, agent_id=agent_id, by=by))


def unassign(conversation: Conversation, by: UUID, expected_version: int | None) -> Decision:
    """Put the ticket back into its queue; does nothing when it waits there.

    Raises:
        NoOpenTicket, ControlMoved
    """
    ticket = conversation.require_open()
    if conversation.owner is None and conversation.bot is None:
        return nothing_to_do
    conversation.require_version(expected_version)
    return decided(Unassigned(ticket=ticket, by=by))


def take_unowned(conversation: Conversation, by: UUID, takes: bool) -> Decision:
    """Assign a ticket without an owner to whoever acts on it.

    With `takes` False it stays without one, but the bot loses it: the bot never talks over people.
    """
    if conversation.owner is not None:
        return nothing_to_do
    if takes:
        return decided(Assigned(ticket=conversation.ticket, agent_id=by, by=by))
    if conversation.bot is not None:
        handed_off = HandedOff(ticket=conversation.ticket, queue=conversation.queue, reason="agent_wrote")
        return decided(handed_off)
    return nothing_to_do
