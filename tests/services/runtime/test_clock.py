"""All processes go by the database's clock, whichever machine's is wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from services.runtime.clock import DatabaseClock

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
