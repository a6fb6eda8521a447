"""Commands on scheduled messages: schedule and cancel."""

from datetime import datetime
from uuid import UUID

from domain.conversation.schedule import ScheduleRequest, cancel, schedule
from services.runtime.ids import new_id
from services.write.actor import CommandResponse, Outcome, Person, Request
from services.write.command_runner import CommandRunner

CREATED = 201


class ScheduleCommands:
    """Commands on messages that are sent later."""

    def __init__(self, runner: CommandRunner) -> None:
        self._runner = runner

    def schedule(
        self, conversation_id: UUID, message: ScheduleRequest, request: Request, by: Person, at: datetime
    ) -> CommandResponse:
        """Schedule a message; a repeated request gets the first one's response.

        Raises:
            NotFound, NoOpenTicket, EmptyText, TextTooLong, DueAt, WindowClosed, TooManyScheduled,
            KeyReused, ConcurrentChange
        """
        scheduled_id, takes = new_id(), by.role == "agent"
        return self._runner.run_idempotent(
            conversation_id,
            request,
            by,
            CREATED,
            {"scheduled_id": str(scheduled_id)},
            lambda conversation, _, __: schedule(conversation, message, scheduled_id, by.id, at, takes),
        )

    def cancel(self, conversation_id: UUID, scheduled_id: UUID, by: Person) -> Outcome:
        """Cancel a scheduled message.

        Raises:
            NotFound, NotScheduled, ConcurrentChange
        """
        return self._runner.run_any_version(
            conversation_id, by, lambda conversation, _, __: cancel(conversation, scheduled_id, by.id)
        )
