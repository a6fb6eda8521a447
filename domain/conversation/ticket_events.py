"""Events of a ticket: who holds it, until when, and what is noted about it."""

from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from domain.event import Event, Personal

DEFAULT_QUEUE = "default"
"""The default queue, which belongs to no team. Every other queue is the id of a team."""


def team_of(queue: str) -> str | None:
    """Return the team whose queue it is; None for the default queue."""
    return None if queue == DEFAULT_QUEUE else queue


def queue_of(team_id: UUID | None) -> str:
    """Return the queue of a team; of None, the default queue."""
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
    """A ticket was opened. Carries what its new row in a list shows.

    `control` is its first control version: the one after that of the ticket before. Where the contact is an
    alias, `person_id` and `person_name` are those of the contact that it is merged into. Tickets from before
    there was a `protocol` are told by their day and position.
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
    protocol: str | None = None


class HandedOff(TicketEvent):
    """The ticket was handed to people, into a queue, with what the bot knows of the customer.

    `reason` is one of ours (`no_bot`, `bot_silent`, `bot_loop`, `flow_ended`, `hours_passed`,
    `agent_wrote`) or, with `by_bot`, the bot's own.
    """

    TOPIC: ClassVar = "conversation.handed_off"
    queue: str
    reason: str
    by_bot: bool = False
    card: Personal[dict[str, Any] | None] = None
    variables: Personal[dict[str, Any] | None] = None


class Assigned(TicketEvent):
    """The ticket was assigned to an agent: by that agent, by another, or (`by` None) by auto-assignment."""

    TOPIC: ClassVar = "conversation.assigned"
    VERSION: ClassVar = 2
    agent_id: UUID
    by: UUID | None


class Unassigned(TicketEvent):
    """The ticket went back into its queue.

    An agent (`by`) put it there, or its owner (`left`) has left the company.
    """

    TOPIC: ClassVar = "conversation.unassigned"
    VERSION: ClassVar = 2
    by: UUID | None
    left: UUID | None = None


class Transferred(TicketEvent):
    """The ticket was transferred to another queue, or to an agent there or in the queue where it was."""

    TOPIC: ClassVar = "conversation.transferred"
    queue: str
    agent_id: UUID | None
    note: Personal[str | None]
    by: UUID
    moved_at: AwareDatetime


class MarkedAnswered(TicketEvent):
    """An agent marked the ticket as answered."""

    TOPIC: ClassVar = "conversation.marked_answered"
    by: UUID


class MarkedUnanswered(TicketEvent):
    """An agent marked the ticket as unanswered."""

    TOPIC: ClassVar = "conversation.marked_unanswered"
    by: UUID
    marked_at: AwareDatetime


class Snoozed(TicketEvent):
    """An agent snoozed the ticket until a time, chosen in their own `zone` (an IANA name).

    With `keep` it stays snoozed when the customer replies. A later snooze replaces it. With `took` the ticket
    had no owner, and the agent became it.
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
    """The ticket is open again: its time came, the customer wrote, or an agent (`by`) woke it."""

    TOPIC: ClassVar = "conversation.woken"
    cause: Literal["time", "customer", "agent"]
    by: UUID | None = None


class WindowWatched(TicketEvent):
    """The window of a snoozed ticket closes before the ticket wakes: a warning is due at `warn_at`.

    None when the customer has written and no warning is needed any more.
    """

    TOPIC: ClassVar = "conversation.window_watched"
    warn_at: AwareDatetime | None


class WindowClosing(TicketEvent):
    """The warning was given: the ticket is still snoozed, and its window closes at `ends_at`."""

    TOPIC: ClassVar = "conversation.window_closing"
    ends_at: AwareDatetime


class BotReactivated(TicketEvent):
    """An agent gave the ticket to the bot: until its flow ends, until `back_at`, or until an agent writes.

    `epoch` is the control version after this event. The bot has the turn `turn_id`, to be answered by
    `answer_by`; None while the window is closed, when the bot waits for the customer.
    """

    TOPIC: ClassVar = "conversation.bot_reactivated"
    until: BotUntil
    back_at: AwareDatetime | None
    by: UUID
    turn_id: UUID
    epoch: int
    answer_by: AwareDatetime | None


class BotWaits(TicketEvent):
    """The bot used its turn to say nothing: it keeps the ticket and waits for the customer."""

    TOPIC: ClassVar = "conversation.bot_waits"


class BotReplyRefused(ConversationEvent):
    """A reply of the bot was too late or not allowed: it is never sent, but kept for audit.

    `epoch` is the one in which the bot answered; `reason` says what was wrong (`epoch`, `no_ticket`,
    `window_closed`, `empty`, `too_long`, `too_many`, `loop`).
    """

    TOPIC: ClassVar = "conversation.bot_reply_refused"
    ticket: int | None
    reply_id: str
    epoch: int
    reason: str
    text: Personal[str | None]


class NoteAdded(TicketEvent):
    """An agent wrote a note to colleagues in the thread; the customer never sees it."""

    TOPIC: ClassVar = "conversation.note_added"
    note_id: UUID
    text: Personal[str]
    mentions: list[UUID]
    by: UUID
    written_at: AwareDatetime


class Tagged(TicketEvent):
    """The ticket got a tag."""

    TOPIC: ClassVar = "conversation.tagged"
    tag: str
    by: UUID


class Untagged(TicketEvent):
    """The ticket lost a tag."""

    TOPIC: ClassVar = "conversation.untagged"
    tag: str
    by: UUID


class MessageScheduled(TicketEvent):
    """An agent scheduled a message: it is sent at `due_at`, unless the customer writes first."""

    TOPIC: ClassVar = "conversation.message_scheduled"
    scheduled_id: UUID
    text: Personal[str]
    due_at: AwareDatetime
    zone: str
    by: UUID


class ScheduleEnded(TicketEvent):
    """A scheduled message was sent (as `message_id`) or cancelled: `cause` says why."""

    TOPIC: ClassVar = "conversation.schedule_ended"
    scheduled_id: UUID
    cause: ScheduleCause
    message_id: UUID | None = None
    by: UUID | None = None


class Closed(TicketEvent):
    """The ticket was closed; by the bot where `by` is None."""

    TOPIC: ClassVar = "conversation.closed"
    VERSION: ClassVar = 2
    by: UUID | None
    reason: Personal[str | None] = None
    moved_at: AwareDatetime | None = None


class Reopened(TicketEvent):
    """The customer wrote soon after the close: the same ticket is open again, with its former owner if any.

    `queue` is the one it was in, or that of its number if its team is gone. None in old events: as it was.
    """

    TOPIC: ClassVar = "conversation.reopened"
    owner: UUID | None
    queue: str | None = None


class MoveUndone(TicketEvent):
    """The author of a close, snooze or transfer undid it: the ticket is as it was before.

    If its owner (`left`) has left the company meanwhile, it waits in its queue.
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
