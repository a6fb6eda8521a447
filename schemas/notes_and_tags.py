"""Requests and responses of notes and tags."""

from uuid import UUID

from pydantic import Field

from schemas.http import CleanText, Id, LogPosition, RequestModel, ResponseModel
from schemas.transfers import TagNames

MAX_MENTIONS = 50


class NewNote(RequestModel):
    """A note in the conversation, of 1 to 4,096 characters; the customer never sees it."""

    text: CleanText
    mentions: list[Id] = Field(default_factory=list, max_length=MAX_MENTIONS)
    """Agents mentioned in the note. They take part in the ticket: they read it and write notes."""


class Noted(ResponseModel):
    """The note is stored."""

    note_id: UUID
    position: LogPosition


class SetTags(RequestModel):
    """All tags of the ticket: at most 20, of 1 to 50 characters."""

    tags: TagNames
