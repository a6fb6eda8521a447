"""Places between two commits where a test may kill or hold a process; silent unless a test says otherwise."""

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
    }
)
SWITCHES = frozenset({"dedupe"})
"""What a test may switch off, to see that its checker notices."""


HELD_AT_MOST_S = 30.0


class FailpointRefused(ValueError):
    """The failpoints cannot be set like this."""


@dataclass(frozen=True)
class _Kill:
    """How likely a pass is to end the process; certain until the log counts `first` hits."""

    chance: float
    first: int


@dataclass
class _Armed:
    """What was asked for; empty in every process that serves people."""

    kills: dict[str, _Kill] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    log: str = ""
    held: dict[str, "Held"] = field(default_factory=dict)


_armed = _Armed()


def arm(wanted: str, test_flags: bool, log: str = "") -> None:
    """Set the failpoints of this process: `name:kill[:probability[:first]]` or `dedupe:off`, comma separated.

    Each hit is a line in the file `log`, written before the kill, so that the count outlives the process. The
    `first` hits of all processes with one log are certain: a place that is passed at all is hit.

    Raises:
        FailpointRefused: not a test, a name that does not exist, or first hits that nobody would count.
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
            raise FailpointRefused(f"BALCAO_FAILPOINT: there is no {name}:{action}")
    if not log and any(kill.first for kill in kills.values()):
        raise FailpointRefused("BALCAO_FAILPOINT: first hits are counted in BALCAO_FAILPOINT_LOG")
    _armed.kills, _armed.off = kills, frozenset(off)
    _armed.log = log


@dataclass(frozen=True)
class Held:
    """The first thread that comes to a failpoint waits there: `reached` says that it does."""

    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


@contextmanager
def held(name: str) -> Iterator[Held]:
    """For a test in this very process: hold the first thread that comes to `name`, until released or left."""
    hold = Held()
    _armed.held[name] = hold
    try:
        yield hold
    finally:
        _armed.held.pop(name, None)
        hold.released.set()


def failpoint(name: str) -> None:
    """End the process here with -9, or wait, if a test asked for it."""
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
    """Whether this pass is the end; decided alone by chance once the first hits are counted."""
    if kill.first and _counted(name) < kill.first:
        return True
    return random.random() < kill.chance


def _counted(name: str) -> int:
    log = Path(_armed.log)
    return log.read_text().split().count(name) if log.exists() else 0


def switched_off(name: str) -> bool:
    """Whether a test took this protection away."""
    return name in _armed.off
