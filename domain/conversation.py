"""The lasting thread of one contact on one channel, and the tickets served in it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from unicodedata import category
from uuid import UUID

from pydantic import AwareDatetime

from domain.event import Event, Personal
from domain.ids import DEFAULT_QUEUE
from domain.incoming import (
    IncomingEdit,
    IncomingMessage,
    IncomingReaction,
    IncomingRevoke,
    IncomingSystemNotice,
)
from domain.refusals import ControlMoved, EmptyText, NoOpenTicket, TextTooLong, WindowClosed

WINDOW = timedelta(hours=24)
MAX_TEXT = 4096

_INVISIBLE = "\u034f\u115f\u1160\u2800\u3164\ufe0e\ufe0f"

TicketState = Literal["bot", "queue", "open", "closed"]


class ConversationEvent(Event):
    """A fact of one conversation."""


class TicketEvent(ConversationEvent):
    """A fact of one ticket of a conversation."""

    ticket: int


class ConversationStarted(ConversationEvent):
    """A contact and a channel met for the first time."""

    TOPIC: ClassVar = "conversation.started"
    channel_id: UUID
    contact_id: UUID


class TicketOpened(TicketEvent):
    """A service began; it brings what a new row of the workspace shows.

    `control` is the control version that the ticket begins with: it goes on from that of the ticket before.
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


class MessageReceived(TicketEvent):
    """The customer wrote. `sent_at` sorts it; `received_at` is when it reached us.

    `raw` is the typed content as WhatsApp sent it, None for plain text.
    """

    TOPIC: ClassVar = "conversation.message_received"
    message_id: UUID
    type: str
    text: Personal[str | None]
    sender_name: Personal[str | None]
    wamid: Personal[str]
    raw: Personal[dict[str, Any] | None]
    quoted_id: UUID | None
    sent_at: AwareDatetime
    received_at: AwareDatetime
    time_flagged: bool = False
    truncated: bool = False
    window_ends_at: AwareDatetime


class MessageSent(TicketEvent):
    """It was decided to say this to the customer; its Delivery tells what became of it."""

    TOPIC: ClassVar = "conversation.message_sent"
    message_id: UUID
    channel_id: UUID
    type: str
    text: Personal[str | None]
    author: Literal["agent", "bot", "system"]
    agent_id: UUID | None
    quoted_id: UUID | None = None
    sent_at: AwareDatetime


class MessageImported(ConversationEvent):
    """A message of the time before us (history of the number): shown, and no rule fires."""

    TOPIC: ClassVar = "conversation.message_imported"
    message_id: UUID
    type: str
    text: Personal[str | None]
    sender_name: Personal[str | None]
    wamid: Personal[str]
    raw: Personal[dict[str, Any] | None]
    sent_at: AwareDatetime
    time_flagged: bool = False


class NoticeReceived(ConversationEvent):
    """WhatsApp said something about the customer (a new number, a new id); a line of the thread."""

    TOPIC: ClassVar = "conversation.notice_received"
    ticket: int | None
    message_id: UUID
    kind: str
    text: Personal[str | None]
    wamid: Personal[str]
    raw: Personal[dict[str, Any] | None]
    sent_at: AwareDatetime
    time_flagged: bool = False


class ReactionChanged(ConversationEvent):
    """The customer's reaction to a message; none takes it back."""

    TOPIC: ClassVar = "conversation.reaction_changed"
    ticket: int | None
    message_id: UUID
    emoji: Personal[str | None]
    reacted_at: AwareDatetime


class MessageEdited(ConversationEvent):
    """The customer changed an earlier message; the original stays in its own event."""

    TOPIC: ClassVar = "conversation.message_edited"
    ticket: int | None
    message_id: UUID
    text: Personal[str | None]
    raw: Personal[dict[str, Any] | None]
    edited_at: AwareDatetime


class MessageRevoked(ConversationEvent):
    """The customer took an earlier message back."""

    TOPIC: ClassVar = "conversation.message_revoked"
    ticket: int | None
    message_id: UUID
    revoked_at: AwareDatetime


