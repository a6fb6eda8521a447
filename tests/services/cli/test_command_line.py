"""The command line: what it refuses, what it says, and how its processes begin and end."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import typer
from typer.testing import CliRunner, Result

from services.app.migration import prepare
from services.cli import app
from services.cli.command_line import reported
from services.runtime.settings import Settings
from services.write.command_runner import ConcurrentChange
from tests.support.cell import MASTER_KEY
from tests.support.waiting import free_port


def balcao(
    environment: dict[str, str], *arguments: str, input: str | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, input=input)


def told(environment: dict[str, str], *arguments: str) -> Result:
    """The same in this process: starting one takes longer than what the command does."""
    done = CliRunner().invoke(app, arguments, env=environment)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture
def environment(fresh_database_url: str, tmp_path: Path) -> dict[str, str]:
    """Of an installation on a database of its own, migrated."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BALCAO_")}
    keys = {
        "BALCAO_DATABASE_URL": fresh_database_url,
        "BALCAO_MASTER_KEY": MASTER_KEY,
        "BALCAO_WHATSAPP_APP_SECRET": "f3a9" * 8,
        "BALCAO_DATA": str(tmp_path / "data"),
        "BALCAO_PORT": str(free_port()),
    }
    prepare(Settings(database_url=fresh_database_url))
    return {**clean, **keys}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("BALCAO_PORT", "70000"),
        ("BALCAO_DEMO", "true "),
        ("BALCAO_PROT", "8000"),
        ("BALCAO_MASTER_KEY", "short"),
        ("BALCAO_FAILPOINT", "after_append:kill"),
    ],
)
def test_a_wrong_configuration_is_refused_with_the_name_of_its_key(
    environment: dict[str, str], key: str, value: str
) -> None:
    refused = balcao({**environment, key: value}, "work")
    assert refused.returncode == 2
    assert key in refused.stderr
    assert "Traceback" not in refused.stderr


def test_another_master_key_is_refused(environment: dict[str, str]) -> None:
    assert balcao(environment, "tenant", "add", "Aurora").returncode == 0
    other = "/".join(["A" * 42, "="])
    refused = balcao({**environment, "BALCAO_MASTER_KEY": other}, "work")
    assert refused.returncode in (1, 2)
    assert "key" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_tenants_channels_and_people_are_added_once(environment: dict[str, str]) -> None:
    channel = ["channel", "add", "--phone-number-id", "123", "--name", "Loja"]
    without = told(environment, *channel)
    assert (without.exit_code, "tenant add" in without.stderr) == (2, True)
    assert told(environment, "tenant", "add", "Aurora").exit_code == 0
    assert told(environment, *channel).exit_code == 0
    again = told(environment, *channel)
    assert (again.exit_code, again.stderr.strip()) == (1, "the phone number id 123 is taken")
    person = ["agent", "add", "--name", "Ana", "--email", "Ana@aurora.example", "--password", "segredo-123"]
    assert told(environment, *person).exit_code == 0
    taken = told(environment, *person)
    assert (taken.exit_code, taken.stderr.strip()) == (1, "the e-mail address Ana@aurora.example is taken")
    listed = told(environment, "quarantine", "list")
    assert listed.exit_code == 0


def test_teams_and_what_changes_of_people_and_numbers(environment: dict[str, str]) -> None:
    told(environment, "tenant", "add", "Aurora")
    told(environment, "channel", "add", "--phone-number-id", "123", "--name", "Loja")
    balcao(
        environment,
        "agent",
        "add",
        "--name",
        "Ana",
        "--email",
        "Ana@loja.example",
        "--password",
        "segredo-123",
    )
    ana = ["--email", "ana@Loja.example"]
    for command, status in (
        (["team", "add", "Vendas"], 0),
        (["team", "add", "VENDAS"], 1),
        (["team", "rename", "vendas", "Comercial"], 0),
        (["team", "archive", "Vendas"], 1),
        (["agent", "teams", *ana, "comercial"], 0),
        (["agent", "teams", *ana, "Vendas"], 1),
        (["agent", "limit", *ana, "3"], 0),
        (["agent", "limit", *ana, "-1"], 2),
        (["agent", "role", *ana, "supervisor"], 0),
        (["agent", "deactivate", *ana], 0),
        (["agent", "deactivate", *ana], 0),
        (["agent", "activate", *ana], 0),
        (["agent", "deactivate", "--email", "Bia@loja.example"], 1),
        (["channel", "set", "--phone-number-id", "123", "--team", "Comercial", "--assign"], 0),
        (["channel", "set", "--phone-number-id", "999", "--team", ""], 1),
    ):
        done = told(environment, *command)
        assert done.exit_code == status, (command, done.stderr)
        assert "Bia@loja.example" not in command or done.stderr.strip() == "no agent Bia@loja.example"


def test_a_name_that_no_token_has_is_said_and_revokes_nothing(environment: dict[str, str]) -> None:
    told(environment, "tenant", "add", "Aurora")
    assert told(environment, "token", "add", "--name", "reports").exit_code == 0
    for name, status in (("report", 1), ("Reports", 1), ("reports", 0), ("reports", 1)):
        done = told(environment, "token", "revoke", "--name", name)
        assert (done.exit_code, done.stderr.strip()) == (status, f"no token {name}" if status else "")


