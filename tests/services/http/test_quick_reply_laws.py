"""Whatever becomes of quick replies, whoever does what: answers, log and read models say the same."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
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
SOUND = settings(max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=QUIET)
BROKEN = settings(SOUND, max_examples=40, phases=[Phase.generate], report_multiple_bugs=False)


def test_whatever_becomes_of_quick_replies_is_as_on_paper(office: Office) -> None:
    Desk.at = Counters(office)
    run_state_machine_as_test(Desk, settings=SOUND)


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
    patch.setattr(
        commands, "require_sendable", lambda reply, use, text, _: require_sendable(reply, use, text, None)
    )


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
        run_state_machine_as_test(Desk, settings=BROKEN)
