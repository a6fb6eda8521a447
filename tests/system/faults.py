"""The fault campaign: traffic, kills where it hurts, and outages; then every promise is checked.

Run by hand for the long pass: `python -m tests.system.faults --hits 20 [--kafka] [--no-outages]`.
"""

import argparse
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Table

from tests.support.waiting import until
from tests.system.agreement import all_events, at_rest, disagreements
from tests.system.bot_customers import BotCustomers
from tests.system.installation import BOT_NUMBER, Installation, installation
from tests.system.outages import WIDTH, Outages, Recovery, show
from tests.system.outages import table as table_of_outages
from tests.system.parts import give_by_rule
from tests.system.servers import Machine
from tests.system.snoozed_tickets import SnoozedTickets
from tests.system.traffic import SETTLED_S, Traffic, check, settled

FAILPOINTS = {
    "before_produce": 0.005,
    "after_produce": 0.005,
    "before_append": 0.05,
    "after_append": 0.1,
    "before_append_command": 0.04,
    "after_project": 0.03,
    "after_publish": 0.1,
    "after_claim": 0.08,
    "after_call": 0.2,
    "before_timer": 0.1,
    "after_timer": 0.1,
    "before_answer": 0.25,
    "after_answer": 0.25,
    "before_reply": 0.25,
    "after_reply": 0.25,
    "after_assign": 0.3,
}
"""How likely each pass is to be the last, in the long pass."""

OF_THE_BOT = {"before_answer", "after_answer", "before_reply", "after_reply"}
"""What is passed only with a bot's engine."""

OTHERS = ("api", "ingest", "bot-replies", "project", "publish", "send", "schedule", "assign", "templates")
PROCESSES = (*OTHERS, "bot")
PAUSE_S = 0.5, 2.0
KILLS_S = 10.0
"""Of kills before each outage."""

SILENT, NEW_CUSTOMERS = 3, 3


@dataclass
class CampaignVerdict:
    """What the campaign saw."""

    seed: int
    wrong: list[str]
    hits: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    starts: dict[str, int] = field(default_factory=dict)
    messages: int = 0
    answers: int = 0
    handed_off: int = 0
    snoozes: int = 0
    seconds: float = 0.0
    recoveries: list[Recovery] = field(default_factory=list)

    def sentence(self) -> str:
        said = f"{self.messages} messages three times, {self.answers} answers, {self.snoozes} snoozes"
        went = f"{self.handed_off} hand-offs of the bot in {self.seconds:.0f} s"
        killed = f"{self.hits.total()} kills at failpoints, {self.kills} anywhere"
        return f"seed {self.seed}: {said}, {went}, {killed}: {len(self.wrong)} wrong"

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
    folder: Path,
    database_url: str,
    kafka: str = "",
    *,
    seed: int,
    hits: int,
    kills: int = 0,
    within_s: float = 600.0,
    by_chance: bool = True,
    customers: int = 40,
    machine: Machine | None = None,
) -> CampaignVerdict:
    """Traffic and kills until each failpoint was hit `hits` times, and anybody was killed `kills` times; then
    heal, go through all outages of the `machine`, with kills between them, and check. After `within_s` there
    is no more waiting for hits.

    The first pass of each failpoint is hit, the others by chance; without `by_chance` the first `hits` are.
    """
    log = folder / "failpoints.log"
    log.touch()
    chances = FAILPOINTS if by_chance else dict.fromkeys(FAILPOINTS, 0)
    first = 1 if by_chance else hits
    points = ",".join(f"{name}:kill:{chance}:{first}" for name, chance in chances.items())
    keys: Any = {"BALCAO_FAILPOINT": points, "BALCAO_FAILPOINT_LOG": str(log)}
    started_at = time.monotonic()
    with installation(folder, database_url, kafka=kafka, **keys) as running:
        running.balcao("channel", "add", "--phone-number-id", BOT_NUMBER, "--name", "Robô", "--bot")
        running.start(*OTHERS)
        give_by_rule(running)
        running.misbehave(seed=seed, duplicate=2, duplicate_chance=0.3, shuffle=True, delay_ms=[0, 50])
        traffic = Traffic(running, seed, customers=customers)
        traffic.use_templates()
        bot_customers, snoozed_tickets = BotCustomers(running, seed), SnoozedTickets(running, seed)
        snoozed_tickets.write(3)
        killer = Killer(running, seed)

        def hit(names: Collection[str]) -> bool:
            counts = _hits(log)
            return all(counts[name] >= hits for name in names)

        def too_late() -> bool:
            return time.monotonic() - started_at > within_s

        with killer.at_work():
            # The engine is not there yet: who writes to its number meanwhile is handed off after a minute.
            bot_customers.call(SILENT, silent=True)
            engine_starts = False
            while not too_late() and not (engine_starts and hit(FAILPOINTS) and killer.kills >= kills):
                if not hit(FAILPOINTS.keys() - OF_THE_BOT):
                    traffic.write()
                    traffic.answer(per_ticket=2)
                    traffic.give_back()
                if bot_customers.go_on() and not engine_starts:
                    running.start("bot")
                    engine_starts = True
                if engine_starts and not hit(OF_THE_BOT):
                    bot_customers.call(NEW_CUSTOMERS)
                snoozed_tickets.nap()
            until("a ticket to be snoozed", snoozed_tickets.nap, 60.0, 0.5)
            bot_customers.finish()
        _heal(running)
        recoveries = _outages(running, machine, traffic, killer) if machine is not None else []
        until("nothing under way", lambda: at_rest(running), SETTLED_S, 0.2)

        def checked() -> list[str]:
            events = all_events(running)
            return [
                *check(traffic),
                *bot_customers.check(),
                *snoozed_tickets.check(events),
                *disagreements(running, events),
            ]

        verdict = CampaignVerdict(seed, settled(checked), _hits(log), recoveries=recoveries)
        verdict.wrong += [line for recovery in recoveries for line in recovery.wrong]
        verdict.kills = killer.kills
        verdict.starts = {name: process.starts for name, process in running.processes.items()}
        verdict.messages = sum(map(len, traffic.ledger.written.values())) + sum(bot_customers.said.values())
        verdict.answers = sum(map(len, traffic.ledger.answered.values()))
        verdict.handed_off = bot_customers.handed_off()
        verdict.snoozes = sum(map(len, snoozed_tickets.promised.values()))
        verdict.seconds = time.monotonic() - started_at
        return verdict


