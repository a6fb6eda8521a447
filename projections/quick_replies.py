"""Quick replies: one row each, with all approved versions and the newest suggestion; and their use."""

from datetime import datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from domain.conversation.message_events import MessageSent
from domain.event import Recorded
from domain.quick_reply.events import (
    EVENTS,
    QuickReplyAdded,
    QuickReplyApproved,
    QuickReplyArchived,
    QuickReplyEdited,
    QuickReplyRejected,
    QuickReplySuggested,
    QuickReplyWithdrawn,
)
from domain.quick_reply.state import QuickReplyState, SuggestionState, state_of
from projections.names import folded, plain
from projections.projection import Key, Projection


class QuickReplyRow(NamedTuple):
    """A quick reply. Name, shortcut and text are the approved ones, or as suggested while there are none.

    `versions` are the approved ones, oldest first; `search` holds what is searched, folded. Of several
    suggestions only the newest is kept; `suggesters` made one.
    """

    tenant_id: UUID
    quick_reply_id: UUID
    name: str
    shortcut: str | None
    text: str
    version: int
    teams: list[UUID]
    versions: list[dict[str, Any]]
    suggesters: list[UUID]
    state: QuickReplyState
    revision: int
    name_key: str
    search: str
    position: int
    archived: bool = False
    suggestion: dict[str, Any] | None = None
    suggestion_state: SuggestionState | None = None
    suggested_by: UUID | None = None
    suggested_position: int | None = None


class QuickRepliesProjection(Projection[QuickReplyRow]):
    """One row per quick reply."""

    name: ClassVar = "quick_replies"
    key_size: ClassVar = 2
    facts: ClassVar = frozenset(EVENTS)
    # Not `QuickReplySuggested`: it may also suggest a change of one that is there.
    founding: ClassVar = frozenset({QuickReplyAdded})
    row = QuickReplyRow

    def key(self, event: Recorded) -> Key:
        return event.tenant_id, event.stream_id

    def fold(self, row: QuickReplyRow | None, event: Recorded) -> QuickReplyRow | None:
        if row is None and not isinstance(event.fact, QuickReplyAdded | QuickReplySuggested):
            return None
        row = _changed(row or _empty(event), event)
        return row._replace(
            state=state_of(row.archived, row.version, row.suggestion_state),
            revision=row.revision + 1,
            position=event.position,
        )


class QuickReplyUsesRow(NamedTuple):
    """How many messages an agent wrote with a quick reply."""

    tenant_id: UUID
    quick_reply_id: UUID
    agent_id: UUID
    uses: int
    last_used_at: datetime
    position: int


class QuickReplyUsesProjection(Projection[QuickReplyUsesRow]):
    """One row per quick reply and agent who used it. A message counts once for each of its quick replies."""

    name: ClassVar = "quick_reply_uses"
    key_size: ClassVar = 3
    facts: ClassVar = frozenset({MessageSent})
    row = QuickReplyUsesRow

    def key(self, event: Recorded) -> Key | list[Recorded] | None:
        fact = event.fact
        if not isinstance(fact, MessageSent) or not fact.quick_replies or fact.agent_id is None:
            return None
        used = {use.id: use for use in fact.quick_replies}
        if len(used) == 1:
            return event.tenant_id, *used, fact.agent_id
        return [
            event._replace(fact=fact.model_copy(update={"quick_replies": [use]})) for use in used.values()
        ]

    def fold(self, row: QuickReplyUsesRow | None, event: Recorded) -> QuickReplyUsesRow | None:
        fact = event.fact
        if not isinstance(fact, MessageSent) or fact.agent_id is None:
            return row
        uses = 1 if row is None else row.uses + 1
        used = event.tenant_id, fact.quick_replies[0].id, fact.agent_id
        return QuickReplyUsesRow(*used, uses, event.recorded_at, event.position)


def _empty(event: Recorded) -> QuickReplyRow:
    return QuickReplyRow(
        tenant_id=event.tenant_id,
        quick_reply_id=event.stream_id,
        name="",
        shortcut=None,
        text="",
        version=0,
        teams=[],
        versions=[],
        suggesters=[],
        state="suggested",
        revision=0,
        name_key="",
        search="",
        position=event.position,
    )


def _changed(row: QuickReplyRow, event: Recorded) -> QuickReplyRow:
    match event.fact:
        case QuickReplyAdded(by=by) as fact:
            return _approved(row, event, fact, 1, by, by)
        case QuickReplyEdited(version=version, by=by) as fact:
            return _approved(row, event, fact, version, by, by)
        case QuickReplyApproved(version=version, suggested_by=suggested_by, by=by) as fact:
            approved = _approved(row, event, fact, version, suggested_by, by)
            return approved._replace(suggestion_state="approved")
        case QuickReplySuggested() as fact:
            return _suggested(row, event, fact)
        case QuickReplyRejected(reason=reason):
            suggestion = {**(row.suggestion or {}), "reason": reason}
            return row._replace(suggestion=suggestion, suggestion_state="rejected")
        case QuickReplyWithdrawn():
            return row._replace(suggestion_state="withdrawn")
        case QuickReplyArchived():
            return row._replace(archived=True)
        case _:
            return row


def _approved(
    row: QuickReplyRow,
    event: Recorded,
    fact: QuickReplyAdded | QuickReplyEdited | QuickReplyApproved,
    version: int,
    by: UUID | None,
    approved_by: UUID | None,
) -> QuickReplyRow:
    row = _worded(row, fact)._replace(teams=fact.team_ids)
    if version == row.version:  # only its teams changed
        return row
    written = {
        "version": version,
        "name": fact.name,
        "shortcut": fact.shortcut,
        "text": fact.text,
        "by": _text(by),
        "approved_by": _text(approved_by),
        "at": event.recorded_at.isoformat(),
    }
    return row._replace(version=version, versions=[*row.versions, written])


def _suggested(row: QuickReplyRow, event: Recorded, fact: QuickReplySuggested) -> QuickReplyRow:
    suggestion = {
        "name": fact.name,
        "shortcut": fact.shortcut,
        "text": fact.text,
        "at": event.recorded_at.isoformat(),
        "conversation_id": str(fact.conversation_id),
        "message_id": str(fact.message_id),
        "on_version": row.version,
        "reason": None,
    }
    row = row if row.version else _worded(row, fact)
    return row._replace(
        suggestion=suggestion,
        suggestion_state="waiting",
        suggested_by=fact.by,
        suggested_position=event.position,
        suggesters=list(dict.fromkeys([*row.suggesters, fact.by])),
    )


def _worded(
    row: QuickReplyRow, fact: QuickReplyAdded | QuickReplySuggested | QuickReplyEdited | QuickReplyApproved
) -> QuickReplyRow:
    shortcut = "" if fact.shortcut is None else f"/{fact.shortcut}"
    search = "\n".join((plain(fact.name), shortcut, plain(fact.text)))
    return row._replace(
        name=fact.name, shortcut=fact.shortcut, text=fact.text, name_key=folded(fact.name), search=search
    )


def _text(id: UUID | None) -> str | None:
    return None if id is None else str(id)
