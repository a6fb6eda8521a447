"""When something happened, by WhatsApp's word where it is usable and by ours where not."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_FIRST = 1_230_768_000  # 2009: before WhatsApp
_LAST = 4_102_444_800  # 2100
_AHEAD = timedelta(minutes=1)  # clocks differ; more than that is no time that anything happened at


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` counts; `flagged` if it is not WhatsApp's plain word; `claimed` is what the item itself says."""

    at: datetime
    flagged: bool
    claimed: datetime | None


def moment(timestamp: Any, received_at: datetime) -> Moment:
    """Unix seconds, as text or as a number; 13 digits are milliseconds (flagged).

    Absent, absurd or future: the second of `received_at`, flagged. `claimed` depends on the item alone, so it
    is the same in a repeat that comes days later.
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
