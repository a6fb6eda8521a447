"""What every command does without an installation, without a database, and without a reader."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import typer
from typer.core import TyperCommand, TyperGroup
from typer.testing import CliRunner, Result

from services.cli import app
from tests.support.cell import MASTER_KEY

GIVEN = {
    "email": "ana@loja.example",
    "role": "agent",
    "conversation": "7c41d0aa",
    "password": "segredo",
    "project rebuild": "workspace",
}
PROCESSES = (
    "serve",
    "api",
    "ingest",
    "bot-replies",
    "project",
    "publish",
    "send",
    "schedule",
    "assign",
    "templates",
    "work",
)
WITHOUT_INSTALLATION = {"serve", "simulator", "openapi"}


def _leaves(group: TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield each command with the arguments that it needs."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _leaves(command, (*path, name))
            continue
        assert isinstance(command, TyperCommand)
        words = [*path, name]
        for parameter in command.params:
            if parameter.required or parameter.name == "password":
                given = GIVEN.get(" ".join([*path, name])) or GIVEN.get(parameter.name or "", "123")
                words += [given] if parameter.param_type_name == "argument" else [parameter.opts[0], given]
        yield tuple(words)


def _commands() -> list[tuple[str, ...]]:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    return [*_leaves(root), ("project",)]


COMMANDS = _commands()
OF_OPERATORS = [
    words for words in COMMANDS if " ".join(words) not in (*PROCESSES, "bot", "doctor", *WITHOUT_INSTALLATION)
]


def told(environment: dict[str, str], *arguments: str) -> Result:
    names = [name for name in os.environ if name.startswith("BALCAO_")]
    done = CliRunner().invoke(app, arguments, env={**dict.fromkeys(names), **environment})
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.mark.parametrize(
    "words",
    [words for words in COMMANDS if words[0] not in WITHOUT_INSTALLATION],
    ids=" ".join,
)
def test_a_command_says_that_there_is_no_installation_and_begins_none(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    refused = told({"BALCAO_DATA": str(tmp_path / "x"), "COLUMNS": "300"}, *words)
    assert refused.exit_code == (1 if words == ("doctor",) else 2)
    sentence = f"BALCAO_DATABASE_URL is not set, and there is no installation in {tmp_path / 'x'}"
    assert sentence in refused.output
    assert not list(tmp_path.iterdir())


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Of an operator's command: it needs no setting of WhatsApp."""
    return {"BALCAO_MASTER_KEY": MASTER_KEY, "BALCAO_DATA": str(tmp_path / "data")}


@pytest.mark.parametrize("words", OF_OPERATORS, ids=" ".join)
def test_a_command_says_that_the_database_is_down(
    words: tuple[str, ...], environment: dict[str, str]
) -> None:
    refused = told({**environment, "BALCAO_DATABASE_URL": "postgresql://x:y@127.0.0.1:9/none"}, *words)
    assert (refused.exit_code, refused.stdout, len(refused.stderr.splitlines())) == (1, "", 1)
    assert "Connection refused" in refused.stderr
    assert not Path(environment["BALCAO_DATA"]).exists()


@pytest.fixture
def empty_database(fresh_database_url: str) -> str:
    with psycopg.connect(fresh_database_url) as db:
        db.execute("drop schema public cascade")
        db.execute("create schema public")
    return fresh_database_url


def test_a_command_says_that_the_database_is_not_migrated(
    environment: dict[str, str], empty_database: str
) -> None:
    for words in OF_OPERATORS:
        if words == ("migrate",):
            continue
        refused = told({**environment, "BALCAO_DATABASE_URL": empty_database}, *words)
        assert (refused.exit_code, refused.stdout) == (1, ""), words
        assert "run `balcao migrate`" in refused.stderr, words
    assert told({**environment, "BALCAO_DATABASE_URL": empty_database}, "migrate").exit_code == 0


def _into(output: int, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BALCAO_")}
    command = [sys.executable, "-m", "services.cli", *arguments]
    return subprocess.run(
        command, env={**clean, **environment}, stdout=output, stderr=subprocess.PIPE, text=True, timeout=60
    )


OUTPUTS = [("--help",), ("log", "show", "--help"), ("openapi",), ("doctor",)]
"""Written by rich, by rich in a group, by us, and by rich on our own console."""


@pytest.mark.parametrize("arguments", OUTPUTS, ids=" ".join)
def test_a_reader_who_has_gone_ends_a_command_quietly(arguments: tuple[str, ...], tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = _into(writer, *arguments, BALCAO_DATA=str(tmp_path))
    finally:
        os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("arguments", OUTPUTS, ids=" ".join)
def test_a_full_disk_is_a_sentence(arguments: tuple[str, ...], tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        ended = _into(full.fileno(), *arguments, BALCAO_DATA=str(tmp_path))
    assert (ended.returncode, ended.stderr) == (1, "the output cannot be written: No space left on device\n")
