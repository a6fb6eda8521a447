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
    """Number of the ticket in its conversation, from 1."""


class TicketOpened(TicketEvent):
    """A ticket was opened. Carries what its new row in a list shows."""

    TOPIC: ClassVar = "conversation.ticket_opened"

    channel_id: UUID
    """The WhatsApp number."""

    contact_id: UUID
    """The customer."""

    name: Personal[str | None]
    """The customer's name, as a new row of a list shows it."""

    phone: Personal[str | None]
    """The customer's number, as a new row of a list shows it."""

    with_bot: bool
    """Whether the bot has it first."""

    window_ends_at: AwareDatetime | None
    """Until when WhatsApp accepts free text."""

    opened_at: AwareDatetime
    """When it was opened."""

    control: int = 1
    """Its first control version: the one after that of the ticket before."""

    queue: str = DEFAULT_QUEUE
    """The queue: the id of its team, or `default`."""

    person_id: UUID | None = None
    """The contact that this one is merged into, if it is an alias."""

    person_name: Personal[str | None] = None
    """The name of that contact."""

    protocol: str | None = None
    """The number that the customer is given; null in old tickets, which are told by day and position."""


class HandedOff(TicketEvent):
    """The ticket was handed to people, into a queue, with what the bot knows of the customer."""

    TOPIC: ClassVar = "conversation.handed_off"

    queue: str
    """The queue where it waits: the id of its team, or `default`."""

    reason: str
    """One of ours (`no_bot`, `bot_silent`, `bot_loop`, `flow_ended`, `hours_passed`, `agent_wrote`) or,
    with `by_bot`, the bot's own."""

    by_bot: bool = False
    """Whether the bot handed it off."""

    card: Personal[dict[str, Any] | None] = None
    """What the bot knows of the customer: name, e-mail, attributes."""

    variables: Personal[dict[str, Any] | None] = None
    """The bot's own variables."""


class Assigned(TicketEvent):
    """The ticket was assigned to an agent."""

    TOPIC: ClassVar = "conversation.assigned"
    VERSION: ClassVar = 2

    agent_id: UUID
    """The agent who owns the ticket now."""

    by: UUID | None
    """Who assigned it: the agent, another one, or null for auto-assignment."""


class Unassigned(TicketEvent):
    """The ticket went back into its queue: an agent put it there, or its owner has left or is not there."""

    TOPIC: ClassVar = "conversation.unassigned"
    VERSION: ClassVar = 2

    by: UUID | None
    """The agent who put it back, null when its owner has left or is not there."""

    left: UUID | None = None
    """The owner who has left the company."""

    absent: UUID | None = None
    """The owner who was not there when it came back to them."""


class OwnerPresent(TicketEvent):
    """The owner of a ticket that had come back was there when that was checked: it stays theirs."""

    TOPIC: ClassVar = "conversation.owner_present"


class Transferred(TicketEvent):
    """The ticket was transferred to another queue, or to an agent there or in the queue where it was."""

    TOPIC: ClassVar = "conversation.transferred"

    queue: str
    """The queue: the id of its team, or `default`."""

    agent_id: UUID | None
    """The agent who owns it now, null while it waits in the queue."""

    note: Personal[str | None]
    """The note to colleagues that came with it."""

    by: UUID
    """The agent who did it."""

    moved_at: AwareDatetime
    """When it was done; undo counts from it."""


class MarkedAnswered(TicketEvent):
    """An agent marked the ticket as answered."""

    TOPIC: ClassVar = "conversation.marked_answered"

    by: UUID
    """The agent who did it."""


class MarkedUnanswered(TicketEvent):
    """An agent marked the ticket as unanswered."""

    TOPIC: ClassVar = "conversation.marked_unanswered"

    by: UUID
    """The agent who did it."""

    marked_at: AwareDatetime
    """Since when it counts as unanswered."""


class AnswerFailed(TicketEvent):
    """An answer of a person failed for good, and is none: what it was for waits again."""

    TOPIC: ClassVar = "conversation.answer_failed"

    message_id: UUID
    """The answer."""

    failed: bool
    """Whether no later answer stands: the ticket is marked as failed until the next answer or mark."""

    unanswered_since: AwareDatetime | None
    """Since when the customer waits; null when nobody does, as in a closed ticket."""

    unread: int
    """How many messages of the customer have no answer."""


class AnswerRestored(TicketEvent):
    """An answer that had failed counts after all: it is tried again, or reached the customer."""

    TOPIC: ClassVar = "conversation.answer_restored"

    message_id: UUID
    """The answer."""

    failed: bool
    """Whether a later answer has failed, too: then the ticket stays marked as failed."""

    unanswered_since: AwareDatetime | None
    """Since when the customer waits; null when nobody does, as in a closed ticket."""

    unread: int
    """How many messages of the customer have no answer."""


class Snoozed(TicketEvent):
    """An agent snoozed the ticket until a time. A later snooze replaces it."""

    TOPIC: ClassVar = "conversation.snoozed"

    until: AwareDatetime
    """When it wakes."""

    zone: str
    """The agent's time zone, an IANA name."""

    keep: bool
    """Whether it stays snoozed when the customer writes."""

    reason: Personal[str | None]
    """Why, in the agent's words."""

    by: UUID
    """The agent who did it."""

    moved_at: AwareDatetime | None = None
    """When it was done; undo counts from it."""

    took: bool = False
    """Whether it had no owner, and the agent became it."""


class Woken(TicketEvent):
    """The ticket is open again: its time came, the customer wrote, or an agent woke it."""

    TOPIC: ClassVar = "conversation.woken"

    cause: Literal["time", "customer", "agent"]
    """Why it woke."""

    by: UUID | None = None
    """The agent who woke it, if one did."""

    return_at: AwareDatetime | None = None
    """When it goes to its queue if its owner is not there."""


