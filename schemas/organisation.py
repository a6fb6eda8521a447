"""Teams, agents and channels in the HTTP API."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from schemas.http import CleanText, Id, LogPosition, Person, RequestModel, ResponseModel

Role = Literal["agent", "supervisor", "admin"]

MAX_TEAMS = 50
MAX_REOPEN_S = 30 * 24 * 3600
MAX_RETURN_S = MAX_REOPEN_S


def _clean_name(name: str) -> str:
    kept = " ".join(name.split())
    if not kept or not any(character.isprintable() and not character.isspace() for character in kept):
        raise PydanticCustomError("name", "has nothing to read")
    return kept


TeamName = Annotated[CleanText, Field(max_length=80), AfterValidator(_clean_name)]


class NameTeam(RequestModel):
    """A team's name, unique in the tenant regardless of case and width of letters."""

    name: TeamName


class ChangeAgent(RequestModel):
    """Changes to an agent; fields left out stay as they are."""

    active: bool | None = None
    """False locks the agent out within seconds and returns their tickets to the queues, snoozed ones too."""

    team_ids: Annotated[list[Id], Field(max_length=MAX_TEAMS)] | None = None
    """All teams of the agent."""

    limit: Annotated[int | None, Field(ge=0, le=1000)] = None
    """Automatic assignment stops at this number of open tickets; null: no limit."""

    role: Role | None = None


class ConfigureChannel(RequestModel):
    """Settings of a channel; fields left out stay as they are."""

    team_id: Id | None = None
    """The team that new tickets go to; null: the queue without a team."""

    has_bot: bool | None = None
    reopen_within_s: Annotated[int, Field(ge=0, le=MAX_REOPEN_S)] | None = None
    """A customer message within this time after closing reopens the ticket; 0: always a new ticket."""

    sends_read: bool | None = None
    sends_typing: bool | None = None
    auto_assign: bool | None = None
    """Whether queued tickets are assigned to present agents automatically."""

    return_after_s: Annotated[int, Field(ge=0, le=MAX_RETURN_S)] | None = None
    """A ticket that is reopened or woken goes to its queue if its owner is not present after this time; a
    reopened one at once with `auto_assign`."""

    account: Annotated[CleanText, Field(pattern=r"^[0-9]{0,40}$")] | None = None
    """Meta's id of the WhatsApp account (WABA) of the number, whose templates are shown; empty: none."""

    active_message_return_s: Annotated[int, Field(ge=0, le=MAX_RETURN_S)] | None = None
    """The answer to an active message within this time of it reopens its ticket for who wrote it."""


class SwitchPresence(RequestModel):
    """Whether the caller takes tickets now."""

    available: bool


class Team(Person):
    """A team with its own queue."""

    archived: bool
    """It gets no new tickets."""


class Teams(ResponseModel):
    """All teams by name, in one page."""

    items: list[Team]
    next: None = None
    stale: bool = False


class Created(ResponseModel):
    """Result of creating something."""

    id: UUID
    position: LogPosition


class Changed(ResponseModel):
    """Result of a change."""

    position: LogPosition


class Agent(Person):
    """A user of the tenant; supervisors and admins are agents, too."""

    role: Role
    active: bool
    present: bool
    """Whether they take tickets and have the workspace open."""

    email: str | None
    """Tells them from another agent of the same name; null where there is none."""

    teams: list[Person] | None
    """Null for callers with the role `agent`."""

    limit: int | None
    """Automatic assignment stops at this number of open tickets; null: no limit, or the caller is an
    `agent`."""


class Agents(ResponseModel):
    """All agents by name, in one page."""

    items: list[Agent]
    next: None = None
    stale: bool = False


class Channel(Person):
    """A WhatsApp number. All but the name is null for callers with the role `agent`."""

    phone_number_id: str | None = None
    team: Person | None = None
    """The team that new tickets go to; null: the queue without a team."""

    has_bot: bool | None = None
    reopen_within_s: int | None = None
    sends_read: bool | None = None
    sends_typing: bool | None = None
    auto_assign: bool | None = None
    return_after_s: int | None = None
    account: str | None = None
    """Meta's id of the WhatsApp account; null also while it is unknown: then there are no templates."""

    active_message_return_s: int | None = None


class Channels(ResponseModel):
    """All channels by name, in one page."""

    items: list[Channel]
    next: None = None
    stale: bool = False


class Presence(ResponseModel):
    """Whether the caller takes tickets now."""

    available: bool
