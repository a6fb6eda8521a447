"""The 24-hour window of a snoozed ticket: when people are warned that it closes before the ticket wakes."""

from datetime import datetime, timedelta

from domain.conversation.ticket_events import WindowWatched
from domain.decision import Decision, decided, nothing_to_do

WARN_BEFORE = timedelta(minutes=30)


def warn_time(until: datetime, window_ends_at: datetime | None, at: datetime) -> datetime | None:
    """Return when to warn: at once if little time is left; None when it does not close before `until`."""
    if window_ends_at is None or not at < window_ends_at <= until:
        return None
    return max(at, window_ends_at - WARN_BEFORE)


def watch(ticket: int, until: datetime, window_ends_at: datetime | None, at: datetime) -> Decision:
    """Watch the window of a ticket that was just snoozed `until` that time."""
    warn_at = warn_time(until, window_ends_at, at)
    return nothing_to_do if warn_at is None else decided(WindowWatched(ticket=ticket, warn_at=warn_at))


def watch_again(
    ticket: int, until: datetime, window_ends_at: datetime, warn_at: datetime | None, at: datetime
) -> Decision:
    """Change the warning of a ticket that stays snoozed while its window has moved."""
    warn_again_at = warn_time(until, window_ends_at, at)
    if warn_again_at == warn_at:
        return nothing_to_do
    return decided(WindowWatched(ticket=ticket, warn_at=warn_again_at))
