"""Teams, agents and numbers as the HTTP interface says them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from schemas.http import Answer, Asked, CleanText, Person, Place

Role = Literal["agent", "supervisor", "admin"]

MAX_TEAMS = 50
MAX_REOPEN_S = 30 * 24 * 3600


def _named(name: str) -> str:
    kept = " ".join(name.split())
    if not kept or not any(character.isprintable() and not character.isspace() for character in kept):
        raise PydanticCustomError("name", "has nothing to read")
    return kept


TeamName = Annotated[CleanText, Field(max_length=80), AfterValidator(_named)]
Id = Annotated[UUID, Field(strict=False)]  # JSON knows no UUID: a string of its shape is not a guess


class NameTeam(Asked):
    """What a team is called; no other team of the tenant may be called so, whatever the case or width."""

    name: TeamName


class ChangeAgent(Asked):
    """What an agent is to be; what is not given stays as it is."""

    active: bool | None = None
    """False shuts them out within seconds; what they have goes back into its queues, put off or not."""

    team_ids: Annotated[list[Id], Field(max_length=MAX_TEAMS)] | None = None
    """The teams that they work in, all of them."""

    limit: Annotated[int | None, Field(ge=0, le=1000)] = None
    """How many open tickets the rule of assignment may bring them to; null: as many as come."""

    role: Role | None = None


class ConfigureChannel(Asked):
    """How a number is to behave; what is not given stays as it is."""

    team_id: Id | None = None
    """Whose queue new tickets go to; null: the queue of no team."""

    has_bot: bool | None = None
    reopen_within_s: Annotated[int, Field(ge=0, le=MAX_REOPEN_S)] | None = None
    """So long after the end of a ticket the customer's next message goes on with it; 0: a new ticket."""

    sends_read: bool | None = None
    sends_typing: bool | None = None
    auto_assign: bool | None = None
    """Whether waiting tickets are given to present agents."""


class SwitchPresence(Asked):
    """Whether the asker takes tickets now."""

    available: bool


class Team(Person):
    """Some of a tenant's people, with a queue of their own."""

    archived: bool
    """It gets no more tickets."""


class Teams(Answer):
    """By name; all in one page."""

    items: list[Team]
    next: None = None
    stale: bool = False


class Created(Answer):
    """It is there now."""

    id: UUID
    position: Place


class Changed(Answer):
    """It is so now."""

    position: Place


class Agent(Person):
    """Somebody who answers customers; supervisors and admins may, too."""

    role: Role
    active: bool
    present: bool
    """Takes tickets, and has the workspace open."""

    teams: list[Person] | None
    """Null for those who may not read it: agents."""

    limit: int | None
    """How many open tickets the rule may bring them to; null: as many as come, or not for the asker."""


class Agents(Answer):
    """By name; all in one page."""

    items: list[Agent]
    next: None = None
    stale: bool = False


class Channel(Person):
    """A WhatsApp number. All but the name is null for those who may not read it: agents."""

    phone_number_id: str | None = None
    team: Person | None = None
    """Whose queue its new tickets go to; null: that of no team."""

    has_bot: bool | None = None
    reopen_within_s: int | None = None
    sends_read: bool | None = None
    sends_typing: bool | None = None
    auto_assign: bool | None = None


class Channels(Answer):
    """By name; all in one page."""

    items: list[Channel]
    next: None = None
    stale: bool = False


class Presence(Answer):
    """Whether the asker takes tickets: the switch."""

    available: bool
