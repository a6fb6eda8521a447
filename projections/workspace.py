"""The workspace: one row per ticket, as the lists show it."""

from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from domain.contact.phone import canonical_phone
from domain.contact.state import (
    Card,
    ContactCardReflected,
    ContactsMerged,
    DetailsChanged,
    IdentityAttached,
    IdentityHeard,
    IdentityReplaced,
    MergeUndone,
    ProfileNamed,
    evolve_card,
)
from domain.conversation.holder import MOVES, Holder, Snooze, TicketState, moved
from domain.conversation.message_events import (
    ConversationErased,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    MessageRevoked,
    MessageSent,
    ReactionChanged,
)
from domain.conversation.state import NO_TICKET
from domain.conversation.ticket_events import (
    DEFAULT_QUEUE,
    AnswerFailed,
    AnswerRestored,
    BotReactivated,
    Closed,
    HandedOff,
    MarkedAnswered,
    MarkedUnanswered,
    MoveUndone,
    Reopened,
    Snoozed,
    Tagged,
    TicketEvent,
    TicketOpened,
    Transferred,
    Unassigned,
    Untagged,
    WindowClosing,
    Woken,
    team_of,
)
from domain.conversation.unanswered import earlier
from domain.delivery import Failed
from domain.event import ERASED, Event, Recorded, unsealed
from projections.last_line import Line, Memory, beginning, with_change, with_message
from projections.names import folded, initials
from projections.projection import Key, Projection, Where


class TicketRow(NamedTuple):
    """One ticket. `last_*` is its newest line by (second, position), `position` that of its last change.

    `last_memory` is what else is needed to tell the next line (`last_line.Memory`).

    `team` is its queue, None for the default queue; `queued_at` is when it last came there, and
    `queued_before` that time before a transfer, in case it is undone. `last_owner` is the owner who was
    absent when it came back to them, until somebody has it again. `failed`: the newest answer failed, and
    nobody has answered or marked the ticket since.

    `person_id` is the contact that it is shown with: another one than `contact_id` where contacts were
    merged; then `main_name` is that one's name, and `own_name` is the name without it. `phone` is the
    contact's present number.
    """

    tenant_id: UUID
    conversation_id: UUID
    number: int
    channel_id: UUID
    contact_id: UUID
    person_id: UUID
    opened_position: int
    protocol: str
    state: TicketState
    owner: UUID | None
    team: str | None
    control: int
    name: str | None
    name_key: str
    initials: str
    own_name: str | None
    phone: str | None
    last_at: datetime
    last_position: int
    window_ends_at: datetime | None
    opened_at: datetime
    queued_at: datetime
    tags: list[str]
    erased: bool
    position: int
    unanswered_since: datetime | None = None
    unread: int = 0
    last_message_id: UUID | None = None
    last_text: str | None = None
    last_type: str | None = None
    last_direction: str | None = None
    snoozed_until: datetime | None = None
    queued_before: datetime | None = None
    closed_at: datetime | None = None
    close_reason: str | None = None
    hand_off_reason: str | None = None
    bot_variables: dict[str, Any] | None = None
    bot_until: str | None = None
    back_at: datetime | None = None
    window_warned: bool = False
    last_memory: Memory | None = None
    main_name: str | None = None
    failed: bool = False
    last_owner: UUID | None = None


class WorkspaceProjection(Projection[TicketRow]):
    """One row per ticket."""

    name: ClassVar = "workspace"
    version: ClassVar = 6
    key_size: ClassVar = 3
    facts: ClassVar = frozenset(
        {
            *MOVES,
            *(WindowClosing, Tagged, Untagged),
            *(MarkedAnswered, MarkedUnanswered, AnswerFailed, AnswerRestored),
            *(MessageReceived, MessageSent, MessageEchoed, ReactionChanged, MessageEdited, MessageRevoked),
            *(Failed, ConversationErased),
            *(ProfileNamed, ContactCardReflected, DetailsChanged, ContactsMerged, MergeUndone),
            *(IdentityAttached, IdentityHeard, IdentityReplaced),
        }
    )
    founding: ClassVar = frozenset({TicketOpened})
    row = TicketRow

    def key(self, event: Recorded) -> Key | Where | None:
        match event.fact:
            case TicketEvent(ticket=number) | MessageEchoed(ticket=int() as number):
                return event.tenant_id, event.conversation_id, number
            case Failed(code="131047", ticket=number):  # Meta says that the window has closed
                return event.tenant_id, event.conversation_id, number
            case ReactionChanged() | MessageEdited() | MessageRevoked() | ConversationErased() if (
                event.conversation_id is not None
            ):
                # They carry the ticket that is open now, which need not be the one of the message.
                return Where("conversation_id", event.conversation_id)
            case ProfileNamed() | ContactCardReflected() | DetailsChanged():
                return Where("contact_id", event.stream_id, "person_id")
            case ContactsMerged() | MergeUndone():
                return Where("contact_id", event.stream_id)
            case (
                IdentityAttached(kind="phone", present=True)
                | IdentityHeard(kind="phone")
                | IdentityReplaced(kind="phone")
            ):
                return Where("contact_id", event.stream_id)
            case _:
                return None

    def fold(self, row: TicketRow | None, event: Recorded) -> TicketRow | None:
        if type(event.fact) is TicketOpened:
            return _opened(event, event.fact)
        if row is None:
            return None
        changes = _moved(row, event) if type(event.fact) in MOVES else _changes(row, event)
        return row._replace(position=event.position, **changes) if changes else row


