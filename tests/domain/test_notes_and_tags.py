"""What colleagues write about a ticket: nothing of it moves or answers anything."""

from uuid import UUID

import pytest

from domain.conversation.notes import add_note
from domain.conversation.tags import retag, tag
from domain.conversation.ticket_events import NoteAdded, Tagged, Untagged
from domain.event import Event
from domain.refusals import EmptyText, NoOpenTicket, TagName, TextTooLong, TooManyTags
from tests.domain.given import (
    ANA,
    BRUNO,
    MINUTE,
    NOON,
    assigned,
    closed,
    fold,
    given,
    opened,
    received,
    started,
    state,
    waiting,
)

NOTE = UUID(int=91)
OPEN = (*waiting(), assigned())


def noted(text: str = "ver contrato", mentions: tuple[UUID, ...] = ()) -> NoteAdded:
    return NoteAdded(ticket=1, note_id=NOTE, text=text, mentions=list(mentions), by=ANA, written_at=NOON)


def tagged(*names: str) -> tuple[Event, ...]:
    return tuple(Tagged(ticket=1, tag=name, by=ANA) for name in names)


def test_a_note_names_each_colleague_once() -> None:
    given(*OPEN).when(lambda c: add_note(c, "ver contrato", [BRUNO, ANA, BRUNO], NOTE, ANA, NOON)).then(
        noted(mentions=(BRUNO, ANA))
    )


def test_a_note_changes_nothing_that_rules_go_by() -> None:
    assert fold((*OPEN, noted())) == fold(OPEN)


def test_owners_and_whom_a_note_mentions_take_part_in_the_ticket_and_not_in_the_next_one() -> None:
    clara = UUID(int=13)
    handed_on = (*OPEN, assigned(BRUNO), noted(mentions=(clara, BRUNO)))
    assert state(*handed_on).participants == {ANA, BRUNO, clara}
    assert state(*handed_on, closed()).participants == {ANA, BRUNO, clara}
    again = (*handed_on, closed(), opened(2, control=5, first=2), assigned(ANA, ticket=2))
    assert state(*again).participants == {ANA}


def test_a_note_stands_behind_what_the_customer_wrote_last() -> None:
    ahead = (*OPEN, received(2, NOON + MINUTE))
    (note,) = given(*ahead).when(lambda c: add_note(c, "ver", [], NOTE, ANA, NOON)).facts
    assert isinstance(note, NoteAdded)
    assert note.written_at == NOON + MINUTE


def test_a_note_is_written_on_a_closed_ticket_too_but_not_before_the_first() -> None:
    given(*OPEN, closed()).when(lambda c: add_note(c, "ver contrato", [], NOTE, ANA, NOON)).then(noted())
    given(started()).when(lambda c: add_note(c, "ver", [], NOTE, ANA, NOON)).then_refuses(NoOpenTicket)


@pytest.mark.parametrize(
    ("text", "refusal"), [("", EmptyText), ("\u200b ", EmptyText), ("x" * 4097, TextTooLong)]
)
def test_a_note_needs_something_to_read(text: str, refusal: type[EmptyText]) -> None:
    given(*OPEN).when(lambda c: add_note(c, text, [], NOTE, ANA, NOON)).then_refuses(refusal)


def test_the_tags_are_those_that_were_asked_for_and_no_others() -> None:
    given(*OPEN).when(lambda c: retag(c, ["Entrega", "VIP"], ANA)).then(*tagged("Entrega", "VIP"))
    given(*OPEN, *tagged("Entrega", "VIP")).when(lambda c: retag(c, ["VIP", "troca"], ANA)).then(
        Untagged(ticket=1, tag="Entrega", by=ANA), *tagged("troca")
    )
    given(*OPEN, *tagged("VIP")).when(lambda c: retag(c, ["VIP"], ANA)).then_nothing()
    given(*OPEN, *tagged("VIP")).when(lambda c: retag(c, [], ANA)).then(Untagged(ticket=1, tag="VIP", by=ANA))


def test_a_tag_is_one_whatever_its_case_and_width_and_stays_as_it_was_first_written() -> None:
    given(*OPEN, *tagged("Ação")).when(lambda c: retag(c, ["AÇÃO", "ação"], ANA)).then_nothing()
    given(*OPEN).when(lambda c: retag(c, ["VIP", "ｖｉｐ", "Vip "], ANA)).then(*tagged("VIP"))
    given(*OPEN).when(lambda c: retag(c, ["Straße", "STRASSE"], ANA)).then(*tagged("Straße"))


ODD = ["__proto__", "constructor", "toString", "__class__", "..", "🚚", "<b>", "' or 1=1", "%s", "a/b"]


@pytest.mark.parametrize("name", ODD)
def test_b068_any_name_is_data(name: str) -> None:
    given(*OPEN).when(lambda c: retag(c, [name], ANA)).then(*tagged(name))


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "x" * 51, "x" * 10_000])
def test_b068_a_name_that_is_none_is_refused(name: str) -> None:
    given(*OPEN).when(lambda c: retag(c, ["VIP", name], ANA)).then_refuses(TagName)


def test_a_ticket_has_at_most_twenty_tags() -> None:
    twenty = [f"tag {n}" for n in range(20)]
    assert len(given(*OPEN).when(lambda c: retag(c, twenty, ANA)).facts) == 20
    given(*OPEN).when(lambda c: retag(c, [*twenty, "more"], ANA)).then_refuses(TooManyTags)
    full = given(*OPEN, *tagged(*twenty))
    full.when(lambda c: tag(c, ["more"], ANA)).then_refuses(TooManyTags)
    full.when(lambda c: tag(c, ["TAG 3"], ANA)).then_nothing()
