"""The whole of it, through HTTP, store and followers, with crashes between the steps."""

from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from domain.decision import Decision, decided
from domain.delivery import AttemptStarted
from services.runtime import failpoint
from tests.laws.installation import LawInstallation, installed
from tests.laws.whole_system import WholeSystem

IN_CI = settings.get_current_profile_name() == "ci"
UNTIL_FOUND = 2_000
"""So many days that what is broken shows: the search ends with the first that shows it."""


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[LawInstallation]:
    """One installation, in which each day has a tenant of its own."""
    with installed(database_url, tmp_path) as installation:
        yield installation


def live(installation: LawInstallation, days: int, phases: Collection[Phase] = tuple(Phase)) -> None:
    WholeSystem.installation = installation
    run_state_machine_as_test(
        WholeSystem,
        settings=settings(
            max_examples=days,
            stateful_step_count=40,
            deadline=None,
            phases=phases,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_fold_of_the_log_read_models_and_answers_agree_whatever_dies(installation: LawInstallation) -> None:
    live(installation, 50 if IN_CI else 8)


def test_with_the_deduplication_off_it_is_noticed(
    installation: LawInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failpoint._armed, "off", frozenset({"dedupe"}))
    with pytest.raises(AssertionError, match=r"there twice|taken again|stands in the thread twice"):
        live(installation, UNTIL_FOUND, [Phase.generate])


def test_with_a_sender_who_forgets_its_claims_it_is_noticed(
    installation: LawInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def claim(_: object, conversation_id: UUID, ticket: int, attempt: int, until: datetime) -> Decision:
        return decided(
            AttemptStarted(ticket=ticket, conversation_id=conversation_id, attempt=attempt, deadline_at=until)
        )

    monkeypatch.setattr("services.workers.send.attempts.claim", claim)
    with pytest.raises(AssertionError, match=r"made twice|goes out twice"):
        live(installation, UNTIL_FOUND, [Phase.generate])
