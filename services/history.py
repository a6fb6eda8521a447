"""What happened in one conversation, and how it stood at any place of the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.contact import ContactsMerged
from domain.event import Recorded
from domain.log import Log
from domain.refusals import DomainError
from projections.as_of import AsOf

PAGE = 1_000
SHOWN_MESSAGES = 50
MAX_PEOPLE = 10_000


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
        told, after, full = AsOf(SHOWN_MESSAGES), 0, True
        people: Sequence[Recorded] | None = None
        while full:
            events = self._log.read(after, PAGE, tenant_id, conversation_id, until)
            if people is None:
                people = self._people(tenant_id, events[0].contact_id, until) if events else ()
            full = len(events) == PAGE
            reached = events[-1].position if full else until
            meanwhile = [event for event in people if after < event.position <= reached]
            told.tell(sorted([*events, *meanwhile], key=_position))
            after = reached
        return told

    def _people(self, tenant_id: UUID, contact_id: UUID | None, until: int) -> Sequence[Recorded]:
        """What happened to a contact, and to those that it was merged into, whose names it showed."""
        if contact_id is None:
            return ()
        own = self._log.streams([contact_id], tenant_id, 0, MAX_PEOPLE, until)
        mains = {event.fact.into for event in own if isinstance(event.fact, ContactsMerged)}
        return [*own, *self._log.streams(mains, tenant_id, 0, MAX_PEOPLE, until)] if mains else own


def _position(event: Recorded) -> int:
    return event.position
