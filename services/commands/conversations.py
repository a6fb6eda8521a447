"""What people ask of a conversation: to answer, mark, take and put it off."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from domain.conversation.assign import assign, unassign
from domain.conversation.mark import mark_answered, mark_unanswered
from domain.conversation.reply import send_text
from domain.conversation.snooze import SnoozeRequest, snooze, wake
from domain.conversation.state import Conversation
from domain.decision import Decision
from domain.refusals import Forbidden
from services.write.actor import CommandResponse, Outcome, Person, Request
from services.write.command_runner import CommandRunner, Decide
from services.write.unit_of_work import UnitOfWork

ACCEPTED = 202


class ConversationCommands:
    """The commands of whoever serves."""

    def __init__(self, runner: CommandRunner) -> None:
        self._runner = runner

    def send_text(
        self, conversation_id: UUID, text: str, request: Request, by: Person, at: datetime
    ) -> CommandResponse:
        """Answer the customer; a repeated request gets the first one's answer, whatever changed since.

        Raises:
            NotFound, NoOpenTicket, EmptyText, TextTooLong, WindowClosed, KeyReused, ConcurrentChange
        """
        message_id = uuid7()
        takes = by.role == "agent"
        return self._runner.run_idempotent(
            conversation_id,
            request,
            by,
            ACCEPTED,
            {"message_id": str(message_id)},
            lambda thread, _, __: send_text(thread, text, message_id, by.id, at, takes=takes),
        )

    def mark(self, conversation_id: UUID, answered: bool, by: Person, at: datetime) -> Outcome:
        """Say whether it waits for an answer.

        Raises:
            NotFound, NoOpenTicket, ConcurrentChange
        """
        return self._runner.run_any_version(conversation_id, by, mark_decision(answered, by, at))

    def assign(self, conversation_id: UUID, agent_id: UUID, seen: int, by: Person) -> Outcome:
        """Take the ticket, or hand it to a colleague. Agents hand over only what is theirs.

        Raises:
            NotFound, Forbidden, UnknownAgent, NoOpenTicket, ConcurrentChange
            ControlMoved: somebody was faster.
        """
        return self._runner.run(conversation_id, seen, by, assign_decision(agent_id, by))

    def unassign(self, conversation_id: UUID, seen: int, by: Person) -> Outcome:
        """Put the ticket back into its queue.

        Raises:
            NotFound, NoOpenTicket, ControlMoved, ConcurrentChange
        """
        return self._runner.run(
            conversation_id, seen, by, lambda thread, seen, _: unassign(thread, by.id, seen)
        )

    def snooze(
        self, conversation_id: UUID, wanted: SnoozeRequest, seen: int, by: Person, at: datetime
    ) -> Outcome:
        """Put the ticket off.

        Raises:
            NotFound, NoOpenTicket, WithBot, SnoozeUntil, ControlMoved, ConcurrentChange
        """
        return self._runner.run(conversation_id, seen, by, snooze_decision(wanted, by, at))

    def wake(self, conversation_id: UUID, seen: int, by: Person) -> Outcome:
        """Call the ticket back before its hour.

        Raises:
            NotFound, NoOpenTicket, ControlMoved, ConcurrentChange
        """
        return self._runner.run(conversation_id, seen, by, lambda thread, seen, _: wake(thread, by.id, seen))


def mark_decision(answered: bool, by: Person, at: datetime) -> Decide:
    """To say whether it waits for an answer; any version may have been seen."""
    if answered:
        return lambda thread, _, __: mark_answered(thread, by.id)
    return lambda thread, _, __: mark_unanswered(thread, by.id, at)


def assign_decision(agent_id: UUID, by: Person) -> Decide:
    """To give it to somebody. Agents hand over only what is theirs."""

    def decide(thread: Conversation, seen: int | None, _: UnitOfWork) -> Decision:
        decision = assign(thread, agent_id, by.id, seen)
        if by.role == "agent" and agent_id != by.id and thread.owner != by.id:
            raise Forbidden
        return decision

    return decide


def snooze_decision(wanted: SnoozeRequest, by: Person, at: datetime) -> Decide:
    """To put it off; an agent takes what nobody has."""
    takes = by.role == "agent"
    return lambda thread, seen, _: snooze(thread, wanted, by.id, at, seen, takes)
