"""Reading records of topics: whatever was produced becomes a value of the topic's type, or a clear error."""

from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

T = TypeVar("T")

PositiveInt32 = Annotated[int, Field(ge=1, lt=2**31)]
StorableText = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""Text that PostgreSQL can store."""

Time = Annotated[
    AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))
]
"""A time that can be calculated with: a day before or after the year 9999 there is none."""

MAX_REASON = 300


class UnreadableRecord(ValueError):
    """A record is not what its topic promises; the text says why, without repeating the input."""


def decoded(expected: TypeAdapter[T], value: bytes | None) -> T:
    """Decode the value of a record.

    Raises:
        UnreadableRecord
    """
    try:
        return expected.validate_json(value or b"")
    except ValidationError as wrong:
        found = wrong.errors(include_input=False, include_url=False, include_context=False)
        reasons = [f"{'.'.join(map(str, each['loc'])) or 'value'}: {each['msg']}" for each in found[:3]]
        raise UnreadableRecord("; ".join(reasons)[:MAX_REASON]) from None
    except RecursionError:
        raise UnreadableRecord("nested too deep") from None
