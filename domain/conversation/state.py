"""The lasting thread of one contact on one channel: what the acts know of it, and `evolve`."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from domain.conversation.holder import (
    MOVES,
    BotControl,
    Holder,
    Snooze,
    TicketState,
    moved,
    timed,
    without_owner,
)
from domain.conversation.message_events import (
    ConversationErased,
    ConversationStarted,
    MessageEchoed,
    MessageReceived,
    MessageSent,
)
from domain.conversation.participants import joining
from domain.conversation.ticket_events import (
    DEFAULT_QUEUE,
    AnswerFailed,
    AnswerRestored,
    BotWaits,
    Closed,
    MarkedAnswered,
    MarkedUnanswered,
    MessageScheduled,
    Move,
    MoveUndone,
    NoteAdded,
    OwnerPresent,
    Reopened,
    ScheduleEnded,
    Snoozed,
    Tagged,
    TicketEvent,
    TicketOpened,
    Transferred,
    Untagged,
    WindowClosing,
    WindowWatched,
    team_of,
)
from domain.conversation.unanswered import (
    NOTHING_UNANSWERED,
    Answer,
    Answers,
    Unanswered,
    none_waits,
    together,
    waiting,
    with_answer,
    with_outcome,
)
from domain.event import Event
from domain.refusals import ControlMoved, EmptyText, NoOpenTicket, TextTooLong
from domain.text import is_blank

MAX_TEXT = 4096
REMEMBERED_MOVES = 4
TIME_TO_ANSWER = timedelta(minutes=15)
MAX_AHEAD = timedelta(days=731)
"""How far ahead a snooze or a scheduled message may be due."""

BOT_TIME = timedelta(seconds=60)
"""How long the bot may take to answer its oldest turn."""


NO_TICKET = Holder(control=0, state="closed", owner=None, queue=DEFAULT_QUEUE)


@dataclass(frozen=True, slots=True)
class Undoable:
    """The newest move, while its author `by` may undo it: not once the new owner has `answered`.

    `before` is who held the ticket before it.
    """

    move: Move
    by: UUID
    at: datetime
    before: Holder
    answered: bool = False


class PastVersion(NamedTuple):
    """What whoever holds an earlier control version saw.

    `undoable_by` is who could undo the move that made it: they know it though they may not see the ticket.
    """

    control: int
    ticket: int
    state: TicketState
    owner: UUID | None
    queue: str
    undoable_by: UUID | None


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A scheduled message that is neither sent nor cancelled."""

    id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the rules need to know of one contact's thread; never the transcript.

    `ticket` is the number of the newest ticket (0: none yet), `holder` who holds it. `newest_second` is the
    latest second of the thread: no outgoing message is sorted before it. `bot_said` counts the bot's messages
    since the customer's last one, under whichever epochs. `closed_at` is None where a close cannot be
    followed by a reopening. `recent_versions` are the last few control versions, oldest first. `participants`
    are the owners of the newest ticket so far, and whom its notes mention.

    `answers` are the last few answers of people, `after_answer` is what came after the newest one. `failed`
    marks a ticket whose newest answer failed for good, until the next answer or mark. `active_since` is when
    the active message that opened the newest ticket was sent, until the customer answers.
    """

    channel_id: UUID
    contact_id: UUID
    ticket: int = 0
    holder: Holder = NO_TICKET
    answers: Answers = ()
    after_answer: Unanswered = NOTHING_UNANSWERED
    failed: bool = False
    window_ends_at: datetime | None = None
    newest_second: datetime | None = None
    bot_said: int = 0
    tags: frozenset[str] = frozenset()
    scheduled: tuple[Scheduled, ...] = ()
    closed_at: datetime | None = None
    undoable: Undoable | None = None
    recent_versions: tuple[PastVersion, ...] = ()
    participants: frozenset[UUID] = frozenset()
    active_since: datetime | None = None
    erased: bool = False

    @property
    def control(self) -> int:
        """The control version: raised by every move, never by messages."""
        return self.holder.control

    @property
    def state(self) -> TicketState:
        return self.holder.state

    @property
    def owner(self) -> UUID | None:
        return self.holder.owner

    @property
    def queue(self) -> str:
        return self.holder.queue

    @property
    def team(self) -> str | None:
        """The team whose queue the ticket is in; None in the default queue."""
        return team_of(self.holder.queue)

    @property
    def snooze(self) -> Snooze | None:
        return self.holder.snooze

    @property
    def bot(self) -> BotControl | None:
        return self.holder.bot

    @property
    def is_open(self) -> bool:
        return self.holder.state != "closed"

    @property
    def open_ticket(self) -> int | None:
        """The number of the ticket while it is open."""
        return self.ticket if self.is_open else None

    @property
    def unanswered(self) -> Unanswered:
        """What waits for an answer; of a closed ticket, what waits again if the close is undone."""
        return waiting(self.answers, self.ticket, self.after_answer)

    @property
    def unanswered_since(self) -> datetime | None:
        """Since when the customer waits; in a closed ticket nobody does."""
        return self.unanswered.since if self.is_open else None

    @property
    def unread(self) -> int:
        """The number of the customer's messages without an answer."""
        return self.unanswered.unread if self.is_open else 0

    def window_closes_before(self, at: datetime) -> bool:
        """Return whether free text is refused `at` that time, unless the customer writes before."""
        return self.window_ends_at is None or at >= self.window_ends_at

    def last_safe_time(self, at: datetime) -> datetime | None:
        """Return when the window closes less some time to write an answer; None when that has passed."""
        if self.window_ends_at is None or (safe := self.window_ends_at - TIME_TO_ANSWER) <= at:
            return None
        return safe

    def sort_time(self, at: datetime) -> datetime:
        """Return the time that an outgoing message or note of `at` is sorted by: never before its thread."""
        return max(at, self.newest_second or at)

    def require_open(self) -> int:
        """Return the number of the open ticket.

        Raises:
            NoOpenTicket
        """
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


