"""The part of the second opinion that is about people: names of customers, and who takes part in tickets."""

from collections.abc import Collection
from typing import Any
from uuid import UUID


class Cards:
    """Names and merges of customers, from the facts of their cards."""

    def __init__(self) -> None:
        self._names: dict[UUID, str | None] = {}
        self._aliases: dict[UUID, UUID] = {}

    def person(self, contact: UUID) -> tuple[UUID, str | None]:
        """Who is shown as this customer, and under which name."""
        main = self._aliases.get(contact, contact)
        return main, self._names[main]

    def tell(self, name: str, fact: Any, contact: UUID) -> None:
        """The next fact of a card."""
        match name:
            case "merged":
                assert contact not in self._aliases.values(), "an alias of an alias"
                self._aliases[contact] = fact.into
            case "merge_undone":
                del self._aliases[contact]
            case "registered" | "details_changed" | "profile_named":
                self._names[contact] = fact.name
            case "card_reflected":
                self._names[contact] = fact.name or self._names[contact]


class Participants:
    """Who took part in each ticket, in which queue it was last, and where it ended."""

    def __init__(self) -> None:
        self._people: dict[int, set[UUID]] = {}
        self._queues: dict[int, str] = {}
        self._ends: dict[int, int | None] = {}

    def of(self, ticket: int) -> set[UUID]:
        return self._people.get(ticket, set())

    def listed(self) -> dict[int, tuple[set[UUID], int | None]]:
        """Who took part in each ticket, and where it ended; None while it is open."""
        return {ticket: (people, self._ends[ticket]) for ticket, people in self._people.items()}

    def reads(self, who: UUID, queues: Collection[str]) -> int | None:
        """Up to which end somebody reads who took part, or supervises these queues."""
        known = [
            end
            for ticket, end in self._ends.items()
            if end is not None and (who in self._people[ticket] or self._queues[ticket] in queues)
        ]
        return max(known, default=None)

    def tell(
        self, fact: Any, position: int, ticket: int, owner: UUID | None, queue: str, is_open: bool
    ) -> None:
        """The next fact, and how the newest ticket stands after it.

        Whoever has or had it takes part, and who was called; it ends at its close, or at its last note.
        """
        people = self._people.setdefault(ticket, set())
        people |= {owner} if owner is not None else set()
        people |= set(getattr(fact, "mentions", ()))
        self._queues[ticket] = queue
        if is_open:
            self._ends[ticket] = None
        elif fact.TOPIC in ("conversation.closed", "conversation.note_added"):
            self._ends[ticket] = position
