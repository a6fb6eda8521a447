"""The fault campaign: the same traffic while processes are killed where it hurts, then every promise checked.

Run by hand for the long pass: `python -m tests.system.faults --hits 20 [--kafka]`.
"""

import argparse
import random
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Table

from tests.support.waiting import until
from tests.system.installation import Installation, installation
from tests.system.traffic import Traffic, settled

FAILPOINTS = {
    "before_produce": 0.005,
    "after_produce": 0.005,
    "before_append": 0.05,
    "after_append": 0.1,
    "after_project": 0.03,
    "after_publish": 0.15,
    "after_claim": 0.08,
    "after_call": 0.4,
}
PROCESSES = ("api", "ingest", "bot-replies", "project", "publish", "send", "schedule")


@dataclass
class Verdict:
    """What the campaign saw."""

    seed: int
    wrong: list[str]
    hits: Counter[str] = field(default_factory=Counter)
    starts: dict[str, int] = field(default_factory=dict)
    messages: int = 0
    answers: int = 0
    seconds: float = 0.0

    def sentence(self) -> str:
        said = f"{self.messages} messages three times, {self.answers} answers in {self.seconds:.0f} s"
        return f"seed {self.seed}: {said}: {len(self.wrong)} wrong"

    def table(self) -> Table:
        table = Table(title=self.sentence(), title_justify="left", min_width=60)
        table.add_column("failpoint or process")
        table.add_column("kills or starts", justify="right")
        for name in FAILPOINTS:
            table.add_row(name, str(self.hits[name]))
        for name, starts in self.starts.items():
            table.add_row(f"process {name}", str(starts))
        return table


def run(
    folder: Path, *, seed: int, hits: int, kafka: bool = False, within_s: float = 600.0, kills: bool = True
) -> Verdict:
    """Traffic and kills until each failpoint was hit `hits` times (or `within_s`), then heal and check."""
    log = folder / "failpoints.log"
    log.touch()
    points = ",".join(f"{name}:kill:{chance}" for name, chance in FAILPOINTS.items())
    keys: Any = {"BALCAO_FAILPOINT": points, "BALCAO_FAILPOINT_LOG": str(log)} if kills else {}
    started_at = time.monotonic()
    with installation(folder, kafka=kafka, **keys) as running:
        running.start(*PROCESSES)
        traffic = Traffic(running, seed, customers=40)
        _misbehave(running, seed)
        stop = threading.Event()
        killer = threading.Thread(target=_random_kills, args=[running, seed, stop], daemon=True)
        if kills:
            killer.start()
        while True:
            traffic.write()
            traffic.answer(per_ticket=2)
            counts = _hits(log)
            if not kills or all(counts[name] >= hits for name in FAILPOINTS):
                break
            if time.monotonic() - started_at > within_s:
                break
        stop.set()
        _heal(running)
        verdict = Verdict(seed, settled(traffic), _hits(log))
        verdict.starts = {name: minded.starts for name, minded in running.minded.items()}
        verdict.messages = sum(map(len, traffic.ledger.written.values()))
        verdict.answers = sum(map(len, traffic.ledger.answered.values()))
        verdict.seconds = time.monotonic() - started_at
        return verdict


def _misbehave(running: Installation, seed: int) -> None:
    faults = {"seed": seed, "duplicate": 2, "duplicate_chance": 0.3, "shuffle": True, "delay_ms": [0, 50]}
    httpx2.post(f"{running.simulator_url}/simulator/v1/faults", json=faults, timeout=10.0).raise_for_status()


def _random_kills(running: Installation, seed: int, stop: threading.Event) -> None:
    dice = random.Random(seed)
    while not stop.wait(dice.uniform(3.0, 8.0)):
        running.minded[dice.choice(PROCESSES)].kill()


def _hits(log: Path) -> Counter[str]:
    return Counter(line.split()[0] for line in log.read_text().splitlines() if line)


def _heal(running: Installation) -> None:
    """From now on nobody is killed: every process comes back without failpoints."""
    running.environment.pop("BALCAO_FAILPOINT", None)
    for name in PROCESSES:
        running.minded[name].kill()
    for name in PROCESSES:
        running.minded[name].wait_ready()
    until("ready again", lambda: _ready(running), 60.0)


def _ready(running: Installation) -> bool:
    try:
        return httpx2.get(f"{running.url}/readyz", timeout=5.0).status_code == 200
    except httpx2.TransportError:
        return False


def main() -> None:
    """The long pass."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hits", type=int, default=20)
    parser.add_argument("--kafka", action="store_true")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--within-s", type=float, default=1800.0)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="balcao-faults-"))
    folder.chmod(0o711)
    verdict = run(folder, seed=asked.seed, hits=asked.hits, kafka=asked.kafka, within_s=asked.within_s)
    console = Console()
    console.print(verdict.table())
    for line in verdict.wrong[:50]:
        console.print(line)
    raise SystemExit(bool(verdict.wrong) or any(verdict.hits[name] < asked.hits for name in FAILPOINTS))


if __name__ == "__main__":
    main()
