"""Decisions about a quick reply."""

from collections.abc import Callable
from functools import reduce
from typing import Any
from uuid import UUID

import pytest

from domain.conversation.message_events import QuickReplyUse
from domain.decision import Decision
from domain.event import Event
from domain.quick_reply.add import add
from domain.quick_reply.approve import approve
from domain.quick_reply.archive import archive
from domain.quick_reply.edit import edit
from domain.quick_reply.events import (
    QuickReplyAdded,
    QuickReplyApproved,
    QuickReplyArchived,
    QuickReplyEdited,
    QuickReplyRejected,
    QuickReplySuggested,
    QuickReplyWithdrawn,
)
from domain.quick_reply.reject import reject
from domain.quick_reply.send import require_sendable
from domain.quick_reply.state import Content, QuickReply, evolve
from domain.quick_reply.suggest import suggest
from domain.quick_reply.withdraw import withdraw
from domain.refusals import (
    Archived,
    Forbidden,
    MissingValue,
    NoSuggestion,
    NotApproved,
    NotFound,
    OwnSuggestion,
    QuickReplyMoved,
    SuggestionWaits,
)
from tests.domain.given import ANA, BRUNO, CLARA, THREAD, Then, message_id

TEAM, OTHER_TEAM = UUID(int=31), UUID(int=32)
OLA = Content("Saudação", "ola", "Olá, $primeiro_nome!\n Sou  $analista. ")
BOM_DIA = Content("Saudação", "ola", "Bom dia, $primeiro_nome!")
MESSAGE = message_id(1)


def added(content: Content = OLA, teams: list[UUID] | None = None) -> QuickReplyAdded:
    (fact,) = add(content, teams or [], CLARA)
    assert isinstance(fact, QuickReplyAdded)
    return fact


def suggested(content: Content = OLA, by: UUID = ANA) -> QuickReplySuggested:
    (fact,) = suggest(None, content, THREAD, MESSAGE, by)
    assert isinstance(fact, QuickReplySuggested)
    return fact


def approved(version: int = 1, content: Content = OLA, teams: list[UUID] | None = None) -> QuickReplyApproved:
    return QuickReplyApproved(
        version=version, **_fields(content), team_ids=teams or [], suggested_by=ANA, by=CLARA
    )


def edited(version: int, content: Content, teams: list[UUID] | None = None) -> QuickReplyEdited:
    return QuickReplyEdited(version=version, **_fields(content), team_ids=teams or [], by=CLARA)


def _fields(content: Content) -> dict[str, Any]:
    return {"name": content.name, "shortcut": content.shortcut, "text": content.text}


REJECTED, WITHDRAWN = QuickReplyRejected(reason="já temos", by=CLARA), QuickReplyWithdrawn()
ARCHIVED = QuickReplyArchived(by=CLARA)


def reply(*facts: Event) -> QuickReply:
    folded: QuickReply | None = reduce(evolve, facts, None)
    assert folded is not None
    return folded


def given(*facts: Event) -> Callable[[Callable[[QuickReply], Decision]], Then]:
    return lambda decide: Then(lambda: decide(reply(*facts)))


def test_what_an_admin_adds_is_approved_at_once() -> None:
    assert reply(added(teams=[TEAM])) == QuickReply((OLA,), frozenset({TEAM}), revision=1)


def test_the_approved_text_is_byte_for_byte_what_was_suggested() -> None:
    decided = given(suggested())(lambda it: approve(it, OLA, [], CLARA, 1))
    decided.then(approved())
    assert reply(suggested(), *decided.facts).versions == (OLA,)


def test_a_suggestion_may_be_edited_on_its_approval() -> None:
    given(suggested())(lambda it: approve(it, BOM_DIA, [OTHER_TEAM, TEAM], BRUNO, 1)).then(
        QuickReplyApproved(
            version=1, **_fields(BOM_DIA), team_ids=[TEAM, OTHER_TEAM], suggested_by=ANA, by=BRUNO
        )
    )


def test_nobody_decides_what_they_suggested() -> None:
    given(suggested(by=CLARA))(lambda it: approve(it, OLA, [], CLARA, 1)).then_refuses(OwnSuggestion)
    given(suggested(by=CLARA))(lambda it: reject(it, "não", CLARA, 1)).then_refuses(OwnSuggestion)
    # Whatever they have seen of it.
    given(suggested(by=CLARA))(lambda it: approve(it, OLA, [], CLARA, 7)).then_refuses(OwnSuggestion)


