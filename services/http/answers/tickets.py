"""Responses about tickets and messages, built from rows of the read models with names added."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel
from starlette.responses import Response

from adapters.postgres.connection.pool import Row
from adapters.postgres.queries.ticket_lists import CLOSING
from projections.directory import DirectoryRow
from schemas.http import Contact, ConversationChannel, Message, Person, Ticket, WindowState
from services.http.edge.problems import NameOf
from services.runtime.clock import utc_now

Fields = dict[str, Any]
"""The fields of a response, named and ordered as in its model in `schemas.http`."""


def written(fields: Fields) -> bytes:
    """Encode the fields of a response as its model would, in a tenth of the time."""
    return orjson.dumps(fields, option=orjson.OPT_UTC_Z)


class ModelResponse(Response):
    """Encode a model in the calling thread, so that large responses do not block the event loop."""

    media_type = "application/json"

    def __init__(self, answer: BaseModel) -> None:
        super().__init__(answer.model_dump_json(by_alias=True))


class RawJsonResponse(Response):
    """A response of fields that need no validation; the route's `response_model` documents it."""

    media_type = "application/json"

    def __init__(self, fields: Fields) -> None:
        super().__init__(written(fields))


def ticket_answer(row: Row, name_of: NameOf, now: datetime | None = None) -> Ticket:
    """Build a ticket from a row of `workspace`, as of `now`."""
    return Ticket.model_validate(ticket_fields(row, name_of, now or utc_now()))


def ticket_fields(row: Row, name_of: NameOf, now: datetime) -> Fields:
    """Build the fields of a ticket, unvalidated."""
    return {
        "conversation_id": row.conversation_id,
        "number": row.number,
        "protocol": row.protocol,
        "opened_position": row.opened_position,
        "control": row.control,
        "team": _team(row.team, name_of),
        "state": row.state,
        "contact": _contact(row),
        "owner": _person(row.owner, name_of),
        "unanswered": row.unanswered_since is not None,
        "unanswered_since": row.unanswered_since,
        "unread": row.unread,
        "last_message": _last_message(row),
        "window": window_state(row.window_ends_at, now),
        "window_ends_at": row.window_ends_at,
        "snoozed_until": row.snoozed_until,
        "window_warned": row.window_warned,
        "queued_at": row.queued_at,
        "failed": row.failed,
        "last_owner": _person(row.last_owner, name_of),
        "hand_off_reason": row.hand_off_reason,
        "close_reason": row.close_reason,
        "tags": row.tags,
        "bot": _bot_turn(row),
        "pinned": getattr(row, "pinned", False),
        "stale": row.stale,
    }


def window_state(ends_at: datetime | None, now: datetime) -> WindowState:
    """Return the state of the 24-hour window at `now`."""
    if ends_at is None or ends_at <= now:
        return "closed"
    return "closing" if ends_at < now + CLOSING else "open"


def contact_answer(row: Row) -> Contact:
    """Build the contact from a row of `workspace`."""
    return Contact.model_validate(_contact(row))


def message_answer(row: Row, name_of: NameOf) -> Message:
    """Build a message from a row of `timeline`."""
    return Message.model_validate(message_fields(row, name_of))


def message_fields(row: Row, name_of: NameOf) -> Fields:
    """Build the fields of a message, unvalidated."""
    failed = row.status == "failed" and row.error_code is not None
    reactions, mentions = row.reactions or {}, row.mentions or ()
    return {
        "id": row.message_id,
        "conversation_id": row.conversation_id,
        "ticket": row.ticket,
        "direction": row.direction,
        "type": row.type,
        "text": row.text,
        "author": {"kind": row.author_kind, "name": _author_name(row, name_of)},
        "sent_at": row.sent_at,
        "status": row.status,
        "error": {"code": row.error_code, "title": row.error_title} if failed else None,
        "provider_id": row.wamid,
        "position": row.position,
        "quoted_id": row.quoted_id,
        "quotes_unknown": row.quoted_id is None and row.quoted_wamid is not None,
        "reactions": [{"emoji": emoji, "from": author} for author, emoji in reactions.items() if emoji],
        "mentions": [_person(UUID(id), name_of) for id in mentions],
        "edited": row.edited,
        "revoked": row.revoked,
        "truncated": row.truncated,
        "erased": row.erased,
        "template": _template(row.template),
        "stale": row.stale,
    }


def channel_answer(id: UUID, known: DirectoryRow | None) -> ConversationChannel:
    """Build a channel; the directory may not know a new one yet."""
    if known is None:
        return ConversationChannel(id=id, name="", has_bot=False)
    return ConversationChannel(id=id, name=known.name, has_bot=bool(known.has_bot))


def person_answer(id: UUID | None, name_of: NameOf) -> Person | None:
    """Build an agent by id, with the name."""
    return None if id is None else Person.model_validate(_person(id, name_of))


def team_answer(team: str | None, name_of: NameOf) -> Person | None:
    """Build a team by the id that tickets have, with the name."""
    return None if team is None else person_answer(UUID(team), name_of)


def _contact(row: Row) -> Fields:
    name = row.name or row.phone or ""
    return {
        "id": row.person_id,
        "name": name,
        "initials": row.initials,
        "phone": row.phone,
        "erased": row.erased,
    }


def _last_message(row: Row) -> Fields | None:
    if row.last_direction is None:
        return None
    return {
        "text": row.last_text,
        "type": row.last_type,
        "at": row.last_at,
        "direction": row.last_direction,
        "position": row.last_position,
    }


def _bot_turn(row: Row) -> Fields | None:
    if row.state != "bot" or row.bot_until is None:
        return None
    return {"until": row.bot_until, "back_at": row.back_at}


def _template(sent: Fields | None) -> Fields | None:
    return None if sent is None else {name: part for name, part in sent.items() if name != "parameters"}


def _author_name(row: Row, name_of: NameOf) -> str | None:
    if row.author_id is not None:
        return name_of(row.author_id)
    name: str | None = row.author_name
    return name


def _person(id: UUID | None, name_of: NameOf) -> Fields | None:
    return None if id is None else {"id": id, "name": name_of(id) or ""}


def _team(team: str | None, name_of: NameOf) -> Fields | None:
    return None if team is None else _person(UUID(team), name_of)
