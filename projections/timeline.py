"""The timeline: one row per message of a thread."""

from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple
from uuid import UUID

from domain import delivery
from domain.conversation.message_events import (
    ConversationErased,
    MessageEchoed,
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

    Notes are `internal`. The note of a transfer has the id of that event. `quoted_wamid` is set where the
    quoted message was not known when this one came: readers look for it in the thread, it may come later.

    Edits and reactions count by WhatsApp's second, in whichever order they arrive: `edited_at` is that of the
    newest edit, `reacted_at` that of each person's newest reaction or removal (Unix seconds).
    """

    tenant_id: UUID
    message_id: UUID
    conversation_id: UUID
    direction: Literal["in", "out", "internal"]
    type: str
    text: str | None
    author_kind: Literal["contact", "agent", "bot", "system", "app"]
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
    quoted_wamid: str | None = None
    edited_at: datetime | None = None
    reacted_at: dict[str, int] | None = None


class TimelineProjection(Projection[MessageRow]):
    """One row per message."""

    name: ClassVar = "timeline"
    version: ClassVar = 3
    key_size: ClassVar = 2
    founding: ClassVar = frozenset(
        {
            *(MessageReceived, MessageSent, MessageEchoed, MessageImported, NoticeReceived),
            *(NoteAdded, Transferred),
        }
    )
    facts: ClassVar = frozenset(
        {
            *founding,
            *(ReactionChanged, MessageEdited, MessageRevoked, ConversationErased),
            *delivery.EVENTS,
        }
    )
    row = MessageRow

    def key(self, event: Recorded) -> Key | Where | None:
        fact: Any = event.fact
        kind = type(fact)  # `isinstance` of a pydantic class is slow, and every message comes here
        if kind is NoteAdded:
            return event.tenant_id, fact.note_id
        if kind is Transferred:
            # Of an erased one nobody knows whether there was a note.
            noted = fact.note is not None and fact.note is not ERASED
            return (event.tenant_id, event.event_id) if noted else None
        if kind is ConversationErased:
            return None if event.conversation_id is None else Where("conversation_id", event.conversation_id)
        # A delivery's stream is its message.
        return event.tenant_id, getattr(fact, "message_id", event.stream_id)

    def fold(self, row: MessageRow | None, event: Recorded) -> MessageRow | None:
        if type(event.fact) in self.founding:
            return _founded(event)
        if row is None:
            return None
        if type(event.fact) is ConversationErased:
            return _erased(row, event)
        changes = _changes(row, event)
        return row._replace(changed_position=event.position, **changes) if changes else row


def _founded(event: Recorded) -> MessageRow:
    match event.fact:
        case MessageReceived() as fact:
            return _from_customer(event, fact, fact.ticket, fact.truncated)
        case MessageSent() as fact:
            return _row(
                event,
                fact.message_id,
                fact.text,
                direction="out",
                type=fact.type,
                author_kind=fact.author,
                author_id=fact.agent_id,
                sent_at=fact.sent_at,
                ticket=fact.ticket,
                status="pending",
                quoted_id=fact.quoted_id,
                raw=None if (template := unsealed(fact.template)) is None else template.model_dump(),
            )
        case MessageEchoed() as fact:
            return _row(
                event,
                fact.message_id,
                fact.text,
                direction="out",
                type=fact.type,
                author_kind="app",
                sent_at=fact.sent_at,
                ticket=fact.ticket,
                status="pending",
                wamid=unsealed(fact.wamid),
                quoted_id=fact.quoted_id,
                quoted_wamid=unsealed(fact.quoted_wamid),
                raw=unsealed(fact.raw),
                truncated=fact.truncated,
                time_flagged=fact.time_flagged,
            )
        case MessageImported() as fact:
            return _from_customer(event, fact)
        case NoticeReceived() as fact:
            return _row(
                event,
                fact.message_id,
                fact.text,
                direction="in",
                type="system",
                author_kind="system",
                sent_at=fact.sent_at,
                ticket=fact.ticket,
                wamid=unsealed(fact.wamid),
                raw=unsealed(fact.raw),
                time_flagged=fact.time_flagged,
            )
        case NoteAdded() as fact:
            note = _note(event, fact.note_id, fact.text, fact.ticket, fact.by, fact.written_at)
            return note._replace(mentions=[str(agent_id) for agent_id in fact.mentions])
        case Transferred() as fact:
            return _note(event, event.event_id, fact.note, fact.ticket, fact.by, fact.moved_at)
        case _:
            raise AssertionError("not a founding fact")


def _from_customer(
    event: Recorded,
    fact: MessageReceived | MessageImported,
    ticket: int | None = None,
    truncated: bool = False,
) -> MessageRow:
    assert event.conversation_id is not None, "a message belongs to a conversation"
    return MessageRow(
        tenant_id=event.tenant_id,
        message_id=fact.message_id,
        conversation_id=event.conversation_id,
        position=event.position,
        changed_position=event.position,
        ticket=ticket,
        direction="in",
        type=fact.type,
        text=unsealed(fact.text),
        author_kind="contact",
        author_id=event.contact_id,
        author_name=unsealed(fact.sender_name),
        wamid=unsealed(fact.wamid),
        sent_at=fact.sent_at,
        quoted_id=fact.quoted_id,
        quoted_wamid=unsealed(fact.quoted_wamid),
        raw=unsealed(fact.raw),
        truncated=truncated,
        time_flagged=fact.time_flagged,
        erased=fact.text is ERASED,
    )


def _note(
    event: Recorded, id: UUID, text: str | Erased | None, ticket: int, by: UUID, at: datetime
) -> MessageRow:
    return _row(
        event,
        id,
        text,
        direction="internal",
        type="note",
        author_kind="agent",
        author_id=by,
        sent_at=at.replace(microsecond=0),
        ticket=ticket,
    )


def _row(event: Recorded, message_id: UUID, text: str | Erased | None, **columns: Any) -> MessageRow:
    """Return a new row: what every message has, and `columns`."""
    assert event.conversation_id is not None, "a message belongs to a conversation"
    return MessageRow(
        tenant_id=event.tenant_id,
        message_id=message_id,
        conversation_id=event.conversation_id,
        position=event.position,
        changed_position=event.position,
        text=None if isinstance(text, Erased) else text,
        erased=text is ERASED,
        **columns,
    )


def _erased(row: MessageRow, event: Recorded) -> MessageRow | None:
    """Return what is left of a message: who wrote when; nothing of the note of a transfer."""
    if row.type == "note" and row.mentions is None:
        return None
    return row._replace(
        text=None,
        author_name=None,
        wamid=None,
        quoted_wamid=None,
        raw=None,
        reactions=None,
        erased=True,
        changed_position=event.position,
    )


def _changes(row: MessageRow, event: Recorded) -> dict[str, Any]:
    """Return the columns that the event changes; none for no change."""
    if isinstance(event.fact, DeliveryEvent):
        return {} if row.status is None else _delivery_changes(row, row.status, event.fact)
    if row.revoked:
        return {}  # a revocation ends all, also what was done before it and arrives later
    match event.fact:
        case ReactionChanged() as fact:
            return _reacted(row, fact)
        case MessageEdited(edited_at=at) as fact if row.edited_at is None or row.edited_at <= at:
            return {"text": unsealed(fact.text), "raw": unsealed(fact.raw), "edited": True, "edited_at": at}
        case MessageRevoked():
            unchanged = {"edited": False, "edited_at": None, "reactions": None, "reacted_at": None}
            return {"text": None, "raw": None, "revoked": True} | unchanged
        case _:
            return {}


def _reacted(row: MessageRow, fact: ReactionChanged) -> dict[str, Any]:
    """Set or remove the reaction of one person; only their newest change counts, by its own second."""
    person, second, emoji = fact.by, int(fact.reacted_at.timestamp()), unsealed(fact.emoji)
    known = row.reacted_at or {}
    if second < known.get(person, second):
        return {}
    reactions = {**(row.reactions or {}), person: emoji}
    shown = {who: each for who, each in sorted(reactions.items()) if each is not None}
    return {"reactions": shown or None, "reacted_at": dict(sorted({**known, person: second}.items()))}


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