def test_deciding_once_more_as_before_does_nothing() -> None:
    given(suggested(), approved())(lambda it: approve(it, OLA, [], BRUNO, 1)).then_nothing()
    given(suggested(), REJECTED)(lambda it: reject(it, "já temos", BRUNO, 1)).then_nothing()


@pytest.mark.parametrize(
    "second",
    [
        lambda it: approve(it, BOM_DIA, [], BRUNO, 1),
        lambda it: approve(it, OLA, [TEAM], BRUNO, 1),
        lambda it: reject(it, "não", BRUNO, 1),
    ],
)
def test_deciding_otherwise_meets_what_was_decided_meanwhile(second: Any) -> None:
    given(suggested(), approved())(second).then_refuses(QuickReplyMoved, revision=2)


def test_a_suggestion_that_was_replaced_meanwhile_is_not_approved() -> None:
    replaced = suggested(), WITHDRAWN, suggested(BOM_DIA)
    given(*replaced)(lambda it: approve(it, OLA, [], CLARA, 1)).then_refuses(QuickReplyMoved, revision=3)
    # Not even as what was approved of an earlier one.
    again = suggested(), approved(), suggested(), approved(2)
    given(*again)(lambda it: approve(it, OLA, [], CLARA, 1)).then_refuses(QuickReplyMoved, revision=4)


def test_what_was_decided_or_never_suggested_cannot_be_decided() -> None:
    given(added())(lambda it: approve(it, OLA, [], CLARA, 1)).then_refuses(NoSuggestion)
    given(added())(lambda it: reject(it, "não", CLARA, 1)).then_refuses(NoSuggestion)
    given(suggested(), REJECTED)(lambda it: approve(it, OLA, [], CLARA, 2)).then_refuses(NoSuggestion)
    given(suggested(), WITHDRAWN)(lambda it: reject(it, "não", CLARA, 2)).then_refuses(NoSuggestion)


def test_only_who_suggested_it_withdraws_it_and_only_while_it_waits() -> None:
    given(suggested())(lambda it: withdraw(it, ANA)).then(WITHDRAWN)
    given(suggested())(lambda it: withdraw(it, BRUNO)).then_refuses(Forbidden)
    given(suggested(), WITHDRAWN)(lambda it: withdraw(it, ANA)).then_nothing()
    given(suggested(), approved())(lambda it: withdraw(it, ANA)).then_refuses(NoSuggestion)
    given(added())(lambda it: withdraw(it, ANA)).then_refuses(NoSuggestion)


def test_a_change_of_a_quick_reply_waits_while_the_approved_text_stays() -> None:
    it = reply(added(), suggested(BOM_DIA))
    assert (it.state, it.content, it.version) == ("approved", OLA, 1)
    assert it.waiting is not None
    assert it.waiting.on_version == 1
    changed = reply(added(), suggested(BOM_DIA), approved(2, BOM_DIA))
    assert (changed.versions, changed.waiting) == ((OLA, BOM_DIA), None)


def test_one_change_waits_at_a_time_and_none_of_what_is_archived() -> None:
    waits = given(added(), suggested(BOM_DIA))
    waits(lambda it: suggest(it, OLA, THREAD, MESSAGE, BRUNO)).then_refuses(SuggestionWaits)
    gone = given(added(), ARCHIVED)
    gone(lambda it: suggest(it, OLA, THREAD, MESSAGE, BRUNO)).then_refuses(Archived)
    given(suggested(), REJECTED)(lambda it: suggest(it, OLA, THREAD, MESSAGE, ANA)).then(suggested())


def test_another_text_is_the_next_version_and_other_teams_alone_are_not() -> None:
    given(added())(lambda it: edit(it, BOM_DIA, [], CLARA, 1)).then(edited(2, BOM_DIA))
    teams = given(added(), edited(2, BOM_DIA))(lambda it: edit(it, BOM_DIA, [TEAM], CLARA, 2))
    teams.then(edited(2, BOM_DIA, [TEAM]))
    it = reply(added(), edited(2, BOM_DIA), *teams.facts)
    assert (it.versions, it.teams) == ((OLA, BOM_DIA), frozenset({TEAM}))


