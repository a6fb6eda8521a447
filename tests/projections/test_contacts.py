"""The rows of contacts: identities, conflicts, whose word the name is, and what is left once it is erased."""

from uuid import UUID

import pytest

from domain.contact.state import (
    ContactCardReflected,
    ContactRegistered,
    ContactsMerged,
    DetailsChanged,
    IdentityAttached,
    IdentityConflictNoted,
    IdentityHeard,
    IdentityReplaced,
    MergeUndone,
    ProfileNamed,
)
from domain.event import ERASED, Event
from projections.contacts import ContactRow, ContactsProjection
from projections.workspace import WorkspaceProjection
from tests.domain.given import ANA, MARINA, NOON, opened
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


def test_a_row_shows_the_address_that_became_present_and_keeps_the_past_ones() -> None:
    newer = IdentityAttached(portfolio="p", kind="phone", value="5511912345678", wa_id="5511912345678")
    late = IdentityAttached(portfolio="p", kind="phone", value="5511900000000", present=False)
    again = IdentityHeard(kind="phone", value="5511987654321", wa_id="551187654321", heard_at=NOON)
    found = row(REGISTERED, PHONE, newer, late, again)
    assert (found.phone, found.wa_id) == ("5511987654321", "551187654321")
    assert found.phones == ["5511987654321", "5511912345678", "5511900000000"]
    for present in ("5511912345678", None):
        gone = IdentityReplaced(kind="phone", value="5511987654321", present=present, replaced_at=NOON)
        after = row(REGISTERED, PHONE, newer, late, again, gone)
        assert (after.phone, after.phone_reversed, after.wa_id) == (present, present and present[::-1], None)
        assert after.phones == found.phones


def test_a_row_is_found_by_every_word_of_the_name_and_by_pieces_of_every_number() -> None:
    short = IdentityAttached(portfolio="p", kind="phone", value="5511987")
    found = row(ContactRegistered(name="🌸 Ana Clara 🌸"), short)
    assert (found.name_key, found.search_words) == (
        "ana clara 🌸",
        "ana clara #551198 #511987 #11987 #1987 #987",
    )


def tickets_of(told: Told) -> list[tuple[str | None, str | None, str]]:
    rows = folded(WorkspaceProjection(), told.events).values()
    return [(row.name, row.phone, row.initials) for row in rows]


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        # F5: the first message without a profile, the second with one.
        ([ProfileNamed(name="Marina Duarte", username=None)], ("Marina Duarte", None, "MD")),
        # F5: a business-scoped id only, later with a number.
        ([PHONE], (None, "5511987654321", "21")),
        # F5: the number was changed.
        (
            [
                *(PHONE, IdentityAttached(portfolio="p", kind="phone", value="5511912345678")),
                IdentityReplaced(
                    kind="phone", value="5511987654321", present="5511912345678", replaced_at=NOON
                ),
            ],
            (None, "5511912345678", "78"),
        ),
        ([PHONE, IdentityReplaced(kind="phone", value="5511987654321", present=None, replaced_at=NOON)],
         (None, None, "?")),
        ([PHONE, IdentityAttached(portfolio="p", kind="phone", value="5511912345678", present=False)],
         (None, "5511987654321", "21")),
        ([IdentityAttached(portfolio="p", kind="bsuid", value="BR.1")], (None, None, "?")),
    ],
)  # fmt: skip
def test_the_tickets_of_a_contact_follow_what_becomes_known_of_them(
    facts: list[Event], shown: tuple[str | None, str | None, str]
) -> None:
    unknown = opened().model_copy(update={"name": None, "phone": None})
    told = about(Told().tell(unknown), *facts)
    assert tickets_of(told) == [shown]


def test_an_old_ticket_shows_the_number_as_the_contact_s_page_does() -> None:
    """F5: the ninth digit; it was written as WhatsApp writes the number."""
    for written, shown in (
        ("551187654321", "5511987654321"),
        ("5215512345678", "525512345678"),
        ("551132654321", "551132654321"),
        ("+x", "+x"),
    ):
        told = Told().tell(opened().model_copy(update={"phone": written}))
        assert tickets_of(told)[0][1] == shown


def test_the_name_of_an_alias_that_changes_while_it_is_merged_is_shown_once_the_merge_is_undone() -> None:
    told = about(Told().tell(opened()), ContactsMerged(into=OTHER, name="Marina Duarte", by=ANA))
    about(told, ProfileNamed(name="Mari", username=None))
    assert tickets_of(told)[0][0] == "Marina Duarte"
    about(told, DetailsChanged(name=None, email=None, attributes={}, by=ANA), contact=OTHER)
    assert tickets_of(told)[0][0] == "Mari", "the main contact has no name"
    about(told, DetailsChanged(name="Dona Marina", email=None, attributes={}, by=ANA), contact=OTHER)
    assert tickets_of(told)[0][0] == "Dona Marina"
    about(told, MergeUndone(into=OTHER, by=ANA))
    assert tickets_of(told)[0][0] == "Mari"


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
