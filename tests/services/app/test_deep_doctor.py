"""`balcao doctor --deep`: each kind of damage is named, and nothing of a sound installation is."""

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from adapters.postgres.follow.inspection import Problem, inspect
from services.app.deep_doctor import examine_deeply
from services.commands.erasure import ErasureCommands
from services.runtime.erased_list import ErasedList
from services.workers.project.projectors import PROJECTIONS
from services.write.actor import Administrator
from tests.support import traffic
from tests.support.cell import MASTER_KEY, Cell, opened
from tests.support.office import settings_for

HERE = "where conversation_id = '{conversation}'"


@pytest.fixture
def cell(database_url: str) -> Iterator[Cell]:
    with opened(database_url) as cell:
        yield cell


def problems(cell: Cell) -> list[Problem]:
    """What an inspection finds; it leaves nothing behind."""
    found: list[Problem] = []
    tables = "select count(*) from pg_class where relname ~ '_1000001$|^inspected'"
    inspect(cell.url, MASTER_KEY, PROJECTIONS, found.append, lambda head: lambda events: None)
    assert cell.rows(tables) == [(0,)]
    return found


def lived(cell: Cell) -> UUID:
    """A conversation with a bit of everything; it."""
    cell.meet("5520911110002", "w0")
    conversation = cell.meet()
    cell.answer(conversation, "Olá!")
    cell.receive(
        traffic.body([traffic.reaction("r1", "w1", "👍", "5520911110001")]),
        traffic.body([traffic.reaction("r2", "never", "👍", "5520911110001")]),
        traffic.body([traffic.text("x1", "olá")], number="999"),
    )
    cell.ingest()
    cell.log.secrets.put("password", cell.agent_id, b"a hash")
    cell.project()
    return conversation


