"""Encoding of keyset-pagination keys in cursors: microseconds and a position."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.postgres.queries.conversations import Key

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def written_instant(at: datetime) -> int:
    """Encode an instant as whole microseconds, so that nothing is rounded."""
    return (at - _EPOCH) // _MICROSECOND


def instant_of(microseconds: int) -> datetime:
    """Decode what `written_instant` wrote."""
    return _EPOCH + microseconds * _MICROSECOND


def written_key(at: datetime, position: int) -> list[int]:
    """Encode a key."""
    return [written_instant(at), position]


def key_of(numbers: Sequence[Any]) -> Key:
    """Decode what `written_key` wrote."""
    microseconds, position = numbers
    return instant_of(microseconds), int(position)
