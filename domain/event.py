"""What every event has: a stored name, a version, and personal fields that can be erased."""

from datetime import datetime
from enum import Enum
from typing import Annotated, ClassVar, Literal, NamedTuple, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Erased(Enum):
    """Stands for a personal field whose key is gone."""

    ERASED = "erased"


ERASED = Erased.ERASED


class PersonalField:
    """Marks a field that is stored sealed under the key of the event's contact."""


T = TypeVar("T")
Personal = Annotated[T | Literal[Erased.ERASED], PersonalField()]


def unsealed(value: T | Literal[Erased.ERASED]) -> T | None:
    """Return a personal value; None where it was erased."""
    return None if isinstance(value, Erased) else value


class Event(BaseModel):
    """A fact. `TOPIC` is its stored name, so that classes can move; a new shape is a new version.

    Docstrings are the description of the published event: the class's, and one under each field.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    TOPIC: ClassVar[str]
    VERSION: ClassVar[int] = 1


class Recorded(NamedTuple):
    """An event of the log with its position and metadata.

    `position` orders all events of the cell; `stream_version` counts from 1 within the stream. `contact_id`
    is the person whom the event is about; `conversation_id` is None in contact and administration streams.
    `actor` is `agent:<id>`, `contact:<id>`, `bot` or `system:<process>`. `source` is the record of a topic
    that it came from: topic, partition, offset.
    """

    fact: Event
    position: int
    event_id: UUID
    stream_id: UUID
    stream_version: int
    tenant_id: UUID
    conversation_id: UUID | None
    contact_id: UUID | None
    recorded_at: datetime
    actor: str
    causation_id: UUID | None = None
    correlation_id: UUID | None = None
    source: tuple[str, int, int] | None = None
