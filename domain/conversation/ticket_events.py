"""What can happen to a ticket: whose turn it is, and until when."""

from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from domain.event import Event, Personal

DEFAULT_QUEUE = "default"
"""The queue of no team: everybody's. Every other queue is the id of a team."""


def team_of(queue: str) -> str | None:
    """The team whose queue it is; None for that of no team."""
    return None if queue == DEFAULT_QUEUE else queue


def queue_of(team_id: UUID | None) -> str:
    """The queue of a team, or that of no team."""
    return DEFAULT_QUEUE if team_id is None else str(team_id)


BotUntil = Literal["flow_end", "hours", "agent"]
Move = Literal["close", "snooze", "transfer"]
ScheduleCause = Literal["sent", "agent", "customer", "window_closed", "closed", "erased"]


class ConversationEvent(Event):
    """A fact of one conversation."""


class TicketEvent(ConversationEvent):
    """A fact of one ticket of a conversation."""

    ticket: int


class TicketOpened(TicketEvent):
    """A service began; it brings what a new row of the workspace shows.

    `control` is the control version that the ticket begins with: it goes on from that of the ticket before.
    Where the contact is an alias, `person_id` and `person_name` are those of the contact it is merged into.
    """

    TOPIC: ClassVar = "conversation.ticket_opened"
    channel_id: UUID
    contact_id: UUID
    name: Personal[str | None]
    phone: Personal[str | None]
    with_bot: bool
    window_ends_at: AwareDatetime | None
    opened_at: AwareDatetime
    control: int = 1
    queue: str = DEFAULT_QUEUE
    person_id: UUID | None = None
    person_name: Personal[str | None] = None


class HandedOff(TicketEvent):
    """The ticket came to people, into a queue, with what the bot knows of the customer.

    `reason` is a word of ours (`no_bot`, `bot_silent`, `bot_loop`, `flow_ended`, `hours_passed`,
    `agent_wrote`) or, with `by_bot`, the bot's own.
    """

    TOPIC: ClassVar = "conversation.handed_off"
    queue: str
    reason: str
    by_bot: bool = False
    card: Personal[dict[str, Any] | None] = None
    variables: Personal[dict[str, Any] | None] = None


class Assigned(TicketEvent):
    """An agent has the ticket now: by their own hand, another's, or (`by` None) the rule of assignment."""

    TOPIC: ClassVar = "conversation.assigned"
    VERSION: ClassVar = 2
    agent_id: UUID
    by: UUID | None


class Unassigned(TicketEvent):
    """The ticket went back into its queue.

    By somebody's hand, or (`by` None) because `left`, who had it, does not work here any more.
    """

    TOPIC: ClassVar = "conversation.unassigned"
    VERSION: ClassVar = 2
    by: UUID | None
    left: UUID | None = None


class Transferred(TicketEvent):
    """The ticket was handed to another team's queue, or to an agent (there, or where it was)."""

    TOPIC: ClassVar = "conversation.transferred"
    queue: str
    agent_id: UUID | None
    note: Personal[str | None]
    by: UUID
    moved_at: AwareDatetime


class MarkedAnswered(TicketEvent):
    """An agent says that nothing waits for an answer here."""

    TOPIC: ClassVar = "conversation.marked_answered"
    by: UUID


class MarkedUnanswered(TicketEvent):
    """An agent says that this still waits for an answer."""

    TOPIC: ClassVar = "conversation.marked_unanswered"
    by: UUID
    marked_at: AwareDatetime


class Snoozed(TicketEvent):
    """An agent puts the ticket off until an instant, chosen in their own `zone` (an IANA name).

    With `keep` a message of the customer does not bring it back before. A later one replaces it. With `took`
    they got the ticket by it, which nobody had.
    """

    TOPIC: ClassVar = "conversation.snoozed"
    until: AwareDatetime
    zone: str
    keep: bool
    reason: Personal[str | None]
    by: UUID
    moved_at: AwareDatetime | None = None
    took: bool = False


class Woken(TicketEvent):
    """It is back among the open tickets: its hour came, the customer wrote, or somebody (`by`) called it."""

    TOPIC: ClassVar = "conversation.woken"
    cause: Literal["time", "customer", "agent"]
    by: UUID | None = None


class WindowWatched(TicketEvent):
    """The window of a ticket that is put off closes before its hour: a warning is due at `warn_at`.

    None when the customer wrote and it no longer does.
    """

    TOPIC: ClassVar = "conversation.window_watched"
    warn_at: AwareDatetime | None


