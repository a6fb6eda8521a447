"""`balcao log`: what it shows of the events, and what it never shows."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from tests.support import traffic
from tests.support.cell import MASTER_KEY, Cell, opened

TEXT, SENDER = "Bom dia", "5520911110001"
RECEIVED, SENT = "conversation.message_received", "conversation.message_sent"


@pytest.fixture
def cell(fresh_database_url: str) -> Iterator[Cell]:
    """A tenant, a channel and an agent on a database that other processes read, too."""
    with opened(fresh_database_url) as cell:
        yield cell


@pytest.fixture
def environment(fresh_database_url: str, tmp_path: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BALCAO_")}
    keys = {
        "BALCAO_DATABASE_URL": fresh_database_url,
        "BALCAO_MASTER_KEY": MASTER_KEY,
        "BALCAO_WHATSAPP_APP_SECRET": "f3a9" * 8,
        "BALCAO_DATA": str(tmp_path / "data"),
    }
    return {**clean, **keys}


def told(environment: dict[str, str], *arguments: str) -> Result:
    done = CliRunner().invoke(app, ["log", *arguments], env=environment)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def tailing(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "services.cli", "log", "tail", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # else as our parent has it
    )


def next_lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline() for _ in range(count)]


def ended_by_ctrl_c(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")


def test_show_tells_a_conversation_in_order_without_what_is_personal(
    cell: Cell, environment: dict[str, str]
) -> None:
    conversation = cell.meet(SENDER)
    cell.answer(conversation, "Posso ajudar?")
    cell.project()
    shown = told(environment, "show", str(conversation))
    lines = shown.stdout.splitlines()
    stored = [event for event in cell.history() if event.conversation_id == conversation]
    assert [line.split()[0] for line in lines] == [str(event.position) for event in stored]
    assert [line.split()[3] for line in lines] == [event.fact.TOPIC for event in stored]
    received = next(line for line in lines if RECEIVED in line)
    assert "text=‹sealed›" in received
    assert "#1" in received
    assert " customer " in received
    assert 'channel_id="Atendimento"' in shown.stdout
    assert 'agent "Ana Lima"' in next(line for line in lines if SENT in line)
    for personal in (TEXT, SENDER, "Posso ajudar?", "w1"):
        assert personal not in shown.stdout


def test_show_opens_personal_fields_when_asked_to(cell: Cell, environment: dict[str, str]) -> None:
    conversation = cell.meet(SENDER)
    shown = told(environment, "show", conversation.hex[-8:], "--personal").stdout
    assert f'text="{TEXT}"' in shown
    assert "‹sealed›" not in shown


def test_what_was_erased_shows_as_erased_to_everybody(cell: Cell, environment: dict[str, str]) -> None:
    conversation = cell.meet(SENDER)
    with psycopg.connect(cell.url) as db:
        db.execute("delete from contact_keys")
    for options in ([], ["--personal"]):
        shown = told(environment, "show", str(conversation), *options).stdout
        assert "text=‹erased›" in shown
        assert "‹sealed›" not in shown
    written = [
        json.loads(line)
        for line in told(environment, "show", str(conversation), "--json").stdout.splitlines()
    ]
    received = next(event for event in written if event["type"] == RECEIVED)
    assert received["data"]["text"] is None
    assert "text" in received["erased"]
    assert received["sealed"] == []


def test_json_has_the_fields_of_each_event_and_names_the_sealed_ones(
    cell: Cell, environment: dict[str, str]
) -> None:
    conversation = cell.meet(SENDER)
    (received,) = [
        event
        for line in told(environment, "show", str(conversation), "--json").stdout.splitlines()
        if (event := json.loads(line))["type"] == RECEIVED
    ]
    assert received["conversation"] == str(conversation)
    assert (received["data"]["ticket"], received["data"]["text"]) == (1, None)
    assert {"text", "wamid"} <= set(received["sealed"])
    assert received["erased"] == []
    opened_up = told(environment, "show", str(conversation), "--json", "--personal").stdout
    assert json.loads(opened_up.splitlines()[-1])["sealed"] == []
    assert TEXT in opened_up


def test_no_terminal_obeys_what_a_customer_wrote(cell: Cell, environment: dict[str, str]) -> None:
    wrote = "a\x1b[2Jb\u202ec\u009bd"
    cell.receive(traffic.body([traffic.text("w9", wrote, SENDER)]))
    cell.ingest()
    conversation = next(event.conversation_id for event in cell.history() if event.conversation_id)
    shown = told(environment, "show", str(conversation), "--personal").stdout
    assert all(character.isprintable() for line in shown.splitlines() for character in line)


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        (["show", str(uuid4())], 1, "no conversation"),
        (["show", "xyz"], 2, "at least the last four digits"),
        (["tail", "--type", "conversation.clozed"], 2, "no event type is called conversation.clozed"),
        (["tail", "--from", "0"], 2, "greater than or equal to 1"),
    ],
)
def test_what_does_not_exist_is_said(
    cell: Cell, environment: dict[str, str], arguments: list[str], status: int, reason: str
) -> None:
    refused = told({**environment, "COLUMNS": "200"}, *arguments)
    assert (refused.exit_code, refused.stdout) == (status, "")
    assert reason in refused.stderr


def test_tail_follows_what_happens_until_ctrl_c(cell: Cell, environment: dict[str, str]) -> None:
    process = tailing(environment, "--json")
    before: list[dict[str, Any]] = [json.loads(line) for line in next_lines(process, 3)]
    assert [event["type"] for event in before] == ["tenant.registered", "channel.added", "agent.added"]
    conversation = cell.meet(SENDER)
    behind = [event for event in cell.history() if event.position > before[-1]["position"]]
    after = [json.loads(line) for line in next_lines(process, len(behind))]
    assert [event["position"] for event in after] == [event.position for event in behind]
    assert UUID(after[-1]["conversation"]) == conversation
    ended_by_ctrl_c(process)


def test_tail_begins_where_it_is_told_and_shows_the_types_it_is_told(
    cell: Cell, environment: dict[str, str]
) -> None:
    conversation = cell.meet(SENDER)
    cell.answer(conversation, "Posso ajudar?")
    wanted = [
        event.fact.TOPIC for event in cell.history() if event.fact.TOPIC in ("agent.added", RECEIVED, SENT)
    ]
    process = tailing(environment, "--from", "1", "--type", "agent", "--type", RECEIVED, "--type", SENT)
    lines = next_lines(process, len(wanted))
    assert [line.split()[3] for line in lines] == wanted == ["agent.added", RECEIVED, SENT]
    assert lines[-1].split()[4] == conversation.hex[-8:]
    assert "‹sealed›" in lines[-1]
    ended_by_ctrl_c(process)


def test_an_event_that_nobody_can_read_is_a_line_and_no_end(cell: Cell, environment: dict[str, str]) -> None:
    conversation = cell.meet(SENDER)
    with psycopg.connect(cell.url) as db:
        db.execute("update events set topic = 'conversation.of_the_future:1' where topic like '%.started%'")
    lines = told(environment, "show", str(conversation)).stdout.splitlines()
    assert sum("unreadable" in line for line in lines) == 1
    assert RECEIVED in lines[-1]
