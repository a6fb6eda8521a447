"""The lasting thread of one contact on one channel: what the acts need to know of it, and `evolve`."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from domain.conversation.message_events import ConversationStarted, MessageReceived, MessageSent
from domain.conversation.ticket_events import (
    DEFAULT_QUEUE,
    Assigned,
    BotReactivated,
    BotUntil,
    BotWaits,
    Closed,
    HandedOff,
    MarkedAnswered,
    MarkedUnanswered,
    MessageScheduled,
    Move,
    MoveUndone,
    Reopened,
    ScheduleEnded,
    Snoozed,
    Tagged,
    TicketEvent,
    TicketOpened,
    Transferred,
    Unassigned,
    Untagged,
    WindowClosing,
    WindowWatched,
    Woken,
    team_of,
)
from domain.event import Event
from domain.refusals import ControlMoved, NoOpenTicket

MAX_TEXT = 4096
REMEMBERED_MOVES = 4
TIME_TO_ANSWER = timedelta(minutes=15)
BOT_TIME = timedelta(seconds=60)
"""How long the bot may take to answer its oldest turn."""


TicketState = Literal["bot", "queue", "open", "snoozed", "closed"]


@dataclass(frozen=True, slots=True)
class Undoable:
    """The newest move that its author may take back, and how the ticket stood before it.

    Not once it is `answered`: whoever has the ticket now spoke to the customer.
    """

    move: Move
    by: UUID
    at: datetime
    with_bot: bool
    owner: UUID | None
    queue: str
    snoozed_until: datetime | None
    keeps: bool
    unanswered_since: datetime | None
    unread: int
    bot_until: BotUntil | None
    back_at: datetime | None
    answered: bool = False


@dataclass(frozen=True, slots=True)
class PastVersion:
    """How the ticket stood at an earlier control version: who held that version saw it like this.

    `mover` is who could take back the move that made this version, and knows it though they saw it no more.
    """

    control: int
    state: TicketState
    owner: UUID | None
    queue: str
    undoable_by: UUID | None


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A message that waits for its hour."""

    id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the rules need to know of one contact's thread; never the transcript.

    `ticket` is the number of the newest ticket (0: none yet). `control` is its control version, raised by
    opening, hand-off, assignment, transfer, bot, snooze, wake, close, reopening and undo, never by messages;
    while the bot has the ticket it is the bot's epoch. `newest_second` is the latest second of the thread:
    what goes out is never sorted before it. `snoozed_until` is set while it is put off; with `keeps` the
    customer's messages do not bring it back; at `warn_at` people are warned that its window closes first.
    `bot_turn` is the bot's newest turn, `bot_due` when its time to answer ends; `bot_turns` counts its turns
    in this epoch, `bot_said` what it said since the customer's last message, under whichever epochs. It has
    the ticket until `bot_until` says. `stood` remembers its last few moves.
    """

    channel_id: UUID
    contact_id: UUID
    ticket: int = 0
    state: TicketState = "closed"
    owner: UUID | None = None
    queue: str = DEFAULT_QUEUE
    control: int = 0
    unanswered_since: datetime | None = None
    unread: int = 0
    window_ends_at: datetime | None = None
    newest_second: datetime | None = None
    snoozed_until: datetime | None = None
    keeps: bool = False
    warn_at: datetime | None = None
    bot_turn: UUID | None = None
    bot_due: datetime | None = None
    bot_turns: int = 0
    bot_said: int = 0
    bot_until: BotUntil | None = None
    back_at: datetime | None = None
    tags: frozenset[str] = frozenset()
    scheduled: tuple[Scheduled, ...] = ()
    closed_at: datetime | None = None
    undoable: Undoable | None = None
    recent_versions: tuple[PastVersion, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state != "closed"

    @property
    def team(self) -> str | None:
        """The team whose ticket it is, if it is one's."""
        return team_of(self.queue)

    def window_closes_before(self, hour: datetime) -> bool:
        """Whether free text is refused at that hour, as things stand."""
        return self.window_ends_at is None or hour >= self.window_ends_at

    def last_safe_hour(self, at: datetime) -> datetime | None:
        """The last instant that leaves time to answer before the window closes; None when it has passed."""
        if self.window_ends_at is None or (safe := self.window_ends_at - TIME_TO_ANSWER) <= at:
            return None
        return safe

    @property
    def open_ticket(self) -> int | None:
        """Its number while one is open."""
        return self.ticket if self.is_open else None

    def require_open(self) -> int:
        if not self.is_open:
            raise NoOpenTicket
        return self.ticket

    def require_version(self, expected: int | None) -> None:
        """Refuse unless the control version is `expected` (None: any).

        Raises:
            ControlMoved: with the present version and owner.
        """
        if expected is not None and expected != self.control:
            raise ControlMoved(self.control, self.owner)


