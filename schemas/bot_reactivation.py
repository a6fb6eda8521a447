"""Request to give a ticket to the bot."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.http import RequestModel

MAX_HOURS = 168


class GiveToBot(RequestModel):
    """How long the bot has the ticket, or whether it starts over with the customer's next message."""

    until: Literal["flow_end", "hours", "agent"]
    """Until the bot's flow ends, for `hours`, or until an agent takes the ticket or replies."""

    hours: Annotated[int | None, Field(ge=1, le=MAX_HOURS)] = None
    """Only with `until` `hours`."""

    close: bool = False
    """Close the ticket: the customer's next message opens a new one for the bot."""

    @model_validator(mode="after")
    def _hours_with_hours(self) -> "GiveToBot":
        if (self.until == "hours") != (self.hours is not None):
            raise PydanticCustomError(
                "hours", "hours is required with until `hours`, and only allowed with it"
            )
        return self
