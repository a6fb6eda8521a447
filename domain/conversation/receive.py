"""What a customer's message or a notice of WhatsApp brings to their thread, which may begin with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.conversation import bot, schedule, window
from domain.conversation.message_events import (
    ConversationStarted,
    MessageEdited,
    MessageImported,
    MessageReceived,
    MessageRevoked,
    NoticeReceived,
    ReactionChanged,
)
from domain.conversation.state import BOT_TIME, Conversation
from domain.conversation.ticket_events import DEFAULT_QUEUE, HandedOff, Reopened, TicketOpened, Woken
from domain.decision import Decision, decided, nothing_to_do
from domain.incoming import (
    IncomingEdit,
    IncomingMessage,
    IncomingReaction,
    IncomingRevoke,
    IncomingSystemNotice,
)

Change = IncomingReaction | IncomingEdit | IncomingRevoke
WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the rules need beside an item that came in; ids and time are given, never made here.

    `received_at` is when it reached us, `decided_at` is now: a bot's time to answer begins then, or a backlog
    would make every bot silent. Within `reopen_within` of the end (0: never) the same ticket goes on, with
    whoever had it unless `owner_left`, in its queue unless `team_left`. `queue` is where a new ticket goes;
    `name` and `phone` are what its row shows, with `person_id` and `person_name` of the contact that an alias
    is merged into; `quoted_id` is our id of the message that the item names.
    """

    channel_id: UUID
    contact_id: UUID
    message_id: UUID
    received_at: datetime
    decided_at: datetime
    channel_has_bot: bool
    reopen_within: timedelta = timedelta()
    owner_left: bool = False
    team_left: bool = False
    queue: str = DEFAULT_QUEUE
    name: str | None = None
    phone: str | None = None
    person_id: UUID | None = None
    person_name: str | None = None
    quoted_id: UUID | None = None


def receive(conversation: Conversation | None, message: IncomingMessage, arrival: Arrival) -> Decision:
    """The customer wrote: the thread starts if it is new; if no ticket is open, one opens or goes on."""
    if message.imported:
        return _started(conversation, arrival) + (_imported(message, arrival),)
    window_from = arrival.received_at if message.time_flagged else message.sent_at
    window_ends_at = window_from + WINDOW
    if conversation is not None and conversation.window_ends_at is not None:
        window_ends_at = max(window_ends_at, conversation.window_ends_at)
    ticket, control = (conversation.ticket, conversation.control) if conversation is not None else (0, 0)
    events, follow = _started(conversation, arrival), nothing_to_do
    turn = None
    if conversation is not None and _goes_on(conversation, arrival):
        owner = None if arrival.owner_left else conversation.owner
        queue = arrival.queue if arrival.team_left else conversation.queue
        events += (Reopened(ticket=ticket, owner=owner, queue=queue),)
    elif conversation is None or not conversation.is_open:
        ticket, control = ticket + 1, control + 1
        events += _opened(ticket, control, arrival, window_ends_at)
        if arrival.channel_has_bot:
            turn = bot.Turn(control, arrival.decided_at + BOT_TIME)
    elif conversation.state == "bot":
        asked = bot.asked(conversation, arrival.decided_at)
        if isinstance(asked, HandedOff):
            events += (asked,)
        else:
            turn = asked
    elif conversation.snoozed_until is not None and not conversation.keeps:
        events += (Woken(ticket=ticket, cause="customer"),)
    elif conversation.snoozed_until is not None and conversation.window_ends_at != window_ends_at:
        until, warn_at = conversation.snoozed_until, conversation.warn_at
        follow = window.moved(ticket, until, window_ends_at, warn_at, arrival.received_at)
    if conversation is not None:
        follow += schedule.cancel_all(conversation, "customer")
    events += (
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
            epoch=turn.epoch if turn else None,
            answer_by=turn.answer_by if turn else None,
        ),
    )
    return events + follow


def _goes_on(conversation: Conversation, arrival: Arrival) -> bool:
    """Whether a closed ticket is opened again; one that nobody had is rather the bot's anew."""
    if conversation.is_open or conversation.closed_at is None or not arrival.reopen_within:
        return False
    if conversation.owner is None and arrival.channel_has_bot:
        return False
    return arrival.received_at <= conversation.closed_at + arrival.reopen_within


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


def changed(conversation: Conversation, change: Change, message_id: UUID) -> Decision:
    """The customer reacted to a message, edited it or took it back: no ticket opens, no mark is set."""
    ticket = conversation.open_ticket
    match change:
        case IncomingReaction(emoji=emoji, sent_at=at):
            return decided(ReactionChanged(ticket=ticket, message_id=message_id, emoji=emoji, reacted_at=at))
        case IncomingEdit(text=text, raw=raw, sent_at=at):
            return decided(
                MessageEdited(ticket=ticket, message_id=message_id, text=text, raw=raw, edited_at=at)
            )
        case IncomingRevoke(sent_at=at):
            return decided(MessageRevoked(ticket=ticket, message_id=message_id, revoked_at=at))


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
        queue=arrival.queue,
        person_id=arrival.person_id,
        person_name=arrival.person_name,
    )
    if arrival.channel_has_bot:
        return decided(opened)
    return decided(opened, HandedOff(ticket=ticket, queue=arrival.queue, reason="no_bot"))


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
