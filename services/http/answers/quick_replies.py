"""Responses about quick replies, built from rows of the read models with names added."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from adapters.postgres.connection.pool import Row
from domain.quick_reply.known_values import Field
from domain.quick_reply.known_values import Finding as KnownFinding
from domain.variables import names_in
from schemas.http import Person
from schemas.quick_replies import (
    Finding,
    QuickReply,
    QuickReplyDetails,
    QuickReplyUser,
    QuickReplyVersion,
    Suggestion,
)
from services.access.access import Caller
from services.http.edge.problems import NameOf


def quick_reply_answer(row: Row, caller: Caller, name_of: NameOf) -> QuickReply:
    """Build a quick reply of a list."""
    return QuickReply(
        id=row.quick_reply_id,
        name=row.name,
        shortcut=row.shortcut,
        text=row.text,
        version=row.version,
        variables=names_in(row.text),
        teams=[_person(team_id, name_of) for team_id in row.teams],
        uses=row.uses,
        own_uses=row.own_uses,
        state=row.state,
        suggestion=_suggestion(row, caller, name_of),
        revision=row.revision,
    )


def details_answer(
    row: Row, users: Sequence[Row], caller: Caller, name_of: NameOf, stale: bool
) -> QuickReplyDetails:
    """Build a quick reply with its versions and who used it."""
    return QuickReplyDetails(
        **dict(quick_reply_answer(row, caller, name_of)),
        versions=[
            QuickReplyVersion(
                version=each["version"],
                name=each["name"],
                shortcut=each["shortcut"],
                text=each["text"],
                by=_named(each["by"], name_of),
                approved_by=_named(each["approved_by"], name_of),
                at=datetime.fromisoformat(each["at"]),
            )
            for each in reversed(row.versions)
        ],
        uses_by=[
            QuickReplyUser(
                agent=_person(each.agent_id, name_of), uses=each.uses, last_used_at=each.last_used_at
            )
            for each in users
        ],
        stale=stale,
    )


def finding_answer(field: Field, finding: KnownFinding) -> Finding:
    """Build what was found in a field of a suggestion."""
    return Finding(
        field=field,
        start=finding.start,
        end=finding.end,
        kind=finding.kind,
        value=finding.value,
        variable=finding.variable,
    )


def _suggestion(row: Row, caller: Caller, name_of: NameOf) -> Suggestion | None:
    """Build the newest suggestion, for who decides and who made it."""
    if row.suggestion is None or not (caller.reads_history or row.suggested_by == caller.agent_id):
        return None
    suggested = row.suggestion
    return Suggestion(
        name=suggested["name"],
        shortcut=suggested["shortcut"],
        text=suggested["text"],
        by=_person(row.suggested_by, name_of),
        at=datetime.fromisoformat(suggested["at"]),
        conversation_id=UUID(suggested["conversation_id"]),
        message_id=UUID(suggested["message_id"]),
        state=row.suggestion_state,
        reason=suggested["reason"],
        quick_reply_version=suggested["on_version"],
        revision=row.revision,
    )


def _named(id: str | None, name_of: NameOf) -> Person | None:
    return None if id is None else _person(UUID(id), name_of)


def _person(id: UUID, name_of: NameOf) -> Person:
    return Person(id=id, name=name_of(id) or "")
