"""Quick replies, their suggestions and their use in the HTTP API."""

import re
from typing import Annotated, Literal
from unicodedata import combining, normalize
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from domain.text import is_blank
from schemas.http import CleanText, Id, Instant, LogPosition, Person, RequestModel, ResponseModel
from schemas.organisation import MAX_TEAMS, TeamName

QuickReplyView = Literal["usable", "mine", "waiting", "all", "archived"]

MAX_TEXT = 4096
_SHORTCUT = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


def _visible(text: str) -> str:
    if is_blank(text):
        raise PydanticCustomError("blank", "has nothing to read")
    return text


def _plain_shortcut(written: str) -> str:
    plain = "".join(c for c in normalize("NFKD", written) if not combining(c))
    shortcut = plain.casefold().strip().removeprefix("/")
    if _SHORTCUT.fullmatch(shortcut) is None:
        raise PydanticCustomError("shortcut", "must be 1 to 32 letters, digits, - or _")
    return shortcut


Name = TeamName
"""The name of a quick reply, by the same rule as that of a team."""

Shortcut = Annotated[CleanText, Field(max_length=100), AfterValidator(_plain_shortcut)]
Text = Annotated[CleanText, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(_visible)]
TeamIds = Annotated[list[Id], Field(max_length=MAX_TEAMS)]


class NewQuickReply(RequestModel):
    """A quick reply as it is to be."""

    name: Name
    shortcut: Shortcut | None = None
    """What one types after `/` to find it: letters, digits, `-` and `_`, kept without case and accents."""

    text: Text
    """With variables as `$name`, `$$` for a dollar sign."""

    team_ids: TeamIds = Field(default_factory=list)
    """The teams that may use it; empty: everybody."""


class SuggestQuickReply(RequestModel):
    """A quick reply, or a change of one, suggested from a message that was sent to a customer."""

    conversation_id: Id
    message_id: Id
    """A message to the customer that the caller can read."""

    name: Name
    shortcut: Shortcut | None = None
    text: Text
    """What is known of that customer must be a variable in it."""

    quick_reply_id: Id | None = None
    """The quick reply that it would change; null: a new one."""


class CheckSuggestion(RequestModel):
    """What may become a suggestion, and the message that it is from."""

    conversation_id: Id
    message_id: Id
    text: Annotated[CleanText, Field(max_length=MAX_TEXT)]
    name: Annotated[CleanText, Field(max_length=200)] = ""
    shortcut: Annotated[CleanText, Field(max_length=100)] = ""


class DecideSuggestion(RequestModel):
    """An admin's decision about a suggestion."""

    approved: bool
    reason: Annotated[CleanText, Field(max_length=500), AfterValidator(_visible)] | None = None
    """Why it was rejected; required then."""

    name: Name | None = None
    """The fields of an approval are those of the suggestion where they are not given."""

    shortcut: Shortcut | None = None
    """Null is a shortcut that was taken away."""

    text: Text | None = None
    team_ids: TeamIds | None = None
    """Not given: those that it has, everybody for a new one."""

    @model_validator(mode="after")
    def _whole(self) -> "DecideSuggestion":
        if not self.approved:
            if self.reason is None:
                raise PydanticCustomError("reason", "a rejection needs a reason")
            if self.model_fields_set & {"name", "shortcut", "text", "team_ids"}:
                raise PydanticCustomError("rejection", "a rejection has a reason and nothing else")
        elif self.reason is not None:
            raise PydanticCustomError("approval", "an approval has no reason")
        return self


class Suggestion(ResponseModel):
    """The newest suggestion of a quick reply, and what became of it."""

    name: str
    shortcut: str | None
    text: str
    by: Person
    at: Instant
    conversation_id: UUID
    message_id: UUID
    """The message that it was suggested from."""

    state: Literal["waiting", "approved", "rejected", "withdrawn"]
    reason: str | None
    """Why it was rejected."""

    quick_reply_version: int
    """The version that it changes; 0 for a new quick reply."""

    revision: int
    """As `QuickReply.revision`."""


class QuickReply(ResponseModel):
    """A quick reply. `"<revision>"` is its ETag."""

    id: UUID
    name: str
    shortcut: str | None
    text: str
    """The approved text; the suggested one while `version` is 0."""

    version: int
    """The number of the approved version, 0 if none was approved yet."""

    variables: list[str]
    """The variables of the text, each once, in their order."""

    teams: list[Person]
    """The teams that may use it; empty: everybody."""

    uses: int
    """How many messages were written with it."""

    own_uses: int
    """How many the caller wrote."""

    state: Literal["approved", "suggested", "rejected", "withdrawn", "archived"]
    """`suggested`, `rejected` and `withdrawn` are those of which no text was approved yet."""

    suggestion: Suggestion | None
    """Only for admins and for whoever suggested it."""

    revision: int
    """Grows with every change. Send it in `If-Match` when changing or deciding it."""


class QuickReplies(ResponseModel):
    """A page of quick replies."""

    items: list[QuickReply]
    next: str | None
    stale: bool = False


class QuickReplyCounts(ResponseModel):
    """Counts for the menu."""

    waiting: int
    """Suggestions that wait to be decided; 0 for callers who do not decide."""

    stale: bool = False


class QuickReplyVersion(ResponseModel):
    """An approved version of a quick reply."""

    version: int
    name: str
    shortcut: str | None
    text: str
    by: Person | None
    """Who wrote it, or suggested it; null for the operator."""

    approved_by: Person | None
    at: Instant


class QuickReplyUser(ResponseModel):
    """How often somebody used a quick reply."""

    agent: Person
    uses: int
    last_used_at: Instant


class QuickReplyDetails(QuickReply):
    """A quick reply with all approved versions, newest first, and who used it, most used first.

    Callers who are not admins see their own use only.
    """

    versions: list[QuickReplyVersion]
    uses_by: list[QuickReplyUser]
    stale: bool = False


class QuickReplyChanged(ResponseModel):
    """Result of changing a quick reply."""

    position: LogPosition
    version: int
    revision: int


class Finding(ResponseModel):
    """A part of a suggestion that is known of the customer, or the author's name.

    Places count code points of the field.
    """

    field: Literal["name", "shortcut", "text"]
    start: int
    end: int
    kind: Literal[
        "name", "username", "phone", "email", "attribute", "bot", "protocol", "document", "order", "author"
    ]
    """`document` and `order` are numbers that look like one. `author`, the author's own name, is only
    offered; any other kind must become a variable."""

    value: str
    variable: str | None
    """The variable that says it, if there is one."""


class UnknownName(ResponseModel):
    """A variable that does not exist."""

    name: str
    position: int
    """Place of its `$`, in code points."""


class SuggestionChecked(ResponseModel):
    """What stands in the way of a text."""

    findings: list[Finding]
    unknown: list[UnknownName]
