"""Undo one's own close, snooze or transfer within a minute."""

from datetime import datetime, timedelta
from uuid import UUID

from domain.conversation.holder import BotControl
from domain.conversation.state import BOT_TIME, Conversation
from domain.conversation.ticket_events import DEFAULT_QUEUE, BotReactivated, MoveUndone
from domain.conversation.window import watch
from domain.decision import Decision, decided
from domain.refusals import NothingToUndo, UndoTooLate

UNDO_TIME = timedelta(seconds=60)


def undo(
    conversation: Conversation,
    turn_id: UUID,
    by: UUID,
    at: datetime,
    expected_version: int | None,
    owner_left: bool = False,
    team_left: bool = False,
) -> Decision:
    """Undo the last move if it is a close, snooze or transfer made by `by`: the ticket is as it was before.

    Messages whose schedule the close cancelled stay cancelled, and tags stay. A bot that gets the ticket back
    is asked again, in the turn `turn_id`; answers to its earlier turns are refused. If the owner has left
    meanwhile, the ticket waits in its queue; if its team is gone (`team_left`), in the default one.

    Raises:
        ControlMoved
        NothingToUndo: another move came since, it was somebody else's, or the new owner has answered.
        UndoTooLate
    """
    conversation.require_version(expected_version)
    move = conversation.undoable
    if move is None or move.by != by or move.answered:
        raise NothingToUndo
    if at > move.at + UNDO_TIME:
        raise UndoTooLate
    ticket, holder, snooze = conversation.ticket, move.before, move.before.snooze
    unanswered_since, unread = conversation.unanswered
    undone = MoveUndone(
        ticket=ticket,
        move=move.move,
        with_bot=holder.bot is not None,
        owner=None if owner_left else holder.owner,
        queue=DEFAULT_QUEUE if team_left else holder.queue,
        snoozed_until=None if snooze is None else snooze.until,
        keeps=snooze is not None and snooze.stays_on_reply,
        unanswered_since=unanswered_since,
        unread=unread,
        by=by,
        left=holder.owner if owner_left else None,
    )
    if holder.bot is not None:
        return decided(undone, _ask_again(conversation, holder.bot, turn_id, by, at))
    if snooze is not None:
        return decided(undone) + watch(ticket, snooze.until, conversation.window_ends_at, at)
    return decided(undone)


def undo_until(conversation: Conversation, by: UUID) -> datetime | None:
    """Return until when `by` may undo the newest move; None when they may not."""
    move = conversation.undoable
    return move.at + UNDO_TIME if move is not None and move.by == by and not move.answered else None


def _ask_again(
    conversation: Conversation, bot: BotControl, turn_id: UUID, by: UUID, at: datetime
) -> BotReactivated:
    return BotReactivated(
        ticket=conversation.ticket,
        until=bot.until or "flow_end",
        back_at=bot.back_at,
        by=by,
        turn_id=turn_id,
        epoch=conversation.control + 2,
        answer_by=None if conversation.window_closes_before(at) else at + BOT_TIME,
    )
