"""`balcao log`: what it shows of the events, and what it never shows."""

import json
import os
import re
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

from adapters.whatsapp.graph import GraphApi
from services.cli import app
from services.commands.organisation import AgentChange, ChannelChange, OrganisationCommands
from services.write.actor import Administrator
from services.write.command_runner import CommandRunner
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


def test_agents_are_named_and_no_e_mail_address_is_shown(cell: Cell, environment: dict[str, str]) -> None:
    for arguments in (["--from", "1"], ["--from", "1", "--json"]):
        process = tailing(environment, *arguments)
        added = next_lines(process, 3)[-1]
        ended_by_ctrl_c(process)
        assert "agent.added" in added
        assert "Ana Lima" in added
        assert "@" not in added
        assert "email" in (json.loads(added)["sealed"] if "--json" in arguments else added)


def test_teams_are_named_wherever_they_stand(cell: Cell, environment: dict[str, str]) -> None:
    conversation = cell.meet(SENDER)
    by = Administrator(cell.tenant_id)
    organisation = OrganisationCommands(CommandRunner(cell.log), lambda *_: None, lambda _: None)
    sales, support = (
        UUID(str(organisation.add_team(name, by).answer["id"])) for name in ("Vendas", "Suporte")
    )
    organisation.change_agent(cell.agent_id, AgentChange(teams=frozenset({sales, support})), by)
    organisation.configure(cell.channel_id, ChannelChange(team_id=sales), by)
    cell.project()
    opened = next(line for line in _shown(environment, conversation) if "ticket_opened" in line)
    assert "queue=‹without team›" in opened
    other = cell.meet("5520911110002", "w2")
    assert 'queue="Vendas"' in next(line for line in _shown(environment, other) if "ticket_opened" in line)
    process = tailing(environment, "--type", "agent.teams_set")
    (teams_set,) = next_lines(process, 1)
    ended_by_ctrl_c(process)
    assert teams_set.rstrip().endswith(('teams=["Vendas", "Suporte"]', 'teams=["Suporte", "Vendas"]'))


def _shown(environment: dict[str, str], conversation: UUID) -> list[str]:
    return told(environment, "show", str(conversation)).stdout.splitlines()


def test_a_delivery_names_its_message(cell: Cell, environment: dict[str, str]) -> None:
    conversation = cell.meet(SENDER)
    message_id = cell.answer(conversation, "Posso ajudar?")
    cell.publish()
    cell.send(GraphApi("http://127.0.0.1:9", "nobody is there"))
    (started,) = [line for line in _shown(environment, conversation) if "delivery.attempt_started" in line]
    assert f"message_id={message_id.hex[-8:]} " in started


def test_all_times_of_json_have_one_format(cell: Cell, environment: dict[str, str]) -> None:
    conversation = cell.meet(SENDER)
    for line in told(environment, "show", str(conversation), "--json").stdout.splitlines():
        event = json.loads(line)
        times = [
            event["at"],
            *(value for name, value in event["data"].items() if name.endswith("_at") and value),
        ]
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", time) for time in times), times


def test_tail_shows_the_last_events_of_the_type_it_is_told(cell: Cell, environment: dict[str, str]) -> None:
    for number in range(10, 14):
        cell.meet(f"55209111100{number}", f"w{number}")
    process = tailing(environment, "--type", "agent", "--type", "tenant")
    assert [line.split()[3] for line in next_lines(process, 2)] == ["tenant.registered", "agent.added"]
    ended_by_ctrl_c(process)


def test_tail_refuses_a_position_beyond_the_end(cell: Cell, environment: dict[str, str]) -> None:
    head = cell.log.head()
    for position in (head + 2, 99999999999999999999):
        refused = told({**environment, "COLUMNS": "200"}, "tail", "--from", str(position))
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert f"the log ends at position {head}" in refused.stderr


def test_tail_ends_when_its_reader_has_gone_though_nothing_happens(
    cell: Cell, environment: dict[str, str]
) -> None:
    process = tailing(environment)
    next_lines(process, 3)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert (process.wait(20), process.stderr.read()) == (0, "")
    process.stderr.close()
