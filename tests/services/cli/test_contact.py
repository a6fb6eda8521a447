"""`balcao contact erase`, and what a restore does with the list of erased contacts."""

import os
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
from typer.testing import CliRunner, Result

from adapters.postgres.log.event_log import PostgresLog
from domain.contact.state import ContactErased
from domain.conversation.message_events import MessageReceived
from domain.event import ERASED
from services.cli import app
from services.commands.erasure import ErasureCommands
from services.runtime.erased_list import ErasedList
from tests.support.cell import MASTER_KEY, Cell

RITA, JOANA = "5520911110001", "5520911110002"


@pytest.fixture
def environment(cell: Cell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr("services.cli.contact.WAIT_S", 0.0)  # no follower runs here
    return {
        "BALCAO_DATABASE_URL": cell.url,
        "BALCAO_MASTER_KEY": MASTER_KEY,
        "BALCAO_DATA": str(tmp_path),
        "COLUMNS": "200",
    }


def told(environment: dict[str, str], *arguments: str, answer: str | None = None) -> Result:
    names = [name for name in os.environ if name.startswith("BALCAO_")]
    return CliRunner().invoke(app, arguments, env={**dict.fromkeys(names), **environment}, input=answer)


def test_a_person_is_shown_and_then_erased_by_their_number(cell: Cell, environment: dict[str, str]) -> None:
    cell.meet(RITA)
    cell.meet(JOANA, "w2")
    cell.publish()
    cell.project()

    dry = told(environment, "contact", "erase", "+55 20 91111-0001", "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "  contact_keys: 1" in dry.output
    assert "Nothing was changed." in dry.output
    assert RITA not in dry.output
    assert cell.facts(ContactErased) == []

    assert told(environment, "contact", "erase", RITA).exit_code == 2, "nobody can be asked"
    done = told(environment, "contact", "erase", RITA, "--yes")
    assert done.exit_code == 0, done.output
    assert "Erased; read models or the publisher are behind." in done.output
    contact_id = done.output.split()[1].rstrip(",")
    cell.publish()
    cell.project()
    again = told(environment, "contact", "erase", contact_id, "--yes")
    assert "Erased at " in again.output
    assert len(cell.facts(ContactErased)) == 1
    assert [fact.text for fact in cell.facts(MessageReceived)].count(ERASED) == 1

    for unknown in (str(uuid4()), RITA, "5520955550000"):
        assert told(environment, "contact", "erase", unknown, "--dry-run").exit_code == 1
    assert told(environment, "contact", "erase", "Rita", "--dry-run").exit_code == 2


def test_after_a_restore_the_erased_are_erased_again_and_nobody_else(
    cell: Cell, environment: dict[str, str], tmp_path: Path
) -> None:
    cell.meet(RITA)
    joana = cell.meet(JOANA, "w2")
    told(environment, "contact", "erase", RITA, "--yes")
    (gone,) = ErasedList(tmp_path / "erased.jsonl").read()
    # As after a restore of an older dump, the log knows somebody whom the list names.
    joanas = next(event.contact_id for event in cell.history() if event.conversation_id == joana)
    assert joanas is not None
    listed = ErasedList(tmp_path / "erased.jsonl")
    listed.add([replace(gone, contact_id=joanas), replace(gone, contact_id=uuid4())])
    with listed.path.open("a") as file:
        file.write(f'{{"contact_id": "{uuid4()}", "tena')

    # A copy of the files has the identity of the log: the list alone tells that it is an older one.
    environment |= {"BALCAO_WHATSAPP_APP_SECRET": "f3a9" * 8}  # of the doctor alone
    warned = told(environment, "doctor")
    assert warned.exit_code == 1
    assert "✗ erased contacts: 1 contacts of" in warned.output
    assert "`balcao migrate --restored`" in warned.output
    with structlog.testing.capture_logs() as logged:
        ErasureCommands(cell.log, listed).housekeep()
    assert [line["contacts"] for line in logged if line["log_level"] == "error"] == [1]

    done = told(environment, "migrate", "--restored")

    assert done.exit_code == 0, done.output
    assert "✓ erased contacts" in told(environment, "doctor").output
    assert "1 contacts were erased again" in done.output
    with PostgresLog(cell.url, MASTER_KEY) as log:  # the cell's own says that the log was restored
        events = log.read(0, 1000)
    assert [event.contact_id for event in events if isinstance(event.fact, ContactErased)] == [
        gone.contact_id,
        joanas,
    ]
    assert "0 contacts were erased again" in told(environment, "migrate", "--restored").output
