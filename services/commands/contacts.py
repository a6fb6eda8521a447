"""What people ask of contacts: to write down who they are, and to show two of them as one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from adapters.postgres.queries.contacts import PostgresContacts
from domain.contact import state as contacts
from domain.contact.card import Details, change
from domain.contact.merge import Merge, main_of, merge, undo_merge
from domain.contact.state import Contact, ContactRegistered
from domain.decision import Decision
from domain.event import Event
from domain.log.append import Append, Appended, Conflict, NewEvent
from domain.log.port import Loaded, Log
from domain.refusals import NotFound
from services.write.actor import Person
from services.write.command_runner import DECIDED_AGAIN, ConcurrentChange, ContactErased, numbered

Streams = Sequence[tuple[UUID, Loaded[Contact], Decision]]
"""The facts of each stream, with the stream as it was when they were decided."""


@dataclass(frozen=True, slots=True)
class CardDone:
    """It is so: the position behind which queries show it, who is shown, and the version of their card."""

    position: int
    person_id: UUID
    version: int


class ContactCommands:
    """The commands about customers. Whoever sees a contact may write down who they are."""

    def __init__(self, log: Log, shown: PostgresContacts) -> None:
        self._log, self._shown = log, shown

    def change(
        self, contact_id: UUID, revise: Callable[[Details], Details], seen: int | None, by: Person
    ) -> CardDone:
        """Write down who the person is: of an alias that is its main contact.

        Raises:
            NotFound, ContactName, ContactEmail, ContactAttributes, ContactMoved, ConcurrentChange
        """

        def decide() -> tuple[Streams, UUID, Contact]:
            person_id, person = self._person(contact_id, by)
            state = _known(person)
            facts = change(state, revise(Details.of(state.card)), by.id, seen)
            return [(person_id, person, facts)], person_id, state

        return self._done(contact_id, by, decide)

    def merge(self, alias_id: UUID, into_id: UUID, by: Person) -> CardDone:
        """Show a contact as one with another, which stays what it is; both must be seen.

        Raises:
            NotFound, MergeItself, MergedAlready, HasAliases, ConcurrentChange
        """
        self._require_seen(into_id, by)

        def decide() -> tuple[Streams, UUID, Contact]:
            alias, main_id, main = self._with_main(alias_id, into_id, by)
            done = merge(alias_id, _known(alias), main_id, _known(main), by.id)
            return _both(alias_id, alias, main_id, main, done), main_id, _known(main)

        return self._done(alias_id, by, decide)

    def undo_merge(self, alias_id: UUID, by: Person) -> CardDone:
        """Let the contact stand for itself again.

        Raises:
            NotFound, ConcurrentChange
        """

        def decide() -> tuple[Streams, UUID, Contact]:
            alias, main_id, main = self._with_main(alias_id, alias_id, by)
            if main_of(alias_id, alias.state) not in (alias_id, main_id):
                raise ConcurrentChange  # parted, and merged into another one, between two looks
            done = undo_merge(alias_id, _known(alias), by.id)
            return _both(alias_id, alias, main_id, main, done), alias_id, _known(alias)

        return self._done(alias_id, by, decide)

    def _done(
        self, contact_id: UUID, by: Person, decide: Callable[[], tuple[Streams, UUID, Contact]]
    ) -> CardDone:
        self._require_seen(contact_id, by)
        for _ in range(1 + DECIDED_AGAIN):
            streams, person_id, person = decide()
            events = [event for stream in streams for event in _numbered(*stream, by)]
            if not events:
                return CardDone(self._log.head(), person_id, person.card.version)
            done = self._log.append(Append(events=events))
            if isinstance(done, Conflict) and done.contacts:
                raise ContactErased
            if isinstance(done, Appended):
                for fact in (event.fact for event in events if event.stream_id == person_id):
                    person = contacts.evolve(person, fact)
                return CardDone(done.positions[-1], person_id, person.card.version)
        raise ConcurrentChange

    def _person(self, contact_id: UUID, by: Person) -> tuple[UUID, Loaded[Contact]]:
        """The contact that this one is shown as, as it stands."""
        (contact,) = self._load((contact_id,), by)
        person_id = main_of(contact_id, contact.state)
        return person_id, contact if person_id == contact_id else self._load((person_id,), by)[0]

    def _with_main(
        self, alias_id: UUID, other_id: UUID, by: Person
    ) -> tuple[Loaded[Contact], UUID, Loaded[Contact]]:
        """A contact, and the one that another contact is shown as, both at one moment."""
        main_id = other_id
        while True:
            alias, main = self._load((alias_id, main_id), by)
            if (shown_as := main_of(main_id, main.state)) == main_id:
                return alias, main_id, main
            main_id = shown_as

    def _load(self, contact_ids: Sequence[UUID], by: Person) -> Sequence[Loaded[Contact]]:
        """All at one moment: what is refused on a half of the truth would be refused for a wrong reason."""
        loaded = self._log.load(contact_ids, _contact, by.tenant_id)
        found = [loaded[id] for id in contact_ids]
        for id, contact in zip(contact_ids, found, strict=True):
            if contact.state is None:
                raise NotFound("contact", id)
        return [Loaded(contact.state, contact.version) for contact in found]

    def _require_seen(self, contact_id: UUID, by: Person) -> None:
        if not self._shown.sees(by.visibility, contact_id):
            raise NotFound("contact", contact_id)


def _contact(state: Contact | None, event: Event) -> Contact | None:
    """The contact after `event`; a stream of any other kind is none."""
    if state is None and not isinstance(event, ContactRegistered):
        return None
    return contacts.evolve(state, event)


def _known(loaded: Loaded[Contact]) -> Contact:
    return loaded.state or Contact()


def _both(
    alias_id: UUID, alias: Loaded[Contact], main_id: UUID, main: Loaded[Contact], done: Merge
) -> Streams:
    return [(alias_id, alias, done.alias), (main_id, main, done.main)]


def _numbered(stream_id: UUID, loaded: Loaded[Contact], facts: Decision, by: Person) -> list[NewEvent]:
    return numbered(facts, stream_id, loaded.version, by, conversation_id=None, contact_id=stream_id)
