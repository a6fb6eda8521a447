"""What is asked when a ticket is given to the bot."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.http import Asked

MAX_HOURS = 168


class GiveToBot(Asked):
    """How long the bot has the ticket, or that it begins anew with the customer's next message."""

    until: Literal["flow_end", "hours", "agent"]
    """Until its flow ends, for `hours`, or until an agent takes the ticket or writes."""

    hours: Annotated[int | None, Field(ge=1, le=MAX_HOURS)] = None
    """With `until` `hours` alone."""

    close: bool = False
    """End the ticket: the customer's next message opens a new one, which the bot has."""

    @model_validator(mode="after")
    def _hours_with_hours(self) -> "GiveToBot":
        if (self.until == "hours") != (self.hours is not None):
            raise PydanticCustomError("hours", "hours goes with until hours, and only with it")
        return self
