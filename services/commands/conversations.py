"""What people ask of a conversation: to answer, mark, take and put it off."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from domain.conversation.state import Conversation
from domain.decision import Decision
from domain.refusals import Forbidden
from services.write.actor import CommandResponse, Outcome, Person, Request
from services.write.command_runner import CommandRunner, Decide

ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class SnoozeRequest:
    """Until when a ticket is put off, by the clock of which zone, whatever the customer does, and why."""

    until: datetime
    zone: str
    keep: bool
    reason: str | None


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
            lambda thread: thread.send_text(text, message_id, by.id, at, takes=takes),
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
        return self._runner.run(conversation_id, seen, by, lambda thread, seen: thread.unassign(by.id, seen))

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
        return self._runner.run(conversation_id, seen, by, lambda thread, seen: thread.wake(by.id, seen))


def mark_decision(answered: bool, by: Person, at: datetime) -> Decide:
    """To say whether it waits for an answer; any version may have been seen."""
    if answered:
        return lambda thread, _: thread.mark_answered(by.id)
    return lambda thread, _: thread.mark_unanswered(by.id, at)


def assign_decision(agent_id: UUID, by: Person) -> Decide:
    """To give it to somebody. Agents hand over only what is theirs."""

    def decide(thread: Conversation, seen: int) -> Decision:
        decision = thread.assign(agent_id, by.id, seen)
        if by.role == "agent" and agent_id != by.id and thread.owner != by.id:
            raise Forbidden
        return decision

    return decide


def snooze_decision(wanted: SnoozeRequest, by: Person, at: datetime) -> Decide:
    """To put it off; an agent takes what nobody has."""
    hour, takes = (wanted.until, wanted.zone, wanted.keep, wanted.reason), by.role == "agent"
    return lambda thread, seen: thread.snooze(*hour, by.id, at, seen, takes)