def _opened(event: Recorded, fact: TicketOpened) -> TicketRow:
    assert event.conversation_id is not None, "a ticket belongs to a conversation"
    own_name, main_name, phone = unsealed(fact.name), unsealed(fact.person_name), unsealed(fact.phone)
    if phone is not None:
        phone = canonical_phone(phone) or phone  # once it was written as WhatsApp writes it
    name = main_name or own_name
    holder = moved(NO_TICKET, fact)
    return TicketRow(
        tenant_id=event.tenant_id,
        conversation_id=event.conversation_id,
        number=fact.ticket,
        channel_id=fact.channel_id,
        contact_id=fact.contact_id,
        person_id=fact.person_id or fact.contact_id,
        opened_position=event.position,
        protocol=fact.protocol or f"{fact.opened_at.astimezone(UTC):%Y%m%d}-{event.position}",
        state=holder.state,
        owner=holder.owner,
        team=team_of(holder.queue),
        control=holder.control,
        name=name,
        name_key=folded(name),
        initials=initials(name, phone),
        own_name=own_name,
        main_name=main_name,
        phone=phone,
        last_at=fact.opened_at.replace(microsecond=0),
        last_position=event.position,
        window_ends_at=fact.window_ends_at,
        opened_at=fact.opened_at,
        queued_at=fact.opened_at,
        tags=[],
        erased=fact.name is ERASED,
        position=event.position,
    )


def _changes(row: TicketRow, event: Recorded) -> dict[str, Any]:
    """Return the columns that the event changes; none for no change."""
    match event.fact:
        case MessageReceived() as fact:
            return {
                "unread": row.unread + 1,
                "unanswered_since": earlier(row.unanswered_since, fact.written_at),
                "window_ends_at": fact.window_ends_at,
                "window_warned": row.window_warned and fact.window_ends_at == row.window_ends_at,
            } | _last(row, event, fact.message_id, unsealed(fact.text), fact.type, "in", fact.sent_at)
        case MessageSent() | MessageEchoed() as fact:
            answers = fact.author == "agent" if isinstance(fact, MessageSent) else fact.answers
            return (_answered() if answers else {}) | _last(
                row, event, fact.message_id, unsealed(fact.text), fact.type, "out", fact.sent_at
            )
        case MarkedAnswered():
            return _answered()
        case MarkedUnanswered(marked_at=marked_at):
            return {"unanswered_since": marked_at, "failed": False}
        case AnswerFailed(failed=failed, unanswered_since=since, unread=unread):
            return {"unanswered_since": since, "unread": unread, "failed": row.failed or failed}
        case AnswerRestored(failed=failed, unanswered_since=since, unread=unread):
            return {"unanswered_since": since, "unread": unread, "failed": row.failed and failed}
        case Tagged(tag=tag):
            return {"tags": sorted({*row.tags, tag})}
        case Untagged(tag=tag):
            return {"tags": [other for other in row.tags if other != tag]}
        case WindowClosing():
            return {"window_warned": True}
        case ReactionChanged() | MessageEdited() | MessageRevoked():
            line = with_change(_line(row), row.last_memory, event.fact, event.position, row.number)
            return {} if line == (_line(row), row.last_memory) else _line_columns(*line)
        case Failed(failed_at=failed_at):
            return {"window_ends_at": min(row.window_ends_at or failed_at, failed_at)}
        case ProfileNamed() | ContactCardReflected() | DetailsChanged() | ContactsMerged() | MergeUndone():
            return _person(row, event)
        case IdentityAttached(value=phone) | IdentityHeard(value=phone) | IdentityReplaced(present=phone):
            return _dialled(row, unsealed(phone))
        case ConversationErased():
            return _erased(row)
        case _:
            return {}


def _answered() -> dict[str, Any]:
    return {"unread": 0, "unanswered_since": None, "failed": False}


def _erased(row: TicketRow) -> dict[str, Any]:
    """Return what is left of a ticket: as if nobody had a name and nothing was said.

    So it does not matter whether the events before were folded with their words or without them.
    """
    return {
        **{"name": None, "name_key": "", "initials": initials(None, None), "own_name": None, "phone": None},
        "main_name": None,
        **{"last_message_id": None, "last_text": None, "last_type": None, "last_direction": None},
        **{"last_at": row.opened_at.replace(microsecond=0), "last_position": row.opened_position},
        **{"last_memory": None, "close_reason": None, "bot_variables": None, "erased": True},
    }


