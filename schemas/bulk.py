"""One command for many tickets, and what came of it for each."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from schemas.http import Answer, Asked, Assign, Mark, Person, Place, Snooze
from schemas.moves import Close, Id, TagNames, Transfer
from schemas.reactivation import GiveToBot

MAX_ITEMS = 100
MAX_CONTROL = 2**53


class BulkItem(Asked):
    """One ticket, as it was seen."""

    conversation_id: Id
    control: Annotated[int, Field(ge=0, le=MAX_CONTROL)]
    """Its control version, as in `If-Match`; marks and tags ask for none, and take any."""


def _once(items: list[BulkItem]) -> list[BulkItem]:
    if len({item.conversation_id for item in items}) < len(items):
        raise PydanticCustomError("twice", "names a conversation twice")
    return items


class _Many(Asked):
    """The tickets that are meant: 1 to 100, each once."""

    items: Annotated[list[BulkItem], Field(min_length=1, max_length=MAX_ITEMS), AfterValidator(_once)]


class BulkAssign(_Many, Assign):
    """Give them all to one agent."""

    action: Literal["assign"]


class BulkUnassign(_Many):
    """Put them all back into their queues."""

    action: Literal["unassign"]


class BulkTransfer(_Many, Transfer):
    """Hand them all over."""

    action: Literal["transfer"]


class BulkClose(_Many, Close):
    """End them all."""

    action: Literal["close"]


class BulkSnooze(_Many, Snooze):
    """Put them all off."""

    action: Literal["snooze"]


class BulkWake(_Many):
    """Call them all back."""

    action: Literal["wake"]


class BulkBot(_Many, GiveToBot):
    """Give them all to the bot."""

    action: Literal["bot"]


class BulkAnswered(_Many, Mark):
    """Mark them all."""

    action: Literal["answered"]


class BulkTag(_Many):
    """Put tags on them all, beside those that each has."""

    action: Literal["tag"]
    tags: TagNames


class BulkTags(_Many):
    """Let them all have these tags and no others."""

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


class BulkResult(Answer):
    """What came of it for one ticket, with the status and code that the single command answers."""

    conversation_id: UUID
    status: int
    code: str | None
    """Why it was refused; null when it is so now."""

    title: str | None
    control: int | None
    """The control version afterwards, or with `control_moved` the present one."""

    owner: Person | None
    """With `control_moved` who has it now."""


class BulkDone(Answer):
    """One result for each item, in the order of the items."""

    items: list[BulkResult]
    position: Place
    """Queries show what was done from this place on."""
