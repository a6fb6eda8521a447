"""What an operator sees of the topics, and does about them."""

import os
from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner

from domain.log.append import Advance, Append
from schemas.topics import BOT_REPLIES, BOT_TURNS, INBOUND, Outgoing, parked_topic, partition_of
from services.cli import app
from tests.support.cell import MASTER_KEY, Cell, opened

Run = Callable[..., tuple[int, str]]
SECRET = "o cpf dela é 123"


@pytest.fixture
def cell(database_url: str) -> Iterator[Cell]:
    with opened(database_url) as cell:
        yield cell


@pytest.fixture
def run(cell: Cell) -> Run:
    names = [name for name in os.environ if name.startswith("BALCAO_")]
    environment = {"BALCAO_MASTER_KEY": MASTER_KEY, "BALCAO_DATABASE_URL": cell.url, "COLUMNS": "200"}
    environment |= {"BALCAO_WHATSAPP_APP_SECRET": "f3a9" * 8}  # of the doctor alone

    def balcao(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, words, env={**dict.fromkeys(names), **environment})
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return balcao


def test_a_stopped_partition_is_shown_and_skipped_only_with_yes(cell: Cell, run: Run) -> None:
    key = b"a"
    partition = str(partition_of(key, 12))
    cell.topics.produce([Outgoing(INBOUND, key, b"{}")] * 5)
    _, listed = run("topics")
    assert listed.split()[:1] == ["topic"]
    row = next(line.split() for line in listed.splitlines() if INBOUND in line)
    assert row[:4] == [INBOUND, partition, "ingest", "5"]
    assert run("topics", "skip", INBOUND, partition)[0] == 1, "nothing stops it"

    cell.rows(
        "with d as (delete from topic_records where record_offset < 3 returning 1) select count(*) from d"
    )
    assert "stopped at 0, first available 3" in run("topics")[1]
    code, told = run("doctor")
    assert (code, f"✗ records: {INBOUND}/{partition} stopped" in told) == (1, True), told
    code, told = run("topics", "skip", INBOUND, partition)
    assert (code, "3 records are lost, 0 to 2, all older than 20" in told) == (1, True), told
    assert "nothing was done; it needs --yes" in told
    assert cell.log.offsets(INBOUND, 12)[int(partition)] == 0

    code, told = run("topics", "skip", INBOUND, partition, "--yes")
    assert (code, cell.log.offsets(INBOUND, 12)[int(partition)]) == (0, 3)
    assert f"{INBOUND}/{partition} goes on at 3" in told
    code, told = run("topics", "skip", INBOUND, partition, "--yes")
    assert (code, "nothing to skip" in told) == (1, True)
    for wrong in (["nowhere", "1"], [INBOUND, "99"], [BOT_TURNS, "1"]):
        code, told = run("topics", "skip", *wrong, "--yes")
        assert (code, len(told.splitlines())) == (1, 1)

    cell.log.append(Append(advances=[Advance(f"{INBOUND}/{partition}", 3, 700)]))
    _, told = run("topics", "skip", INBOUND, partition, "--yes")
    assert "the topic ends at 5" in told
    assert "goes on at 3" in told


def test_parked_records_are_listed_shown_replayed_and_dropped(cell: Cell, run: Run) -> None:
    partition = partition_of(b"talk", 12)
    headers = {"reason": b"not a record of it", "partition": b"7", "offset": b"41"}
    parked = Outgoing(parked_topic(BOT_REPLIES), b"talk", SECRET.encode(), headers)
    cell.topics.produce([parked] * 4)
    ids = [f"{BOT_REPLIES}/{partition}/{n}" for n in range(4)]

    _, listed = run("parked", "list")
    assert all(id in listed for id in ids)
    assert "not a record of it" in listed
    assert "7/41" in listed
    assert "7/41" not in run("parked", "list", "--topic", INBOUND)[1]
    row = next(line for line in run("topics")[1].splitlines() if BOT_REPLIES in line)
    assert "! records: 4 parked; see `balcao parked list`" in run("doctor")[1]
    assert row.split()[:4] == [parked.topic, str(partition), "parked", "4"]

    code, shown = run("parked", "show", ids[2])
    assert (code, SECRET in shown, "talk" in shown) == (0, False, False)
    assert SECRET in run("parked", "show", ids[2], "--personal")[1]
    assert run("parked", "show", ids[2] + "1")[0] == 1

    assert run("parked", "replay", ids[0]) == (0, "1 records replayed\n")
    assert run("parked", "replay", ids[0]) == (0, "0 records replayed\n")
    assert run("parked", "drop", ids[1])[0] == 1
    assert run("parked", "drop", ids[1], "--yes") == (0, "1 records dropped\n")
    assert run("parked", "replay", "--topic", INBOUND) == (0, "0 records replayed\n")
    assert run("parked", "replay", "--all") == (0, "2 records replayed\n")
    assert run("parked", "replay")[0] == run("parked", "replay", ids[0], "--all")[0] == 2
    assert run("parked", "replay", "--topic", "x")[0] == 2
    again = cell.topics.read(BOT_REPLIES, {partition: 0}, 10)
    assert [(record.key, record.value) for record in again] == [(b"talk", SECRET.encode())] * 3
    assert ids[0] not in run("parked", "list")[1]
    assert "nothing parked" in run("topics")[1]
