"""History of a contact, read from the log."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from domain.contact.state import AliasAdded, AliasRemoved, Card, evolve_card
from domain.event import Recorded
from domain.log.port import Log
from services.queries.history import facts_of


@dataclass(frozen=True, slots=True)
class CardVersion:
    """An event of a contact, with the card before and after it."""

    recorded: Recorded
    before: Card
    after: Card


def contact_history(
    log: Log, tenant_id: UUID, contact_ids: Collection[UUID], after: int, limit: int
) -> list[CardVersion]:
    """Return at most `limit` events of merged contacts after a position, oldest first.

    A merge is recorded in the streams of both contacts and returned once. Reads the log, so it is never
    behind and erased data is gone.
    """
    cards: dict[UUID, Card] = {}
    told: list[CardVersion] = []
    for recorded in facts_of(log, contact_ids, tenant_id):
        before = cards.get(recorded.stream_id, Card())
        cards[recorded.stream_id] = card = evolve_card(before, recorded.fact)
        match recorded.fact:
            case AliasAdded(alias=alias) | AliasRemoved(alias=alias) if alias in contact_ids:
                continue
        if recorded.position > after:
            told.append(CardVersion(recorded, before, card))
        if len(told) == limit:
            break
    return told