def require_text(text: str) -> None:
    """Refuse a text that an agent cannot write.

    Raises:
        EmptyText, TextTooLong
    """
    if is_blank(text):
        raise EmptyText
    if len(text) > MAX_TEXT:
        raise TextTooLong


def evolve(conversation: Conversation | None, event: Event) -> Conversation:
    """Return the conversation after `event`. Old facts are folded for years: it only assigns."""
    if isinstance(event, ConversationStarted):
        return Conversation(channel_id=event.channel_id, contact_id=event.contact_id)
    assert conversation is not None, "a stream begins with ConversationStarted"
    c = conversation
    match event:
        case MessageReceived():
            return replace(
                c,
                holder=timed(c.holder, event),
                after_answer=together(c.after_answer, Unanswered(event.written_at, 1)),
                window_ends_at=event.window_ends_at,
                newest_second=_newer(c.newest_second, event.sent_at),
                bot_said=0,
                active_since=None,
            )
        case MessageSent():
            return _sent(c, event)
        case MessageEchoed():
            return _echoed(c, event)
        case TicketEvent() if type(event) in MOVES:
            return _moved(c, event)
        case WindowWatched() | WindowClosing() | BotWaits() | OwnerPresent():
            return replace(c, holder=timed(c.holder, event))
        case MarkedAnswered():
            settled = none_waits(c.answers, c.ticket)
            holder = timed(c.holder, event)
            return replace(c, holder=holder, answers=settled, after_answer=NOTHING_UNANSWERED, failed=False)
        case MarkedUnanswered(marked_at=marked_at):
            return replace(c, after_answer=c.after_answer._replace(since=marked_at), failed=False)
        case AnswerFailed(message_id=message_id):
            marked = event.failed and event.ticket == c.ticket
            answers = with_outcome(c.answers, message_id, failed=True)
            return replace(c, answers=answers, failed=c.failed or marked)
        case AnswerRestored(message_id=message_id):
            unmarked = not event.failed and event.ticket == c.ticket
            answers = with_outcome(c.answers, message_id, failed=False)
            return replace(c, answers=answers, failed=c.failed and not unmarked)
        case NoteAdded():
            return replace(c, participants=c.participants.union(joining(event)))
        case Tagged(tag=tag):
            return replace(c, tags=c.tags | {tag})
        case Untagged(tag=tag):
            return replace(c, tags=c.tags - {tag})
        case MessageScheduled(scheduled_id=id, due_at=due_at):
            return replace(c, scheduled=(*c.scheduled, Scheduled(id, due_at)))
        case ScheduleEnded(scheduled_id=id):
            return replace(c, scheduled=tuple(s for s in c.scheduled if s.id != id))
        case ConversationErased():
            return replace(c, undoable=None, erased=True)
        case _:
            return c


