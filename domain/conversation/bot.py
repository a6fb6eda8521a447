"""The bot's turns with a ticket: when it may speak, what it may do, and when people take over.

It speaks under an epoch, the control version that gave it the ticket; each message of the customer is a turn.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.conversation.close import end_service
from domain.conversation.message_events import MessageSent
from domain.conversation.state import BOT_TIME, MAX_TEXT, Conversation
from domain.conversation.ticket_events import BotReactivated, BotReplyRefused, BotUntil, BotWaits, HandedOff
from domain.decision import Decision, decided, nothing_to_do
from domain.refusals import NoBot
from domain.text import is_blank

MAX_SAID = 10
"""Messages of the bot behind one of the customer; more is a loop."""

MAX_TURNS = 50
"""Turns of the bot in one epoch; more is a loop."""

MAX_KEPT = 10_000
"""Characters that are kept of what was refused."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The bot may answer under `epoch`, until `answer_by`."""

    epoch: int
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class HandOff:
    """The bot gives the ticket to people, with what it knows of the customer; without a queue where it is."""

    queue: str | None
    reason: str
    card: dict[str, Any] | None = None
    variables: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The bot's flow is at its end."""


@dataclass(frozen=True, slots=True)
class Close:
    """The bot ends the service."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """The bot has nothing to say now."""


Action = HandOff | End | Close | Wait


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot answers to a turn: messages, each with the id that it will have, then an action."""

    id: str
    turn_id: UUID
    epoch: int
    messages: tuple[tuple[UUID, str], ...] = ()
    action: Action | None = None


def asked(conversation: Conversation, at: datetime) -> Turn | HandedOff:
    """The turn that a message of the customer makes while the bot has the ticket; or people take over.

    The time of a turn that still waits is not prolonged by another one.
    """
    if (over := _over(conversation, at)) is not None:
        return _to_people(conversation, over)
    if conversation.bot_turns >= MAX_TURNS:
        return _to_people(conversation, "bot_loop")
    return Turn(conversation.control, conversation.bot_due or at + BOT_TIME)


def given_up(conversation: Conversation, at: datetime) -> Decision:
    """People take over when the bot did not answer in its time, or its hours with the ticket are over."""
    over = _over(conversation, at)
    return nothing_to_do if over is None else decided(_to_people(conversation, over))


def reply(conversation: Conversation, said: Reply, at: datetime) -> Decision:
    """The bot answers. What it may not say is never sent, and kept with the reason."""
    if (reason := _refused(conversation, said, at)) is None:
        return _said(conversation, said, at) + _acted(conversation, said)
    refused = BotReplyRefused(
        ticket=conversation.ticket if conversation.is_open else None,
        reply_id=said.id,
        epoch=said.epoch,
        reason=reason,
        text="\n".join(text for _, text in said.messages)[:MAX_KEPT] or None,
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
    """Give the ticket to the bot; with `close` end it, so that the customer's next message meets the bot.

    Raises:
        NoOpenTicket, ControlMoved
        NoBot: the channel has none.
    """
    ticket = conversation.require_open()
    if not channel_has_bot:
        raise NoBot
    has_it = conversation.state == "bot" and (conversation.bot_until, conversation.back_at) == (
        until,
        back_at,
    )
    if has_it and not close:
        return nothing_to_do
    conversation.require_version(expected_version)
    if close:
        return end_service(conversation, by, None, "bot")  # the bot is to begin anew with the next message
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


def _over(conversation: Conversation, at: datetime) -> str | None:
    if conversation.bot_due is not None and conversation.bot_due <= at:
        return "bot_silent"
    if conversation.back_at is not None and conversation.back_at <= at:
        return "hours_passed"
    return None


def _refused(conversation: Conversation, said: Reply, at: datetime) -> str | None:
    """Why this reply may not happen, if it may not."""
    if not conversation.is_open:
        return "no_ticket"
    if conversation.state != "bot" or conversation.control != said.epoch:
        return "epoch"
    texts = [text for _, text in said.messages]
    if any(is_blank(text) for text in texts) or not (texts or said.action):
        return "empty"
    if any(len(text) > MAX_TEXT for text in texts):
        return "too_long"
    if len(texts) > MAX_SAID:
        return "too_many"
    if texts and conversation.window_closes_before(at):
        return "window_closed"
    if conversation.bot_said + len(texts) > MAX_SAID:
        return "loop"
    return None


def _said(conversation: Conversation, said: Reply, at: datetime) -> Decision:
    second = at.replace(microsecond=0)
    answers_newest = said.turn_id == conversation.bot_turn
    return tuple(
        MessageSent(
            ticket=conversation.ticket,
            message_id=message_id,
            channel_id=conversation.channel_id,
            type="text",
            text=text,
            author="bot",
            agent_id=None,
            sent_at=max(second, conversation.newest_second or second),
            answer_by=None if answers_newest or conversation.bot_due is None else at + BOT_TIME,
        )
        for message_id, text in said.messages
    )


def _acted(conversation: Conversation, said: Reply) -> Decision:
    match said.action:
        case HandOff(queue=queue, reason=reason, card=card, variables=variables):
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
        case Close(reason=reason):
            return end_service(conversation, None, None, reason)
        case End() if conversation.bot_until in (None, "flow_end"):
            return decided(_to_people(conversation, "flow_ended"))
        case End() | Wait() if not said.messages and said.turn_id == conversation.bot_turn:
            return decided(BotWaits(ticket=conversation.ticket))
        case _:
            return nothing_to_do


def _to_people(conversation: Conversation, reason: str) -> HandedOff:
    return HandedOff(ticket=conversation.ticket, queue=conversation.queue, reason=reason)
