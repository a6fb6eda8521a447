"""Timestamps: WhatsApp's own where it is usable, else the time of receipt."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_FIRST = 1_230_768_000  # 2009: before WhatsApp
_LAST = 4_102_444_800  # 2100
_AHEAD = timedelta(minutes=5)  # tolerated difference between clocks: one that is wrong must not sort messages


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` is the time to use, `flagged` if it is not WhatsApp's own; `claimed` is what the item says."""

    at: datetime
    flagged: bool
    claimed: datetime | None


def moment(timestamp: Any, received_at: datetime) -> Moment:
    """Read Unix seconds, as text or number; 13 digits are milliseconds (flagged).

    If the timestamp is absent, absurd or in the future, `at` is `received_at` in whole seconds, flagged.
    `claimed` depends on the item alone, so it is the same in a repeat days later.
    """
    second, exact = _second(timestamp)
    ours = received_at.astimezone(UTC).replace(microsecond=0)
    if second is None:
        return Moment(ours, True, None)
    claimed = datetime.fromtimestamp(second, UTC)
    if claimed > received_at + _AHEAD:
        return Moment(ours, True, claimed)
    return Moment(claimed, not exact, claimed)


def _second(timestamp: Any) -> tuple[int | None, bool]:
    if isinstance(timestamp, str) and timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 13:
        timestamp = int(timestamp)
    if not isinstance(timestamp, int):
        return None, False
    if _FIRST <= timestamp < _LAST:
        return timestamp, True
    if _FIRST <= timestamp // 1000 < _LAST:
        return timestamp // 1000, False
    return None, False
