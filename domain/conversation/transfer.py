"""A ticket goes to other hands; and whoever moved it may take that back for a moment."""

from datetime import datetime, timedelta
from uuid import UUID

from domain.conversation.bot import TIME
from domain.conversation.state import Conversation, Undoable
from domain.conversation.ticket_events import (
    DEFAULT_QUEUE,
    Assigned,
    BotReactivated,
    MoveUndone,
    Transferred,
    Unassigned,
    team_of,
)
from domain.conversation.window import watched
from domain.decision import Decision, decided, nothing_to_do
from domain.refusals import NothingToUndo, UndoTooLate
from domain.text import is_blank

UNDO_TIME = timedelta(seconds=60)


def transfer(
    conversation: Conversation,
    queue: str | None,
    agent_id: UUID | None,
    note: str | None,
    by: UUID,
    at: datetime,
    seen: int,
) -> Decision:
    """Hand the ticket to a queue, or to an agent there (`queue` None: where it is).

    Put off, it keeps its hour; the bot loses it. Where it is already nothing happens,
    unless something is said.

    Raises:
        NoOpenTicket, ControlMoved
    """
    ticket = conversation.require_open()
    queue = conversation.queue if queue is None else queue
    said = None if note is None or is_blank(note) else note
    there = (conversation.queue, conversation.owner) == (queue, agent_id) and conversation.state != "bot"
    if there and said is None:
        return nothing_to_do
    conversation.require_seen(seen)
    return decided(Transferred(ticket=ticket, queue=queue, agent_id=agent_id, note=said, by=by, moved_at=at))


def owner_left(conversation: Conversation) -> Decision:
    """Whoever had the ticket does not work here any more: it goes back into its queue.

    Put off, it keeps its hour; what was scheduled goes out. Asked again, nothing happens.
    """
    if not conversation.is_open or conversation.owner is None:
        return nothing_to_do
    return decided(Unassigned(ticket=conversation.ticket, by=None, left=conversation.owner))


def new_holders(conversation: Conversation, facts: Decision) -> tuple[set[UUID], set[str]]:
    """The people and the teams that get the ticket by these facts."""
    agents: set[UUID | None] = set()
    teams: set[str | None] = set()
    for fact in facts:
        match fact:
            case Assigned(agent_id=agent_id):
                agents.add(agent_id)
            case Transferred(queue=queue, agent_id=agent_id):
                agents.add(agent_id)
                teams.add(None if queue == conversation.queue else team_of(queue))
            case MoveUndone(queue=queue, owner=owner):
                agents.add(owner)
                teams.add(team_of(queue))
            case _:
                pass
    return {agent for agent in agents if agent}, {team for team in teams if team}


def undo(
    conversation: Conversation,
    by: UUID,
    at: datetime,
    seen: int,
    turn_id: UUID,
    owner_left: bool = False,
    team_left: bool = False,
) -> Decision:
    """Take back the close, snooze or transfer that `by` made last: the ticket stands as it did before.

    What was scheduled when it was closed stays cancelled, and tags stay. A bot that gets it back is asked
    anew, in the turn `turn_id`: what it was asked before, it may not answer any more. Where its owner has
    left meanwhile it waits in its queue; where its team is no more (`team_left`), in that of no team.

    Raises:
        ControlMoved
        NothingToUndo: something else moved it since, or somebody else did, or whoever got it has answered.
        UndoTooLate
    """
    conversation.require_seen(seen)
    move = conversation.undoable
    if move is None or move.by != by or move.answered:
        raise NothingToUndo
    if at > move.at + UNDO_TIME:
        raise UndoTooLate
    waits = move if move.move == "close" else conversation
    undone = MoveUndone(
        ticket=conversation.ticket,
        move=move.move,
        with_bot=move.with_bot,
        owner=None if owner_left else move.owner,
        queue=DEFAULT_QUEUE if team_left else move.queue,
        snoozed_until=move.snoozed_until,
        keeps=move.keeps,
        unanswered_since=waits.unanswered_since,
        unread=waits.unread,
        by=by,
        left=move.owner if owner_left else None,
    )
    if move.with_bot:
        return decided(undone, _asked_anew(conversation, move, turn_id, by, at))
    if move.snoozed_until is None:
        return decided(undone)
    watch = watched(conversation.ticket, move.snoozed_until, conversation.window_ends_at, at)
    return decided(undone) + watch


def _asked_anew(
    conversation: Conversation, move: Undoable, turn_id: UUID, by: UUID, at: datetime
) -> BotReactivated:
    return BotReactivated(
        ticket=conversation.ticket,
        until=move.bot_until or "flow_end",
        back_at=move.back_at,
        by=by,
        turn_id=turn_id,
        epoch=conversation.control + 2,
        answer_by=None if conversation.window_closes_before(at) else at + TIME,
    )


def undo_until(conversation: Conversation, by: UUID) -> datetime | None:
    """How long `by` may take the newest move back; None when it is not theirs to take back."""
    move: Undoable | None = conversation.undoable
    return move.at + UNDO_TIME if move is not None and move.by == by and not move.answered else None
