"""Receive what a customer or WhatsApp sends: messages, notices, reactions, edits, revocations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from domain.administration import RETURN_AFTER
from domain.conversation import bot
from domain.conversation.message_events import (
    ConversationStarted,
    MessageEchoed,
    MessageEdited,
    MessageImported,
    MessageReceived,
    MessageRevoked,
    NoticeReceived,
    ReactionChanged,
)
from domain.conversation.protocol import protocol_of
from domain.conversation.returning import return_time
from domain.conversation.schedule import cancel_all
from domain.conversation.state import BOT_TIME, Conversation
from domain.conversation.ticket_events import DEFAULT_QUEUE, HandedOff, Reopened, TicketOpened, Woken
from domain.conversation.window import watch_again
from domain.decision import Decision, decided, nothing_to_do
from domain.incoming import (
    AsideKind,
    IncomingAside,
    IncomingEdit,
    IncomingMessage,
    IncomingReaction,
    IncomingRevoke,
    IncomingSystemNotice,
)

Change = IncomingReaction | IncomingEdit | IncomingRevoke
WINDOW = timedelta(hours=24)
WELCOME = "request_welcome"
ASIDES: dict[AsideKind, str] = {
    "group_message": "Escreveu em um grupo, não nesta conversa",
    "no_content": "Mensagem sem conteúdo",
    "unreadable_change": "Mudou uma mensagem que não se sabe qual é",
    "request_welcome": "Abriu a conversa sem escrever",
}
"""How the thread names what a customer did without saying anything to us."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the rules need beside an incoming item; ids and times are given, never made here.

    `received_at` is when it reached us, `decided_at` is now: a bot's time to answer begins then, or a backlog
    would make every bot silent. Within `reopen_within` of the close (0: never), or as the first answer to an
    active message within `active_within` of it, the same ticket is reopened, for its owner unless
    `owner_left`, in its queue unless `team_left`. A reopened or woken ticket goes to its queue if its owner
    is not there after `return_after`, and so does one whose active message is answered; a reopened one at
    once with `auto_assign`, which gives it to somebody else. `queue` is where a new ticket goes; `name` and
    `phone` are what its row shows, with `person_id` and `person_name` of the contact that an alias is merged
    into. `quoted_id` is our id of the message that the item names.
    """

    channel_id: UUID
    contact_id: UUID
    message_id: UUID
    received_at: datetime
    decided_at: datetime
    channel_has_bot: bool
    return_after: timedelta = RETURN_AFTER
    auto_assign: bool = False
    reopen_within: timedelta = timedelta()
    active_within: timedelta = timedelta()
    owner_left: bool = False
    team_left: bool = False
    queue: str = DEFAULT_QUEUE
    name: str | None = None
    phone: str | None = None
    person_id: UUID | None = None
    person_name: str | None = None
    quoted_id: UUID | None = None


def receive(conversation: Conversation | None, message: IncomingMessage, arrival: Arrival) -> Decision:
    """Receive a customer's message: a ticket opens, is reopened, wakes, or the bot gets a turn.

    The thread starts if it is new; scheduled messages are cancelled. Imported messages only join the thread.
    """
    started = _started(conversation, arrival)
    if message.imported:
        return started + (_imported(message, arrival),)
    window_ends_at = _window(conversation, message, arrival)
    before, turn, after = nothing_to_do, None, nothing_to_do
    comes_back_at: datetime | None = None
    if conversation is None or not conversation.is_open:
        ticket, before, turn = _opened_or_reopened(conversation, arrival, window_ends_at)
    else:
        ticket = conversation.ticket
        if conversation.bot is not None:
            given = bot.next_turn(conversation, arrival.decided_at)
            before, turn = (decided(given), None) if isinstance(given, HandedOff) else (nothing_to_do, given)
        elif (snooze := conversation.snooze) is not None:
            if not snooze.stays_on_reply:
                return_at = return_time(conversation.owner, arrival.decided_at, arrival.return_after)
                before = decided(Woken(ticket=ticket, cause="customer", return_at=return_at))
            elif conversation.window_ends_at != window_ends_at:
                after = watch_again(ticket, snooze.until, window_ends_at, snooze.warn_at, arrival.received_at)
        elif conversation.active_since is not None:
            comes_back_at = return_time(conversation.owner, arrival.decided_at, arrival.return_after)
    if conversation is not None:
        after += cancel_all(conversation, "customer")
    received = MessageReceived(
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
        quoted_wamid=message.quoted if arrival.quoted_id is None else None,
        return_at=comes_back_at,
    )
    return started + before + decided(received) + after


def echo(conversation: Conversation | None, message: IncomingMessage, arrival: Arrival) -> Decision:
    """Add what the business wrote from its WhatsApp app: an answer of people, so the bot loses the ticket.

    It opens no ticket. One that comes late, after newer lines of the thread, answers none of them.
    """
    taken, ticket, newest = nothing_to_do, None, None
    if conversation is not None:
        ticket, newest = conversation.open_ticket, conversation.newest_second
        if conversation.bot is not None:
            taken = decided(
                HandedOff(ticket=conversation.ticket, queue=conversation.queue, reason="agent_wrote")
            )
    echoed = MessageEchoed(
        ticket=ticket,
        message_id=arrival.message_id,
        type=message.type,
        text=message.text,
        wamid=message.wamid,
        raw=message.raw,
        quoted_id=arrival.quoted_id,
        quoted_wamid=message.quoted if arrival.quoted_id is None else None,
        sent_at=message.sent_at,
        time_flagged=message.time_flagged,
        truncated=message.truncated,
        answers=newest is None or message.sent_at >= newest,
    )
    return _started(conversation, arrival) + taken + decided(echoed)


def notice(
    conversation: Conversation | None, incoming: IncomingSystemNotice | IncomingAside, arrival: Arrival
) -> Decision:
    """Record what WhatsApp says about the customer, as a line of the thread; no rule fires.

    That they opened the chat, the channel's bot learns, unless people have the ticket.
    """
    ticket = conversation.open_ticket if conversation is not None else None
    with_people = conversation is not None and conversation.is_open and conversation.bot is None
    return _started(conversation, arrival) + (
        NoticeReceived(
            ticket=ticket,
            message_id=arrival.message_id,
            kind=incoming.kind,
            text=ASIDES[incoming.kind] if isinstance(incoming, IncomingAside) else incoming.text,
            wamid=incoming.wamid,
            raw=incoming.raw,
            sent_at=incoming.sent_at,
            time_flagged=incoming.time_flagged,
            for_bot=incoming.kind == WELCOME and arrival.channel_has_bot and not with_people,
        ),
    )


def changed(conversation: Conversation, change: Change, message_id: UUID) -> Decision:
    """Record a reaction to a message, its edit or its revocation; no ticket opens, no mark is set.

    They are recorded as they arrive; what counts is decided by their own seconds, where they are shown.
    """
    ticket = conversation.open_ticket
    match change:
        case IncomingReaction(emoji=emoji, sent_at=at, from_app=from_app):
            by: Literal["contact", "app"] = "app" if from_app else "contact"
            return decided(
                ReactionChanged(ticket=ticket, message_id=message_id, emoji=emoji, reacted_at=at, by=by)
            )
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


def _window(conversation: Conversation | None, message: IncomingMessage, arrival: Arrival) -> datetime:
    """Return when the window ends: after the newest message, in whichever order they arrive."""
    ends_at = (arrival.received_at if message.time_flagged else message.sent_at) + WINDOW
    if conversation is None or conversation.window_ends_at is None:
        return ends_at
    return max(ends_at, conversation.window_ends_at)


def _opened_or_reopened(
    conversation: Conversation | None, arrival: Arrival, window_ends_at: datetime
) -> tuple[int, Decision, bot.NextTurn | None]:
    """Return the ticket that the message belongs to, its first facts, and the bot's turn if it has one."""
    ticket, control = (0, 0) if conversation is None else (conversation.ticket, conversation.control)
    if conversation is not None and _is_reopened(conversation, arrival):
        owner = None if arrival.owner_left else conversation.owner
        queue = arrival.queue if arrival.team_left else conversation.queue
        return_after = timedelta() if arrival.auto_assign else arrival.return_after
        return_at = return_time(owner, arrival.decided_at, return_after)
        return ticket, decided(Reopened(ticket=ticket, owner=owner, queue=queue, return_at=return_at)), None
    ticket, control = ticket + 1, control + 1
    opened = _opened(ticket, control, arrival, window_ends_at)
    if arrival.channel_has_bot:
        return ticket, decided(opened), bot.NextTurn(control, arrival.decided_at + BOT_TIME)
    handed_off = HandedOff(ticket=ticket, queue=arrival.queue, reason="no_bot")
    return ticket, decided(opened, handed_off), None


def _is_reopened(conversation: Conversation, arrival: Arrival) -> bool:
    """Return whether the closed ticket is reopened; one without an owner rather goes to the bot again."""
    if conversation.is_open or conversation.closed_at is None:
        return False
    if conversation.owner is None and arrival.channel_has_bot:
        return False
    if _answers_active_message(conversation, arrival):
        return True
    if not arrival.reopen_within:
        return False
    return arrival.received_at <= conversation.closed_at + arrival.reopen_within


def _answers_active_message(conversation: Conversation, arrival: Arrival) -> bool:
    """Return whether the ticket was closed before the customer answered its active message, in time."""
    sent_at = conversation.active_since
    if sent_at is None or conversation.owner is None:
        return False
    return arrival.received_at <= sent_at + arrival.active_within


def _opened(ticket: int, control: int, arrival: Arrival, window_ends_at: datetime) -> TicketOpened:
    return TicketOpened(
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
        protocol=protocol_of(arrival.received_at, arrival.message_id),
    )


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
        quoted_id=arrival.quoted_id,
        quoted_wamid=message.quoted if arrival.quoted_id is None else None,
    )
