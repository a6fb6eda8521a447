"""Rows of the read models as answers: names put in, nothing decided."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.postgres.lists import CLOSING
from schemas.http import (
    Author,
    BotTurn,
    Contact,
    LastMessage,
    Message,
    MessageError,
    Person,
    Reaction,
    Ticket,
    WindowState,
)
from services.http.problems import NameOf
from services.process.clock import utc_now


def ticket_answer(row: Mapping[str, Any], name_of: NameOf, now: datetime | None = None) -> Ticket:
    """A row of `workspace` as the workspace shows it at `now`."""
    return Ticket(
        conversation_id=row["conversation_id"],
        number=row["number"],
        protocol=row["protocol"],
        control=row["control"],
        team=team_answer(row["team"], name_of),
        state=row["state"],
        contact=contact_answer(row),
        owner=person_answer(row["owner"], name_of),
        unanswered=row["unanswered_since"] is not None,
        unanswered_since=row["unanswered_since"],
        unread=row["unread"],
        last_message=_last_message(row),
        window=window_state(row["window_ends_at"], now or utc_now()),
        window_ends_at=row["window_ends_at"],
        snoozed_until=row["snoozed_until"],
        window_warned=row["window_warned"],
        queued_at=row["queued_at"],
        hand_off_reason=row["hand_off_reason"],
        close_reason=row["close_reason"],
        tags=row["tags"],
        bot=_bot_turn(row),
        pinned=row.get("pinned", False),
        stale=row["stale"],
    )


def window_state(ends_at: datetime | None, now: datetime) -> WindowState:
    """How it stands with the 24 hours at `now`."""
    if ends_at is None or ends_at <= now:
        return "closed"
    return "closing" if ends_at < now + CLOSING else "open"


def contact_answer(row: Mapping[str, Any]) -> Contact:
    """The customer of a row of `workspace`."""
    name = row["name"] or row["phone"] or ""
    return Contact(id=row["person_id"], name=name, initials=row["initials"], phone=row["phone"])


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


def _bot_turn(row: Mapping[str, Any]) -> BotTurn | None:
    if row["state"] != "bot" or row["bot_until"] is None:
        return None
    return BotTurn(until=row["bot_until"], back_at=row["back_at"])


def _author_name(row: Mapping[str, Any], name_of: NameOf) -> str | None:
    if row["author_id"] is not None:
        return name_of(row["author_id"])
    name: str | None = row["author_name"]
    return name


def person_answer(id: UUID | None, name_of: NameOf) -> Person | None:
    """Somebody by name."""
    return None if id is None else Person(id=id, name=name_of(id) or "")


def team_answer(team: str | None, name_of: NameOf) -> Person | None:
    """A team, as rows write it, by name."""
    return None if team is None else person_answer(UUID(team), name_of)
