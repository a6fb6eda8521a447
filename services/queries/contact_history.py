"""The history of a contact, read from the log itself."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from domain.contact.state import AliasAdded, AliasRemoved, Card, written
from domain.event import Recorded
from domain.log.port import Log
from services.queries.history import facts_of


@dataclass(frozen=True, slots=True)
class CardVersion:
    """A fact of a contact, and the card before and after it."""

    recorded: Recorded
    before: Card
    after: Card


class ContactHistory:
    """Reads the log itself: what it tells is never behind, and erasure holds in it."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def head(self) -> int:
        """The place behind which nothing has happened yet."""
        return self._log.head()

    def page(
        self, tenant_id: UUID, contact_ids: Collection[UUID], after: int, limit: int
    ) -> list[CardVersion]:
        """At most `limit` facts of contacts that are shown as one, behind position `after`, oldest first.

        A merge among them stands in the streams of both, and is told once.
        """
        cards: dict[UUID, Card] = {}
        told: list[CardVersion] = []
        for recorded in facts_of(self._log, contact_ids, tenant_id):
            before = cards.get(recorded.stream_id, Card())
            cards[recorded.stream_id] = card = written(before, recorded.fact)
            match recorded.fact:
                case AliasAdded(alias=alias) | AliasRemoved(alias=alias) if alias in contact_ids:
                    continue
            if recorded.position > after:
                told.append(CardVersion(recorded, before, card))
            if len(told) == limit:
                break
        return told
