"""What people ask of a conversation: to answer, mark, take and put it off."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from domain.conversation import Conversation
from domain.decision import Decision
from domain.refusals import Forbidden
from services.desk import Accepted, Desk, Outcome, Person, Request

ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class PutOff:
    """Until when a ticket is put off, by the clock of which zone, whatever the customer does, and why."""

    until: datetime
    zone: str
    keep: bool
    reason: str | None


class Conversations:
    """The commands of whoever serves."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def send_text(
        self, conversation_id: UUID, text: str, request: Request, by: Person, at: datetime
    ) -> Accepted:
        """Answer the customer; a repeated request gets the first one's answer, whatever changed since.

        Raises:
            NotFound, NoOpenTicket, EmptyText, TextTooLong, WindowClosed, KeyReused, ConcurrentChange
        """
        message_id = uuid7()
        takes = by.role == "agent"
        return self._desk.once(
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

        def decide(thread: Conversation) -> Decision:
            return thread.mark_answered(by.id) if answered else thread.mark_unanswered(by.id, at)

        return self._desk.changed(conversation_id, by, decide)

    def assign(self, conversation_id: UUID, agent_id: UUID, seen: int, by: Person) -> Outcome:
        """Take the ticket, or hand it to a colleague. Agents hand over only what is theirs.

        Raises:
            NotFound, Forbidden, UnknownAgent, NoOpenTicket, ConcurrentChange
            ControlMoved: somebody was faster.
        """

        def decide(thread: Conversation) -> Decision:
            decision = thread.assign(agent_id, by.id, seen)
            if by.role == "agent" and agent_id != by.id and thread.owner != by.id:
                raise Forbidden
            return decision

        return self._desk.moved(conversation_id, seen, by, decide, to=agent_id)

    def unassign(self, conversation_id: UUID, seen: int, by: Person) -> Outcome:
        """Put the ticket back into its queue.

        Raises:
            NotFound, NoOpenTicket, ControlMoved, ConcurrentChange
        """
        return self._desk.moved(conversation_id, seen, by, lambda thread: thread.unassign(by.id, seen))

    def snooze(self, conversation_id: UUID, wanted: PutOff, seen: int, by: Person, at: datetime) -> Outcome:
        """Put the ticket off.

        Raises:
            NotFound, NoOpenTicket, WithBot, SnoozeUntil, ControlMoved, ConcurrentChange
        """
        until, zone, keep, reason = wanted.until, wanted.zone, wanted.keep, wanted.reason
        takes = by.role == "agent"

        def decide(thread: Conversation) -> Decision:
            return thread.snooze(until, zone, keep, reason, by.id, at, seen, takes)

        return self._desk.moved(conversation_id, seen, by, decide)

    def wake(self, conversation_id: UUID, seen: int, by: Person) -> Outcome:
        """Call the ticket back before its hour.

        Raises:
            NotFound, NoOpenTicket, ControlMoved, ConcurrentChange
        """
        return self._desk.moved(conversation_id, seen, by, lambda thread: thread.wake(by.id, seen))
