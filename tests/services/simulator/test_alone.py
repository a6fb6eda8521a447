"""`balcao simulator`: what it cannot serve with is refused in a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.simulator.processes import ROOT, SimulatorProcess


def refused(*arguments: str) -> tuple[int, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BALCAO_")}
    ended = subprocess.run(
        [sys.executable, "-m", "services.cli", "simulator", *arguments],
        env={**clean, "COLUMNS": "200"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stderr


def test_a_folder_has_one_simulator(simulator: SimulatorProcess) -> None:
    pid = simulator.process.pid
    assert refused("--port", "0", "--folder", str(simulator.folder)) == (
        2,
        f"--folder: {simulator.folder} is in use by another Balcão (process {pid})\n",
    )


def test_a_port_has_one_simulator(simulator: SimulatorProcess, tmp_path: Path) -> None:
    assert refused("--port", str(simulator.port), "--folder", str(tmp_path)) == (
        2,
        f"--port: cannot listen on 127.0.0.1:{simulator.port} (Address already in use)\n",
    )


def test_a_folder_that_is_none_or_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "simulator.sqlite").write_text("anything else" * 100)
    for folder in (tmp_path / "simulator.sqlite", tmp_path):
        status, reason = refused("--port", "0", "--folder", str(folder))
        assert (status, reason.startswith(f"--folder: {folder} cannot be used (")) == (2, True), reason


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--faults", "nonsense", "Invalid JSON"),
        ("--faults", '{"timeout_after": 2}', "timeout_after: "),
        ("--webhook-url", "nonsense", "should start with https:// or http://"),
        ("--webhook-url", "https://", "should start with https:// or http://"),
        ("--app-secret", "", "must not be empty"),
        ("--app-secret", ",old-secret", "must not be empty"),
        ("--token", " ", "must not be empty"),
        ("--verify-token", "", "must not be empty"),
    ],
)
def test_an_option_that_cannot_be_is_refused(option: str, value: str, reason: str, tmp_path: Path) -> None:
    status, said = refused("--port", "0", "--folder", str(tmp_path), option, value)
    assert (status, reason in said, "pydantic" in said) == (2, True, False), said
    assert not list(tmp_path.iterdir())
