"""How an incoming sender is tied to a contact: the business-scoped id decides, nothing is merged by guess."""

from datetime import datetime
from functools import reduce
from uuid import UUID

from domain.contact.identity import Heard, Identified, identify, writer_of
from domain.contact.state import Contact, ContactRegistered, IdentityAttached, IdentityConflictNoted, evolve
from domain.event import ERASED, Event
from domain.incoming import IncomingSender
from tests.domain.given import NOON

NEW, KNOWN, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
PHONE, BSUID = "5520998760142", "BR.abc123"
BOTH = IncomingSender(bsuid=BSUID, phone=PHONE, wa_id="552098760142", name="Marina")


def contact(*facts: Event) -> Contact:
    return reduce(evolve, facts, Contact())


def phone(value: str = PHONE, at: datetime | None = NOON) -> IdentityAttached:
    return IdentityAttached(portfolio="p", kind="phone", value=value, wa_id="552098760142", heard_at=at)


def bsuid(value: str = BSUID, at: datetime | None = NOON) -> IdentityAttached:
    return IdentityAttached(portfolio="p", kind="bsuid", value=value, heard_at=at)


def decide(
    sender: IncomingSender,
    by_bsuid: UUID | None = None,
    by_phone: UUID | None = None,
    loaded: Contact | None = None,
) -> Identified:
    return identify(sender, "p", by_bsuid, by_phone, loaded, NEW, Heard(NOON))


def test_an_unknown_sender_becomes_a_contact_with_all_addresses_given() -> None:
    who = decide(BOTH)
    assert (who.contact_id, who.is_new) == (NEW, True)
    assert who.events == (ContactRegistered(name="Marina", username=None), bsuid(), phone())


def test_a_person_without_a_phone_is_a_contact() -> None:
    assert decide(IncomingSender(bsuid=BSUID)).events == (
        ContactRegistered(name=None, username=None),
        bsuid(),
    )


def test_a_phone_seen_later_attaches_to_the_business_scoped_ids_contact() -> None:
    who = decide(BOTH, by_bsuid=KNOWN)
    assert (who.contact_id, who.events) == (KNOWN, (phone(),))


def test_a_business_scoped_id_attaches_to_the_phones_contact_that_has_none() -> None:
    who = decide(BOTH, by_phone=KNOWN, loaded=contact(phone()))
    assert (who.contact_id, who.events) == (KNOWN, (bsuid(),))


def test_a_phone_whose_contact_has_another_business_scoped_id_is_a_conflict_of_a_new_contact() -> None:
    who = decide(BOTH, by_phone=OTHER, loaded=contact(phone(), bsuid("BR.other")))
    assert (who.contact_id, who.is_new) == (NEW, True)
    noted = IdentityConflictNoted(kind="phone", value=PHONE, held_by=OTHER)
    assert who.events == (ContactRegistered(name="Marina", username=None), bsuid(), noted)


def test_two_contacts_are_never_merged_and_the_conflict_is_noted_once() -> None:
    noted = decide(BOTH, by_bsuid=KNOWN, by_phone=OTHER, loaded=contact(bsuid()))
    assert (noted.contact_id, len(noted.events)) == (KNOWN, 1)
    again = decide(BOTH, by_bsuid=KNOWN, by_phone=OTHER, loaded=contact(bsuid(), *noted.events))
    assert again.events == ()


def test_the_business_scoped_id_says_which_contact_has_to_be_known() -> None:
    assert (writer_of(KNOWN, OTHER), writer_of(None, OTHER), writer_of(None, None)) == (KNOWN, OTHER, None)


def test_the_number_as_whatsapp_writes_it_is_what_we_send_to() -> None:
    assert contact(ContactRegistered(name="Marina"), phone()).number == "552098760142"


def test_an_erased_person_has_no_address_and_no_name() -> None:
    gone = contact(
        ContactRegistered(name=ERASED, username=ERASED),
        IdentityAttached(portfolio="p", kind="phone", value=ERASED, wa_id=ERASED),
    )
    assert (gone.name, gone.number, gone.addresses) == (None, None, ())
