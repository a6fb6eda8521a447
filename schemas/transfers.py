"""Requests and responses of transferring and closing tickets."""

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.http import CleanText, Done, Id, Instant, RequestModel

MAX_REASON = 500
MAX_NOTE = 4096
MAX_TAGS_ASKED = 100

Reason = Annotated[CleanText | None, Field(max_length=MAX_REASON)]
TagNames = Annotated[list[CleanText], Field(max_length=MAX_TAGS_ASKED)]


class Transfer(RequestModel):
    """The team and/or agent to transfer to, with a note. An agent alone keeps the ticket's team."""

    team_id: Id | None = None
    agent_id: Id | None = None
    note: Annotated[CleanText | None, Field(max_length=MAX_NOTE)] = None
    """A note in the conversation for other agents; the customer never sees it."""

    @model_validator(mode="after")
    def _somewhere(self) -> "Transfer":
        if self.team_id is None and self.agent_id is None:
            raise PydanticCustomError("nowhere", "give a team, an agent, or both")
        return self


class Close(RequestModel):
    """Why the ticket is closed, and tags to add."""

    reason: Reason = None
    tags: TagNames = Field(default_factory=list)


class Moved(Done):
    """Result of a command that can be undone for a short time."""

    undo_until: Instant | None
    """The caller can undo this until then, unless the ticket is moved before; null if it cannot be undone."""