class WindowClosing(TicketEvent):
    """The warning: the ticket is still put off, and its window closes at `ends_at`."""

    TOPIC: ClassVar = "conversation.window_closing"
    ends_at: AwareDatetime


class BotReactivated(TicketEvent):
    """An agent gave the ticket to the bot: until its flow ends, until `back_at`, or until an agent writes.

    The bot's epoch is the control version that this makes, `epoch`. It is the bot's turn, to be answered by
    `answer_by`; None while the window is closed: then the bot waits for the customer.
    """

    TOPIC: ClassVar = "conversation.bot_reactivated"
    until: BotUntil
    back_at: AwareDatetime | None
    by: UUID
    turn_id: UUID
    epoch: int
    answer_by: AwareDatetime | None


class BotWaits(TicketEvent):
    """The bot took its turn without a word: it keeps the ticket, and waits for the customer."""

    TOPIC: ClassVar = "conversation.bot_waits"


class BotReplyRefused(ConversationEvent):
    """A reply of the bot that came too late, or was not allowed: never sent, kept for audit.

    `epoch` is the one that the bot answered in; `reason` says what was wrong (`epoch`, `no_ticket`,
    `window_closed`, `empty`, `too_long`, `too_many`, `loop`).
    """

    TOPIC: ClassVar = "conversation.bot_reply_refused"
    ticket: int | None
    reply_id: str
    epoch: int
    reason: str
    text: Personal[str | None]


class NoteAdded(TicketEvent):
    """An agent wrote to colleagues, inside the thread; the customer never sees it."""

    TOPIC: ClassVar = "conversation.note_added"
    note_id: UUID
    text: Personal[str]
    mentions: list[UUID]
    by: UUID
    written_at: AwareDatetime


class Tagged(TicketEvent):
    """A tag was put on the ticket."""

    TOPIC: ClassVar = "conversation.tagged"
    tag: str
    by: UUID


class Untagged(TicketEvent):
    """A tag was taken off the ticket."""

    TOPIC: ClassVar = "conversation.untagged"
    tag: str
    by: UUID


class MessageScheduled(TicketEvent):
    """An agent wrote a message that goes out at `due_at`, unless the customer writes first."""

    TOPIC: ClassVar = "conversation.message_scheduled"
    scheduled_id: UUID
    text: Personal[str]
    due_at: AwareDatetime
    zone: str
    by: UUID


class ScheduleEnded(TicketEvent):
    """A scheduled message was sent (as `message_id`), or will not be: `cause` says why."""

    TOPIC: ClassVar = "conversation.schedule_ended"
    scheduled_id: UUID
    cause: ScheduleCause
    message_id: UUID | None = None
    by: UUID | None = None


class Closed(TicketEvent):
    """The service ended; by the bot where `by` is None."""

    TOPIC: ClassVar = "conversation.closed"
    VERSION: ClassVar = 2
    by: UUID | None
    reason: Personal[str | None] = None
    moved_at: AwareDatetime | None = None


class Reopened(TicketEvent):
    """The customer wrote soon after the end: the same ticket goes on, with whoever had it.

    `queue` is where it was, or that of its number when its team is no more; None in old facts: where it was.
    """

    TOPIC: ClassVar = "conversation.reopened"
    owner: UUID | None
    queue: str | None = None


class MoveUndone(TicketEvent):
    """Whoever closed, put off or transferred took it back; the ticket stands as it did before.

    But for `left`, who had it and does not work here any more: then it waits in its queue.
    """

    TOPIC: ClassVar = "conversation.move_undone"
    move: Move
    with_bot: bool
    owner: UUID | None
    queue: str
    snoozed_until: AwareDatetime | None
    keeps: bool
    unanswered_since: AwareDatetime | None
    unread: int
    by: UUID
    left: UUID | None = None


EVENTS: tuple[type[Event], ...] = (
    TicketOpened,
    HandedOff,
    Assigned,
    Unassigned,
    Transferred,
    MarkedAnswered,
    MarkedUnanswered,
    Snoozed,
    Woken,
    WindowWatched,
    WindowClosing,
    BotReactivated,
    BotWaits,
    BotReplyRefused,
    NoteAdded,
    Tagged,
    Untagged,
    MessageScheduled,
    ScheduleEnded,
    Closed,
    Reopened,
    MoveUndone,
)
