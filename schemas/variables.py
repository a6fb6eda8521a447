"""Variables in the HTTP API: names that stand in texts for a value."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from schemas.http import CleanText, RequestModel, ResponseModel

VariableKind = Literal["fixed", "contact", "agent", "ticket"]


class VariableSource(RequestModel):
    """What a variable is taken from: a `field`, or for `fixed` a `value`."""

    kind: VariableKind
    field: CleanText | None = None
    """Of a `contact`: `first_name`, `name`, `phone`, `email`, `attribute:<name>` of the card, or `bot:<name>`
    of the hand-off. Of the `agent` who writes: `first_name`, `name`. Of the `ticket`: `protocol`, `team`,
    `channel`, `greeting`. At most 100 characters."""

    value: CleanText | None = None
    """The text of a `fixed` one, at most 1,000 characters."""


class DefineVariable(VariableSource):
    """A variable: its name, and what it is taken from."""

    name: Annotated[CleanText, Field(max_length=200)]
    """At most 40 letters (a to z), digits and `_`; the first is a letter, the last no `_`. Case, width and
    accents do not count: `Código` is stored as `codigo`."""


class Variable(ResponseModel):
    """A variable that texts can name: `$<name>`."""

    id: UUID
    name: str
    kind: VariableKind
    field: str | None
    value: str | None
    archived: bool


class Variables(ResponseModel):
    """All variables by name, in one page."""

    items: list[Variable]
    stale: bool = False


class VariableValue(ResponseModel):
    """A variable with its value now."""

    name: str
    kind: VariableKind
    field: str | None
    value: str | None
    """Null: there is none now. A text that names it cannot be sent then."""


class VariableValues(ResponseModel):
    """All variables that are not archived, by name, with their values now."""

    items: list[VariableValue]
    stale: bool = False
