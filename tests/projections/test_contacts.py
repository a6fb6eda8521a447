"""The rows of contacts: identities, conflicts, whose word the name is, and what is left once it is erased."""

from uuid import UUID

from domain.contact.state import (
    ContactCardReflected,
    ContactRegistered,
    ContactsMerged,
    DetailsChanged,
    IdentityAttached,
    IdentityConflictNoted,
    ProfileNamed,
)
from domain.event import ERASED
from projections.contacts import ContactRow, ContactsProjection
from projections.workspace import WorkspaceProjection
from tests.domain.given import ANA, MARINA, opened
from tests.projections.told import TENANT, Told, folded, only

OTHER = UUID(int=77)
REGISTERED = ContactRegistered(name="Mari", username="mari.prado")
PHONE = IdentityAttached(portfolio="p", kind="phone", value="5511987654321", wa_id="551187654321")


def about(told: Told, *facts: object, contact: UUID = MARINA) -> Told:
    return told.tell(*facts, stream=contact, conversation=None, contact=contact)  # type: ignore[arg-type]


def row(*facts: object) -> ContactRow:
    return only(folded(ContactsProjection(), about(Told(), *facts).events).values())


def test_a_contact_has_its_newest_phone_first_and_is_found_by_its_end() -> None:
    newer = IdentityAttached(portfolio="p", kind="phone", value="5511912345678", wa_id="5511912345678")
    found = row(REGISTERED, PHONE, newer)
    assert (found.phone, found.phone_reversed, found.phones) == (
        "5511912345678",
        "8765432191155",
        ["5511912345678", "5511987654321"],
    )
    assert (found.wa_id, found.username, found.initials) == ("5511912345678", "mari.prado", "M")


def test_a_conflict_is_noted_once_with_whoever_holds_the_address() -> None:
    noted = IdentityConflictNoted(kind="phone", value="5511987654321", held_by=OTHER)
    assert row(REGISTERED, noted, noted).conflicts == [
        {"kind": "phone", "value": "5511987654321", "held_by": str(OTHER)}
    ]


def test_a_name_sorts_without_case_and_accents_and_an_address_is_found_without_case() -> None:
    changed = DetailsChanged(name="Ângela  Ré", email="Angela@Example.com", attributes={}, by=ANA)
    found = row(REGISTERED, changed)
    assert (found.name_key, found.email_key, found.named_by) == ("angela re", "angela@example.com", "person")


def test_another_name_of_the_profile_brings_the_username_of_then() -> None:
    found = row(REGISTERED, ProfileNamed(name="Rê", username=None), ProfileNamed(name="R", username="re"))
    assert (found.name, found.username, found.version) == ("R", "re", 3)


def test_events_whose_key_is_gone_fold_to_an_empty_contact_and_an_unnamed_ticket() -> None:
    told = about(
        Told(),
        ContactRegistered(name=ERASED, username=ERASED),
        IdentityAttached(portfolio="p", kind="phone", value=ERASED, wa_id=ERASED),
        IdentityAttached(portfolio="p", kind="bsuid", value=ERASED, wa_id=ERASED),
        IdentityConflictNoted(kind="phone", value=ERASED, held_by=OTHER),
        ProfileNamed(name=ERASED, username=ERASED),
    )
    erased = {"name": ERASED, "phone": ERASED, "person_name": ERASED}
    told.tell(opened().model_copy(update=erased))
    about(
        told,
        ContactCardReflected(name=ERASED, email=ERASED, attributes=ERASED),
        DetailsChanged(name=ERASED, email=ERASED, attributes=ERASED, by=ANA),
        ContactsMerged(into=OTHER, name=ERASED, by=ANA),
    )
    found = only(folded(ContactsProjection(), told.events).values())
    assert (found.name, found.email, found.attributes, found.username) == (None, None, {}, None)
    assert (found.phones, found.bsuids, found.conflicts, found.wa_id) == ([], [], [], None)
    assert (found.name_key, found.email_key, found.erased) == ("", None, True)
    assert (found.tenant_id, found.person_id) == (TENANT, OTHER)
    ticket = only(folded(WorkspaceProjection(), told.events).values())
    assert (ticket.name, ticket.own_name, ticket.name_key, ticket.initials) == (None, None, "", "?")


def test_a_change_of_one_person_touches_the_tickets_of_nobody_else() -> None:
    told = Told().tell(opened())
    changed = DetailsChanged(name="Outra", email=None, attributes={}, by=ANA)
    about(told, changed, contact=OTHER)
    assert only(folded(WorkspaceProjection(), told.events).values()).name == "Marina Prado"
    about(told, changed)
    assert only(folded(WorkspaceProjection(), told.events).values()).name == "Outra"
