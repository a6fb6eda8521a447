"""Erasing a person, as facts: tickets end for good, and nothing is said or merged afterwards."""

from uuid import UUID

import pytest

from domain.contact.card import Details, change
from domain.contact.erase import erase as erase_contact
from domain.contact.merge import merge, undo_merge
from domain.contact.state import (
    AliasAdded,
    Contact,
    ContactErased,
    ContactRegistered,
    DetailsChanged,
    IdentityAttached,
    evolve,
)
from domain.conversation.erase import erase
from domain.conversation.message_events import ConversationErased
from domain.conversation.ticket_events import Closed, MessageScheduled, ScheduleEnded
from domain.conversation.undo import undo
from domain.refusals import DataErased, NothingToUndo
from tests.domain.given import ANA, HOUR, MARINA, MINUTE, NOON, closed, given, state, waiting

ERASED = ConversationErased(by=ANA, erased_at=NOON)
LATER = UUID(int=77)


def known(*facts: object) -> Contact:
    contact = None
    for fact in (
        ContactRegistered(name="Rita"),
        IdentityAttached(portfolio="p", kind="phone", value="5520991110001", wa_id="5520991110001"),
        DetailsChanged(name="Rita Prado", email="rita@x.com", attributes={"cpf": "1"}, by=ANA),
        *facts,
    ):
        contact = evolve(contact, fact)  # type: ignore[arg-type]
    assert contact is not None
    return contact


def test_an_open_ticket_is_closed_for_good_and_what_was_scheduled_is_not_sent() -> None:
    scheduled = MessageScheduled(
        ticket=1, scheduled_id=LATER, text="até já", due_at=NOON + HOUR, zone="UTC", by=ANA
    )
    given(*waiting(), scheduled).when(lambda c: erase(c, ANA, NOON)).then(
        ScheduleEnded(ticket=1, scheduled_id=LATER, cause="erased", by=ANA),
        Closed(ticket=1, by=ANA),
        ERASED,
    )


def test_a_closed_conversation_is_erased_alone_and_an_erased_one_not_again() -> None:
    given(*waiting(), closed()).when(lambda c: erase(c, ANA, NOON)).then(ERASED)
    given(*waiting(), closed(), ERASED).when(lambda c: erase(c, None, NOON)).then()


def test_the_close_before_an_erasure_cannot_be_undone() -> None:
    ended = Closed(ticket=1, by=ANA, moved_at=NOON)
    gone = state(*waiting(), ended, ERASED)
    assert gone.erased
    with pytest.raises(NothingToUndo):
        undo(gone, LATER, ANA, NOON + MINUTE / 2, gone.control)


def test_of_an_erased_contact_only_its_aliases_and_its_version_are_known() -> None:
    contact = known(AliasAdded(alias=LATER, by=ANA))
    facts = erase_contact(contact, None, NOON)
    assert facts == (ContactErased(by=None, erased_at=NOON),)
    gone = evolve(contact, facts[0])
    assert (gone.erased, gone.aliases, gone.card.version) == (True, frozenset({LATER}), contact.card.version)
    assert (gone.name, gone.card.email, dict(gone.card.attributes)) == (None, None, {})
    assert (gone.addresses, gone.number, gone.bsuid) == ((), None, None)
    assert erase_contact(gone, ANA, NOON) == ()


def test_an_erased_contact_is_neither_changed_nor_merged() -> None:
    gone, other = known(ContactErased(by=ANA, erased_at=NOON)), known()
    for refused in (
        lambda: change(gone, Details("Rita", None, {}), ANA),
        lambda: merge(LATER, gone, MARINA, other, ANA),
        lambda: merge(MARINA, other, LATER, gone, ANA),
        lambda: undo_merge(LATER, gone, ANA),
    ):
        with pytest.raises(DataErased):
            refused()