class HandedOff(TicketEvent):
    """The ticket came to people, into a queue."""

    TOPIC: ClassVar = "conversation.handed_off"
    queue: str
    reason: str


class Assigned(TicketEvent):
    """An agent has the ticket now, by their own hand or another's."""

    TOPIC: ClassVar = "conversation.assigned"
    agent_id: UUID
    by: UUID


class Unassigned(TicketEvent):
    """The ticket went back into its queue."""

    TOPIC: ClassVar = "conversation.unassigned"
    by: UUID


class MarkedAnswered(TicketEvent):
    """An agent says that nothing waits for an answer here."""

    TOPIC: ClassVar = "conversation.marked_answered"
    by: UUID


class MarkedUnanswered(TicketEvent):
    """An agent says that this still waits for an answer."""

    TOPIC: ClassVar = "conversation.marked_unanswered"
    by: UUID
    marked_at: AwareDatetime


class Closed(TicketEvent):
    """The service ended."""

    TOPIC: ClassVar = "conversation.closed"
    by: UUID


EVENTS: tuple[type[Event], ...] = (
    ConversationStarted,
    TicketOpened,
    MessageReceived,
    MessageSent,
    MessageImported,
    NoticeReceived,
    ReactionChanged,
    MessageEdited,
    MessageRevoked,
    HandedOff,
    Assigned,
    Unassigned,
    MarkedAnswered,
    MarkedUnanswered,
    Closed,
)

Decision = tuple[Event, ...]
nothing_to_do: Decision = ()


