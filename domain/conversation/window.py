"""The window of 24 hours beside the hour of a ticket that is put off: when people must be warned."""

from datetime import datetime, timedelta

from domain.conversation.ticket_events import WindowWatched
from domain.decision import Decision, decided, nothing_to_do

WARNED_BEFORE = timedelta(minutes=30)


def warning(until: datetime, window_ends_at: datetime | None, at: datetime) -> datetime | None:
    """When to warn that the window closes before `until`: at once if little is left, never if nothing is."""
    if window_ends_at is None or not at < window_ends_at <= until:
        return None
    return max(at, window_ends_at - WARNED_BEFORE)


def watched(ticket: int, until: datetime, window_ends_at: datetime | None, at: datetime) -> Decision:
    """The watch over the window of a ticket that is put off anew."""
    warn_at = warning(until, window_ends_at, at)
    return nothing_to_do if warn_at is None else decided(WindowWatched(ticket=ticket, warn_at=warn_at))


def moved(
    ticket: int, until: datetime, window_ends_at: datetime, warn_at: datetime | None, at: datetime
) -> Decision:
    """The watch after the window of a ticket that stays put off has moved: another hour, or none."""
    warn_again_at = warning(until, window_ends_at, at)
    if warn_again_at == warn_at:
        return nothing_to_do
    return decided(WindowWatched(ticket=ticket, warn_at=warn_again_at))
