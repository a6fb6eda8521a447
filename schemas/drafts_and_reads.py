"""Personal state of an agent in the HTTP API: read pointers, drafts, viewing, list preferences."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from schemas.http import CleanText, Id, Instant, Person, RequestModel, ResponseModel, Sort


class SetRead(RequestModel):
    """The last message that the caller has read."""

    message_id: Id


MAX_DRAFT = 16_000
"""About four messages: what was pasted is to be kept until it is cut. In any script it fits into a body."""


def _require_draft(text: str) -> str:
    if len(text) > MAX_DRAFT:
        raise PydanticCustomError("draft_too_long", f"has more than {MAX_DRAFT:,} characters")
    return text


class SetDraft(RequestModel):
    """An unsent text of at most 16,000 characters, more than a message has; empty, it deletes the draft."""

    text: Annotated[CleanText, AfterValidator(_require_draft)]


class Draft(ResponseModel):
    """The caller's draft in a conversation; empty when there is none."""

    text: str
    updated_at: Instant | None


class SetViewing(RequestModel):
    """The caller has the conversation open, and may be typing."""

    typing: bool


class Viewer(Person):
    """An agent who has a conversation open, and may be typing."""

    typing: bool


class Viewers(ResponseModel):
    """Event `presence` of the stream: the other agents who have a conversation open now.

    Repeated every eight seconds while somebody is there; treat a conversation without an event for fifteen
    seconds as empty. An agent not heard of for ten seconds has left, which sends an event.
    """

    conversation_id: UUID
    viewers: list[Viewer]


class SetListPreferences(RequestModel):
    """Default order of ticket lists, and whether unanswered tickets come first."""

    sort: Sort
    unanswered_first: bool


class ListPreferences(ResponseModel):
    """Default order of ticket lists, and whether unanswered tickets come first."""

    sort: Sort
    unanswered_first: bool
