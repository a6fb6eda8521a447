"""What a run did, said at its end: tests, examples of Hypothesis, processes that were killed.

A change that makes the tests faster by testing less shows here.
"""

import re
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import statistics

EXAMPLES, KILLS = "Hypothesis examples", "processes killed"

_killed = 0


def _count_kill(event: str, arguments: tuple[Any, ...]) -> None:
    global _killed
    if event == "os.kill" and arguments[1] == signal.SIGKILL:
        _killed += 1


sys.addaudithook(_count_kill)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Note on the test what it did; what Hypothesis does without `@given` is told to us alone."""
    told: list[str] = []
    before = _killed
    collector: Any = statistics.collector  # it is typed as what it holds at first, None
    with collector.with_value(lambda one: told.append(statistics.describe_statistics(one))):
        try:
            return (yield)
        finally:
            told.append(getattr(item, "hypothesis_statistics", ""))
            examples = sum(map(int, re.findall(r"(\d+) (?:passing|failing)", " ".join(told))))
            item.user_properties += [(EXAMPLES, examples), (KILLS, _killed - before)]


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line; tests may add kills that happened out of their sight, by `record_property`."""
    reports = [
        report
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
    ]
    if not reports:
        return
    done: Counter[str] = Counter()
    for report in reports:
        for name, value in report.user_properties:
            if name in (EXAMPLES, KILLS):
                done[name] += value
    counted = ", ".join(f"{done[name]:,} {name}" for name in (EXAMPLES, KILLS))
    terminalreporter.write_line(f"{len(reports):,} tests, {counted}")
