"""A conversation at a past position, and all events of streams, read from the log."""

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.contact.state import ContactsMerged
from domain.event import Recorded
from domain.log.port import Log
from domain.refusals import DomainError
from projections.as_of import ConversationAsOf

PAGE = 1_000
SHOWN_MESSAGES = 50


class NotBegun(DomainError, code="not_begun"):
    """The conversation did not exist yet."""


@dataclass(frozen=True, slots=True)
class PastConversation:
    """A conversation at a past position; `at` is the instant for which its window is computed."""

    position: int
    at: datetime
    conversation: ConversationAsOf


def conversation_as_of(
    log: Log, tenant_id: UUID, conversation_id: UUID, when: int | datetime, now: datetime, limit: int
) -> PastConversation:
    """Fold a conversation up to a position or an instant; one in the future means now.

    One after the position `limit` means that position, and the time of the last event before it.

    Reads the log, so it is never behind and erased data is gone.

    Raises:
        NotBegun: the conversation did not exist yet.
    """
    head = log.head()
    position = log.position_at(when) if isinstance(when, datetime) else min(when, head)
    if position > limit:
        position = when = limit
    told = _told(log, tenant_id, conversation_id, position)
    if told.last_at is None:
        raise NotBegun
    if isinstance(when, datetime):
        return PastConversation(position, min(when, now), told)
    return PastConversation(position, now if position == head else told.last_at, told)


def _told(log: Log, tenant_id: UUID, conversation_id: UUID, until: int) -> ConversationAsOf:
    """Fold the events of the conversation and of its contact, in the order of the log."""
    told, people, after, full = ConversationAsOf(SHOWN_MESSAGES), deque[Recorded](), 0, True
    while full:
        events = log.read(after, PAGE, tenant_id, conversation_id, until)
        full = len(events) == PAGE
        if events and not after and (contact_id := events[0].contact_id) is not None:
            people.extend(_people(log, tenant_id, contact_id, until))
        after = events[-1].position if full else until
        meanwhile = []
        while events and people and people[0].position <= after:
            meanwhile.append(people.popleft())
        told.tell(sorted([*events, *meanwhile], key=lambda event: event.position))
    return told


def _people(log: Log, tenant_id: UUID, contact_id: UUID, until: int) -> list[Recorded]:
    """Read the events of the contact, and of those it was merged into."""
    facts: list[Recorded] = []
    known: set[UUID] = set()
    new = {contact_id}
    while new:
        found = list(facts_of(log, new, tenant_id, until))
        facts += found
        known |= new
        new = {event.fact.into for event in found if isinstance(event.fact, ContactsMerged)} - known
    return sorted(facts, key=lambda event: event.position)


def facts_of(
    log: Log, ids: Collection[UUID], tenant_id: UUID, until: int | None = None
) -> Iterator[Recorded]:
    """Yield all events of these streams up to `until`, oldest first, in batches read on demand."""
    after, full = 0, True
    while full:
        page = log.streams(ids, tenant_id, after, PAGE, until)
        yield from page
        full = len(page) == PAGE
        after = page[-1].position if page else after
