"""Keys of keyset pages as they stand in cursors: microseconds and a position."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.postgres.queries import Key

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def written_key(at: datetime, position: int) -> list[int]:
    """As whole numbers, so that nothing is rounded."""
    return [(at - _EPOCH) // _MICROSECOND, position]


def key_of(numbers: Sequence[Any]) -> Key:
    """What `written_key` wrote."""
    microseconds, position = numbers
    return _EPOCH + microseconds * _MICROSECOND, int(position)
