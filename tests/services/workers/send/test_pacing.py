"""Each channel calls as fast as it may, rests when it is told to, and stops for a person to look."""

import time
from uuid import uuid4

from services.workers.send.pacing import HALT_S, Pacing

ONE, OTHER = uuid4(), uuid4()


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


def test_a_channel_calls_no_faster_than_it_may() -> None:
    pacing = Pacing(calls_per_s=20)
    began = time.monotonic()
    assert all(pacing.wait(ONE, 5) for _ in range(41))
    assert time.monotonic() - began >= 1.8


def test_a_channel_does_not_wait_for_another() -> None:
    pacing = Pacing(calls_per_s=5)
    pacing.rest(ONE, 60)
    began = time.monotonic()
    assert not pacing.wait(ONE, 5)
    assert all(pacing.wait(OTHER, 5) for _ in range(5))
    assert time.monotonic() - began < 1


def test_a_turn_that_comes_too_late_is_none() -> None:
    pacing = Pacing(calls_per_s=1)
    assert pacing.wait(ONE, 1)
    assert not pacing.wait(ONE, 0.1)


def test_a_rest_ends_and_a_shorter_one_does_not_shorten_it() -> None:
    pacing, began = Pacing(), time.monotonic()
    assert pacing.rests_s(ONE) == 0
    pacing.rest(ONE, 0.3)
    pacing.rest(ONE, 0.1)
    assert 0.2 < pacing.rests_s(ONE) <= 0.3
    assert pacing.wait(ONE, 5)
    assert time.monotonic() - began >= 0.3


def test_a_halted_channel_is_tried_once_a_minute_until_a_call_goes_through() -> None:
    clock = Clock()
    pacing = Pacing(clock=clock)
    assert pacing.halt(ONE, "190", "the token was revoked")
    assert not pacing.halt(ONE, "190", "again"), "it is said once"
    assert pacing.halted(ONE) is not None
    clock.at += HALT_S
    assert pacing.halted(ONE) is None, "this one may try"
    assert pacing.halted(ONE) is not None, "the next one waits again"
    assert pacing.halted(OTHER) is None
    pacing.passed(ONE)
    assert pacing.halted(ONE) is None
