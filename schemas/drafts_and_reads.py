"""Personal state of an agent in the HTTP API: read pointers, drafts, viewing, list preferences."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from schemas.http import CleanText, Id, Instant, Person, RequestModel, ResponseModel, Sort


class SetRead(RequestModel):
    """The last message that the caller has read."""

    message_id: Id


class SetDraft(RequestModel):
    """An unsent text of at most 4,096 characters; an empty one deletes the draft."""

    text: Annotated[CleanText, Field(max_length=4096)]


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
