"""The bot's turns with a ticket: when it may speak, what it may do, and when people take over.

It speaks under an epoch, the control version that gave it the ticket. Each message of the customer is a turn.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.conversation.close import end_service
from domain.conversation.holder import BotControl
from domain.conversation.message_events import MessageSent
from domain.conversation.state import BOT_TIME, MAX_TEXT, Conversation
from domain.conversation.ticket_events import BotReactivated, BotReplyRefused, BotUntil, BotWaits, HandedOff
from domain.decision import Decision, decided, nothing_to_do
from domain.refusals import NoBot
from domain.text import is_blank

MAX_MESSAGES = 10
"""Messages of the bot since the customer's last one; more is a loop."""

MAX_TURNS = 50
"""Turns of the bot in one epoch; more is a loop."""

MAX_REFUSED_TEXT = 10_000
"""Characters of a refused reply that are kept."""


@dataclass(frozen=True, slots=True)
class NextTurn:
    """The bot may answer under `epoch`, until `answer_by`."""

    epoch: int
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class HandOffAction:
    """Hand the ticket to people, with what the bot knows of the customer; without a queue, where it is."""

    queue: str | None
    reason: str
    card: dict[str, Any] | None = None
    variables: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class EndAction:
    """End the bot's flow."""


@dataclass(frozen=True, slots=True)
class CloseAction:
    """Close the ticket."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WaitAction:
    """Say nothing for now."""


Action = HandOffAction | EndAction | CloseAction | WaitAction


@dataclass(frozen=True, slots=True)
class BotReply:
    """The bot's answer to a turn: messages, each with the id that it will have, then an action."""

    id: str
    turn_id: UUID
    epoch: int
    messages: tuple[tuple[UUID, str], ...] = ()
    action: Action | None = None


def next_turn(conversation: Conversation, at: datetime) -> NextTurn | HandedOff:
    """Return the turn that a customer's message gives to the bot, or the hand-off to people.

    A turn that still waits for its answer is not given more time by the next one.
    """
    if (reason := _overdue(conversation, at)) is not None:
        return _to_people(conversation, reason)
    bot = conversation.bot
    if bot is not None and bot.turns >= MAX_TURNS:
        return _to_people(conversation, "bot_loop")
    due_at = None if bot is None else bot.due_at
    return NextTurn(conversation.control, due_at or at + BOT_TIME)


def take_over_due(conversation: Conversation, at: datetime) -> Decision:
    """Hand the ticket to people when the bot is silent for too long, or its time with the ticket is over."""
    reason = _overdue(conversation, at)
    return nothing_to_do if reason is None else decided(_to_people(conversation, reason))


def reply(conversation: Conversation, answer: BotReply, at: datetime) -> Decision:
    """Answer the customer for the bot; what is not allowed is never sent, but kept with the reason."""
    if (reason := _refusal(conversation, answer, at)) is None:
        return _messages(conversation, answer, at) + _act(conversation, answer)
    refused = BotReplyRefused(
        ticket=conversation.open_ticket,
        reply_id=answer.id,
        epoch=answer.epoch,
        reason=reason,
        text="\n".join(text for _, text in answer.messages)[:MAX_REFUSED_TEXT] or None,
    )
    if reason == "loop":
        return decided(refused, _to_people(conversation, "bot_loop"))
    return decided(refused)


def reactivate(
    conversation: Conversation,
    until: BotUntil,
    back_at: datetime | None,
    close: bool,
    turn_id: UUID,
    channel_has_bot: bool,
    by: UUID,
    at: datetime,
    expected_version: int | None,
) -> Decision:
    """Give the ticket to the bot; with `close`, close it: the customer's next message then goes to the bot.

    Raises:
        NoOpenTicket, ControlMoved
        NoBot: the channel has none.
    """
    ticket = conversation.require_open()
    if not channel_has_bot:
        raise NoBot
    bot = conversation.bot
    if bot is not None and (bot.until, bot.back_at) == (until, back_at) and not close:
        return nothing_to_do
    conversation.require_version(expected_version)
    if close:
        return end_service(conversation, by, None, "bot")  # without a time: the next message opens a new one
    return decided(
        BotReactivated(
            ticket=ticket,
            until=until,
            back_at=back_at,
            by=by,
            turn_id=turn_id,
            epoch=conversation.control + 1,
            answer_by=None if conversation.window_closes_before(at) else at + BOT_TIME,
        )
    )


def _overdue(conversation: Conversation, at: datetime) -> str | None:
    bot = conversation.bot
    if bot is None:
        return None
    if bot.due_at is not None and bot.due_at <= at:
        return "bot_silent"
    if bot.back_at is not None and bot.back_at <= at:
        return "hours_passed"
    return None


def _refusal(conversation: Conversation, answer: BotReply, at: datetime) -> str | None:
    """Return why this reply is not allowed; None when it is."""
    if not conversation.is_open:
        return "no_ticket"
    if conversation.bot is None or conversation.control != answer.epoch:
        return "epoch"
    texts = [text for _, text in answer.messages]
    if any(is_blank(text) for text in texts) or not (texts or answer.action):
        return "empty"
    if any(len(text) > MAX_TEXT for text in texts):
        return "too_long"
    if len(texts) > MAX_MESSAGES:
        return "too_many"
    if texts and conversation.window_closes_before(at):
        return "window_closed"
    if conversation.bot_said + len(texts) > MAX_MESSAGES:
        return "loop"
    return None


def _messages(conversation: Conversation, answer: BotReply, at: datetime) -> Decision:
    bot = conversation.bot or BotControl()
    newer_turn_waits = bot.due_at is not None and bot.turn_id != answer.turn_id
    return tuple(
        MessageSent(
            ticket=conversation.ticket,
            message_id=message_id,
            channel_id=conversation.channel_id,
            type="text",
            text=text,
            author="bot",
            agent_id=None,
            sent_at=conversation.sort_time(at.replace(microsecond=0)),
            answer_by=at + BOT_TIME if newer_turn_waits else None,
        )
        for message_id, text in answer.messages
    )


def _act(conversation: Conversation, answer: BotReply) -> Decision:
    bot = conversation.bot or BotControl()
    match answer.action:
        case HandOffAction(queue=queue, reason=reason, card=card, variables=variables):
            return decided(
                HandedOff(
                    ticket=conversation.ticket,
                    queue=queue or conversation.queue,
                    reason=reason,
                    by_bot=True,
                    card=card,
                    variables=variables,
                )
            )
        case CloseAction(reason=reason):
            return end_service(conversation, None, None, reason)
        case EndAction() if bot.until in (None, "flow_end"):
            return decided(_to_people(conversation, "flow_ended"))
        case EndAction() | WaitAction() if not answer.messages and answer.turn_id == bot.turn_id:
            return decided(BotWaits(ticket=conversation.ticket))
        case _:
            return nothing_to_do


def _to_people(conversation: Conversation, reason: str) -> HandedOff:
    return HandedOff(ticket=conversation.ticket, queue=conversation.queue, reason=reason)
