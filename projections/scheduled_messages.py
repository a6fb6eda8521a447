"""The scheduled messages: one row per message, and what became of it."""

from datetime import datetime
from typing import ClassVar, NamedTuple
from uuid import UUID

from domain.conversation.message_events import ConversationErased
from domain.conversation.ticket_events import MessageScheduled, ScheduleEnded
from domain.event import ERASED, Recorded, unsealed
from projections.projection import Key, Projection, Where


class ScheduledRow(NamedTuple):
    """One scheduled message. `state` is `waiting`, `sent` or `cancelled`; `cause` says why.

    `message_id` is what it was sent as, `ended_by` who cancelled it, `position` that of its last change.
    """

    tenant_id: UUID
    scheduled_id: UUID
    conversation_id: UUID
    ticket: int
    text: str | None
    due_at: datetime
    zone: str
    author_id: UUID
    erased: bool
    position: int
    state: str = "waiting"
    cause: str | None = None
    message_id: UUID | None = None
    ended_by: UUID | None = None


class ScheduledProjection(Projection[ScheduledRow]):
    """One row per scheduled message."""

    name: ClassVar = "scheduled"
    key_size: ClassVar = 2
    facts: ClassVar = frozenset({MessageScheduled, ScheduleEnded, ConversationErased})
    founding: ClassVar = frozenset({MessageScheduled})
    row = ScheduledRow

    def key(self, event: Recorded) -> Key | Where | None:
        match event.fact:
            case MessageScheduled(scheduled_id=id) | ScheduleEnded(scheduled_id=id):
                return event.tenant_id, id
            case ConversationErased() if event.conversation_id is not None:
                return Where("conversation_id", event.conversation_id)
            case _:
                return None

    def fold(self, row: ScheduledRow | None, event: Recorded) -> ScheduledRow | None:
        match event.fact:
            case MessageScheduled() as fact:
                return _scheduled(event, fact)
            case ScheduleEnded() as fact if row is not None:
                return row._replace(
                    state="sent" if fact.cause == "sent" else "cancelled",
                    cause=fact.cause,
                    message_id=fact.message_id,
                    ended_by=fact.by,
                    position=event.position,
                )
            case ConversationErased() if row is not None:
                return row._replace(text=None, erased=True, position=event.position)
            case _:
                return row


def _scheduled(event: Recorded, fact: MessageScheduled) -> ScheduledRow:
    assert event.conversation_id is not None, "what is scheduled belongs to a conversation"
    return ScheduledRow(
        tenant_id=event.tenant_id,
        scheduled_id=fact.scheduled_id,
        conversation_id=event.conversation_id,
        ticket=fact.ticket,
        text=unsealed(fact.text),
        due_at=fact.due_at,
        zone=fact.zone,
        author_id=fact.by,
        erased=fact.text is ERASED,
        position=event.position,
    )
