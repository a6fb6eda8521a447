"""A running Balcão to measure: real processes on a durable PostgreSQL, and one load generator beside them."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from adapters.postgres.server.embedded import EmbeddedPostgres
from bench.figures import Spent
from services.app.demo import seed
from services.runtime.settings import Settings
from tests.system.installation import NUMBER, Installation

NOBODY = "http://127.0.0.1:9/nobody"
"""Where the Graph API would be: nothing goes out here, and a simulator would only cost."""


@dataclass
class System:
    """An installation with its database; processes are started by whoever measures."""

    folder: Path
    url: str
    postgres: EmbeddedPostgres
    running: Installation

    def start(self, *names: str) -> None:
        self.running.start(*names)

    def stop(self) -> None:
        self.running.stop()
        self.running.processes.clear()

    def spent(self, **others: int) -> Spent:
        """CPU time of each process, of PostgreSQL, and of `others`, from now on."""
        pids = {name: process.pid for name, process in self.running.processes.items() if process.pid}
        return Spent({**pids, "postgres": self.postgres.pid, **others})

    def answer(self, question: str) -> tuple[object, ...]:
        """One row of the database."""
        with psycopg.connect(self.url, autocommit=True) as db:
            row = db.execute(question.encode()).fetchone()
        assert row is not None
        return tuple(row)


def settings_of(running: Installation) -> Settings:
    """What its processes read from their environment, for those who call them from here."""
    given = {name[7:].lower(): value for name, value in running.environment.items() if name[:7] == "BALCAO_"}
    return Settings.model_validate(given)


@contextmanager
def system(**keys: str) -> Iterator[System]:
    """Migrated and with the demo's people; gone without a trace afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="balcao-bench-"))
    folder.chmod(0o711)
    postgres = EmbeddedPostgres()
    try:
        url = postgres.start(folder / "postgres")
        running = Installation.on(folder / "processes", url, BALCAO_WHATSAPP_API_URL=NOBODY, **keys)
        running.balcao("migrate")
        seed(settings_of(running))
        made = System(folder, url, postgres, running)
        try:
            yield made
        finally:
            made.stop()
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Shots:
    """What the generator saw of the requests that were taken; seconds of the monotonic clock."""

    numbers: list[int]
    due_at: list[float]
    answered_at: list[float]
    refused: int

    @property
    def answers_ms(self) -> list[float]:
        return [(answered - due) * 1000 for due, answered in zip(self.due_at, self.answered_at, strict=True)]


def fire(
    measured: System, run: str, rate: float, seconds: float, customers: int = 500, number: str = NUMBER
) -> Shots:
    """Send `rate` messages a second for `seconds`, each in a request of its own, from another process."""
    out = measured.folder / f"{run}.json"
    command = [sys.executable, "-m", "bench.load", "--url", measured.running.webhook_url, "--run", run]
    command += ["--rate", str(rate), "--seconds", str(seconds), "--customers", str(customers)]
    command += ["--number", number]
    subprocess.run([*command, "--out", str(out)], check=True, timeout=seconds + 60)
    shots = json.loads(out.read_text())
    taken = [shot for shot in shots if shot["status"] == 200]
    return Shots(
        [shot["n"] for shot in taken],
        [shot["due_at"] for shot in taken],
        [shot["answered_at"] for shot in taken],
        len(shots) - len(taken),
    )
