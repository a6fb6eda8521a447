"""Who a customer is: what people write down stands, a bot fills the gaps, and two can be shown as one."""

from functools import reduce
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contact.card import (
    Details,
    change,
    is_email,
    lines_of,
    profile,
    readable,
    reflect,
    together,
)
from domain.contact.identity import Heard
from domain.contact.merge import Merge, main_of, merge, undo_merge
from domain.contact.state import (
    AliasAdded,
    AliasRemoved,
    Contact,
    ContactCardReflected,
    ContactRegistered,
    ContactsMerged,
    DetailsChanged,
    MergeUndone,
    ProfileNamed,
    evolve,
)
from domain.event import ERASED, Event
from domain.incoming import IncomingSender
from domain.refusals import (
    ContactAttributes,
    ContactEmail,
    ContactMoved,
    ContactName,
    HasAliases,
    MergedAlready,
    MergeItself,
)
from domain.text import caseless
from tests.domain.given import ANA, BRUNO, MINUTE, NOON

MARINA, MARI, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
REGISTERED = ContactRegistered(name="Mari 🌻", username=None)


def contact(*facts: Event) -> Contact:
    return reduce(evolve, facts, Contact())


def named(
    known: Contact, name: str | None, username: str | None = None, heard: Heard | None = None
) -> tuple[Event, ...]:
    """What a message of somebody with this profile tells."""
    return profile(known, IncomingSender(name=name, username=username), heard or Heard(NOON))


def details(name: str | None = "Mari 🌻", email: str | None = None, **attributes: str) -> Details:
    return Details(name, email, attributes)


def changed(name: str | None = "Mari 🌻", email: str | None = None, **attributes: str) -> DetailsChanged:
    return DetailsChanged(name=name, email=email, attributes=attributes, by=ANA)


def reflected(name: str | None = None, email: str | None = None, **attributes: str) -> ContactCardReflected:
    return ContactCardReflected(name=name, email=email, attributes=attributes)


def test_the_card_of_the_hand_off_fills_what_nobody_has_set() -> None:
    card = {"name": "Marina Prado", "email": "marina@example.com", "attributes": {"pedido": 10482}}
    told = reflect(contact(REGISTERED), card)
    assert told == (reflected("Marina Prado", "marina@example.com", pedido="10482"),)
    assert reflect(contact(REGISTERED, *told), card) == ()


def test_what_a_person_wrote_goes_before_every_hand_off() -> None:
    by_ana = contact(REGISTERED, changed("Marina Prado", "marina@example.com", plano="Ouro"))
    card = {"name": "mari", "email": "m@example.com", "attributes": {"PLANO": "Prata", "pedido": "7"}}
    assert reflect(by_ana, card) == (reflected(pedido="7"),)


def test_what_a_person_only_saw_is_still_the_bots_to_change() -> None:
    seen = contact(REGISTERED, reflected(email="m@example.com"), changed("Marina", "m@example.com"))
    assert reflect(seen, {"email": "marina@example.com"}) == (reflected(email="marina@example.com"),)


def test_what_a_person_emptied_may_be_filled_again() -> None:
    emptied = contact(REGISTERED, changed("Marina", "m@example.com"), changed(None, None))
    assert emptied.name is None
    assert reflect(emptied, {"name": "Marina"}) == (reflected("Marina"),)
    assert named(emptied, "Mari", None) == (ProfileNamed(name="Mari", username=None),)


def test_a_profile_name_replaces_only_a_profile_name() -> None:
    assert named(contact(REGISTERED), "Mari 🌻", None) == ()
    assert named(contact(REGISTERED), None, None) == ()
    assert named(contact(REGISTERED), "Mari 🌵", "mari") == (ProfileNamed(name="Mari 🌵", username="mari"),)
    assert named(contact(REGISTERED, reflected("Marina")), "Mari 🌵", None) == ()
    assert named(contact(REGISTERED, changed("Marina")), "Mari 🌵", None) == ()


def test_a_profile_name_is_taken_with_the_message_that_brings_it_while_nobody_has_set_a_name() -> None:
    """F5: the first message came without a profile, the second with one."""
    unnamed = contact(ContactRegistered(name=None, username=None))
    first = named(unnamed, "Marina Duarte")
    assert first == (ProfileNamed(name="Marina Duarte", username=None),)
    assert named(contact(ContactRegistered(name=None), *first), "Marina Duarte") == ()
    again = named(contact(ContactRegistered(name=None), *first), "Marina D.")
    assert again == (ProfileNamed(name="Marina D.", username=None),)
    assert named(contact(ContactRegistered(name=None), changed("Dona Marina")), "Marina Duarte") == ()