def _outages(running: Installation, machine: Machine, traffic: Traffic, killer: "Killer") -> list[Recovery]:
    """Each outage under traffic, and some kills before it."""
    recoveries, console = [], Console(width=WIDTH)
    with Outages.of(running, machine, killer.seed) as outages, traffic.going_on():
        for outage in outages.all():
            with killer.at_work():
                time.sleep(KILLS_S)
            _all_ready(running)
            recoveries.append(outages.go_through(outage))
            show(recoveries[-1], console)
    return recoveries


@dataclass
class Killer:
    """Kills one process after another, by chance; each is started again at once."""

    installation: Installation
    seed: int
    kills: int = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=self._run, args=[stop], daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _run(self, stop: threading.Event) -> None:
        """Not while two are away already, or a busy machine would do nothing but start processes."""
        dice = random.Random(self.seed)
        while not stop.wait(dice.uniform(*PAUSE_S)):
            started = [process for name, process in self.installation.processes.items() if name in PROCESSES]
            ready = [process for process in started if process.is_ready]
            if len(started) - len(ready) < 2:
                dice.choice(ready).kill()
                self.kills += 1


def _hits(log: Path) -> Counter[str]:
    return Counter(line.split()[0] for line in log.read_text().splitlines() if line)


def _heal(running: Installation) -> None:
    """From now on nobody is killed: every process comes back without failpoints."""
    running.environment.pop("BALCAO_FAILPOINT", None)
    for name in PROCESSES:
        running.processes[name].kill()
    _all_ready(running)


def _all_ready(running: Installation) -> None:
    for name in PROCESSES:
        running.processes[name].wait_ready()
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
    parser.add_argument("--no-outages", action="store_true")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--within-s", type=float, default=1800.0)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="balcao-faults-"))
    folder.chmod(0o711)
    with Machine.running(folder, kafka=asked.kafka, small_disk=not asked.no_outages) as machine:
        verdict = run(
            folder,
            machine.database_url,
            machine.kafka,
            seed=asked.seed,
            hits=asked.hits,
            within_s=asked.within_s,
            machine=None if asked.no_outages else machine,
        )
    console = Console(width=WIDTH)
    console.print(verdict.table())
    if verdict.recoveries:
        console.print(table_of_outages(verdict.recoveries))
        if machine.disk is None:
            console.print("No disk was filled: only root can mount a small one.")
    for line in verdict.wrong[:50]:
        console.print(line)
    raise SystemExit(bool(verdict.wrong) or any(verdict.hits[name] < asked.hits for name in FAILPOINTS))


if __name__ == "__main__":
    main()
