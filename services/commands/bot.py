"""The command that gives a ticket to the bot."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.conversation import bot
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import BotUntil
from domain.decision import Decision
from services.queries.channels import ChannelLookup
from services.runtime.ids import new_id
from services.write.actor import Outcome, Person
from services.write.command_runner import CommandRunner, Decide
from services.write.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ReactivateRequest:
    """How long the bot keeps the ticket (`hours` only with `until` "hours"), or that the ticket is closed."""

    until: BotUntil
    hours: int | None = None
    close: bool = False


class BotCommands:
    """The command that gives control to the bot."""

    def __init__(self, runner: CommandRunner, channels: ChannelLookup) -> None:
        self._runner, self._channels = runner, channels

    def reactivate(
        self,
        conversation_id: UUID,
        request: ReactivateRequest,
        expected_version: int,
        by: Person,
        at: datetime,
    ) -> Outcome:
        """Give the ticket to the bot.

        Raises:
            NotFound, NoOpenTicket, NoBot, ControlMoved, ConcurrentChange
        """
        return self._runner.run(
            conversation_id, expected_version, by, self.reactivate_decision(request, by, at)
        )

    def reactivate_decision(self, request: ReactivateRequest, by: Person, at: datetime) -> Decide:
        """Build the decision to give a ticket to the bot of its channel; each ticket is a turn of its own."""
        back_at = None if request.hours is None else at + timedelta(hours=request.hours)

        def decide(conversation: Conversation, expected_version: int | None, _: UnitOfWork) -> Decision:
            channel_id = conversation.channel_id
            channel = self._channels.by_id([(by.tenant_id, channel_id)]).get(channel_id)
            has_bot = channel is not None and channel.has_bot
            return bot.reactivate(
                conversation,
                request.until,
                back_at,
                request.close,
                new_id(),
                has_bot,
                by.id,
                at,
                expected_version,
            )

        return decide
