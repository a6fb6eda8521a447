"""What people ask of messages for later: to write one, and not to send it after all."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from domain.conversation.schedule import ScheduleRequest, cancel, schedule
from services.write.actor import CommandResponse, Outcome, Person, Request
from services.write.command_runner import CommandRunner

CREATED = 201


class ScheduleCommands:
    """The commands for messages that wait for their hour."""

    def __init__(self, runner: CommandRunner) -> None:
        self._runner = runner

    def schedule(
        self, conversation_id: UUID, wanted: ScheduleRequest, request: Request, by: Person, at: datetime
    ) -> CommandResponse:
        """Write a message for later; a repeated request gets the first one's answer.

        Raises:
            NotFound, NoOpenTicket, EmptyText, TextTooLong, DueAt, WindowClosed, TooManyScheduled,
            KeyReused, ConcurrentChange
        """
        id, takes = uuid7(), by.role == "agent"
        return self._runner.run_idempotent(
            conversation_id,
            request,
            by,
            CREATED,
            {"scheduled_id": str(id)},
            lambda thread, _, __: schedule(thread, wanted, id, by.id, at, takes),
        )

    def cancel(self, conversation_id: UUID, scheduled_id: UUID, by: Person) -> Outcome:
        """Do not send it.

        Raises:
            NotFound, NotScheduled, ConcurrentChange
        """
        return self._runner.run_any_version(
            conversation_id, by, lambda thread, _, __: cancel(thread, scheduled_id, by.id)
        )
