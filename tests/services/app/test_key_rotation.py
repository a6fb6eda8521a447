"""The master key is rotated while everything runs: the new one alone reads all, and nothing is lost."""

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from rich.console import Console

from adapters.postgres.agents.bot_sessions import BotSession, PostgresBotSessions
from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.log.key_rotation import TABLES, RotationRefused
from adapters.postgres.log.key_usage import SEALED
from adapters.postgres.log.sealing import MissingKey, WrongMasterKey
from domain.conversation.message_events import MessageReceived, MessageSent
from domain.conversation.state import evolve
from services.app.key_rotation import rotate
from services.runtime.settings import Settings
from tests.support import traffic
from tests.support.cell import MASTER_KEY, Cell, opened

NEW = base64.b64encode(bytes(range(32, 64))).decode()
BOTH = f"{MASTER_KEY},{NEW}"
SECRET_OF = ("whatsapp_token", UUID(int=7))


@pytest.fixture
def cell(fresh_database_url: str) -> Iterator[Cell]:
    """One whose log knows both keys."""
    with opened(fresh_database_url, master_key=BOTH) as cell:
        yield cell


def settings_of(cell: Cell, folder: Path, keys: str = BOTH) -> Settings:
    return Settings(_env_file=None, database_url=cell.url, master_key=keys, data=folder, demo=False)


def rotated(cell: Cell, folder: Path, keys: str = BOTH) -> list[str]:
    """Rotate; what is damaged."""
    return list(rotate(settings_of(cell, folder, keys), Console(file=StringIO())).damaged)


def fill(cell: Cell) -> UUID:
    """Something in every table that holds what a master key seals; a conversation."""
    conversation = cell.meet()
    for n in range(45):  # more than the events after which a snapshot is stored
        cell.answer(conversation, f"resposta {n}")
    cell.receive(
        traffic.body([traffic.reaction("r1", "never", "👍", "5520911110001")]),
        traffic.body([traffic.text("x1", "olá")], number="999"),
        traffic.change("account_alerts", {"alert": "x"}),
    )
    cell.ingest()
    cell.log.load([conversation], evolve)
    cell.log.secrets.put(*SECRET_OF, b"a token")
    with bots(cell.url, BOTH) as sessions:
        sessions.save("turns", [], [BotSession(conversation, uuid4(), 1, (), b"in the menu")])
    return conversation


@contextmanager
def bots(url: str, keys: str) -> Iterator[PostgresBotSessions]:
    with QueryPool(url, 1, "tests") as pool:
        yield PostgresBotSessions(pool, keys)


def counts(cell: Cell) -> dict[str, int]:
    return {table: cell.rows(f"select count(*) from {table}")[0][0] for table in SEALED}


def without_marks(cell: Cell) -> None:
    """What the database holds where it was written before keys had marks."""
    with psycopg.connect(cell.url, autocommit=True) as db:
        db.execute("update log set canary = substring(canary from 9)")
        for table, column in SEALED.items():
            db.execute(f"update {table} set {column} = substring({column} from 9)")


@pytest.mark.parametrize("marked", [True, False], ids=["marked", "from before marks"])
def test_everything_that_was_sealed_is_read_with_the_new_key_alone(
    cell: Cell, tmp_path: Path, marked: bool
) -> None:
    conversation = fill(cell)
    if not marked:
        without_marks(cell)
    before = counts(cell)
    told = cell.history()
    assert all(before.values()), "there is nothing to rotate in one of the tables"

    assert rotated(cell, tmp_path) == []

    assert counts(cell) == before | {"snapshots": 0}
    with pytest.raises(WrongMasterKey):
        PostgresLog(cell.url, MASTER_KEY)
    with PostgresLog(cell.url, NEW) as log, bots(cell.url, NEW) as sessions:
        assert log.read(0, 1_000) == told
        assert log.secrets.get(*SECRET_OF) == b"a token"
        assert [one.item.code for one in log.quarantined("999")] == ["unknown_number"]
        assert sessions.load([conversation])[conversation].state == b"in the menu"
        cell.log = log
        cell.receive(traffic.body([traffic.text("never", "a primeira", at=traffic.START)]))
        cell.ingest()
        assert cell.rows("select count(*) from orphans") == [(0,)], "the reaction found its message"


def test_no_table_of_sealed_things_is_forgotten(cell: Cell) -> None:
    columns = "select table_name, column_name from information_schema.columns where table_schema = 'public'"
    sealed = dict(cell.rows(f"{columns} and column_name in ('sealed', 'wrapped')"))
    guarded = cell.rows("select tgrelid::regclass::text from pg_trigger where tgname = 'refuse_former_key'")
    assert sealed == {table: column for table, column in SEALED.items() if table != "snapshots"}
    assert sealed.keys() == TABLES.keys() == {table for (table,) in guarded}


def test_a_rotation_that_is_over_is_not_done_again_nor_taken_back(cell: Cell, tmp_path: Path) -> None:
    fill(cell)
    rotated(cell, tmp_path)
    canary = cell.rows("select canary from log")
    for keys in (BOTH, f"{NEW},{MASTER_KEY}"):
        rotated(cell, tmp_path, keys)
    assert cell.rows("select canary from log") == canary
    with pytest.raises(RotationRefused, match="that key and the new one"):
        rotated(cell, tmp_path, NEW)