def test_a_message_that_comes_late_brings_no_older_profile_back() -> None:
    late = Heard(NOON, newest=NOON + MINUTE)
    assert named(contact(REGISTERED), "Mari antiga", None, late) == ()
    assert named(contact(REGISTERED), "Mari nova", None, Heard(NOON, NOON)) != (), "of the same second"


def test_a_username_that_comes_later_is_taken_with_the_name_as_it_is() -> None:
    told = named(contact(REGISTERED), None, "mari")
    assert told == (ProfileNamed(name="Mari 🌻", username="mari"),)
    assert named(contact(REGISTERED, *told), "Mari 🌻") == (), "without one nothing is told"


def test_the_cards_of_merged_contacts_are_read_as_one_and_each_line_says_whose_it_is() -> None:
    """F19: the alias has an e-mail and attributes, the main contact has none."""
    alias = details("Mari", "mari@example.com", pedido="10482", Plano="Prata")
    empty, full = details(None), details("Marina", "marina@example.com", plano="Ouro", pedido="10482")
    assert lines_of([(MARINA, empty), (MARI, alias)]) == [
        (None, "mari@example.com", MARI),
        ("pedido", "10482", MARI),
        ("Plano", "Prata", MARI),
    ]
    assert lines_of([(MARINA, full), (MARI, alias)]) == [
        (None, "marina@example.com", MARINA),
        (None, "mari@example.com", MARI),
        ("plano", "Ouro", MARINA),
        ("pedido", "10482", MARINA),
        ("Plano", "Prata", MARI),
    ]
    assert together([empty, alias]) == alias
    assert together([full, alias]) == full, "the main contact's word goes first"
    assert together([details("Marina", cep="1"), alias]).attributes == {
        "cep": "1",
        "pedido": "10482",
        "Plano": "Prata",
    }


def test_a_card_from_outside_is_brought_into_our_limits() -> None:
    told = readable(
        {
            "name": "\u202e  Marina\x00\nPrado ",
            "email": "not an address",
            "attributes": {"a" * 80: "x" * 5000, "ok": True, "nested": {"$ne": None}, "": "1", "Ok": "zwei"},
            "role": "admin",
        }
    )
    assert (told.name, told.email) == ("Marina Prado", None)
    assert told.attributes == {"a" * 50: "x" * 1000, "ok": "sim"}
    assert readable({"name": ["x"], "attributes": "x"}) == Details(None, None, {})
    many = {"attributes": {f"campo {n}": "1" for n in range(200)}}
    assert len(readable(many).attributes) == 50


def test_a_hand_off_never_fills_more_than_there_is_room_for() -> None:
    full = contact(REGISTERED, changed(**{f"campo {n}": "1" for n in range(49)}))
    told = reflect(full, {"attributes": {"campo 50": "2", "campo 51": "2", "campo 0": "2"}})
    assert told == (reflected(**{"campo 50": "2"}),)


def test_a_change_says_how_the_card_is_afterwards_and_once_more_changes_nothing() -> None:
    wanted = details(" Marina  Prado\u202e", "marina@example.com", plano=" Ouro", vazio="")
    facts = change(contact(REGISTERED), wanted, ANA)
    assert facts == (changed("Marina Prado", "marina@example.com", plano=" Ouro"),)
    assert change(contact(REGISTERED, *facts), wanted, BRUNO) == ()