@pytest.mark.parametrize(
    "command",
    [
        ["tenant", "add", " "],
        ["channel", "add", "--phone-number-id", "", "--name", "Loja"],
        ["channel", "add", "--phone-number-id", "1", "--name", " "],
        ["agent", "add", "--name", "", "--email", "ana@loja.example", "--password", "x"],
        ["token", "add", "--name", ""],
    ],
)
def test_nothing_without_a_name_is_added(environment: dict[str, str], command: list[str]) -> None:
    refused = told(environment, *command)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "must not be empty" in refused.stderr


def test_what_is_no_address_is_nobodys_e_mail(environment: dict[str, str]) -> None:
    refused = told(environment, "agent", "add", "--name", "Ana", "--email", "sem arroba", "--password", "x")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "not an e-mail address" in refused.stderr


def test_a_password_is_set_from_the_input_and_never_too_short(environment: dict[str, str]) -> None:
    told(environment, "tenant", "add", "Aurora")
    ana = ["--email", "ana@loja.example"]
    short = told(environment, "agent", "add", "--name", "Ana", *ana, "--password", "segredo")
    assert (short.exit_code, short.stderr.strip()) == (1, "a password must have at least 10 characters")
    added = balcao(
        environment, "agent", "add", "--name", "Ana", *ana, "--password-stdin", input="segredo-123\n"
    )
    assert added.returncode == 0, added.stderr
    for given, status in (("outra-senha-456\n", 0), ("curta\n", 1), ("", 1)):
        changed = balcao(environment, "agent", "password", *ana, "--password-stdin", input=given)
        assert changed.returncode == status, changed.stderr
        assert "Traceback" not in changed.stderr
    nobody = balcao(
        environment, "agent", "password", "--email", "b@loja.example", "--password-stdin", input="x" * 10
    )
    assert (nobody.returncode, nobody.stderr.strip()) == (1, "no agent b@loja.example")


def test_nobody_is_prompted_for_a_password_without_a_terminal(environment: dict[str, str]) -> None:
    added = balcao(environment, "agent", "add", "--name", "Ana", "--email", "ana@loja.example")
    assert (added.returncode, added.stdout) == (2, "")
    assert "--password" in added.stderr
    assert "Warning" not in added.stderr


def test_a_refusal_without_data_is_a_sentence_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), reported():
        raise ConcurrentChange
    assert capsys.readouterr().err.strip() == (ConcurrentChange.__doc__ or "").strip()


def test_the_doctor_finds_what_is_wrong(environment: dict[str, str]) -> None:
    well = balcao(environment, "doctor")
    assert well.returncode == 0, well.stdout + well.stderr
    assert "LISTEN" in well.stdout
    assert "assign" not in well.stdout.replace("assignment", "")
    assert "speaks for every number" in well.stdout
    bound = environment["BALCAO_WHATSAPP_APP_SECRET"] + "@1234"
    assert "speaks for" not in balcao({**environment, "BALCAO_WHATSAPP_APP_SECRET": bound}, "doctor").stdout
    with psycopg.connect(environment["BALCAO_DATABASE_URL"]) as db:
        db.execute(
            "insert into directory_1 (tenant_id, kind, id, name, active, auto_assign, position)"
            " values (gen_random_uuid(), 'channel', gen_random_uuid(), 'Vendas', true, true, 1)"
        )
    assert "`balcao assign` never ran" in balcao(environment, "doctor").stdout
    ill = balcao({**environment, "BALCAO_DATABASE_URL": "postgresql://x:y@127.0.0.1:9/none"}, "doctor")
    assert ill.returncode == 1
    assert "Traceback" not in ill.stderr


def test_a_simulator_that_should_misbehave_in_an_unknown_way_is_refused(tmp_path: Path) -> None:
    refused = told({}, "simulator", "--folder", str(tmp_path), "--faults", '{"duplicates": 2}')
    assert refused.exit_code == 2
    assert "duplicates" in refused.stderr
    assert not list(tmp_path.iterdir())


PROCESSES = [
    *("api", "ingest", "bot-replies", "project", "publish", "send", "schedule", "assign", "templates"),
    "work",
]


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_says_when_it_is_ready_and_ends_in_order(environment: dict[str, str], name: str) -> None:
    _begins_and_ends(environment, name)


def test_each_process_runs_alone_with_kafka_too(
    environment: dict[str, str], kafka: str, topic_prefix: str
) -> None:
    environment |= {"BALCAO_KAFKA": kafka, "BALCAO_TOPIC_PREFIX": topic_prefix}
    assert balcao(environment, "migrate").returncode == 0
    for name in PROCESSES:
        _begins_and_ends(environment, name)


def _is_our_error(line: str) -> bool:
    """Whether we call it an error; Kafka's client calls every broker that is slow to answer one."""
    said = json.loads(line)
    return said["level"] == "error" and not said["logger"].startswith("kafka")


def _begins_and_ends(environment: dict[str, str], name: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "services.cli", name],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert (ready["ready"], ready["process"]) == (True, name)
        time.sleep(0.5)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=12)
        assert process.returncode == 0
        assert time.monotonic() - began < 10
        assert [line for line in errors.splitlines() if _is_our_error(line)] == []
    finally:
        process.kill()
