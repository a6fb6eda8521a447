"""Failpoints kill where a test says so, are counted, and exist in no process that serves people."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from services.runtime.failpoint import FailpointRefused, arm, failpoint, held

KILLED = """
import sys
from services.runtime.failpoint import arm, failpoint
arm(sys.argv[2], True, sys.argv[1])
failpoint("before_append")
failpoint("after_append")
"""


def test_a_failpoint_kills_at_its_place_and_leaves_its_count(tmp_path: Path) -> None:
    log = tmp_path / "hits"
    for _ in range(2):
        assert ending("after_append:kill", log) == -signal.SIGKILL
    assert log.read_text().split() == ["after_append", "after_append"]


def test_the_first_hits_of_all_processes_are_certain_and_then_chance_decides(tmp_path: Path) -> None:
    log = tmp_path / "hits"
    wanted = "before_append:kill:0:1,after_append:kill:0:2"
    assert [ending(wanted, log) for _ in range(4)] == [-signal.SIGKILL] * 3 + [0]
    assert log.read_text().split() == ["before_append", "after_append", "after_append"]


def ending(wanted: str, log: Path) -> int:
    """How a process with these failpoints ends, that passes both places."""
    return subprocess.run([sys.executable, "-c", KILLED, str(log), wanted], timeout=30).returncode


@pytest.mark.parametrize(
    "wanted",
    ["nowhere:kill", "after_append:explode", "dedupe:kill", "after_append", "after_append:kill:0.1:1"],
)
def test_a_failpoint_that_does_not_exist_is_refused(wanted: str) -> None:
    with pytest.raises(FailpointRefused, match="BALCAO_FAILPOINT"):
        arm(wanted, True)


def test_outside_tests_there_are_none() -> None:
    with pytest.raises(FailpointRefused, match="BALCAO_TEST_FLAGS"):
        arm("after_append:kill", False)
    failpoint("after_append")


def test_a_test_holds_the_first_that_comes_until_it_lets_it_go() -> None:
    passed: list[int] = []

    def work(number: int) -> None:
        failpoint("before_append_command")
        passed.append(number)

    with held("before_append_command") as hold:
        first = threading.Thread(target=work, args=[1])
        first.start()
        assert hold.reached.wait(5)
        work(2)
        assert passed == [2]
        hold.released.set()
        first.join(5)
    assert passed == [2, 1]