def _sent(c: Conversation, event: MessageSent) -> Conversation:
    newest_second = _newer(c.newest_second, event.sent_at)
    match event.author:
        case "agent":
            undoable = _undoable_after_answer(c, event.agent_id)
            active = event.sent_at if event.opens else c.active_since
            c = replace(_answered(c, event), active_since=active)
            return replace(c, newest_second=newest_second, undoable=undoable)
        case "bot":
            holder = timed(c.holder, event)
            return replace(c, holder=holder, newest_second=newest_second, bot_said=c.bot_said + 1)
        case _:
            return replace(c, newest_second=newest_second)


def _echoed(c: Conversation, event: MessageEchoed) -> Conversation:
    newest_second = _newer(c.newest_second, event.sent_at)
    if event.ticket is None or not event.answers:
        return replace(c, newest_second=newest_second)
    return replace(_answered(c, event), newest_second=newest_second)


def _answered(c: Conversation, event: MessageSent | MessageEchoed) -> Conversation:
    """Return the conversation after an answer of people."""
    return replace(
        c,
        holder=timed(c.holder, event),
        answers=with_answer(c.answers, Answer(c.ticket, event.message_id, c.after_answer)),
        after_answer=NOTHING_UNANSWERED,
        failed=False,
    )


def _moved(c: Conversation, event: TicketEvent) -> Conversation:
    before = c.holder
    undoable_by = None if c.undoable is None else c.undoable.by
    past = PastVersion(before.control, c.ticket, before.state, before.owner, before.queue, undoable_by)
    earlier = frozenset[UUID]() if isinstance(event, TicketOpened) else c.participants
    return replace(
        c,
        holder=moved(before, event),
        undoable=_undoable(c, event),
        recent_versions=(*c.recent_versions[1 - REMEMBERED_MOVES :], past),
        participants=earlier.union(joining(event)),
        **_changes_beside_holder(c, event),
    )


def _changes_beside_holder(c: Conversation, event: TicketEvent) -> dict[str, Any]:
    match event:
        case TicketOpened(ticket=ticket, window_ends_at=window_ends_at):
            return {
                "ticket": ticket,
                "after_answer": NOTHING_UNANSWERED,
                "failed": False,
                "window_ends_at": window_ends_at,
                "tags": frozenset(),
                "closed_at": None,
            }
        case Closed(moved_at=at):
            return {"closed_at": at}
        case Reopened():
            # What was written before its end needs no answer, not even if one fails later.
            settled = tuple(answer._replace(answered=NOTHING_UNANSWERED) for answer in c.answers)
            return {"answers": settled, "after_answer": NOTHING_UNANSWERED, "closed_at": None}
        case MoveUndone(unanswered_since=since, unread=unread):
            told = Unanswered(since, unread)
            if told == c.unanswered:
                return {"closed_at": None}
            # An old fact: it counted from the arrival of a message, not from when it was written.
            settled = none_waits(c.answers, c.ticket)
            return {"answers": settled, "after_answer": told, "closed_at": None}
        case _:
            return {}


def _undoable(c: Conversation, event: TicketEvent) -> Undoable | None:
    """Return the move if somebody may undo it; without author (the bot) or time (old facts) nobody may."""
    move: Move
    match event:
        case Closed(by=UUID() as by, moved_at=datetime() as at):
            move, holder = "close", c.holder
        case Transferred(by=by, moved_at=at):
            move, holder = "transfer", c.holder
        case Snoozed(by=by, moved_at=datetime() as at):
            move, holder = "snooze", without_owner(c.holder) if event.took else c.holder
        case _:
            return None
    return Undoable(move, by, at, holder)


def _undoable_after_answer(c: Conversation, agent_id: UUID | None) -> Undoable | None:
    """Return what can still be undone: a move by somebody else cannot, once its owner has answered."""
    move = c.undoable
    if move is None or not move.by != agent_id == c.owner:
        return move
    return replace(move, answered=True)


def _newer(newest: datetime | None, second: datetime) -> datetime:
    return second if newest is None else max(newest, second)
