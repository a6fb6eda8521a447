"""What a bench hands back: figures with their conditions, and what the processes spent meanwhile."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the table. `least` or `most` is the condition that it must meet, `bar` what we aim at."""

    what: str
    value: float
    unit: str
    least: float | None = None
    most: float | None = None
    bar: str = ""
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the condition is met; None where there is none."""
        if self.least is None and self.most is None:
            return None
        return (self.least is None or self.value >= self.least) and (
            self.most is None or self.value <= self.most
        )

    @property
    def condition(self) -> str:
        if self.least is not None:
            return f"≥ {self.least:g}"
        return "" if self.most is None else f"≤ {self.most:g}"


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


@dataclass
class Spent:
    """CPU seconds of whole process trees, by name, between `begin` and `end`."""

    trees: dict[str, int]
    """The root of each tree."""

    def __post_init__(self) -> None:
        self._before = self._now()

    def seconds(self) -> dict[str, float]:
        """Since it was made."""
        now = self._now()
        return {name: round(now[name] - self._before[name], 2) for name in self.trees}

    def _now(self) -> dict[str, float]:
        return {name: sum(map(cpu_seconds, tree(pid))) for name, pid in self.trees.items()}


def cpu_seconds(pid: int) -> float:
    """Of a process and of its children that ended; none when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS


def tree(pid: int) -> Iterable[int]:
    """A process and all below it."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = children.read_text().split()
        except OSError:
            continue
        for child in found:
            yield from tree(int(child))