def evolve(conversation: Conversation | None, event: Event) -> Conversation:
    """The conversation after `event`. Runs for years over old facts: it only assigns."""
    if isinstance(event, ConversationStarted):
        return Conversation(channel_id=event.channel_id, contact_id=event.contact_id)
    assert conversation is not None, "a stream begins with ConversationStarted"
    match event:
        case MessageReceived():
            asked = event.epoch is not None
            return replace(
                conversation,
                unanswered_since=conversation.unanswered_since or event.received_at,
                unread=conversation.unread + 1,
                window_ends_at=event.window_ends_at,
                newest_second=_newer(conversation.newest_second, event.sent_at),
                bot_turn=event.message_id if asked else conversation.bot_turn,
                bot_due=event.answer_by if asked else conversation.bot_due,
                bot_turns=conversation.bot_turns + asked,
                bot_said=0,
            )
        case MessageSent():
            answered = event.author == "agent"
            said = event.author == "bot"
            return replace(
                conversation,
                unanswered_since=None if answered else conversation.unanswered_since,
                unread=0 if answered else conversation.unread,
                newest_second=_newer(conversation.newest_second, event.sent_at),
                bot_due=event.answer_by if said else conversation.bot_due,
                bot_said=conversation.bot_said + said,
                undoable=_undoable_after(event, conversation),
            )
        case BotWaits():
            return replace(conversation, bot_due=None)
        case MarkedAnswered():
            return replace(conversation, unanswered_since=None, unread=0)
        case MarkedUnanswered(marked_at=marked_at):
            return replace(conversation, unanswered_since=marked_at)
        case WindowWatched(warn_at=warn_at):
            return replace(conversation, warn_at=warn_at)
        case WindowClosing():
            return replace(conversation, warn_at=None)
        case Tagged(tag=tag):
            return replace(conversation, tags=conversation.tags | {tag})
        case Untagged(tag=tag):
            return replace(conversation, tags=conversation.tags - {tag})
        case MessageScheduled(scheduled_id=id, due_at=due_at):
            return replace(conversation, scheduled=(*conversation.scheduled, Scheduled(id, due_at)))
        case ScheduleEnded(scheduled_id=id):
            return replace(conversation, scheduled=tuple(s for s in conversation.scheduled if s.id != id))
        case TicketEvent():
            return _moved(conversation, event)
        case _:
            return conversation