def test_of_two_editors_the_second_learns_of_the_first() -> None:
    first = added(), edited(2, BOM_DIA)
    second = given(*first)(lambda it: edit(it, Content("Outra", None, "Oi"), [], BRUNO, 1))
    second.then_refuses(QuickReplyMoved, revision=2)
    given(*first)(lambda it: edit(it, BOM_DIA, [], BRUNO, 1)).then_nothing()


def test_only_what_is_approved_is_edited() -> None:
    given(suggested())(lambda it: edit(it, OLA, [], CLARA, 1)).then_refuses(NotApproved)
    given(added(), ARCHIVED)(lambda it: edit(it, BOM_DIA, [], CLARA, 2)).then_refuses(Archived)


def test_a_change_is_decided_before_its_quick_reply_is_archived() -> None:
    given(added(), suggested(BOM_DIA))(lambda it: archive(it, CLARA)).then_refuses(SuggestionWaits)
    given(added())(lambda it: archive(it, CLARA)).then(ARCHIVED)
    given(added(), ARCHIVED)(lambda it: archive(it, CLARA)).then_nothing()
    given(suggested(), REJECTED)(lambda it: archive(it, CLARA)).then(ARCHIVED)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ([added()], "approved"),
        ([suggested()], "suggested"),
        ([suggested(), REJECTED], "rejected"),
        ([suggested(), WITHDRAWN], "withdrawn"),
        ([suggested(), approved(), suggested(BOM_DIA), REJECTED], "approved"),
        ([added(), ARCHIVED], "archived"),
    ],
)
def test_it_is_shown_as_the_most_that_was_decided_of_it(facts: list[Event], state: str) -> None:
    assert reply(*facts).state == state


def use(version: int) -> QuickReplyUse:
    return QuickReplyUse(id=THREAD, version=version)


def test_a_message_is_sent_with_any_version_that_was_ever_approved() -> None:
    it = reply(added(), edited(2, BOM_DIA), ARCHIVED)
    for version in (1, 2):
        require_sendable(it, use(version), "Oi", frozenset())
    for version in (0, 3, -1):
        with pytest.raises(NotFound):
            require_sendable(it, use(version), "Oi", frozenset())
    for nothing in (None, reply(suggested())):
        with pytest.raises(NotFound):
            require_sendable(nothing, use(1), "Oi", None)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Olá, $primeiro_nome! Sou Ana.", "primeiro_nome"),
        ("Olá, Marina! Sou ${analista}.", "analista"),
        ("Olá, $PRIMEIRO_NÓME! Sou $analista", "primeiro_nome"),
        ("Olá, $primeiro_nomezinho", "primeiro_nome"),
        ("Olá, Marina! Sou Ana.", None),
        ("Olá! São R$ 50, ou $$analista", "analista"),
        ("Olá, $telefone", None),  # no variable of this one
        ("", None),
    ],
)
def test_b110_a_text_that_still_names_a_variable_of_it_is_not_sent(text: str, missing: str | None) -> None:
    it = reply(added(), edited(2, Content("Outra", None, "Sem variáveis, $$analista")))
    if missing is None:
        require_sendable(it, use(1), text, None)
    else:
        with pytest.raises(MissingValue) as refused:
            require_sendable(it, use(1), text, None)
        assert refused.value.name == missing
    require_sendable(it, use(2), text, None)


def test_b107_a_name_that_a_value_or_a_word_of_it_holds_is_no_hole() -> None:
    it = reply(added(), edited(2, Content("Outra", None, "Para $analista escreva $$analista.")))
    require_sendable(it, use(2), "Para Ana escreva $analista.", None, ["Ana"])
    require_sendable(it, use(1), "Olá, $analista! Sou Ana.", None, ["$analista", "Ana"])
    with pytest.raises(MissingValue):
        require_sendable(it, use(1), "Olá, Marina! Sou $analista.", None, ["Marina"])


def test_a_quick_reply_of_a_team_is_there_for_that_team_and_for_admins() -> None:
    it = reply(added(teams=[TEAM]))
    require_sendable(it, use(1), "Oi", frozenset({TEAM, OTHER_TEAM}))
    require_sendable(it, use(1), "Oi", None)
    for teams in (frozenset[UUID](), frozenset({OTHER_TEAM})):
        with pytest.raises(NotFound):
            require_sendable(it, use(1), "Oi", teams)
