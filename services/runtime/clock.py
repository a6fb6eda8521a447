"""The clock: read at the edge of a process and passed to what decides."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

TOLERATED = timedelta(seconds=1)
MEASURED_WITHIN = timedelta(seconds=0.5)
SKEWED_S = 5.0


def _local() -> datetime:
    return datetime.now(UTC)


class DatabaseClock:
    """This machine's clock, corrected when the database's shows another time.

    All processes then agree, and with the times that the database writes, whichever machine is wrong.
    Differences of up to a second are left alone.
    """

    def __init__(self, local: Clock = _local) -> None:
        self.local = local
        self.correction = timedelta()

    def __call__(self) -> datetime:
        return self.local() + self.correction

    def correct(self, asked_at: datetime, database_at: datetime, answered_at: datetime) -> None:
        """Learn what the database's clock showed between two readings of `local`; ignores slow answers."""
        if answered_at - asked_at > MEASURED_WITHIN:
            return
        ahead = database_at - asked_at - (answered_at - asked_at) / 2
        if abs(ahead) <= TOLERATED:
            self.correction = timedelta()
        elif abs(ahead - self.correction) > TOLERATED / 2:  # a clock that is corrected all the time jumps
            self.correction = ahead


utc_now = DatabaseClock()


def skew_alarm(skew_s: float) -> str | None:
    """Say how far another clock is off, None if little; `skew_s`: how far the database's is ahead of it."""
    if abs(skew_s) <= SKEWED_S:
        return None
    return f"clock is {abs(skew_s):.0f} s {'behind' if skew_s > 0 else 'ahead of'} the database's"
