"""Commands for what colleagues write about a ticket: notes and tags."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.conversation.notes import add_note
from domain.conversation.state import Conversation
from domain.conversation.tags import retag
from domain.decision import Decision
from services.runtime.ids import new_id
from services.write.actor import CommandResponse, Outcome, Person, Request
from services.write.command_runner import CommandRunner
from services.write.unit_of_work import UnitOfWork

CREATED = 201


class NoteCommands:
    """Commands for notes and tags, for whoever sees the ticket; its participants write notes, too."""

    def __init__(self, runner: CommandRunner) -> None:
        self._runner = runner

    def note(
        self,
        conversation_id: UUID,
        text: str,
        mentions: Sequence[UUID],
        request: Request,
        by: Person,
        at: datetime,
    ) -> CommandResponse:
        """Write a note; a repeated request gets the first one's response.

        Raises:
            NotFound, UnknownAgent, NoOpenTicket, EmptyText, TextTooLong, KeyReused, ConcurrentChange
        """
        note_id = new_id()

        def decide(conversation: Conversation, _: int | None, unit: UnitOfWork) -> Decision:
            for agent_id in mentions:
                unit.require_agent(agent_id)
            return add_note(conversation, text, mentions, note_id, by.id, at)

        return self._runner.run_idempotent(
            conversation_id,
            request,
            by,
            CREATED,
            {"note_id": str(note_id)},
            decide,
            for_participants=True,
        )

    def retag(self, conversation_id: UUID, tags: Sequence[str], by: Person) -> Outcome:
        """Set the tags of the ticket, replacing those it has.

        Raises:
            NotFound, NoOpenTicket, TagName, TooManyTags, ConcurrentChange
        """
        return self._runner.run_any_version(
            conversation_id, by, lambda conversation, _, __: retag(conversation, tags, by.id)
        )
