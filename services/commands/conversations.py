"""Commands on a ticket: reply, mark, assign, snooze, wake."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.conversation.assign import assign, unassign
from domain.conversation.mark import mark_answered, mark_unanswered
from domain.conversation.message_events import QuickReplyUse
from domain.conversation.reply import send_text
from domain.conversation.snooze import SnoozeRequest, snooze, wake
from domain.conversation.state import Conversation
from domain.decision import Decision
from domain.refusals import Forbidden
from services.commands.quick_replies import ValuesNow, require_uses
from services.runtime.ids import new_id
from services.write.actor import CommandResponse, Outcome, Person, Request
from services.write.command_runner import CommandRunner, Decide
from services.write.unit_of_work import UnitOfWork

ACCEPTED = 202


class ConversationCommands:
    """Commands of the agents who serve a ticket."""

    def __init__(self, runner: CommandRunner) -> None:
        self._runner = runner

    def send_text(
        self,
        conversation_id: UUID,
        text: str,
        request: Request,
        by: Person,
        at: datetime,
        quick_replies: Sequence[QuickReplyUse] = (),
        values: ValuesNow = tuple,
    ) -> CommandResponse:
        """Answer the customer; a repeated request gets the first one's response.

        Raises:
            NotFound, NoOpenTicket, EmptyText, TextTooLong, WindowClosed, MissingValue, KeyReused,
            ConcurrentChange
        """
        message_id = new_id()

        def decide(conversation: Conversation, _: int | None, unit: UnitOfWork) -> Decision:
            require_uses(unit, quick_replies, text, by, values)
            takes = by.role == "agent"
            return send_text(
                conversation, text, message_id, by.id, at, takes=takes, quick_replies=quick_replies
            )

        return self._runner.run_idempotent(
            conversation_id,
            request,
            by,
            ACCEPTED,
            {"message_id": str(message_id)},
            decide,
        )

    def mark(self, conversation_id: UUID, answered: bool, by: Person, at: datetime) -> Outcome:
        """Mark the ticket as answered or unanswered.

        Raises:
            NotFound, NoOpenTicket, ConcurrentChange
        """
        return self._runner.run_any_version(conversation_id, by, mark_decision(answered, by, at))

    def assign(self, conversation_id: UUID, agent_id: UUID, expected_version: int, by: Person) -> Outcome:
        """Take the ticket, or assign it to a colleague. Agents assign only what is theirs.

        Raises:
            NotFound, Forbidden, UnknownAgent, NoOpenTicket, ControlMoved, ConcurrentChange
        """
        return self._runner.run(conversation_id, expected_version, by, assign_decision(agent_id, by))

    def unassign(self, conversation_id: UUID, expected_version: int, by: Person) -> Outcome:
        """Put the ticket back into its queue.

        Raises:
            NotFound, NoOpenTicket, ControlMoved, ConcurrentChange
        """
        return self._runner.run(conversation_id, expected_version, by, unassign_decision(by))

    def snooze(
        self, conversation_id: UUID, request: SnoozeRequest, expected_version: int, by: Person, at: datetime
    ) -> Outcome:
        """Snooze the ticket; moves the time when already snoozed.

        Raises:
            NotFound, NoOpenTicket, WithBot, SnoozeUntil, ControlMoved, ConcurrentChange
        """
        return self._runner.run(conversation_id, expected_version, by, snooze_decision(request, by, at))

    def wake(self, conversation_id: UUID, expected_version: int, by: Person, at: datetime) -> Outcome:
        """Wake the ticket before it is due.

        Raises:
            NotFound, NoOpenTicket, ControlMoved, ConcurrentChange
        """
        return self._runner.run(conversation_id, expected_version, by, wake_decision(by, at))


def mark_decision(answered: bool, by: Person, at: datetime) -> Decide:
    """Build the decision to mark a ticket, whatever version the caller saw."""
    if answered:
        return lambda conversation, _, __: mark_answered(conversation, by.id)
    return lambda conversation, _, __: mark_unanswered(conversation, by.id, at)


def assign_decision(agent_id: UUID, by: Person) -> Decide:
    """Build the decision to assign a ticket. Agents assign only what is theirs."""

    def decide(conversation: Conversation, expected_version: int | None, _: UnitOfWork) -> Decision:
        decision = assign(conversation, agent_id, by.id, expected_version)
        if by.role == "agent" and agent_id != by.id and conversation.owner != by.id:
            raise Forbidden
        return decision

    return decide


def unassign_decision(by: Person) -> Decide:
    """Build the decision to put a ticket back into its queue."""
    return lambda conversation, expected_version, _: unassign(conversation, by.id, expected_version)


def snooze_decision(request: SnoozeRequest, by: Person, at: datetime) -> Decide:
    """Build the decision to snooze a ticket; an agent takes one without an owner."""
    takes = by.role == "agent"
    return lambda conversation, expected_version, _: snooze(
        conversation, request, by.id, at, expected_version, takes
    )


def wake_decision(by: Person, at: datetime) -> Decide:
    """Build the decision to wake a ticket."""
    return lambda conversation, expected_version, unit: wake(
        conversation, by.id, at, expected_version, unit.return_after(conversation.channel_id)
    )
