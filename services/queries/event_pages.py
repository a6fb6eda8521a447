"""Pages of a tenant's events that pass a filter, read from the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.postgres.queries.event_scan import EventFilter, EventScan
from domain.event import Recorded
from domain.log.port import Log, UnknownEvent, UnreadableEvent

INSTANT_BEFORE = timedelta(microseconds=1)
"""PostgreSQL's times have no smaller steps."""


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events in order, the position up to which the log was scanned, and whether that is its end."""

    events: Sequence[Recorded]
    reached: int
    at_end: bool


class EventPages:
    """Reads events step by step; each step takes a connection for a bounded time."""

    def __init__(self, log: Log, scan: EventScan) -> None:
        self._log, self._scan = log, scan

    def head(self) -> int:
        """Return the newest position."""
        return self._log.head()

    def start(self, after: int, since: datetime) -> int:
        """Return the position after which to read what was recorded at `since` or later."""
        return max(after, self._before(since))

    def step(self, wanted: EventFilter, after: int, until: datetime | None, limit: int) -> EventPage:
        """Read at most `limit` events after a position, recorded before `until`; may find none.

        A page ends before an event that a newer program wrote, and the next one raises: skipping the event
        would lose it for the reader unnoticed. A damaged event is skipped, as on the topic: nobody will ever
        read it.

        Raises:
            UnknownEvent, LogUnavailable
        """
        end = self._log.head()
        if until is not None:
            end = min(end, self._before(until))
        if after >= end:
            return EventPage((), after, True)
        found = self._scan.step(wanted, after, end, limit)
        try:
            return EventPage(self._decoded(found.positions), found.reached, found.reached >= end)
        except UnknownEvent as unknown:
            if not unknown.before:
                raise
            return EventPage(unknown.before, unknown.before[-1].position, False)

    def _before(self, instant: datetime) -> int:
        first = datetime.min.replace(tzinfo=instant.tzinfo)  # which nothing comes before
        return self._log.position_at(max(first + INSTANT_BEFORE, instant) - INSTANT_BEFORE)

    def _decoded(self, positions: Sequence[int]) -> list[Recorded]:
        events: list[Recorded] = []
        while positions:
            try:
                return [*events, *self._log.events_at(positions)]
            except UnknownEvent as unknown:
                unknown.before = [*events, *unknown.before]
                raise
            except UnreadableEvent as damaged:
                events += damaged.before
                positions = [position for position in positions if position > damaged.position]
        return events
