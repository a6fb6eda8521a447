"""Commands on contacts: write down who somebody is, show two contacts as one, and undo that."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from adapters.postgres.queries.visibility import Reach, Visibility
from domain import streams
from domain.contact.card import Details, change
from domain.contact.merge import main_of, merge, undo_merge
from domain.contact.state import Contact
from domain.decision import Decision
from domain.refusals import NotFound, TakesPart
from services.write.actor import Person
from services.write.command_runner import CommandRunner, ConcurrentChange
from services.write.unit_of_work import Origin, UnitOfWork


@dataclass(frozen=True, slots=True)
class CardDone:
    """Result of a command on a contact: the position from which on queries show it, the person shown, and the
    version of their card."""

    position: int
    person_id: UUID
    version: int


class ContactCommands:
    """Commands on contacts, for whoever sees a ticket of theirs in the lists; others at most read."""

    def __init__(self, runner: CommandRunner, access: Callable[[Visibility, UUID], Reach | None]) -> None:
        self._runner, self._access = runner, access

    def change(
        self, contact_id: UUID, revise: Callable[[Details], Details], expected_version: int | None, by: Person
    ) -> CardDone:
        """Change the card of a person; for an alias, that of its main contact.

        Raises:
            NotFound, ContactName, ContactEmail, ContactAttributes, ContactMoved, ConcurrentChange
        """

        def decide(unit: UnitOfWork) -> tuple[UUID, Contact]:
            person_id = contact_id
            person = _require(unit, contact_id)
            if (main_id := main_of(contact_id, person)) != contact_id:
                person_id, person = main_id, _require(unit, main_id)
            facts = change(person, revise(Details.of(person.card)), by.id, expected_version)
            return person_id, _record(unit, person_id, facts, by)

        return self._run(contact_id, by, decide)

    def merge(self, alias_id: UUID, into_id: UUID, by: Person) -> CardDone:
        """Merge a contact into another one; the caller must see both.

        Raises:
            NotFound, MergeItself, MergedAlready, HasAliases, ConcurrentChange
        """
        self._require_visible(into_id, by)

        def decide(unit: UnitOfWork) -> tuple[UUID, Contact]:
            alias, main_id, main = _with_main(unit, alias_id, into_id)
            facts = merge(alias_id, alias, main_id, main, by.id)
            _record(unit, alias_id, facts.alias, by)
            return main_id, _record(unit, main_id, facts.main, by)

        return self._run(alias_id, by, decide)

    def undo_merge(self, alias_id: UUID, by: Person) -> CardDone:
        """Undo the merge of a contact.

        Raises:
            NotFound, ConcurrentChange
        """

        def decide(unit: UnitOfWork) -> tuple[UUID, Contact]:
            alias, main_id, _ = _with_main(unit, alias_id, alias_id)
            if main_of(alias_id, alias) not in (alias_id, main_id):
                raise ConcurrentChange  # parted, and merged into another one, between two looks
            facts = undo_merge(alias_id, alias, by.id)
            parted = _record(unit, alias_id, facts.alias, by)
            _record(unit, main_id, facts.main, by)
            return alias_id, parted

        return self._run(alias_id, by, decide)

    def _run(
        self, contact_id: UUID, by: Person, decide: Callable[[UnitOfWork], tuple[UUID, Contact]]
    ) -> CardDone:
        self._require_visible(contact_id, by)
        (person_id, person), position = self._runner.execute(by.tenant_id, decide)
        return CardDone(position, person_id, person.card.version)

    def _require_visible(self, contact_id: UUID, by: Person) -> None:
        access = self._access(by.visibility, contact_id)
        if access is None:
            raise NotFound("contact", contact_id)
        if access != "full":
            raise TakesPart


def _require(unit: UnitOfWork, contact_id: UUID) -> Contact:
    if (contact := unit.contact(contact_id).state) is None:
        raise NotFound("contact", contact_id)
    return contact


def _with_main(unit: UnitOfWork, alias_id: UUID, other_id: UUID) -> tuple[Contact, UUID, Contact]:
    """Load a contact, and the one that another contact is shown as, in one consistent read."""
    main_id = other_id
    while True:
        unit.cache.reload((alias_id, main_id), streams.contact)
        alias, main = _require(unit, alias_id), _require(unit, main_id)
        if (shown_as := main_of(main_id, main)) == main_id:
            return alias, main_id, main
        main_id = shown_as


def _record(unit: UnitOfWork, contact_id: UUID, facts: Decision, by: Person) -> Contact:
    origin = Origin(by.tenant_id, by.actor)
    changed = unit.record(contact_id, facts, streams.contact, origin, contact_id=contact_id).state
    assert changed is not None, "a contact does not end"
    return changed
