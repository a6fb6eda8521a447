"""`balcao serve` as a person starts it: real processes, its environment alone, and every way to end it."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from adapters.postgres.server.embedded import EmbeddedPostgres
from services.app.api import WEB_ROOT
from tests.support.serve_process import Serving
from tests.support.waiting import free_port, until


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