def _moved(conversation: Conversation, event: TicketEvent) -> Conversation:
    """After an event that raises the control version; what only the bot or an earlier move knew is over."""
    c = conversation
    mover = None if c.undoable is None else c.undoable.by
    stood = (*c.recent_versions, PastVersion(c.control, c.state, c.owner, c.queue, mover))[-REMEMBERED_MOVES:]
    raised = replace(
        conversation,
        control=conversation.control + 1,
        bot_turn=None,
        recent_versions=stood,
        bot_due=None,
        bot_turns=0,
        bot_until=None,
        back_at=None,
        undoable=None,
    )
    match event:
        case TicketOpened():
            return replace(
                raised,
                ticket=event.ticket,
                state="bot" if event.with_bot else "queue",
                owner=None,
                queue=event.queue,
                control=event.control,
                unanswered_since=None,
                unread=0,
                window_ends_at=event.window_ends_at,
                snoozed_until=None,
                keeps=False,
                warn_at=None,
                tags=frozenset(),
                closed_at=None,
            )
        case HandedOff(queue=queue):
            return replace(_with_people(raised, None), queue=queue)
        case Assigned(agent_id=agent_id):
            return _with_people(raised, agent_id)
        case Unassigned():
            return _with_people(raised, None)
        case Transferred(queue=queue, agent_id=agent_id, by=by, moved_at=at):
            undoable = _undoable(conversation, "transfer", by, at)
            return replace(_with_people(raised, agent_id), queue=queue, undoable=undoable)
        case Snoozed(until=until, keep=keep, by=by, moved_at=at):
            before = replace(conversation, owner=None) if event.took else conversation
            undoable = _undoable(before, "snooze", by, at)
            put_off = replace(raised, snoozed_until=until, keeps=keep, warn_at=None, undoable=undoable)
            return _with_people(put_off, conversation.owner)
        case Woken():
            woken = replace(raised, snoozed_until=None, keeps=False, warn_at=None)
            return _with_people(woken, conversation.owner)
        case BotReactivated():
            return replace(
                raised,
                state="bot",
                owner=None,
                snoozed_until=None,
                keeps=False,
                warn_at=None,
                bot_turn=event.turn_id,
                bot_due=event.answer_by,
                bot_until=event.until,
                back_at=event.back_at,
            )
        case Closed(by=by, moved_at=at):
            return replace(
                raised,
                state="closed",
                unanswered_since=None,
                unread=0,
                snoozed_until=None,
                keeps=False,
                warn_at=None,
                closed_at=at,
                undoable=_undoable(conversation, "close", by, at),
            )
        case Reopened(owner=owner, queue=queue):
            return _with_people(replace(raised, closed_at=None, queue=queue or conversation.queue), owner)
        case MoveUndone():
            restored = replace(
                raised,
                queue=event.queue,
                snoozed_until=event.snoozed_until,
                keeps=event.keeps,
                warn_at=None,
                unanswered_since=event.unanswered_since,
                unread=event.unread,
                closed_at=None,
            )
            if event.with_bot:
                return replace(restored, state="bot", owner=None)
            return _with_people(restored, event.owner)
        case _:
            return conversation


def _with_people(conversation: Conversation, owner: UUID | None) -> Conversation:
    """Put off, in the hands of `owner`, or in the queue."""
    return replace(conversation, state=state_with_people(owner, conversation.snoozed_until), owner=owner)


def _undoable_after(said: MessageSent, conversation: Conversation) -> Undoable | None:
    """What may be taken back now; what somebody else moved, not once its owner has answered."""
    move = conversation.undoable
    if move is None or said.author != "agent" or not move.by != said.agent_id == conversation.owner:
        return move
    return replace(move, answered=True)


def _undoable(
    conversation: Conversation, move: Move, by: UUID | None, at: datetime | None
) -> Undoable | None:
    if by is None or at is None:
        return None
    return Undoable(
        move=move,
        by=by,
        at=at,
        with_bot=conversation.state == "bot",
        owner=conversation.owner,
        queue=conversation.queue,
        snoozed_until=conversation.snoozed_until,
        keeps=conversation.keeps,
        unanswered_since=conversation.unanswered_since,
        unread=conversation.unread,
        bot_until=conversation.bot_until,
        back_at=conversation.back_at,
    )


def state_with_people(owner: UUID | None, snoozed_until: datetime | None) -> TicketState:
    """How an open ticket stands that the bot does not have."""
    if snoozed_until is not None:
        return "snoozed"
    return "queue" if owner is None else "open"


def _newer(newest: datetime | None, second: datetime) -> datetime:
    return second if newest is None else max(newest, second)
