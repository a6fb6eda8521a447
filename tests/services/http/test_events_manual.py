"""What docs/events.md tells its reader to type works as it stands there."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from services.access.tokens import issue_token
from tests.services.http.actions import post_action, take
from tests.support.office import Office
from tests.support.waiting import until

MANUAL = (Path(__file__).parents[3] / "docs" / "events.md").read_text()


def code(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", MANUAL, re.DOTALL)
    return str(found)


@pytest.fixture
def environment(office: Office) -> dict[str, str]:
    token = issue_token(office.cell.url, office.cell.tenant_id, "reports")
    return {"PATH": os.environ["PATH"], "BALCAO": office.url, "TOKEN": token}


def test_the_lines_for_curl_answer(office: Office, environment: dict[str, str]) -> None:
    office.customer_writes("oi")
    get, *lines = (line for line in code("bash").splitlines() if not line.startswith("#"))
    assert len(lines) >= 5
    answers = []
    for line in lines:
        ran = subprocess.run(
            ["bash", "-c", f"{get}\n{line}"], env=environment, capture_output=True, text=True, timeout=20
        )
        assert ran.returncode == 0, f"{line}\n{ran.stdout}{ran.stderr}"
        answers.append(ran.stdout)
    page, stream, closed, contact, schema = answers
    items = json.loads(page)["items"]
    assert [json.loads(line) for line in stream.splitlines()] == items
    assert json.loads(closed)["items"] == json.loads(contact)["items"] == []
    assert {item["type"] for item in items} <= json.loads(schema)["$defs"].keys()


@contextmanager
def following(folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """The example runs, and is killed in the end."""
    program = folder / "follow.py"
    program.write_text(code("python"))
    with subprocess.Popen(
        [sys.executable, str(program)], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield
            assert process.poll() is None, process.stderr and process.stderr.read()
        finally:
            process.kill()


def test_the_example_keeps_the_state_of_all_tickets_also_when_it_is_killed(
    office: Office, environment: dict[str, str], tmp_path: Path
) -> None:
    def states() -> dict[str, str]:
        if not (tmp_path / "tickets.db").exists():
            return {}
        with closing(sqlite3.connect(tmp_path / "tickets.db")) as db:
            try:
                return dict(db.execute("select conversation, state from tickets").fetchall())
            except sqlite3.OperationalError:  # its tables are not there yet
                return {}

    ana = office.login("ana")
    conversation = office.customer_writes("oi")
    marina, paulo = str(conversation), str(office.customer_writes("olá", customer=2))
    with following(tmp_path, environment):
        until("both to wait", lambda: states() == {marina: "waits", paulo: "waits"})
        assert take(ana, conversation, office.people["ana"]).status_code == 200
        until("one in work", lambda: states() == {marina: "in work", paulo: "waits"})
    ticket = ana.get(f"/v1/conversations/{marina}").json()["ticket"]
    done = post_action(ana, conversation, "close", f'"{ticket["control"]}"')
    assert done.status_code == 200, done.text
    with following(tmp_path, environment):
        until("one closed", lambda: states() == {marina: "closed", paulo: "waits"})
    with closing(sqlite3.connect(tmp_path / "tickets.db")) as db:  # as if the log had been restored meanwhile
        db.execute("update follower set position = 'other.5'")
        db.execute("update tickets set state = 'of the other log'")
        db.commit()
    with following(tmp_path, environment):
        until("everything again", lambda: states() == {marina: "closed", paulo: "waits"})
