"""Who holds a ticket: what each event does to that, for the aggregate and for the read models."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from domain.conversation.message_events import MessageEchoed, MessageReceived, MessageSent
from domain.conversation.ticket_events import (
    Assigned,
    BotReactivated,
    BotUntil,
    BotWaits,
    Closed,
    HandedOff,
    MarkedAnswered,
    MoveUndone,
    OwnerPresent,
    Reopened,
    Snoozed,
    TicketOpened,
    Transferred,
    Unassigned,
    WindowClosing,
    WindowWatched,
    Woken,
)
from domain.event import Event

TicketState = Literal["bot", "queue", "open", "snoozed", "closed"]


class Snooze(NamedTuple):
    """Until when a ticket is snoozed. With `stays_on_reply` the customer's messages do not wake it.

    At `warn_at` people are warned that the window closes before it wakes.
    """

    until: datetime
    stays_on_reply: bool
    warn_at: datetime | None = None


class BotControl(NamedTuple):
    """The bot's control of a ticket: its newest turn, when its oldest one is due, and how many there were.

    It ends as `until` says, or at `back_at`; None for a ticket that was opened with the bot.
    """

    turn_id: UUID | None = None
    due_at: datetime | None = None
    turns: int = 0
    until: BotUntil | None = None
    back_at: datetime | None = None


class Holder(NamedTuple):
    """Who holds a ticket. `control` is its control version; while the bot has it, the bot's epoch.

    A named tuple, for speed: a read model builds one for each move. `snooze` is set while the ticket is
    snoozed, `bot` while the bot has it. `return_at` is set after it came back to its owner, until somebody
    answers or moves it: it goes to its queue then, if the owner is not there.
    """

    control: int
    state: TicketState
    owner: UUID | None
    queue: str
    snooze: Snooze | None = None
    bot: BotControl | None = None
    return_at: datetime | None = None


def moved(holder: Holder, event: Event) -> Holder:
    """Return the holder after one of `MOVES`; a bot keeps nothing of its earlier control."""
    return _RULES[type(event)](holder, event)


def timed(holder: Holder, event: Event) -> Holder:
    """Return the holder after an event that only sets or ends a time: of snooze, bot or return."""
    if isinstance(event, MessageReceived) and event.return_at is not None:
        return holder._replace(return_at=event.return_at)
    snooze, bot = holder.snooze, holder.bot
    if snooze is None and bot is None and holder.return_at is None:
        return holder  # as for most of all messages
    match event:
        case WindowWatched() if snooze is not None:
            return holder._replace(snooze=snooze._replace(warn_at=event.warn_at))
        case WindowClosing() if snooze is not None:
            return holder._replace(snooze=snooze._replace(warn_at=None))
        case MessageReceived(epoch=int()) if bot is not None:
            turn = bot._replace(turn_id=event.message_id, due_at=event.answer_by, turns=bot.turns + 1)
            return holder._replace(bot=turn)
        case MessageSent(author="bot") if bot is not None:
            return holder._replace(bot=bot._replace(due_at=event.answer_by))
        case BotWaits() if bot is not None:
            return holder._replace(bot=bot._replace(due_at=None))
        case (
            MessageSent(author="agent") | MessageEchoed(answers=True) | MarkedAnswered() | OwnerPresent()
        ) if holder.return_at is not None:
            return holder._replace(return_at=None)
        case _:
            return holder


def without_owner(holder: Holder) -> Holder:
    """Return the holder as if the open ticket had no owner."""
    return _with_people(holder.control, None, holder.queue, holder.snooze)


def _with_people(control: int, owner: UUID | None, queue: str, snooze: Snooze | None) -> Holder:
    state: TicketState = "snoozed" if snooze is not None else "queue" if owner is None else "open"
    return Holder(control, state, owner, queue, snooze)


def _opened(_: Holder, event: TicketOpened) -> Holder:
    if event.with_bot:
        return Holder(event.control, "bot", None, event.queue, bot=BotControl())
    return Holder(event.control, "queue", None, event.queue)


def _handed_off(holder: Holder, event: HandedOff) -> Holder:
    return _with_people(holder.control + 1, None, event.queue, holder.snooze)


def _assigned(holder: Holder, event: Assigned) -> Holder:
    return _with_people(holder.control + 1, event.agent_id, holder.queue, holder.snooze)


def _unassigned(holder: Holder, _: Unassigned) -> Holder:
    return _with_people(holder.control + 1, None, holder.queue, holder.snooze)


def _transferred(holder: Holder, event: Transferred) -> Holder:
    return _with_people(holder.control + 1, event.agent_id, event.queue, holder.snooze)


def _bot_reactivated(holder: Holder, event: BotReactivated) -> Holder:
    bot = BotControl(event.turn_id, event.answer_by, until=event.until, back_at=event.back_at)
    return Holder(holder.control + 1, "bot", None, holder.queue, bot=bot)


def _snoozed(holder: Holder, event: Snoozed) -> Holder:
    return _with_people(holder.control + 1, holder.owner, holder.queue, Snooze(event.until, event.keep))


def _woken(holder: Holder, event: Woken) -> Holder:
    woken = _with_people(holder.control + 1, holder.owner, holder.queue, None)
    return woken._replace(return_at=event.return_at)


def _closed(holder: Holder, _: Closed) -> Holder:
    return Holder(holder.control + 1, "closed", holder.owner, holder.queue)


def _reopened(holder: Holder, event: Reopened) -> Holder:
    reopened = _with_people(holder.control + 1, event.owner, event.queue or holder.queue, None)
    return reopened._replace(return_at=event.return_at)


def _move_undone(holder: Holder, event: MoveUndone) -> Holder:
    if event.with_bot:
        return Holder(holder.control + 1, "bot", None, event.queue, bot=BotControl())
    snooze = None if event.snoozed_until is None else Snooze(event.snoozed_until, event.keeps)
    return _with_people(holder.control + 1, event.owner, event.queue, snooze)


_RULES: dict[type[Event], Callable[[Holder, Any], Holder]] = {
    TicketOpened: _opened,
    HandedOff: _handed_off,
    Assigned: _assigned,
    Unassigned: _unassigned,
    Transferred: _transferred,
    BotReactivated: _bot_reactivated,
    Snoozed: _snoozed,
    Woken: _woken,
    Closed: _closed,
    Reopened: _reopened,
    MoveUndone: _move_undone,
}
# Looked up, not matched: `isinstance` of a pydantic class is slow, and read models ask this of each move.

MOVES = frozenset(_RULES)
"""The events that raise the control version."""
