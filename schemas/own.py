"""What an agent keeps for themselves in a conversation, as it crosses the HTTP interface."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from schemas.http import Answer, Asked, CleanText, Instant, Person, Sort


class SetRead(Asked):
    """The message up to which one has read."""

    # JSON knows no UUID: a string of its shape is not a guess.
    message_id: UUID = Field(strict=False)


class SetDraft(Asked):
    """What was begun and not sent, at most 4,096 characters; empty: nothing."""

    text: Annotated[CleanText, Field(max_length=4096)]


class Draft(Answer):
    """What one has begun to write here; empty when there is nothing."""

    text: str
    updated_at: Instant | None


class SetViewing(Asked):
    """One looks at a conversation just now, and perhaps writes."""

    typing: bool


class Viewer(Person):
    """Somebody who looks at a conversation, or writes there."""

    typing: bool


class Viewers(Answer):
    """An event `presence` of the stream: which colleagues look at a conversation now.

    It is said again every eight seconds while they do: a conversation of which a page hears nothing for
    fifteen seconds has nobody. (Who says no word of life for ten seconds has left, and that is said.)
    """

    conversation_id: UUID
    viewers: list[Viewer]


class SetListPreferences(Asked):
    """The order of lists, and whether what waits for an answer stands first."""

    sort: Sort
    unanswered_first: bool


class ListPreferences(Answer):
    """The order of lists that name none, and whether what waits for an answer stands first."""

    sort: Sort
    unanswered_first: bool