class WindowWatched(TicketEvent):
    """The window of a snoozed ticket closes before the ticket wakes: a warning is due.

    Or the customer has written, and no warning is needed any more.
    """

    TOPIC: ClassVar = "conversation.window_watched"

    warn_at: AwareDatetime | None
    """When the warning is due, null when none is needed any more."""


class WindowClosing(TicketEvent):
    """The warning was given: the ticket is still snoozed, and its window closes soon."""

    TOPIC: ClassVar = "conversation.window_closing"

    ends_at: AwareDatetime
    """When the window closes."""


class BotReactivated(TicketEvent):
    """An agent gave the ticket to the bot."""

    TOPIC: ClassVar = "conversation.bot_reactivated"

    until: BotUntil
    """When it ends: with the flow, after hours, or when an agent writes."""

    back_at: AwareDatetime | None
    """When it ends with `hours`."""

    by: UUID
    """The agent who did it."""

    turn_id: UUID
    """Id of the bot's first turn."""

    epoch: int
    """The control version after this event."""

    answer_by: AwareDatetime | None
    """When the bot's answer is due; null while the window is closed and the bot waits for the customer."""


class BotWaits(TicketEvent):
    """The bot used its turn to say nothing: it keeps the ticket and waits for the customer."""

    TOPIC: ClassVar = "conversation.bot_waits"


class BotReplyRefused(ConversationEvent):
    """A reply of the bot was too late or not allowed: it is never sent, but kept for audit."""

    TOPIC: ClassVar = "conversation.bot_reply_refused"

    ticket: int | None
    """Number of the open ticket, null without one."""

    reply_id: str
    """The bot's id of the reply."""

    epoch: int
    """The control version in which the bot answered."""

    reason: str
    """What was wrong: `epoch`, `no_ticket`, `window_closed`, `empty`, `too_long`, `too_many` or `loop`."""

    text: Personal[str | None]
    """What it would have said."""


class NoteAdded(TicketEvent):
    """An agent wrote a note to colleagues in the thread; the customer never sees it."""

    TOPIC: ClassVar = "conversation.note_added"

    note_id: UUID
    """Id of the note."""

    text: Personal[str]
    """The words."""

    mentions: list[UUID]
    """The agents whom the note mentions."""

    by: UUID
    """The agent who did it."""

    written_at: AwareDatetime
    """When it was written."""


class Tagged(TicketEvent):
    """The ticket got a tag."""

    TOPIC: ClassVar = "conversation.tagged"

    tag: str
    """The tag as it was written."""

    by: UUID
    """The agent who did it."""


class Untagged(TicketEvent):
    """The ticket lost a tag."""

    TOPIC: ClassVar = "conversation.untagged"

    tag: str
    """The tag as it was written."""

    by: UUID
    """The agent who did it."""


class MessageScheduled(TicketEvent):
    """An agent scheduled a message: it is sent when due, unless the customer writes first."""

    TOPIC: ClassVar = "conversation.message_scheduled"

    scheduled_id: UUID
    """Id of the scheduled message."""

    text: Personal[str]
    """The words."""

    due_at: AwareDatetime
    """When it is sent."""

    zone: str
    """The agent's time zone, an IANA name."""

    by: UUID
    """The agent who did it."""


class ScheduleEnded(TicketEvent):
    """A scheduled message was sent or cancelled."""

    TOPIC: ClassVar = "conversation.schedule_ended"

    scheduled_id: UUID
    """Id of the scheduled message."""

    cause: ScheduleCause
    """What ended it: it was sent, or what cancelled it."""

    message_id: UUID | None = None
    """The message as which it was sent."""

    by: UUID | None = None
    """The agent who cancelled it."""


class Closed(TicketEvent):
    """The ticket was closed, by an agent or the bot."""

    TOPIC: ClassVar = "conversation.closed"
    VERSION: ClassVar = 2

    by: UUID | None
    """The agent who closed it, null for the bot."""

    reason: Personal[str | None] = None
    """Why, in the agent's words."""

    moved_at: AwareDatetime | None = None
    """When it was done; undo counts from it."""


class Reopened(TicketEvent):
    """The customer wrote soon after the close: the same ticket is open again, with its former owner."""

    TOPIC: ClassVar = "conversation.reopened"

    owner: UUID | None
    """The former owner, who has it again; null when it waits in the queue."""

    queue: str | None = None
    """The queue it was in, or that of its number if its team is gone; null in old events: as it was."""

    return_at: AwareDatetime | None = None
    """When it goes to that queue if its owner is not there."""


class MoveUndone(TicketEvent):
    """The author of a close, snooze or transfer undid it: the ticket is as it was before.

    If its owner has left the company meanwhile, it waits in its queue.
    """

    TOPIC: ClassVar = "conversation.move_undone"

    move: Move
    """What was undone."""

    with_bot: bool
    """Whether the bot has the ticket again."""

    owner: UUID | None
    """The agent who owns it again."""

    queue: str
    """The queue it is in again."""

    snoozed_until: AwareDatetime | None
    """Until when it is snoozed again."""

    keeps: bool
    """Whether it then stays snoozed when the customer writes."""

    unanswered_since: AwareDatetime | None
    """Since when it is unanswered again."""

    unread: int
    """How many messages of the customer are unanswered."""

    by: UUID
    """The agent who did it."""

    left: UUID | None = None
    """The owner before, who has left the company: it waits in its queue."""


EVENTS: tuple[type[Event], ...] = (
    TicketOpened,
    HandedOff,
    Assigned,
    Unassigned,
    OwnerPresent,
    Transferred,
    MarkedAnswered,
    MarkedUnanswered,
    AnswerFailed,
    AnswerRestored,
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
