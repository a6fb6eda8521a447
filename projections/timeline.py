"""The timeline: one row per message of a thread."""

from datetime import datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from domain import delivery
from domain.conversation import (
    MessageEdited,
    MessageImported,
    MessageReceived,
    MessageRevoked,
    MessageSent,
    NoticeReceived,
    ReactionChanged,
)
from domain.delivery import DeliveryEvent, Shown, raised
from domain.event import ERASED, Recorded
from projections.projection import Key, Projection, Where, unsealed

ARRIVED: frozenset[Shown] = frozenset({"delivered", "read"})


class MessageRow(NamedTuple):
    """One message. A thread is sorted by (`sent_at`, `position`); `changed_position` is the last change."""

    tenant_id: UUID
    message_id: UUID
    conversation_id: UUID
    ticket: int | None
    direction: str
    type: str
    text: str | None
    author_kind: str
    author_id: UUID | None
    author_name: str | None
    wamid: str | None
    sent_at: datetime
    position: int
    status: Shown | None
    error_code: str | None
    error_title: str | None
    quoted_id: UUID | None
    raw: dict[str, Any] | None
    reactions: dict[str, str] | None
    edited: bool
    revoked: bool
    truncated: bool
    time_flagged: bool
    erased: bool
    changed_position: int


class Timeline(Projection[MessageRow]):
    """One row per message."""

    name: ClassVar = "timeline"
    key_size: ClassVar = 2
    row = MessageRow

    def key(self, event: Recorded) -> Key | Where | None:
        match event.fact:
            case (
                MessageReceived(message_id=message_id)
                | MessageSent(message_id=message_id)
                | ReactionChanged(message_id=message_id)
                | MessageEdited(message_id=message_id)
                | MessageRevoked(message_id=message_id)
                | MessageImported(message_id=message_id)
                | NoticeReceived(message_id=message_id)
            ):
                return event.tenant_id, message_id
            case DeliveryEvent():
                return event.tenant_id, event.stream_id
            case _:
                return None

    def fold(self, row: MessageRow | None, event: Recorded) -> MessageRow | None:
        match event.fact:
            case MessageReceived() as fact:
                return _received(event, fact)
            case MessageSent() as fact:
                return _sent(event, fact)
            case MessageImported() as fact:
                return _imported(event, fact)
            case NoticeReceived() as fact:
                return _noticed(event, fact)
        if row is None:
            return None
        changes = _changes(row, event)
        return row._replace(changed_position=event.position, **changes) if changes else row


def _row(event: Recorded, **fields: Any) -> MessageRow:
    """A new row: what the fields do not say is plain."""
    return MessageRow(
        **{
            "tenant_id": event.tenant_id,
            "conversation_id": event.conversation_id,
            "position": event.position,
            "changed_position": event.position,
            **PLAIN,
            **fields,
        }
    )


PLAIN: dict[str, Any] = {
    "ticket": None,
    "author_id": None,
    "author_name": None,
    "wamid": None,
    "status": None,
    "error_code": None,
    "error_title": None,
    "quoted_id": None,
    "raw": None,
    "reactions": None,
    "edited": False,
    "revoked": False,
    "truncated": False,
    "time_flagged": False,
}


def _received(event: Recorded, fact: MessageReceived) -> MessageRow:
    return _row(
        event,
        message_id=fact.message_id,
        ticket=fact.ticket,
        direction="in",
        type=fact.type,
        text=unsealed(fact.text),
        author_kind="contact",
        author_id=event.contact_id,
        author_name=unsealed(fact.sender_name),
        wamid=unsealed(fact.wamid),
        sent_at=fact.sent_at,
        quoted_id=fact.quoted_id,
        raw=unsealed(fact.raw),
        truncated=fact.truncated,
        time_flagged=fact.time_flagged,
        erased=fact.text is ERASED,
    )


def _sent(event: Recorded, fact: MessageSent) -> MessageRow:
    return _row(
        event,
        message_id=fact.message_id,
        ticket=fact.ticket,
        direction="out",
        type=fact.type,
        text=unsealed(fact.text),
        author_kind=fact.author,
        author_id=fact.agent_id,
        sent_at=fact.sent_at,
        status="pending",
        quoted_id=fact.quoted_id,
        erased=fact.text is ERASED,
    )


def _imported(event: Recorded, fact: MessageImported) -> MessageRow:
    return _row(
        event,
        message_id=fact.message_id,
        direction="in",
        type=fact.type,
        text=unsealed(fact.text),
        author_kind="contact",
        author_id=event.contact_id,
        author_name=unsealed(fact.sender_name),
        wamid=unsealed(fact.wamid),
        sent_at=fact.sent_at,
        raw=unsealed(fact.raw),
        time_flagged=fact.time_flagged,
        erased=fact.text is ERASED,
    )


def _noticed(event: Recorded, fact: NoticeReceived) -> MessageRow:
    return _row(
        event,
        message_id=fact.message_id,
        ticket=fact.ticket,
        direction="in",
        type="system",
        text=unsealed(fact.text),
        author_kind="system",
        wamid=unsealed(fact.wamid),
        sent_at=fact.sent_at,
        raw=unsealed(fact.raw),
        time_flagged=fact.time_flagged,
        erased=fact.text is ERASED,
    )


def _changes(row: MessageRow, event: Recorded) -> dict[str, Any]:
    """What the event changes in the row; nothing leaves the row as it is."""
    match event.fact:
        case DeliveryEvent() as fact if row.status is not None:
            return _delivery_changes(row, row.status, fact)
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
    """The status after the fact: it only rises, and a new attempt of what never arrived begins anew."""
    match fact:
        case delivery.Accepted():
            return raised(status, "sent")
        case delivery.Delivered():
            return raised(status, "delivered")
        case delivery.Read():
            return raised(status, "read")
        case delivery.Failed():
            return raised(status, "failed")
        case delivery.Unconfirmed():
            return raised(status, "unconfirmed")
        case delivery.AttemptStarted() | delivery.RetryRequested():
            return status if status in ARRIVED else "pending"
        case _:
            return status
