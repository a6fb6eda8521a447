"""All processes go by the database's clock, whichever machine's is wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from services.runtime.clock import DatabaseClock, utc_now
from services.runtime.ids import new_id

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize("ahead", [timedelta(minutes=2), timedelta(minutes=-2), timedelta(hours=1)])
def test_a_wrong_clock_is_corrected_and_goes_back_when_it_is_right_again(ahead: timedelta) -> None:
    clock = DatabaseClock(lambda: NOON)
    clock.correct(NOON, NOON + ahead, NOON)
    assert clock() == NOON + ahead
    clock.correct(NOON, NOON + ahead + timedelta(milliseconds=300), NOON)
    assert clock() == NOON + ahead, "it does not jump with every measurement"
    clock.correct(NOON, NOON + timedelta(milliseconds=20), NOON)
    assert clock() == NOON


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(milliseconds=900), timedelta(milliseconds=-900)])
def test_small_differences_are_left_alone(ahead: timedelta) -> None:
    clock = DatabaseClock(lambda: NOON)
    clock.correct(NOON, NOON + ahead, NOON)
    assert clock() == NOON


def test_an_answer_that_took_long_says_nothing_about_the_time() -> None:
    clock = DatabaseClock(lambda: NOON)
    clock.correct(NOON, NOON + timedelta(seconds=12), NOON + timedelta(seconds=12))
    assert clock() == NOON


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(minutes=20), timedelta(hours=-3)])
def test_ids_hold_the_databases_time(monkeypatch: pytest.MonkeyPatch, ahead: timedelta) -> None:
    monkeypatch.setattr(utc_now, "correction", ahead)
    held = datetime.fromtimestamp((new_id().int >> 80) / 1000, UTC)
    assert abs(datetime.now(UTC) + ahead - held) < timedelta(seconds=5)
    assert len({new_id() for _ in range(1_000)}) == 1_000