def test_who_does_not_know_the_new_key_writes_nothing_and_waits(cell: Cell, tmp_path: Path) -> None:
    with PostgresLog(cell.url, MASTER_KEY) as old, PostgresLog(cell.url, BOTH) as both:
        old_cell = Cell(cell.url, old, cell.topics, cell.tenant_id, cell.channel_id, cell.agent_id)
        rotated(cell, tmp_path)
        cell.receive(traffic.body([traffic.text("w1", "Oi")]))
        with pytest.raises(MissingKey, match="add it"):
            old_cell.ingest()
        with pytest.raises(MissingKey):
            old.secrets.put(*SECRET_OF, b"a token")
        both.secrets.put(*SECRET_OF, b"another")
        cell.ingest()
    assert [fact.text for fact in cell.facts(MessageReceived)] == ["Oi"]
    with PostgresLog(cell.url, NEW) as log:
        assert log.secrets.get(*SECRET_OF) == b"another"


def test_an_installation_makes_the_new_key_itself_and_running_processes_find_it(
    fresh_database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"whatsapp_app_secret": "f3a9" * 8, "master_key": MASTER_KEY}))
    file.chmod(0o600)
    with opened(fresh_database_url, reload_keys=lambda: json.loads(file.read_text())["master_key"]) as cell:
        fill(cell)
        rotated(cell, tmp_path, MASTER_KEY)
        made = json.loads(file.read_text())
        assert made["whatsapp_app_secret"] == "f3a9" * 8
        assert len(made["master_key"]) == len(MASTER_KEY)
        assert made["master_key"] != MASTER_KEY
        assert file.stat().st_mode & 0o777 == 0o600
        cell.meet("5520911110002", "w2")
        PostgresLog(cell.url, made["master_key"]).close()
        rotated(cell, tmp_path, made["master_key"])
        cell.meet("5520911110003", "w3")
    assert not list(tmp_path.glob("secrets-*"))


def test_a_damaged_row_is_named_and_holds_up_nothing(cell: Cell, tmp_path: Path) -> None:
    fill(cell)
    for table, column in (("secrets", "sealed"), ("contact_keys", "wrapped")):
        flipped = f"set_byte({column}, 30, get_byte({column}, 30) # 1)"
        cell.rows(f"update {table} set {column} = {flipped} returning 1")
    contact = cell.rows("select contact_id from contact_keys")[0][0]
    assert rotated(cell, tmp_path) == [
        f"contact_keys {contact}",
        f"secrets whatsapp_token {SECRET_OF[1]}",
    ]


def run(cell: Cell, folder: Path, failpoint: str = "") -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BALCAO_")}
    told = {
        "BALCAO_DATABASE_URL": cell.url,
        "BALCAO_MASTER_KEY": BOTH,
        "BALCAO_DATA": str(folder),
        "BALCAO_TEST_FLAGS": "1",
        "BALCAO_FAILPOINT": failpoint,
    }
    return subprocess.run(
        [sys.executable, "-m", "services.cli", "key", "rotate"],
        env=clean | {name: value for name, value in told.items() if value},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_under_load_and_killed_wherever_it_is_nothing_is_lost(cell: Cell, tmp_path: Path) -> None:
    conversation = cell.meet()
    stop, written, failed = threading.Event(), [0, 0], []

    def customers() -> None:
        while not stop.is_set():
            written[0] += 1
            n = written[0]
            cell.receive(traffic.body([traffic.text(f"n{n}", f"oi {n}", f"55209222{n % 1000:05}")]))
            cell.ingest()

    def agent() -> None:
        while not stop.is_set():
            written[1] += 1
            cell.answer(conversation, f"resposta {written[1]}")

    def reported(act: object) -> None:
        try:
            act()  # type: ignore[operator]
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=reported, args=[act]) for act in (customers, agent)]
    for thread in threads:
        thread.start()
    try:
        for point in ("before_rotation", "after_rotation_begins", "during_rotation", "after_rotation"):
            assert run(cell, tmp_path, f"{point}:kill").returncode == -signal.SIGKILL
            if point.endswith("_begins"):
                with pytest.raises(
                    WrongMasterKey, match=r"needed, for [1-9]\d* rows of contact_keys.*rotate"
                ):
                    PostgresLog(cell.url, NEW)
                with pytest.raises(WrongMasterKey):
                    PostgresLog(cell.url, MASTER_KEY)
        PostgresLog(cell.url, NEW).close()
        done = run(cell, tmp_path)
        assert done.returncode == 0, done.stderr
        assert "No other key is needed" in done.stdout
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)

    assert failed == []
    assert min(written) > 20, "there was no load"
    with PostgresLog(cell.url, NEW) as log:
        facts = [event.fact for event in log.read(0, 1_000_000)]
    received = [fact.text for fact in facts if isinstance(fact, MessageReceived)]
    sent = [fact.text for fact in facts if isinstance(fact, MessageSent)]
    assert sorted(map(str, received)) == sorted(["Bom dia", *(f"oi {n + 1}" for n in range(written[0]))])
    assert sorted(map(str, sent)) == sorted(f"resposta {n + 1}" for n in range(written[1]))
    with pytest.raises(WrongMasterKey):
        PostgresLog(cell.url, MASTER_KEY)
