"""What happened in one conversation, and how it stood at any place of the log."""

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.contact.state import ContactsMerged
from domain.event import Recorded
from domain.log.port import Log
from domain.refusals import DomainError
from projections.as_of import AsOf

PAGE = 1_000
SHOWN_MESSAGES = 50


class NotBegun(DomainError):
    """There was no such conversation yet."""

    code = "not_begun"


@dataclass(frozen=True, slots=True)
class Standing:
    """A conversation as it stood at a place of the log, and the instant that is looked from."""

    position: int
    at: datetime
    conversation: AsOf


class History:
    """Reads the log itself: what it tells is never behind, and erasure holds in it."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def head(self) -> int:
        """The place behind which nothing has happened yet."""
        return self._log.head()

    def page(
        self, tenant_id: UUID, conversation_id: UUID, after: int, limit: int, until: int | None
    ) -> Sequence[Recorded]:
        """At most `limit` events of a conversation behind `after`, none behind `until`, oldest first."""
        return self._log.read(after, limit, tenant_id, conversation_id, until)

    def as_of(self, tenant_id: UUID, conversation_id: UUID, when: int | datetime, now: datetime) -> Standing:
        """The conversation at a position or an instant; one that is still to come is now.

        Raises:
            NotBegun: there was none.
        """
        head = self._log.head()
        position = self._log.position_at(when) if isinstance(when, datetime) else min(when, head)
        told = self._told(tenant_id, conversation_id, position)
        if told.last_at is None:
            raise NotBegun
        if isinstance(when, datetime):
            return Standing(position, min(when, now), told)
        return Standing(position, now if position == head else told.last_at, told)

    def _told(self, tenant_id: UUID, conversation_id: UUID, until: int) -> AsOf:
        """The events of the conversation and of its customer, in the order of the log."""
        told, people, after, full = AsOf(SHOWN_MESSAGES), deque[Recorded](), 0, True
        while full:
            events = self._log.read(after, PAGE, tenant_id, conversation_id, until)
            full = len(events) == PAGE
            if events and not after and (contact_id := events[0].contact_id) is not None:
                people.extend(self._people(tenant_id, contact_id, until))
            after = events[-1].position if full else until
            meanwhile = []
            while events and people and people[0].position <= after:
                meanwhile.append(people.popleft())
            told.tell(sorted([*events, *meanwhile], key=lambda event: event.position))
        return told

    def _people(self, tenant_id: UUID, contact_id: UUID, until: int) -> list[Recorded]:
        """What is known of the customer, and of those whom they were merged into."""
        facts: list[Recorded] = []
        known: set[UUID] = set()
        new = {contact_id}
        while new:
            found = list(facts_of(self._log, new, tenant_id, until))
            facts += found
            known |= new
            new = {event.fact.into for event in found if isinstance(event.fact, ContactsMerged)} - known
        return sorted(facts, key=lambda event: event.position)


def facts_of(
    log: Log, ids: Collection[UUID], tenant_id: UUID, until: int | None = None
) -> Iterator[Recorded]:
    """All events of these streams, none behind `until`, oldest first; a page is asked when it is needed."""
    after, full = 0, True
    while full:
        page = log.streams(ids, tenant_id, after, PAGE, until)
        yield from page
        full = len(page) == PAGE
        after = page[-1].position if page else after
