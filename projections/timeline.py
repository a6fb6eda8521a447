"""The timeline: one row per message of a thread."""

from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple
from uuid import UUID

from domain import delivery
from domain.conversation.message_events import (
    MessageEdited,
    MessageImported,
    MessageReceived,
    MessageRevoked,
    MessageSent,
    NoticeReceived,
    ReactionChanged,
)
from domain.conversation.ticket_events import NoteAdded, Transferred
from domain.delivery import DeliveryEvent, Shown, raised
from domain.event import ERASED, Erased, Recorded, unsealed
from projections.projection import Key, Projection, Where

Direction = Literal["in", "out", "internal"]
AuthorKind = Literal["contact", "agent", "bot", "system"]

REACHED: dict[type, Shown] = {
    delivery.Unconfirmed: "unconfirmed",
    delivery.Accepted: "sent",
    delivery.Failed: "failed",
    delivery.Delivered: "delivered",
    delivery.Read: "read",
}
RESTARTS = (delivery.AttemptStarted, delivery.RetryRequested)
ARRIVED: frozenset[Shown] = frozenset({"delivered", "read"})


class MessageRow(NamedTuple):
    """One message. A thread is sorted by (`sent_at`, `position`); `changed_position` is its last change.

    Notes are `internal`. The note of a transfer has the id of that event.
    """

    tenant_id: UUID
    message_id: UUID
    conversation_id: UUID
    direction: Direction
    type: str
    text: str | None
    author_kind: AuthorKind
    sent_at: datetime
    position: int
    changed_position: int
    ticket: int | None = None
    author_id: UUID | None = None
    author_name: str | None = None
    wamid: str | None = None
    status: Shown | None = None
    error_code: str | None = None
    error_title: str | None = None
    quoted_id: UUID | None = None
    raw: dict[str, Any] | None = None
    reactions: dict[str, str] | None = None
    edited: bool = False
    revoked: bool = False
    truncated: bool = False
    time_flagged: bool = False
    mentions: list[str] | None = None
    erased: bool = False


class TimelineProjection(Projection[MessageRow]):
    """One row per message."""

    name: ClassVar = "timeline"
    version: ClassVar = 2
    key_size: ClassVar = 2
    founding: ClassVar = frozenset(
        {MessageReceived, MessageSent, MessageImported, NoticeReceived, NoteAdded, Transferred}
    )
    facts: ClassVar = frozenset({*founding, ReactionChanged, MessageEdited, MessageRevoked, *delivery.EVENTS})
    row = MessageRow

    def key(self, event: Recorded) -> Key | Where | None:
        fact: Any = event.fact
        kind = type(fact)  # `isinstance` of a pydantic class is slow, and every message comes here
        if kind is NoteAdded:
            return event.tenant_id, fact.note_id
        if kind is Transferred:
            return None if fact.note is None else (event.tenant_id, event.event_id)
        # A delivery's stream is its message.
        return event.tenant_id, getattr(fact, "message_id", event.stream_id)

    def fold(self, row: MessageRow | None, event: Recorded) -> MessageRow | None:
        if type(event.fact) in self.founding:
            return _founded(event)
        if row is None:
            return None
        changes = _changes(row, event)
        return row._replace(changed_position=event.position, **changes) if changes else row


def _founded(event: Recorded) -> MessageRow:
    match event.fact:
        case MessageReceived() as fact:
            row = _from_customer(event, fact)
            return row._replace(ticket=fact.ticket, quoted_id=fact.quoted_id, truncated=fact.truncated)
        case MessageImported() as fact:
            return _from_customer(event, fact)
        case MessageSent() as fact:
            row = _row(event, fact.message_id, "out", fact.type, fact.author, fact.text, fact.sent_at)
            return row._replace(
                ticket=fact.ticket, author_id=fact.agent_id, status="pending", quoted_id=fact.quoted_id
            )
        case NoticeReceived() as fact:
            row = _row(event, fact.message_id, "in", "system", "system", fact.text, fact.sent_at)
            return row._replace(
                ticket=fact.ticket,
                wamid=unsealed(fact.wamid),
                raw=unsealed(fact.raw),
                time_flagged=fact.time_flagged,
            )
        case NoteAdded() as fact:
            row = _note(event, fact.note_id, fact.ticket, fact.text, fact.by, fact.written_at)
            return row._replace(mentions=[str(agent_id) for agent_id in fact.mentions])
        case Transferred() as fact:
            return _note(event, event.event_id, fact.ticket, fact.note, fact.by, fact.moved_at)
        case _:
            raise AssertionError("not a founding fact")


def _from_customer(event: Recorded, fact: MessageReceived | MessageImported) -> MessageRow:
    return _row(event, fact.message_id, "in", fact.type, "contact", fact.text, fact.sent_at)._replace(
        author_id=event.contact_id,
        author_name=unsealed(fact.sender_name),
        wamid=unsealed(fact.wamid),
        raw=unsealed(fact.raw),
        time_flagged=fact.time_flagged,
    )


def _note(
    event: Recorded, id: UUID, ticket: int, text: str | Erased | None, by: UUID, at: datetime
) -> MessageRow:
    row = _row(event, id, "internal", "note", "agent", text, at.replace(microsecond=0))
    return row._replace(ticket=ticket, author_id=by)


def _row(
    event: Recorded,
    id: UUID,
    direction: Direction,
    type: str,
    author_kind: AuthorKind,
    text: str | Erased | None,
    sent_at: datetime,
) -> MessageRow:
    assert event.conversation_id is not None, "a message belongs to a conversation"
    return MessageRow(
        tenant_id=event.tenant_id,
        message_id=id,
        conversation_id=event.conversation_id,
        direction=direction,
        type=type,
        text=None if isinstance(text, Erased) else text,
        author_kind=author_kind,
        sent_at=sent_at,
        position=event.position,
        changed_position=event.position,
        erased=text is ERASED,
    )


def _changes(row: MessageRow, event: Recorded) -> dict[str, Any]:
    """Return the columns that the event changes; none for no change."""
    if isinstance(event.fact, DeliveryEvent):
        return {} if row.status is None else _delivery_changes(row, row.status, event.fact)
    match event.fact:
        case ReactionChanged(emoji=emoji):
            shown = unsealed(emoji)
            return {"reactions": {"contact": shown} if shown is not None else None}
        case MessageEdited() as fact if not row.revoked:
            return {"text": unsealed(fact.text), "raw": unsealed(fact.raw), "edited": True}
        case MessageRevoked():
            return {"text": None, "raw": None, "revoked": True}
        case _:
            return {}


def _delivery_changes(row: MessageRow, status: Shown, fact: DeliveryEvent) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    shown = shown_after(status, fact)
    if shown != status:
        changes["status"] = shown
    match fact:
        case delivery.Accepted(wamid=wamid):
            changes["wamid"] = unsealed(wamid)
        case delivery.Failed(code=code, title=title) if shown == "failed":
            changes |= {"error_code": code, "error_title": title}
    if shown != "failed" and row.error_code is not None:
        changes |= {"error_code": None, "error_title": None}
    return changes


def shown_after(status: Shown, fact: DeliveryEvent) -> Shown:
    """Return the status after the fact: it only rises, until a new attempt of an undelivered message.

    So does an attempt that was accepted though the call had seemed to be refused.
    """
    kind = type(fact)
    if kind in RESTARTS:
        return status if status in ARRIVED else "pending"
    if isinstance(fact, delivery.Accepted) and fact.after_refusal:
        return status if status in ARRIVED else "sent"
    return raised(status, REACHED[kind]) if kind in REACHED else status
