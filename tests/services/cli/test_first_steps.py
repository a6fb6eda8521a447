"""What the command line says to somebody who has not got everything right yet."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.support.cell import MASTER_KEY
from tests.support.waiting import free_port


@pytest.fixture
def environment(fresh_database_url: str, tmp_path: Path) -> dict[str, str]:
    """Of an installation on an empty database."""
    with psycopg.connect(fresh_database_url) as db:
        db.execute("drop schema public cascade")
        db.execute("create schema public")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BALCAO_")}
    return {
        **clean,
        "BALCAO_DATABASE_URL": fresh_database_url,
        "BALCAO_MASTER_KEY": MASTER_KEY,
        "BALCAO_WHATSAPP_APP_SECRET": "f3a9" * 8,
        "BALCAO_DATA": str(tmp_path / "data"),
        "BALCAO_PORT": str(free_port()),
    }


def balcao(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_before_migrate_the_doctor_says_what_helps_and_nothing_that_follows_from_it(
    environment: dict[str, str],
) -> None:
    ill = balcao(environment, "doctor")
    assert ill.returncode == 1
    assert ill.stdout.count("run `balcao migrate`") == 1
    assert "relation" not in ill.stdout


def test_the_doctor_gives_each_finding_one_line(environment: dict[str, str]) -> None:
    ill = balcao({**environment, "COLUMNS": "40"}, "doctor")
    assert all(line[0] in "✓!✗" for line in ill.stdout.splitlines())


def test_an_api_without_its_port_is_refused_with_the_name_of_the_key(environment: dict[str, str]) -> None:
    assert balcao(environment, "migrate").returncode == 0
    with socket.create_server(("127.0.0.1", int(environment["BALCAO_PORT"]))):
        refused = balcao(environment, "api")
    assert refused.returncode == 2
    assert "BALCAO_PORT" in refused.stderr


def test_without_the_secret_of_the_app_nothing_starts(environment: dict[str, str]) -> None:
    del environment["BALCAO_WHATSAPP_APP_SECRET"]
    for command in ("doctor", "api", "ingest"):
        refused = balcao(environment, command)
        assert refused.returncode == 2
        assert "BALCAO_WHATSAPP_APP_SECRET" in refused.stderr
