"""`balcao serve` as a person starts it: real processes, its environment alone, and every way to end it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from adapters.postgres.server.embedded import EmbeddedPostgres
from services.app.api import WEB_ROOT
from tests.support.waiting import free_port, until


class Serving:
    """One `balcao serve` on a data folder."""

    def __init__(self, data: Path, port: int) -> None:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BALCAO_")},
            "BALCAO_DATA": str(data),
            "BALCAO_PORT": str(port),
        }
        self.data, self.port = data, port
        self.errors = data.parent / f"serve-{time.monotonic_ns()}.log"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.cli", "serve"],
                env=environment,
                cwd=data.parent,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )

    def ready(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.errors.read_text()[-4000:]
        said = json.loads(line)
        assert isinstance(said, dict)
        return said

    def children(self) -> list[int]:
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True
        )
        return [int(pid) for pid in found.stdout.split()]

    def answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(10)


@pytest.fixture
def serving(data_folder: Path) -> Iterator[Serving]:
    started = Serving(data_folder / "data", free_port())
    yield started
    if started.process.poll() is None:
        started.end()


def test_it_says_when_it_is_ready_and_ends_in_order(serving: Serving) -> None:
    said = serving.ready()
    assert said["address"] == f"http://127.0.0.1:{serving.port}"
    assert serving.answers()
    until("the word to people", lambda: "ana@demo.balcao" in serving.errors.read_text())
    if WEB_ROOT.is_dir():
        with urlopen(f"{said['address']}/demo", timeout=5) as page:  # as curl asks, with no word of HTML
            assert page.headers.get_content_type() == "text/html"
    began = time.monotonic()
    assert serving.end() == 0
    assert time.monotonic() - began < 10
    assert EmbeddedPostgres.find(serving.data / "postgres") is None


def test_a_second_one_on_the_same_folder_is_refused_by_name(serving: Serving) -> None:
    serving.ready()
    second = Serving(serving.data, free_port())
    assert second.process.wait(20) == 2
    refusal = second.errors.read_text()
    assert f"process {serving.process.pid}" in refusal
    assert "BALCAO_DATA" in refusal
    assert serving.answers()


def test_killed_it_leaves_nobody_behind_and_the_next_one_takes_over(serving: Serving) -> None:
    serving.ready()
    children = serving.children()
    database = EmbeddedPostgres.find(serving.data / "postgres")
    os.kill(serving.process.pid, signal.SIGKILL)
    again = Serving(serving.data, serving.port)
    try:
        again.ready()
        assert again.answers()
        assert EmbeddedPostgres.find(serving.data / "postgres") == database
        assert not set(children) & set(again.children())
    finally:
        assert again.end() == 0


def test_a_killed_database_comes_back_under_it(serving: Serving) -> None:
    serving.ready()
    pid = int((serving.data / "postgres/data/postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    until("the loss to be seen", lambda: "PostgreSQL exited, restarting it" in serving.errors.read_text(), 20)
    until("the database", lambda: EmbeddedPostgres.find(serving.data / "postgres"), 20)
    until("an answer", serving.answers, 20)
    assert serving.end() == 0
