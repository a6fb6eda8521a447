"""Which address of a contact is the present one: the newest by WhatsApp's time; a replaced one is past."""

from collections.abc import Sequence
from datetime import timedelta
from functools import reduce
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.contact.identity import LATER, Heard, become, hear, identify
from domain.contact.state import (
    Contact,
    ContactRegistered,
    IdentityAttached,
    IdentityConflictNoted,
    IdentityHeard,
    IdentityReplaced,
    evolve,
)
from domain.event import ERASED, Event
from domain.incoming import IncomingSender
from tests.domain.given import MARINA, MINUTE, NOON

OTHER = UUID(int=77)
# In the order in which they sort, so that the first of a sorted set is always a wrong one.
OLD, NEW, THIRD = "AA.1", "BB.2", "CC.3"
PHONES = ["5511911111111", "5511922222222", "5511933333333"]


def known(*facts: Event) -> Contact:
    return reduce(evolve, facts, Contact())


def wrote(contact: Contact, sender: IncomingSender, heard: Heard) -> tuple[Event, ...]:
    """The facts of a message whose addresses are the contact's, or nobody's yet."""
    by_bsuid = MARINA if sender.bsuid and contact.address("bsuid", sender.bsuid) else None
    by_phone = MARINA if sender.phone and contact.address("phone", sender.phone) else None
    if not contact.addresses:
        return identify(sender, "p", None, None, None, MARINA, heard).events
    return identify(sender, "p", by_bsuid, by_phone, contact, OTHER, heard).events


def changed(contact: Contact, before: IncomingSender, after: IncomingSender, at: Heard) -> tuple[Event, ...]:
    """The facts of a notice of WhatsApp; the new addresses are nobody else's."""
    holders = [
        MARINA if value and contact.address(kind, value) else None
        for kind, value in (("bsuid", after.bsuid), ("phone", after.phone))
    ]
    return become(contact, MARINA, "p", before, after, holders, at.at)


def test_f1_who_changes_the_business_scoped_id_is_answered_at_the_new_one() -> None:
    """F1; A sorts before B, and with the names turned round after it."""
    for before, after in ((OLD, NEW), (NEW, OLD)):
        contact = known(*wrote(Contact(), IncomingSender(bsuid=before), Heard(NOON)))
        notice = Heard(NOON + MINUTE)
        facts = changed(contact, IncomingSender(bsuid=before), IncomingSender(bsuid=after), notice)
        assert facts == (
            IdentityAttached(portfolio="p", kind="bsuid", value=after, heard_at=notice.at),
            IdentityReplaced(kind="bsuid", value=before, present=after, replaced_at=notice.at),
        )
        contact = reduce(evolve, facts, contact)
        assert wrote(contact, IncomingSender(bsuid=after), Heard(NOON + 2 * MINUTE, NOON)) == ()
        assert contact.bsuid == after


def test_a_number_that_was_changed_is_past_even_when_another_contact_has_the_new_one() -> None:
    contact = known(*wrote(Contact(), IncomingSender(phone=PHONES[1], wa_id=PHONES[1]), Heard(NOON)))
    before, after = IncomingSender(phone=PHONES[1]), IncomingSender(phone=PHONES[0], wa_id=PHONES[0])
    facts = become(contact, MARINA, "p", before, after, [None, OTHER], NOON)
    assert facts == (
        IdentityConflictNoted(kind="phone", value=PHONES[0], held_by=OTHER),
        IdentityReplaced(kind="phone", value=PHONES[1], present=None, replaced_at=NOON),
    )
    gone = reduce(evolve, facts, contact)
    assert (gone.phone, gone.number) == (None, None), "that number may be somebody else's by now"
    assert become(gone, MARINA, "p", before, after, [None, OTHER], NOON) == (), "twice is once"


def test_whoever_writes_from_an_earlier_address_again_has_that_one_at_present() -> None:
    first = IncomingSender(bsuid=OLD, phone=PHONES[0], wa_id="551111111111")
    second = IncomingSender(bsuid=OLD, phone=PHONES[1], wa_id=PHONES[1])
    contact = known(*wrote(Contact(), first, Heard(NOON)))
    contact = reduce(evolve, wrote(contact, second, Heard(NOON + MINUTE, NOON)), contact)
    assert (contact.phone, contact.number) == (PHONES[1], PHONES[1])
    again = wrote(contact, first, Heard(NOON + 2 * MINUTE, NOON + MINUTE))
    heard_at = NOON + 2 * MINUTE
    assert again == (IdentityHeard(kind="phone", value=PHONES[0], wa_id="551111111111", heard_at=heard_at),)
    assert reduce(evolve, again, contact).number == "551111111111"
    late = wrote(contact, first, Heard(NOON + MINUTE / 2, NOON + MINUTE))
    assert late == (), "it was written before the second number's message"