def test_whoever_changes_an_older_card_is_told_the_present_one() -> None:
    now = contact(REGISTERED, changed("Marina", plano="Ouro"))
    with pytest.raises(ContactMoved) as moved:
        change(now, details("Mariana"), BRUNO, expected_version=1)
    assert (moved.value.version, moved.value.name, moved.value.attributes) == (2, "Marina", {"plano": "Ouro"})
    assert change(now, details("Mariana"), ANA, expected_version=2) == (changed("Mariana"),)
    assert change(now, details("Marina", plano="Ouro"), BRUNO, expected_version=1) == (), "it is so already"


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (details("x" * 201), ContactName),
        (details("\u202e \u200b"), ContactName),
        (details(email="marina"), ContactEmail),
        (details(email="a@b"), ContactEmail),
        (details(email="a@b..c"), ContactEmail),
        (details(email="a b@example.com"), ContactEmail),
        (details(email=f"{'a' * 250}@example.com"), ContactEmail),
        (details(**{"": "x"}), ContactAttributes),
        (details(**{"k" * 51: "x"}), ContactAttributes),
        (details(k="x" * 1001), ContactAttributes),
        (details(**{f"campo {n}": "1" for n in range(51)}), ContactAttributes),
        (details(**{"Cidade": "x", "ＣＩＤＡＤＥ": "y"}), ContactAttributes),
    ],
)
def test_what_cannot_be_is_refused(wanted: Details, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        change(contact(REGISTERED), wanted, ANA)


def test_names_of_attributes_are_data_whatever_they_say() -> None:
    names = {"__proto__": "1", "constructor": "2", "__class__": "3", "..": "4", "👍": "5"}
    (fact,) = change(contact(REGISTERED), details(**names), ANA)
    assert isinstance(fact, DetailsChanged)
    assert fact.attributes == names


@given(st.text(max_size=60))
def test_a_key_is_the_same_however_often_it_is_compared(name: str) -> None:
    assert caseless(caseless(name)) == caseless(name)


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["name", "email", "attributes", "x"]), values))
def test_any_card_of_a_bot_ends_within_the_limits_of_a_person(card: dict[str, Any]) -> None:
    told = readable(card)
    again = change(contact(), told, ANA)
    if again:
        (fact,) = again
        assert isinstance(fact, DetailsChanged)
        assert (fact.name, fact.email, fact.attributes) == (told.name, told.email, told.attributes)


def test_ordinary_addresses_are_addresses() -> None:
    for text in ("a@b.co", "nome.sobrenome+x@sub.example.com.br", "joão@exemplo.com"):
        assert is_email(text)


def test_an_alias_is_shown_with_its_main_contact_and_both_streams_know_it() -> None:
    mari, marina = contact(REGISTERED), contact(changed("Marina Prado"))
    done = merge(MARI, mari, MARINA, marina, ANA)
    assert done == Merge(
        (ContactsMerged(into=MARINA, name="Marina Prado", by=ANA),), (AliasAdded(alias=MARI, by=ANA),)
    )
    mari, marina = reduce(evolve, done.alias, mari), reduce(evolve, done.main, marina)
    assert (main_of(MARI, mari), main_of(MARINA, marina), marina.aliases) == (
        MARINA,
        MARINA,
        frozenset({MARI}),
    )
    assert merge(MARI, mari, MARINA, marina, BRUNO) == Merge(), "twice is once"


def test_undoing_a_merge_leaves_both_as_they_were() -> None:
    mari, marina = contact(REGISTERED), contact(changed("Marina Prado"))
    done = merge(MARI, mari, MARINA, marina, ANA)
    merged, main = reduce(evolve, done.alias, mari), reduce(evolve, done.main, marina)
    undone = undo_merge(MARI, merged, BRUNO)
    assert undone == Merge((MergeUndone(into=MARINA, by=BRUNO),), (AliasRemoved(alias=MARI, by=BRUNO),))
    assert reduce(evolve, undone.alias, merged) == mari
    assert reduce(evolve, undone.main, main) == marina
    assert undo_merge(MARI, mari, ANA) == Merge()


def test_a_merge_that_would_make_a_chain_or_a_circle_is_refused() -> None:
    alias = contact(REGISTERED, ContactsMerged(into=MARINA, name=None, by=ANA))
    main = contact(REGISTERED, AliasAdded(alias=MARI, by=ANA))
    with pytest.raises(MergeItself):
        merge(MARINA, main, MARINA, main, ANA)
    with pytest.raises(MergedAlready) as already:
        merge(MARI, alias, OTHER, contact(REGISTERED), ANA)
    assert already.value.into == MARINA
    with pytest.raises(MergedAlready):
        merge(OTHER, contact(REGISTERED), MARI, alias, ANA)
    with pytest.raises(HasAliases):
        merge(MARINA, main, OTHER, contact(REGISTERED), ANA)


def test_an_erased_person_has_an_empty_card() -> None:
    gone = contact(
        ContactRegistered(name=ERASED, username=ERASED),
        ProfileNamed(name=ERASED, username=ERASED),
        ContactCardReflected(name=ERASED, email=ERASED, attributes=ERASED),
        DetailsChanged(name=ERASED, email=ERASED, attributes=ERASED, by=ANA),
        ContactsMerged(into=MARINA, name=ERASED, by=ANA),
    )
    assert Details.of(gone.card) == Details(None, None, {})
    assert gone.merged_into == MARINA