DAMAGE = {
    "an event is gone": (
        f"delete from events {HERE} and topic = 'conversation.message_sent'",
        {
            "log: there is no event at position",
            "log: the versions of stream",
            "timeline: the row",
            "workspace",
        },
    ),
    "a flipped bit": (
        f"update events set state = set_byte(state, 200, get_byte(state, 200) # 1) {HERE}"
        " and topic = 'conversation.message_received'",
        {"log: the event at position", "message ids: a WhatsApp id leads to message", "timeline"},
    ),
    "an event id twice": (
        "update events set event_id = (select event_id from events where notification_id = 1)"
        " where notification_id = 2",
        {"log: event id"},
    ),
    "a row of a read model": (
        f"update timeline set text = 'nunca' {HERE} and direction = 'in'",
        {"timeline: the row"},
    ),
    "a row too many": (
        'insert into directory select (jsonb_populate_record(d, \'{{"id":'
        ' "00000000-0000-0000-0000-000000000007"}}\')).* from directory d limit 1',
        {"directory: the row"},
    ),
    "a row too few": (f"delete from workspace {HERE}", {"workspace: the row"}),
    "a key is gone": (
        "delete from contact_keys where contact_id = '{contact}'",
        {"keys: contact", "timeline", "workspace", "contacts"},
    ),
    "a key is damaged": (
        "update contact_keys set wrapped = set_byte(wrapped, 30, get_byte(wrapped, 30) # 1)"
        " where contact_id = '{contact}'",
        {
            "log: the event",
            "contact_keys: the row",
            "message ids",
            "timeline",
            "workspace",
            "contacts",
            "participants",
        },
    ),
    "a key came back": (
        "insert into erasures (contact_id, tenant_id, person_id, conversations, erased_at, position)"
        " values ('{contact}', '{contact}', '{contact}', '{{}}', now(), 0)",
        {"keys: contact"},
    ),
    "a secret": (
        "update secrets set sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1)",
        {"secrets: the row"},
    ),
    "an orphan": (
        "update orphans set sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1)",
        {"orphans: the row"},
    ),
    "a quarantined item": (
        "update quarantine set sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1)",
        {"quarantine: the row"},
    ),
    "a message id is gone": (
        "delete from wamids where message_id = (select message_id from timeline where wamid = 'w1')",
        {"message ids: message"},
    ),
    "a message id of nothing": (
        "insert into wamids values (1, '{contact}', '{contact}', '{contact}')",
        {"message ids: a WhatsApp id leads to message"},
    ),
    "an address of nobody": (
        "update identities set contact_id = '00000000-0000-0000-0000-000000000007'"
        " where contact_id = '{contact}'",
        {"identities: an address"},
    ),
    "a thread is gone": (f"delete from threads {HERE}", {"threads: conversation"}),
    "an offset went back": (
        "update tracking set notification_id = 0 where starts_with(application_name, 'whatsapp.inbound')",
        {"topics: whatsapp.inbound"},
    ),
    "an event was parked": (
        "insert into parked_events values ('publisher', 3, '{conversation}', 'a reason')",
        {"followers: publisher has parked 1 events"},
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_each_kind_of_damage_is_named(cell: Cell, kind: str) -> None:
    conversation = lived(cell)
    contact = cell.rows("select contact_id from threads where conversation_id = %s", conversation)[0][0]
    query, named = DAMAGE[kind]

    with psycopg.connect(cell.url, autocommit=True) as db:
        changed = db.execute(query.format(conversation=conversation, contact=contact).encode()).rowcount
    assert changed > 0
    found = problems(cell)

    said = [f"{problem.where}: {problem.what}" for problem in found]
    assert [start for start in named if not any(line.startswith(start) for line in said)] == []
    assert [line for line in said if not line.startswith(tuple(named))] == [], "something else is named, too"
    assert all(problem.advice for problem in found)


@pytest.mark.parametrize(
    "damage",
    [
        "drop table timeline_1 cascade",
        "drop view timeline",
        "alter table timeline_1 drop column wamid cascade",
        "alter table timeline_1 rename to elsewhere",
    ],
)
def test_a_table_that_is_damaged_or_gone_is_named_and_the_rest_is_examined(
    fresh_database_url: str, damage: str
) -> None:
    with opened(fresh_database_url) as cell:
        lived(cell)
        with psycopg.connect(cell.url, autocommit=True) as db:
            db.execute(damage.encode())
            db.execute("delete from threads where ctid = (select min(ctid) from threads)")
        said = [f"{problem.where}: {problem.what}" for problem in problems(cell)]
    tables = [line for line in said if line == "timeline: the table timeline_1 is damaged or gone"]
    assert len(tables) == (damage != "drop view timeline")
    assert [line for line in said if line.startswith("threads: conversation")], said
    assert len(said) == len(tables) + 1


def test_an_erased_person_and_a_late_quote_are_no_damage(cell: Cell, tmp_path: Path) -> None:
    contact = cell.rows("select contact_id from threads where conversation_id = %s", lived(cell))[0][0]
    quoting = traffic.text("w3", "essa", "5520911110002", context={"id": "later"})
    cell.receive(
        traffic.body([quoting]), traffic.body([traffic.text("later", "a primeira", "5520911110002")])
    )
    cell.ingest()
    ErasureCommands(cell.log, ErasedList(tmp_path / "erased.jsonl")).erase(
        contact, Administrator(cell.tenant_id)
    )
    assert problems(cell) == [], "also while the read models are behind"
    cell.project()
    assert problems(cell) == []


def test_the_command_says_so_and_ends_with_one(
    cell: Cell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lived(cell)
    settings = settings_for(cell.url, tmp_path)
    assert examine_deeply(settings) == 0
    assert "log, read models, keys, message ids and topics agree" in capsys.readouterr().out
    cell.rows("update timeline set text = 'nunca' returning 1")
    assert examine_deeply(settings) == 1
    told = capsys.readouterr().out
    assert "is not what the log gives" in told
    assert "balcao project rebuild timeline --switch --force" in told


def test_a_running_installation_gives_no_false_alarm(cell: Cell) -> None:
    lived(cell)
    assert problems(cell) == []
    stop = threading.Event()

    def lives() -> None:
        n = 0
        while not stop.is_set():
            n += 1
            cell.receive(traffic.body([traffic.text(f"n{n}", f"oi {n}", f"5520922{n % 20:06}")]))
            cell.ingest()

    def projects() -> None:
        while not stop.is_set():
            cell.project()

    threads = [threading.Thread(target=act) for act in (lives, projects)]
    for thread in threads:
        thread.start()
    try:
        head = cell.log.head()
        while cell.log.head() < head + 60:
            assert problems(cell) == []
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
