"""The workspace: one row per ticket, as the rail and the lists show it."""

from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from domain.conversation import state_with_people
from domain.conversation_events import (
    DEFAULT_QUEUE,
    Assigned,
    Closed,
    HandedOff,
    MarkedAnswered,
    MarkedUnanswered,
    MessageEdited,
    MessageReceived,
    MessageRevoked,
    MessageSent,
    ReactionChanged,
    Snoozed,
    TicketEvent,
    TicketOpened,
    Unassigned,
    Woken,
)
from domain.delivery import Failed
from domain.event import ERASED, Recorded
from projections.names import folded, initials
from projections.projection import Key, Projection, Where, unsealed

NOT_EDITED = ("reaction", "revoked")
LAST_TEXT = 500
"""Characters of the last message: a list of tickets shows a line of each, and travels at every change."""


class TicketRow(NamedTuple):
    """One ticket. `last_*` is its newest message by (second, position); `position` its last change."""

    tenant_id: UUID
    conversation_id: UUID
    number: int
    channel_id: UUID
    contact_id: UUID
    opened_position: int
    protocol: str
    state: str
    owner: UUID | None
    team: str | None
    control: int
    name: str | None
    name_key: str
    initials: str
    phone: str | None
    unanswered_since: datetime | None
    unread: int
    last_message_id: UUID | None
    last_text: str | None
    last_type: str | None
    last_at: datetime
    last_direction: str | None
    last_position: int
    window_ends_at: datetime | None
    snoozed_until: datetime | None
    opened_at: datetime
    closed_at: datetime | None
    erased: bool
    position: int


class Workspace(Projection[TicketRow]):
    """One row per ticket."""

    name: ClassVar = "workspace"
    key_size: ClassVar = 3
    facts: ClassVar = frozenset(
        {
            *(TicketOpened, HandedOff, Assigned, Unassigned, Snoozed, Woken, Closed),
            *(MarkedAnswered, MarkedUnanswered),
            *(MessageReceived, MessageSent, ReactionChanged, MessageEdited, MessageRevoked, Failed),
        }
    )
    founding: ClassVar = frozenset({TicketOpened})
    row = TicketRow

    def key(self, event: Recorded) -> Key | Where | None:
        match event.fact:
            case TicketEvent(ticket=number):
                return event.tenant_id, event.conversation_id, number
            case ReactionChanged(ticket=int() as number):
                return event.tenant_id, event.conversation_id, number
            case Failed(code="131047", ticket=number):  # Meta says that the window has closed
                return event.tenant_id, event.conversation_id, number
            case MessageEdited() | MessageRevoked() if event.conversation_id is not None:
                # They tell the ticket that is open now, which need not be the one of the message.
                return Where("conversation_id", event.conversation_id)
            case _:
                return None

    def fold(self, row: TicketRow | None, event: Recorded) -> TicketRow | None:
        if type(event.fact) is TicketOpened:
            return _opened(event, event.fact)
        if row is None:
            return None
        changes = _changes(row, event)
        return row._replace(position=event.position, **changes) if changes else row


def _opened(event: Recorded, fact: TicketOpened) -> TicketRow:
    assert event.conversation_id is not None, "a ticket belongs to a conversation"
    name, phone = unsealed(fact.name), unsealed(fact.phone)
    return TicketRow(
        tenant_id=event.tenant_id,
        conversation_id=event.conversation_id,
        number=fact.ticket,
        channel_id=fact.channel_id,
        contact_id=fact.contact_id,
        opened_position=event.position,
        protocol=f"{fact.opened_at.astimezone(UTC):%Y%m%d}-{event.position}",
        state="bot" if fact.with_bot else "queue",
        owner=None,
        team=None,
        control=fact.control,
        name=name,
        name_key=folded(name),
        initials=initials(name, phone),
        phone=phone,
        unanswered_since=None,
        unread=0,
        last_message_id=None,
        last_text=None,
        last_type=None,
        last_at=fact.opened_at.replace(microsecond=0),
        last_direction=None,
        last_position=event.position,
        window_ends_at=fact.window_ends_at,
        snoozed_until=None,
        opened_at=fact.opened_at,
        closed_at=None,
        erased=fact.name is ERASED,
        position=event.position,
    )


