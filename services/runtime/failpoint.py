"""Failpoints: places between two commits where a test can kill or hold a process; off otherwise."""

import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

NAMES = frozenset(
    {
        "before_produce",
        "after_produce",
        "before_append",
        "before_append_command",
        "before_append_organisation",
        "after_append",
        "after_project",
        "after_publish",
        "after_claim",
        "after_call",
        "before_timer",
        "after_timer",
        "before_answer",
        "after_answer",
        "before_reply",
        "after_reply",
        "after_assign",
        "before_erasure",
        "after_erasure",
        "before_rotation",
        "after_rotation_begins",
        "during_rotation",
        "after_rotation",
    }
)
SWITCHES = frozenset({"dedupe"})
"""Protections that a test can switch off, to see that its checker notices."""


HELD_AT_MOST_S = 30.0


class FailpointRefused(ValueError):
    """The failpoints are not valid, or not allowed outside tests."""


@dataclass(frozen=True)
class _Kill:
    """Probability that a pass kills the process; certain until the log counts `first` hits."""

    chance: float
    first: int


@dataclass
class _Armed:
    """Failpoints of this process; empty outside tests."""

    kills: dict[str, _Kill] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    log: str = ""
    held: dict[str, "Hold"] = field(default_factory=dict)


_armed = _Armed()


def arm(wanted: str, test_flags: bool, log: str = "") -> None:
    """Set the failpoints of this process: `name:kill[:probability[:first]]` or `dedupe:off`, comma separated.

    Each hit is a line in the file `log`, written before the kill, so the count survives the process. The
    first `first` hits, counted over all processes with one log, are certain.

    Raises:
        FailpointRefused: not in a test, an unknown name, or first hits without a log to count them.
    """
    if wanted and not test_flags:
        raise FailpointRefused("BALCAO_FAILPOINT is for tests: it needs BALCAO_TEST_FLAGS=1")
    kills: dict[str, _Kill] = {}
    off: set[str] = set()
    for part in filter(None, wanted.split(",")):
        name, _, rest = part.partition(":")
        action, *numbers = rest.split(":")
        if name in NAMES and action == "kill":
            chance, first = (*map(float, numbers), *(1.0, 0.0)[len(numbers) :])
            kills[name] = _Kill(chance, int(first))
        elif name in SWITCHES and action == "off":
            off.add(name)
        else:
            raise FailpointRefused(f"BALCAO_FAILPOINT: unknown failpoint {name}:{action}")
    if not log and any(kill.first for kill in kills.values()):
        raise FailpointRefused(
            "BALCAO_FAILPOINT: first hits need BALCAO_FAILPOINT_LOG, where they are counted"
        )
    _armed.kills, _armed.off = kills, frozenset(off)
    _armed.log = log


@dataclass(frozen=True)
class Hold:
    """Holds the first thread that reaches a failpoint; `reached` is set once it waits there."""

    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


@contextmanager
def held(name: str) -> Iterator[Hold]:
    """Hold the first thread that reaches `name`, until released or the end of the context."""
    hold = Hold()
    _armed.held[name] = hold
    try:
        yield hold
    finally:
        _armed.held.pop(name, None)
        hold.released.set()


def failpoint(name: str) -> None:
    """Kill this process with SIGKILL, or wait, when a test has armed `name`."""
    if _armed.held and (hold := _armed.held.pop(name, None)) is not None:
        hold.reached.set()
        hold.released.wait(HELD_AT_MOST_S)
    if (kill := _armed.kills.get(name)) is None or not _hits(name, kill):
        return
    if _armed.log:
        handle = os.open(_armed.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(handle, f"{name}\n".encode())
        os.close(handle)
    os.kill(os.getpid(), signal.SIGKILL)


def _hits(name: str, kill: _Kill) -> bool:
    """Decide whether this pass kills the process."""
    if kill.first and _counted(name) < kill.first:
        return True
    return random.random() < kill.chance


def _counted(name: str) -> int:
    log = Path(_armed.log)
    return log.read_text().split().count(name) if log.exists() else 0


def switched_off(name: str) -> bool:
    """Return whether a test has switched this protection off."""
    return name in _armed.off
