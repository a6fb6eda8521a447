"""Places between two commits where a test may kill the process; silent unless a test says otherwise."""

import os
import random
import signal
from dataclasses import dataclass, field

NAMES = frozenset(
    {
        "before_produce",
        "after_produce",
        "before_append",
        "after_append",
        "after_project",
        "after_publish",
        "after_claim",
        "after_call",
        "before_timer",
        "after_timer",
        "before_reply",
        "after_reply",
        "after_assign",
    }
)
SWITCHES = frozenset({"dedupe"})
"""What a test may switch off, to see that its checker notices."""


class FailpointRefused(ValueError):
    """The failpoints cannot be set like this."""


@dataclass
class _Armed:
    """What was asked for; empty in every process that serves people."""

    kills: dict[str, float] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    log: str = ""


_armed = _Armed()


def arm(wanted: str, test_flags: bool, log: str = "") -> None:
    """Set the failpoints of this process: `name:kill[:probability]` or `dedupe:off`, comma separated.

    Each hit is a line in the file `log`, written before the kill, so that the count outlives the process.

    Raises:
        FailpointRefused: not a test, or a name that does not exist.
    """
    if wanted and not test_flags:
        raise FailpointRefused("BALCAO_FAILPOINT is for tests: it needs BALCAO_TEST_FLAGS=1")
    kills: dict[str, float] = {}
    off: set[str] = set()
    for part in filter(None, wanted.split(",")):
        name, _, rest = part.partition(":")
        action, _, probability = rest.partition(":")
        if name in NAMES and action == "kill":
            kills[name] = float(probability or 1)
        elif name in SWITCHES and action == "off":
            off.add(name)
        else:
            raise FailpointRefused(f"BALCAO_FAILPOINT: there is no {name}:{action}")
    _armed.kills, _armed.off = kills, frozenset(off)
    _armed.log = log


def failpoint(name: str) -> None:
    """End the process here with -9, if a test asked for it."""
    if not _armed.kills or random.random() >= _armed.kills.get(name, 0.0):
        return
    if _armed.log:
        handle = os.open(_armed.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(handle, f"{name}\n".encode())
        os.close(handle)
    os.kill(os.getpid(), signal.SIGKILL)


def switched_off(name: str) -> bool:
    """Whether a test took this protection away."""
    return name in _armed.off
