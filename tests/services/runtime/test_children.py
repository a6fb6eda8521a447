"""Parents and children: nobody is left behind, and whoever ends comes back. Real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.runtime.children import Child, Children
from tests.support.waiting import until

ORDERLY = """
import signal, sys, threading
from services.runtime.children import announce_ready, die_with_parent
ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
die_with_parent()
announce_ready(process="orderly")
ended.wait()
"""
STUBBORN = """
import signal, time
from services.runtime.children import announce_ready
signal.signal(signal.SIGTERM, signal.SIG_IGN)
announce_ready(process="stubborn")
time.sleep(60)
"""
PARENT = f"""
import os, sys, time
from services.runtime.children import Child, Children
child = Child("orderly", [sys.executable, "-c", {ORDERLY!r}], dict(os.environ))
children = Children([child])
while not children.are_ready():
    children.tend()
    time.sleep(0.01)
print(child.pid, flush=True)
time.sleep(60)
"""


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def child_of(program: str) -> Child:
    return Child("child", [sys.executable, "-c", program], dict(os.environ))


@pytest.fixture
def supervised() -> Iterator[Callable[[str], Child]]:
    """Start a child, ready when this returns."""
    families: list[Children] = []

    def start(program: str) -> Child:
        child = child_of(program)
        families.append(Children([child]))
        child.tend()
        assert child.ready.wait(10)
        return child

    yield start
    for family in families:
        family.stop(1)


def test_a_child_ends_in_order_when_asked(supervised: Callable[[str], Child]) -> None:
    child = supervised(ORDERLY)
    pid = child.pid
    assert pid is not None
    Children([child]).stop(5)
    assert child.pid is None
    assert not runs(pid)


def test_a_child_that_does_not_end_is_killed(supervised: Callable[[str], Child]) -> None:
    child = supervised(STUBBORN)
    began = time.monotonic()
    Children([child]).stop(0.5)
    assert child.pid is None
    assert time.monotonic() - began < 3


def test_a_killed_child_comes_back(supervised: Callable[[str], Child]) -> None:
    child = supervised(ORDERLY)
    killed = child.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)

    def back() -> bool:
        child.tend()
        return child.pid not in (None, killed) and child.ready.is_set()

    until("it to come back", back)


def test_a_child_that_ends_at_once_is_started_ever_more_rarely() -> None:
    child = child_of("raise SystemExit(3)")
    pauses: list[float] = []
    for _ in range(3):
        child.tend()
        assert child._process is not None
        child._process.wait()
        child.tend()
        pauses.append(child._pause_s)
        until("its hour", lambda: time.monotonic() >= child._next_start_at)
    assert pauses == [0.2, 0.4, 0.8]


def test_children_end_when_their_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        orphan = int(parent.stdout.readline())
        parent.kill()
    until("the orphan to end", lambda: not runs(orphan))


def test_a_process_that_a_person_started_does_not_mind_its_stdin() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "SERVED_BY"}
    with subprocess.Popen(
        [sys.executable, "-c", ORDERLY], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment
    ) as alone:
        assert alone.stdout is not None
        assert b'"ready": true' in alone.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            alone.wait(0.5)
        alone.terminate()
        assert alone.wait(5) == 0
