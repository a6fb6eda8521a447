"""One command for many tickets, and its result for each."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from schemas.bot_reactivation import GiveToBot
from schemas.http import Assign, Id, LogPosition, Mark, Person, RequestModel, ResponseModel, Snooze
from schemas.transfers import Close, TagNames, Transfer

MAX_ITEMS = 100
MAX_CONTROL = 2**53


class BulkItem(RequestModel):
    """A conversation's ticket at the version that the client has seen."""

    conversation_id: Id
    control: Annotated[int, Field(ge=0, le=MAX_CONTROL)]
    """Its control version, as in `If-Match`. Ignored by `answered`, `tag` and `tags`."""


def _unique(items: list[BulkItem]) -> list[BulkItem]:
    if len({item.conversation_id for item in items}) < len(items):
        raise PydanticCustomError("twice", "names a conversation twice")
    return items


class _BulkRequest(RequestModel):
    """The tickets that the command applies to: 1 to 100, each once."""

    items: Annotated[list[BulkItem], Field(min_length=1, max_length=MAX_ITEMS), AfterValidator(_unique)]


class BulkAssign(_BulkRequest, Assign):
    """Assign the tickets to an agent."""

    action: Literal["assign"]


class BulkUnassign(_BulkRequest):
    """Return the tickets to their queues."""

    action: Literal["unassign"]


class BulkTransfer(_BulkRequest, Transfer):
    """Transfer the tickets to a team, an agent, or an agent within a team."""

    action: Literal["transfer"]


class BulkClose(_BulkRequest, Close):
    """Close the tickets."""

    action: Literal["close"]


class BulkSnooze(_BulkRequest, Snooze):
    """Snooze the tickets."""

    action: Literal["snooze"]


class BulkWake(_BulkRequest):
    """Wake the tickets before they are due."""

    action: Literal["wake"]


class BulkBot(_BulkRequest, GiveToBot):
    """Give the tickets to the bot."""

    action: Literal["bot"]


class BulkAnswered(_BulkRequest, Mark):
    """Mark the tickets as answered or unanswered."""

    action: Literal["answered"]


class BulkTag(_BulkRequest):
    """Add tags to the tickets."""

    action: Literal["tag"]
    tags: TagNames


class BulkTags(_BulkRequest):
    """Replace the tags of the tickets."""

    action: Literal["tags"]
    tags: TagNames


BulkAction = Annotated[
    BulkAssign
    | BulkUnassign
    | BulkTransfer
    | BulkClose
    | BulkSnooze
    | BulkWake
    | BulkBot
    | BulkAnswered
    | BulkTag
    | BulkTags,
    Field(discriminator="action"),
]


class BulkResult(ResponseModel):
    """Result for one ticket, with the status and code of the single command."""

    conversation_id: UUID
    status: int
    code: str | None
    """The error code; null on success."""

    title: str | None
    control: int | None
    """The control version after the command, or with `control_moved` the current one."""

    owner: Person | None
    """With `control_moved`, the current owner."""


class BulkDone(ResponseModel):
    """One result per item, in the order of the items."""

    items: list[BulkResult]
    position: LogPosition
    """The changes are visible to queries from this position on; use it as `min_position`."""