def _person(row: TicketRow, event: Recorded) -> dict[str, Any]:
    """Return who is shown as the customer; every change of a card changes its tickets."""
    own_name, main_name, person_id, fact = row.own_name, row.main_name, row.person_id, event.fact
    match fact:
        case ContactsMerged(into=into, name=told):
            person_id, main_name = into, unsealed(told)
        case MergeUndone():
            person_id, main_name = row.contact_id, None
        case _ if event.stream_id == row.contact_id:
            own_name = _renamed(own_name, fact)
        case _:
            main_name = _renamed(main_name, fact)
    if row.erased:
        return {"person_id": person_id}  # it shows nobody's name any more
    name = main_name or own_name
    shown = {"name": name, "name_key": folded(name), "initials": initials(name, row.phone)}
    return shown | {"own_name": own_name, "main_name": main_name, "person_id": person_id}


def _renamed(name: str | None, fact: Event) -> str | None:
    """Return the name after a change of its card, by the contact's own rule."""
    return evolve_card(Card(name=name), fact).name


def _dialled(row: TicketRow, phone: str | None) -> dict[str, Any]:
    return {} if row.erased else {"phone": phone, "initials": initials(row.name, phone)}


def _moved(row: TicketRow, event: Recorded) -> dict[str, Any]:
    """Return what a move changes: who holds the ticket, by the aggregate's rule, and what only lists show."""
    fact = event.fact
    changes = _columns(moved(_holder(row), fact))
    if row.queued_before is not None:
        changes["queued_before"] = None
    if row.last_owner is not None and (changes["owner"] is not None or changes["state"] == "bot"):
        changes["last_owner"] = None
    match fact:
        case HandedOff():
            changes |= _queued(event)
            changes |= {"hand_off_reason": fact.reason, "bot_variables": unsealed(fact.variables)}
        case Unassigned(absent=absent):
            changes |= _queued(event) | {"last_owner": absent}
        case Transferred():
            waits_already = row.state == "queue" and row.team == changes["team"]
            if fact.agent_id is None and not waits_already:
                changes |= _queued(event)
            changes["queued_before"] = row.queued_at
        case Snoozed() | Woken() | BotReactivated():
            changes["window_warned"] = False
        case Closed():
            changes |= {"closed_at": event.recorded_at, "close_reason": unsealed(fact.reason)}
            changes |= {"unread": 0, "unanswered_since": None, "window_warned": False}
        case Reopened():
            changes |= _open_again() | (_queued(event) if fact.owner is None else {})
        case MoveUndone():
            queued_at = event.recorded_at if fact.left else row.queued_before or row.queued_at
            changes |= _open_again() | {"queued_at": queued_at, "window_warned": False}
            changes |= {"unread": fact.unread, "unanswered_since": fact.unanswered_since}
    return changes


def _holder(row: TicketRow) -> Holder:
    """Return the holder as far as the row knows it, which is all that a move depends on."""
    snooze = None if row.snoozed_until is None else Snooze(row.snoozed_until, stays_on_reply=False)
    return Holder(row.control, row.state, row.owner, row.team or DEFAULT_QUEUE, snooze)


def _columns(holder: Holder) -> dict[str, Any]:
    control, state, owner, queue, snooze, bot, _ = holder
    return {
        "control": control,
        "state": state,
        "owner": owner,
        "team": team_of(queue),
        "snoozed_until": None if snooze is None else snooze.until,
        "bot_until": None if bot is None else bot.until,
        "back_at": None if bot is None else bot.back_at,
    }


def _queued(event: Recorded) -> dict[str, Any]:
    return {"queued_at": event.recorded_at}


def _open_again() -> dict[str, Any]:
    return {"closed_at": None, "close_reason": None}


def _last(
    row: TicketRow,
    event: Recorded,
    message_id: UUID,
    text: str | None,
    kind: str,
    direction: str,
    at: datetime,
) -> dict[str, Any]:
    """Make the message the last one, unless there is a newer one by the customer's clock."""
    if row.last_memory is not None:
        new = Line(message_id, beginning(text), kind, direction, at, event.position)
        return _line_columns(*with_message(_line(row), row.last_memory, new))
    if row.last_type is not None and (row.last_at, row.last_position) > (at, event.position):
        return {}
    return {
        "last_message_id": message_id,
        "last_text": beginning(text),
        "last_type": kind,
        "last_at": at,
        "last_direction": direction,
        "last_position": event.position,
    }


def _line(row: TicketRow) -> Line:
    return Line(
        *(row.last_message_id, row.last_text, row.last_type, row.last_direction),
        *(row.last_at, row.last_position),
    )


def _line_columns(line: Line, memory: Memory | None) -> dict[str, Any]:
    return {
        "last_message_id": line.message_id,
        "last_text": line.text,
        "last_type": line.type,
        "last_at": line.at,
        "last_direction": line.direction,
        "last_position": line.position,
        "last_memory": memory,
    }