def _changes(row: TicketRow, event: Recorded) -> dict[str, Any]:
    """What the event changes in the row; nothing leaves the row as it is."""
    match event.fact:
        case MessageReceived() as fact:
            return {
                "unread": row.unread + 1,
                "unanswered_since": row.unanswered_since or fact.received_at,
                "window_ends_at": fact.window_ends_at,
            } | _last(row, event, fact.message_id, unsealed(fact.text), fact.type, "in", fact.sent_at)
        case MessageSent() as fact:
            answer = {"unread": 0, "unanswered_since": None} if fact.author == "agent" else {}
            return answer | _last(
                row, event, fact.message_id, unsealed(fact.text), fact.type, "out", fact.sent_at
            )
        case HandedOff(queue=queue):
            team = None if queue == DEFAULT_QUEUE else queue
            return _moved(row, None, row.snoozed_until) | {"team": team}
        case Assigned(agent_id=agent_id):
            return _moved(row, agent_id, row.snoozed_until)
        case Unassigned():
            return _moved(row, None, row.snoozed_until)
        case Snoozed(until=until):
            return _moved(row, row.owner, until)
        case Woken():
            return _moved(row, row.owner, None)
        case MarkedAnswered():
            return {"unread": 0, "unanswered_since": None}
        case MarkedUnanswered(marked_at=marked_at):
            return {"unanswered_since": marked_at}
        case Closed():
            ended = {"state": "closed", "control": row.control + 1, "closed_at": event.recorded_at}
            return ended | {"unread": 0, "unanswered_since": None, "snoozed_until": None}
        case ReactionChanged() | MessageEdited() | MessageRevoked():
            return _last_changed(row, event)
        case Failed(failed_at=failed_at):
            return {"window_ends_at": min(row.window_ends_at or failed_at, failed_at)}
        case _:
            return {}


def _moved(row: TicketRow, owner: UUID | None, snoozed_until: datetime | None) -> dict[str, Any]:
    state = state_with_people(owner, snoozed_until)
    return {"state": state, "owner": owner, "snoozed_until": snoozed_until, "control": row.control + 1}


def _last(
    row: TicketRow,
    event: Recorded,
    message_id: UUID,
    text: str | None,
    kind: str,
    direction: str,
    at: datetime,
) -> dict[str, Any]:
    """The message becomes the last one unless a newer one, by the customer's clock, is there already."""
    if row.last_type is not None and (row.last_at, row.last_position) > (at, event.position):
        return {}
    return {
        "last_message_id": message_id,
        "last_text": _beginning(text),
        "last_type": kind,
        "last_at": at,
        "last_direction": direction,
        "last_position": event.position,
    }


def _last_changed(row: TicketRow, event: Recorded) -> dict[str, Any]:
    match event.fact:
        case ReactionChanged(emoji=None, message_id=message_id):
            taken_back = row.last_type == "reaction" and row.last_message_id == message_id
            return {"last_text": None} if taken_back else {}
        case ReactionChanged(message_id=message_id, emoji=emoji, reacted_at=at):
            return _last(row, event, message_id, unsealed(emoji), "reaction", "in", at)
        case MessageEdited(message_id=row.last_message_id, text=text) if row.last_type not in NOT_EDITED:
            return {"last_text": _beginning(unsealed(text))}
        case MessageRevoked(message_id=row.last_message_id) if row.last_type not in NOT_EDITED:
            return {"last_text": None, "last_type": "revoked"}
        case _:
            return {}


def _beginning(text: str | None) -> str | None:
    return None if text is None else text[:LAST_TEXT]