def test_a_replaced_address_is_present_again_only_when_it_is_heard_from_later() -> None:
    contact = known(*wrote(Contact(), IncomingSender(bsuid=OLD), Heard(NOON)))
    notice = Heard(NOON + MINUTE)
    facts = changed(contact, IncomingSender(bsuid=OLD), IncomingSender(bsuid=NEW), notice)
    contact = reduce(evolve, facts, contact)
    assert hear(contact, IncomingSender(bsuid=OLD), Heard(NOON + MINUTE)) == ()
    assert hear(contact, IncomingSender(bsuid=OLD), Heard(NOON + 2 * MINUTE)) != ()


def test_old_facts_without_a_time_stand_in_the_order_of_the_log() -> None:
    """No number borrows the form of another."""

    def old(kind: str, value: str, wa_id: str | None = None) -> IdentityAttached:
        return IdentityAttached(portfolio="p", kind=kind, value=value, wa_id=wa_id)

    contact = known(
        ContactRegistered(name=None),
        *(old("bsuid", NEW), old("phone", PHONES[1], "551122222222")),
        *(old("bsuid", OLD), old("phone", PHONES[0])),
        old("bsuid", ERASED),  # type: ignore[arg-type]
    )
    assert (contact.bsuid, contact.phone, contact.number) == (OLD, PHONES[0], PHONES[0])
    sender = IncomingSender(bsuid=NEW, phone=PHONES[1], wa_id="551122222222")
    assert len(hear(contact, sender, LATER)) == 2


def test_the_form_in_which_whatsapp_writes_the_number_is_kept_up_with() -> None:
    contact = known(IdentityAttached(portfolio="p", kind="phone", value=PHONES[0]))
    facts = hear(contact, IncomingSender(phone=PHONES[0], wa_id="551111111111"), Heard(NOON))
    assert reduce(evolve, facts, contact).number == "551111111111"
    argentina = known(
        IdentityAttached(portfolio="p", kind="phone", value="541112345678", wa_id="541112345678")
    )
    mobile = IncomingSender(phone="5491112345678", wa_id="5491112345678")
    heard = hear(argentina, mobile, Heard(NOON))
    assert reduce(evolve, heard, argentina).number == "5491112345678", "known under its other form"


says = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 6)), min_size=1, max_size=10)


@given(says)
def test_the_present_number_is_that_of_the_newest_second_whatever_arrives_in_which_order(
    messages: Sequence[tuple[int, int]],
) -> None:
    """Each message names one of three numbers and its second; they arrive as they stand in the list."""
    contact, newest = Contact(), None
    for which, second in messages:
        sender = IncomingSender(bsuid=OLD, phone=PHONES[which], wa_id=PHONES[which])
        at = NOON + timedelta(seconds=second)
        for fact in wrote(contact, sender, Heard(at, newest)):
            contact = evolve(contact, fact)
        newest = at if newest is None else max(newest, at)
    _, _, expected = max((second, n, which) for n, (which, second) in enumerate(messages))
    assert contact.phone == PHONES[expected]


@given(says, st.integers(0, 6), st.permutations(range(11)))
def test_a_number_is_past_from_its_notice_on_whenever_what_was_written_before_arrives(
    messages: Sequence[tuple[int, int]], notice_at: int, order: Sequence[int]
) -> None:
    """The second number replaces the first at a second: before it the first one wrote, then the second."""
    contact, newest = known(ContactRegistered(name=None)), None
    both = [IncomingSender(bsuid=OLD, phone=phone, wa_id=phone) for phone in PHONES[:2]]
    contact = reduce(evolve, wrote(Contact(), both[0], Heard(NOON)), contact)
    arrive: list[tuple[int, int | None]] = [(second, int(second > notice_at)) for _, second in messages]
    arrive.append((notice_at, None))
    for second, which in (arrive[n] for n in order if n < len(arrive)):
        at = NOON + timedelta(seconds=second)
        if which is None:
            facts = changed(contact, both[0], both[1], Heard(at))
        else:
            facts = wrote(contact, both[which], Heard(at, newest))
            newest = at if newest is None else max(newest, at)
        contact = reduce(evolve, facts, contact)
    assert contact.phone == PHONES[1]
