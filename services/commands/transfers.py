"""What people ask of a ticket: to hand it over, end it, and take either back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from domain.conversation.close import CloseRequest, close
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import queue_of
from domain.conversation.transfer import transfer
from domain.conversation.undo import undo
from domain.decision import Decision
from domain.refusals import Forbidden, NotInTeam
from services.write.actor import Outcome, Person
from services.write.command_runner import CommandRunner, Decide
from services.write.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """To which team, to whom of it, and with which words; without a team it stays in its queue."""

    team_id: UUID | None
    agent_id: UUID | None
    note: str | None


class TransferCommands:
    """The commands that move a ticket, and the one that takes the newest of them back."""

    def __init__(self, runner: CommandRunner) -> None:
        self._runner = runner

    def transfer(
        self, conversation_id: UUID, to: TransferRequest, seen: int, by: Person, at: datetime
    ) -> Outcome:
        """Hand the ticket to a team or an agent. Agents hand over only what is theirs.

        Raises:
            NotFound, Forbidden, NoOpenTicket, ControlMoved, ConcurrentChange
            UnknownAgent, UnknownTeam, NotInTeam: nobody serves there.
        """
        return self._runner.run(conversation_id, seen, by, transfer_decision(to, by, at))

    def close(self, conversation_id: UUID, how: CloseRequest, seen: int, by: Person, at: datetime) -> Outcome:
        """End the service.

        Raises:
            NotFound, ControlMoved, TagName, TooManyTags, ConcurrentChange
        """
        return self._runner.run(conversation_id, seen, by, close_decision(how, by, at))

    def undo(self, conversation_id: UUID, seen: int, by: Person, at: datetime) -> Outcome:
        """Take back what one did last.

        Raises:
            NotFound, ControlMoved, NothingToUndo, UndoTooLate, ConcurrentChange
        """
        turn_id = uuid7()

        def decide(thread: Conversation, seen: int | None, unit: UnitOfWork) -> Decision:
            move = thread.undoable
            owner_left = move is not None and move.owner is not None and unit.active_agent(move.owner) is None
            team_left = move is not None and not unit.has_queue(by.tenant_id, move.queue)
            return undo(thread, turn_id, by.id, at, seen, owner_left, team_left)

        return self._runner.run_undo(conversation_id, seen, by, decide)


def require_recipient(unit: UnitOfWork, to: TransferRequest, tenant_id: UUID) -> None:
    """Refuse a team that does not exist, or an agent who does not work in it.

    Raises:
        UnknownTeam, UnknownAgent, NotInTeam
    """
    if to.team_id is None:
        return
    unit.require_team(tenant_id, to.team_id)
    if to.agent_id is not None:
        agent = unit.require_agent(to.agent_id)
        if agent.role != "admin" and to.team_id not in agent.teams:
            raise NotInTeam


def transfer_decision(to: TransferRequest, by: Person, at: datetime) -> Decide:
    """The decision to transfer a ticket. Agents transfer only what is theirs."""
    queue = None if to.team_id is None else queue_of(to.team_id)

    def decide(thread: Conversation, seen: int | None, unit: UnitOfWork) -> Decision:
        require_recipient(unit, to, by.tenant_id)
        decision = transfer(thread, queue, to.agent_id, to.note, by.id, at, seen)
        if decision and by.role == "agent" and by.id not in (thread.owner, to.agent_id):
            raise Forbidden
        return decision

    return decide


def close_decision(how: CloseRequest, by: Person, at: datetime) -> Decide:
    """The decision to close a ticket."""
    return lambda thread, seen, _: close(thread, how, by.id, at, seen)
