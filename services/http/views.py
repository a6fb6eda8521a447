"""Rows of the read models as answers: names put in, nothing decided."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from schemas.http import Author, Contact, LastMessage, Message, MessageError, Person, Reaction, Ticket
from services.http.problems import NameOf


def ticket_answer(row: Mapping[str, Any], name_of: NameOf) -> Ticket:
    """A row of `workspace` as the workspace shows it."""
    return Ticket(
        conversation_id=row["conversation_id"],
        number=row["number"],
        protocol=row["protocol"],
        control=row["control"],
        team=_team(row["team"], name_of),
        state=row["state"],
        contact=contact_answer(row),
        owner=_person(row["owner"], name_of),
        unanswered=row["unanswered_since"] is not None,
        unanswered_since=row["unanswered_since"],
        unread=row["unread"],
        last_message=_last_message(row),
        window_ends_at=row["window_ends_at"],
        snoozed_until=row["snoozed_until"],
        window_warned=row["window_warned"],
        stale=row["stale"],
    )


def contact_answer(row: Mapping[str, Any]) -> Contact:
    """The customer of a row of `workspace`."""
    name = row["name"] or row["phone"] or ""
    return Contact(id=row["contact_id"], name=name, initials=row["initials"], phone=row["phone"])


def message_answer(row: Mapping[str, Any], name_of: NameOf) -> Message:
    """A row of `timeline` as the thread shows it."""
    failed = row["status"] == "failed" and row["error_code"] is not None
    return Message(
        id=row["message_id"],
        conversation_id=row["conversation_id"],
        ticket=row["ticket"],
        direction=row["direction"],
        type=row["type"],
        text=row["text"],
        author=Author(kind=row["author_kind"], name=_author_name(row, name_of)),
        sent_at=row["sent_at"],
        status=row["status"],
        error=MessageError(code=row["error_code"], title=row["error_title"]) if failed else None,
        provider_id=row["wamid"],
        position=row["position"],
        quoted_id=row["quoted_id"],
        reactions=[
            Reaction(emoji=emoji, from_=author) for author, emoji in (row["reactions"] or {}).items() if emoji
        ],
        mentions=[Person(id=id, name=name_of(id) or "") for id in map(UUID, row["mentions"] or ())],
        edited=row["edited"],
        revoked=row["revoked"],
        truncated=row["truncated"],
        stale=row["stale"],
    )


def _last_message(row: Mapping[str, Any]) -> LastMessage | None:
    if row["last_direction"] is None:
        return None
    return LastMessage(
        text=row["last_text"], type=row["last_type"], at=row["last_at"], direction=row["last_direction"]
    )


def _author_name(row: Mapping[str, Any], name_of: NameOf) -> str | None:
    if row["author_id"] is not None:
        return name_of(row["author_id"])
    name: str | None = row["author_name"]
    return name


def _person(id: UUID | None, name_of: NameOf) -> Person | None:
    return None if id is None else Person(id=id, name=name_of(id) or "")


def _team(team: str | None, name_of: NameOf) -> Person | None:
    return None if team is None else _person(UUID(team), name_of)
