"""What is asked and answered when colleagues write something about a ticket."""

from uuid import UUID

from pydantic import Field

from schemas.http import Answer, Asked, CleanText, Place
from schemas.moves import Id, TagNames

MAX_MENTIONS = 50


class NewNote(Asked):
    """A note inside the thread, of 1 to 4,096 characters; the customer never sees it."""

    text: CleanText
    mentions: list[Id] = Field(default_factory=list, max_length=MAX_MENTIONS)
    """Agents of this tenant whom it names. It gives them no right to see the ticket."""


class Noted(Answer):
    """The note is stored."""

    note_id: UUID
    position: Place


class SetTags(Asked):
    """All tags that the ticket is to have: at most 20, of 1 to 50 characters."""

    tags: TagNames