def decided(*events: Event) -> Decision:
    """The facts of a decision, in order."""
    return events


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the rules need beside an item that came in; ids and time are given, never made here.

    `name` and `phone` are what a new ticket's row shows; `quoted_id` and `target_id` are our ids of the
    messages that the item names.
    """

    conversation_id: UUID
    channel_id: UUID
    contact_id: UUID
    message_id: UUID
    received_at: datetime
    channel_has_bot: bool
    name: str | None = None
    phone: str | None = None
    quoted_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the rules need to know of one contact's thread; never the transcript.

    `ticket` is the number of the newest ticket (0: none yet). `control` is its control version, raised by
    opening, hand-off, assignment and close, never by messages. `newest_second` is the latest second of
    the thread: what goes out is never sorted before it.
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

    @property
    def is_open(self) -> bool:
        return self.state != "closed"

    @property
    def _open_ticket(self) -> int | None:
        return self.ticket if self.is_open else None

    def _require_open(self) -> int:
        if not self.is_open:
            raise NoOpenTicket
        return self.ticket

    def _require_seen(self, seen: int) -> None:
        if seen != self.control:
            raise ControlMoved(self.control, self.owner)

    def send_text(
        self,
        text: str,
        message_id: UUID,
        by: UUID,
        at: datetime,
        quoted_id: UUID | None = None,
        takes: bool = True,
    ) -> Decision:
        """An agent answers. A ticket that nobody has becomes theirs when they answer it.

        With `takes` False (a supervisor steps in) nobody's ticket stays nobody's.

        Raises:
            NoOpenTicket, EmptyText, TextTooLong, WindowClosed
        """
        ticket = self._require_open()
        if is_blank(text):
            raise EmptyText
        if len(text) > MAX_TEXT:
            raise TextTooLong
        if self.window_ends_at is None or at >= self.window_ends_at:
            raise WindowClosed(self.window_ends_at)
        second = at.replace(microsecond=0)
        said = MessageSent(
            ticket=ticket,
            message_id=message_id,
            channel_id=self.channel_id,
            type="text",
            text=text,
            author="agent",
            agent_id=by,
            quoted_id=quoted_id,
            sent_at=max(second, self.newest_second or second),
        )
        if takes and self.owner is None:
            return decided(Assigned(ticket=ticket, agent_id=by, by=by), said)
        return decided(said)

    def assign(self, agent_id: UUID, by: UUID, seen: int) -> Decision:
        """Give the ticket to `agent_id`; nothing happens when it is theirs already.

        Raises:
            NoOpenTicket: nothing is being served.
            ControlMoved: `seen` is not the present control version; it names the present owner.
        """
        ticket = self._require_open()
        if self.owner == agent_id:
            return nothing_to_do
        self._require_seen(seen)
        return decided(Assigned(ticket=ticket, agent_id=agent_id, by=by))

    def unassign(self, by: UUID, seen: int) -> Decision:
        """Put the ticket back into its queue; nothing happens when it waits there.

        Raises:
            NoOpenTicket, ControlMoved
        """
        ticket = self._require_open()
        if self.state == "queue":
            return nothing_to_do
        self._require_seen(seen)
        return decided(Unassigned(ticket=ticket, by=by))

    def mark_answered(self, by: UUID) -> Decision:
        """Take the mark away.

        Raises:
            NoOpenTicket
        """
        ticket = self._require_open()
        if self.unanswered_since is None:
            return nothing_to_do
        return decided(MarkedAnswered(ticket=ticket, by=by))

    def mark_unanswered(self, by: UUID, at: datetime) -> Decision:
        """Put the mark; it ends with an answer, a contrary mark, or the customer's next message.

        Raises:
            NoOpenTicket
        """
        ticket = self._require_open()
        if self.unanswered_since is not None:
            return nothing_to_do
        return decided(MarkedUnanswered(ticket=ticket, by=by, marked_at=at))

    def close(self, by: UUID, seen: int) -> Decision:
        """End the service; closing a closed ticket does nothing.

        Raises:
            ControlMoved
        """
        if not self.is_open:
            return nothing_to_do
        self._require_seen(seen)
        return decided(Closed(ticket=self.ticket, by=by))

    def react(self, reaction: IncomingReaction, target_id: UUID) -> Decision:
        """The customer reacted to a message: no ticket opens, no mark is set."""
        return decided(
            ReactionChanged(
                ticket=self._open_ticket,
                message_id=target_id,
                emoji=reaction.emoji,
                reacted_at=reaction.sent_at,
            )
        )

    def edit(self, edit: IncomingEdit, target_id: UUID) -> Decision:
        """The customer changed an earlier message."""
        return decided(
            MessageEdited(
                ticket=self._open_ticket,
                message_id=target_id,
                text=edit.text,
                raw=edit.raw,
                edited_at=edit.sent_at,
            )
        )

    def revoke(self, revoke: IncomingRevoke, target_id: UUID) -> Decision:
        """The customer took an earlier message back."""
        return decided(
            MessageRevoked(ticket=self._open_ticket, message_id=target_id, revoked_at=revoke.sent_at)
        )


def receive(conversation: Conversation | None, message: IncomingMessage, arrival: Arrival) -> Decision:
    """The customer wrote: the thread starts if it is new, a ticket opens if none is open."""
    if message.imported:
        return _started(conversation, arrival) + (_imported(message, arrival),)
    window_from = arrival.received_at if message.time_flagged else message.sent_at
    window_ends_at = window_from + WINDOW
    if conversation is not None and conversation.window_ends_at is not None:
        window_ends_at = max(window_ends_at, conversation.window_ends_at)
    ticket, control = (conversation.ticket, conversation.control) if conversation is not None else (0, 0)
    events = _started(conversation, arrival)
    if conversation is None or not conversation.is_open:
        ticket += 1
        events += _opened(ticket, control + 1, arrival, window_ends_at)
    return events + (
        MessageReceived(
            ticket=ticket,
            message_id=arrival.message_id,
            type=message.type,
            text=message.text,
            sender_name=message.sender.name,
            wamid=message.wamid,
            raw=message.raw,
            quoted_id=arrival.quoted_id,
            sent_at=message.sent_at,
            received_at=arrival.received_at,
            time_flagged=message.time_flagged,
            truncated=message.truncated,
            window_ends_at=window_ends_at,
        ),
    )


def notice(conversation: Conversation | None, told: IncomingSystemNotice, arrival: Arrival) -> Decision:
    """WhatsApp told us something of the customer: a line of the thread, and no rule fires."""
    ticket = conversation.ticket if conversation is not None and conversation.is_open else None
    return _started(conversation, arrival) + (
        NoticeReceived(
            ticket=ticket,
            message_id=arrival.message_id,
            kind=told.kind,
            text=told.text,
            wamid=told.wamid,
            raw=told.raw,
            sent_at=told.sent_at,
            time_flagged=told.time_flagged,
        ),
    )


def is_blank(text: str) -> bool:
    """Nothing of it can be seen: only spaces, controls and zero-width characters."""
    return all(c.isspace() or category(c) in ("Cc", "Cf", "Cs") or c in _INVISIBLE for c in text)


def evolve(conversation: Conversation | None, event: Event) -> Conversation:
    """The conversation after `event`. Runs for years over old facts: it only assigns."""
    if isinstance(event, ConversationStarted):
        return Conversation(channel_id=event.channel_id, contact_id=event.contact_id)
    assert conversation is not None, "a stream begins with ConversationStarted"
    match event:
        case MessageReceived():
            return replace(
                conversation,
                unanswered_since=conversation.unanswered_since or event.received_at,
                unread=conversation.unread + 1,
                window_ends_at=event.window_ends_at,
                newest_second=_newer(conversation.newest_second, event.sent_at),
            )
        case MessageSent():
            answered = event.author == "agent"
            return replace(
                conversation,
                unanswered_since=None if answered else conversation.unanswered_since,
                unread=0 if answered else conversation.unread,
                newest_second=_newer(conversation.newest_second, event.sent_at),
            )
        case TicketOpened():
            return replace(
                conversation,
                ticket=event.ticket,
                state="bot" if event.with_bot else "queue",
                owner=None,
                queue=DEFAULT_QUEUE,
                control=event.control,
                unanswered_since=None,
                unread=0,
                window_ends_at=event.window_ends_at,
            )
        case HandedOff(queue=queue):
            return replace(
                conversation, state="queue", owner=None, queue=queue, control=conversation.control + 1
            )
        case Assigned(agent_id=agent_id):
            return replace(conversation, state="open", owner=agent_id, control=conversation.control + 1)
        case Unassigned():
            return replace(conversation, state="queue", owner=None, control=conversation.control + 1)
        case MarkedAnswered():
            return replace(conversation, unanswered_since=None, unread=0)
        case MarkedUnanswered(marked_at=marked_at):
            return replace(conversation, unanswered_since=marked_at)
        case Closed():
            return replace(
                conversation,
                state="closed",
                control=conversation.control + 1,
                unanswered_since=None,
                unread=0,
            )
        case _:
            return conversation


def _newer(newest: datetime | None, second: datetime) -> datetime:
    return second if newest is None else max(newest, second)


def _started(conversation: Conversation | None, arrival: Arrival) -> Decision:
    if conversation is not None:
        return nothing_to_do
    return decided(ConversationStarted(channel_id=arrival.channel_id, contact_id=arrival.contact_id))


def _opened(ticket: int, control: int, arrival: Arrival, window_ends_at: datetime) -> Decision:
    opened = TicketOpened(
        ticket=ticket,
        channel_id=arrival.channel_id,
        contact_id=arrival.contact_id,
        name=arrival.name,
        phone=arrival.phone,
        with_bot=arrival.channel_has_bot,
        window_ends_at=window_ends_at,
        opened_at=arrival.received_at,
        control=control,
    )
    if arrival.channel_has_bot:
        return decided(opened)
    return decided(opened, HandedOff(ticket=ticket, queue=DEFAULT_QUEUE, reason="no_bot"))


def _imported(message: IncomingMessage, arrival: Arrival) -> MessageImported:
    return MessageImported(
        message_id=arrival.message_id,
        type=message.type,
        text=message.text,
        sender_name=message.sender.name,
        wamid=message.wamid,
        raw=message.raw,
        sent_at=message.sent_at,
        time_flagged=message.time_flagged,
    )
