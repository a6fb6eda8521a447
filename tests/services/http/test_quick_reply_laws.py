"""Whatever becomes of quick replies, whoever does what: answers, log and read models say the same."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from domain.decision import Decision
from domain.quick_reply.approve import approve
from domain.quick_reply.edit import edit
from domain.quick_reply.send import require_sendable
from domain.quick_reply.state import QuickReply, Suggestion, state_of
from projections import quick_replies as projected
from services.commands import quick_replies as commands
from tests.services.http.quick_reply_desk import Counters, Desk
from tests.support.office import Office

Patch = Callable[[pytest.MonkeyPatch], None]
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]
SOUND = settings(max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=QUIET)


def test_whatever_becomes_of_quick_replies_is_as_on_paper(office: Office) -> None:
    Desk.at = Counters(office)
    run_state_machine_as_test(Desk, settings=SOUND)
    _walk(1)


def who_suggested_it_approves_it(patch: pytest.MonkeyPatch) -> None:
    def broken(reply: QuickReply, *given: Any) -> Decision:
        suggestion = reply.suggestion
        assert isinstance(suggestion, Suggestion)
        return approve(replace(reply, suggestion=replace(suggestion, by=UUID(int=1))), *given)

    patch.setattr(commands, "approve", broken)


def the_last_editor_wins(patch: pytest.MonkeyPatch) -> None:
    def broken(reply: QuickReply, content: Any, teams: Any, by: Any, _: int) -> Decision:
        return edit(reply, content, teams, by, reply.revision)

    patch.setattr(commands, "edit", broken)


def a_rejected_change_takes_the_text_from_its_users(patch: pytest.MonkeyPatch) -> None:
    def broken(archived: bool, version: int, suggested: Any) -> Any:
        return state_of(archived, 0 if suggested == "rejected" else version, suggested)

    patch.setattr(projected, "state_of", broken)


def a_message_is_written_with_what_is_of_another_team(patch: pytest.MonkeyPatch) -> None:
    def broken(reply: Any, use: Any, text: str, _: Any, values: Any) -> None:
        require_sendable(reply, use, text, None, values)

    patch.setattr(commands, "require_sendable", broken)


@pytest.mark.parametrize(
    ("broken", "caught"),
    [
        (who_suggested_it_approves_it, "not own_suggestion"),
        (the_last_editor_wins, "not quick_reply_moved"),
        (a_rejected_change_takes_the_text_from_its_users, "usable|its state"),
        (a_message_is_written_with_what_is_of_another_team, "not not_found"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_broken_rule_is_caught(
    office: Office, monkeypatch: pytest.MonkeyPatch, broken: Patch, caught: str
) -> None:
    Desk.at = Counters(office)
    broken(monkeypatch)
    with pytest.raises(AssertionError, match=caught):
        _walk(6)


def _walk(days: int) -> None:
    """Sixty rules a day by chance: more of them meet one another than in examples of the state machine."""
    for day in range(days):
        desk, chance = Desk(), Random(day)
        desk.begin()
        for _ in range(60):
            chance.choice(_acts(desk, chance))()


def _acts(desk: Desk, chance: Random) -> list[Callable[[], None]]:
    who, which = chance.choice(["ana", "davi", "eva"]), chance.randrange(4)
    missed = chance.choice([0, 0, 1])
    content = chance.choice(["Zé", "Olá"]), None, chance.choice(["Oi!", "Bom dia!"])
    return [
        partial(desk.add, who, content, chance.random() < 0.5),
        partial(desk.suggest, who, content),
        partial(desk.suggest_change, who, which, content),
        partial(desk.approve, who, which, missed, None, None),
        partial(desk.reject, who, which, missed, "não"),
        partial(desk.edit, who, which, missed, content, False),
        partial(desk.use, chance.choice(["ana", "bruno"]), which, 0),
        partial(desk.look, who),
    ]
