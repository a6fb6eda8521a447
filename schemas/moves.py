"""What is asked and answered when a ticket changes hands or ends."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.http import Asked, CleanText, Done, Instant

MAX_REASON = 500
MAX_NOTE = 4096
MAX_TAGS_ASKED = 100

# JSON knows no UUID: a string of its shape is not a guess.
Id = Annotated[UUID, Field(strict=False)]
Reason = Annotated[CleanText | None, Field(max_length=MAX_REASON)]
TagNames = Annotated[list[CleanText], Field(max_length=MAX_TAGS_ASKED)]


class Transfer(Asked):
    """To which team's queue, or to which agent (there, or where the ticket is), and with which words."""

    team_id: Id | None = None
    agent_id: Id | None = None
    note: Annotated[CleanText | None, Field(max_length=MAX_NOTE)] = None
    """For the colleagues; it stands in the thread, and the customer never sees it."""

    @model_validator(mode="after")
    def _somewhere(self) -> "Transfer":
        if self.team_id is None and self.agent_id is None:
            raise PydanticCustomError("nowhere", "say a team, an agent, or both")
        return self


class Close(Asked):
    """Why the service ends, and tags to put on it beside those that it has."""

    reason: Reason = None
    tags: TagNames = Field(default_factory=list)


class Moved(Done):
    """It is so now, and may be taken back for a moment."""

    undo_until: Instant | None
    """Until then whoever asked may take it back, unless somebody moves the ticket before; else null."""
