"""Commands that move a ticket: transfer, close, and undo of either or of a snooze."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.conversation.close import CloseRequest, close
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import queue_of
from domain.conversation.transfer import transfer
from domain.conversation.undo import undo
from domain.decision import Decision
from domain.refusals import Forbidden, NotInTeam
from services.runtime.ids import new_id
from services.write.actor import Outcome, Person
from services.write.command_runner import CommandRunner, Decide
from services.write.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """A team (None: the present queue), an agent in it (None: its queue), and a note for colleagues."""

    team_id: UUID | None
    agent_id: UUID | None
    note: str | None


class TransferCommands:
    """Commands that move a ticket, and the one that undoes the newest move."""

    def __init__(self, runner: CommandRunner) -> None:
        self._runner = runner

    def transfer(
        self, conversation_id: UUID, to: TransferRequest, expected_version: int, by: Person, at: datetime
    ) -> Outcome:
        """Transfer the ticket to a team or an agent. Agents transfer only what is theirs.

        Raises:
            NotFound, Forbidden, NoOpenTicket, ControlMoved, ConcurrentChange
            UnknownAgent, UnknownTeam, NotInTeam
        """
        return self._runner.run(conversation_id, expected_version, by, transfer_decision(to, by, at))

    def close(
        self, conversation_id: UUID, request: CloseRequest, expected_version: int, by: Person, at: datetime
    ) -> Outcome:
        """Close the ticket.

        Raises:
            NotFound, ControlMoved, TagName, TooManyTags, ConcurrentChange
        """
        return self._runner.run(conversation_id, expected_version, by, close_decision(request, by, at))

    def undo(self, conversation_id: UUID, expected_version: int, by: Person, at: datetime) -> Outcome:
        """Undo the newest move, by its author, within a minute.

        Raises:
            NotFound, ControlMoved, NothingToUndo, UndoTooLate, ConcurrentChange
        """
        turn_id = new_id()

        def decide(conversation: Conversation, expected: int | None, unit: UnitOfWork) -> Decision:
            move = conversation.undoable
            before = None if move is None else move.before
            owner = None if before is None else before.owner
            owner_left = owner is not None and unit.active_agent(owner) is None
            team_left = before is not None and not unit.has_queue(by.tenant_id, before.queue)
            return undo(conversation, turn_id, by.id, at, expected, owner_left, team_left)

        return self._runner.run_undo(conversation_id, expected_version, by, decide)


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
    """Build the decision to transfer a ticket. Agents transfer only what is theirs."""
    queue = None if to.team_id is None else queue_of(to.team_id)

    def decide(conversation: Conversation, expected_version: int | None, unit: UnitOfWork) -> Decision:
        require_recipient(unit, to, by.tenant_id)
        decision = transfer(conversation, queue, to.agent_id, to.note, by.id, at, expected_version)
        if decision and by.role == "agent" and by.id not in (conversation.owner, to.agent_id):
            raise Forbidden
        return decision

    return decide


def close_decision(request: CloseRequest, by: Person, at: datetime) -> Decide:
    """Build the decision to close a ticket."""
    return lambda conversation, expected_version, _: close(conversation, request, by.id, at, expected_version)
