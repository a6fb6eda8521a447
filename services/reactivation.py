"""How people give a ticket to the bot."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from domain import bot
from domain.conversation import Conversation
from domain.decision import Decision
from domain.ticket_events import BotUntil
from services.desk import Desk, Outcome, Person
from services.installation.channels import Channels


@dataclass(frozen=True, slots=True)
class Given:
    """How long the bot is to have the ticket (`hours` with that), or that it ends."""

    until: BotUntil
    hours: int | None = None
    close: bool = False


class Reactivation:
    """The command that gives control to the bot."""

    def __init__(self, desk: Desk, channels: Channels) -> None:
        self._desk, self._channels = desk, channels

    def reactivate(self, conversation_id: UUID, given: Given, seen: int, by: Person, at: datetime) -> Outcome:
        """Give the ticket to the bot.

        Raises:
            NotFound, NoOpenTicket, NoBot, ControlMoved, ConcurrentChange
        """
        back_at = None if given.hours is None else at + timedelta(hours=given.hours)
        turn_id = uuid7()

        def decide(thread: Conversation) -> Decision:
            channel = self._channels.by_id([(by.tenant_id, thread.channel_id)]).get(thread.channel_id)
            has_bot = channel is not None and channel.has_bot
            return bot.reactivate(
                thread, given.until, back_at, given.close, turn_id, by.id, at, seen, has_bot
            )

        return self._desk.moved(conversation_id, seen, by, decide)
