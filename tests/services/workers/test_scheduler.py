"""Schedulers that are killed where it hurts, run twice, or meet a broken stream: each hour comes once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.kafka import kafka_topics
from domain.conversation.message_events import MessageSent
from domain.conversation.schedule import ScheduleRequest
from domain.conversation.snooze import SnoozeRequest
from domain.conversation.ticket_events import MessageScheduled, ScheduleEnded, Snoozed, Unassigned, Woken
from domain.log.append import Append, Appended, Conflict, StoredResponse
from schemas.topics import OUTBOUND
from services.commands.conversations import ConversationCommands
from services.commands.organisation import AgentChange, OrganisationCommands
from services.commands.scheduled_messages import ScheduleCommands
from services.runtime.clock import utc_now
from services.workers.scheduler import Scheduler
from services.write.actor import Administrator, Person, Request
from services.write.command_runner import CommandRunner
from tests.support import traffic
from tests.support.cell import MASTER_KEY, Cell, attempt_of, opened
from tests.support.waiting import until

ZONE = "America/Sao_Paulo"
CUSTOMERS = 4
SOON = timedelta(seconds=0.3)
UNREADABLE = """
update events set topic = 'conversation.of_another_program'
where originator_id = %s and topic = 'conversation.snoozed' returning notification_id
"""


@pytest.fixture(params=["postgres", pytest.param("kafka", marks=pytest.mark.kafka)])
def killed_cell(
    request: pytest.FixtureRequest, database_url: str, topic_prefix: str
) -> Iterator[tuple[Cell, dict[str, str]]]:
    """A cell, and what its processes are told, in both configurations."""
    keys = {
        "BALCAO_DATABASE_URL": database_url,
        "BALCAO_MASTER_KEY": MASTER_KEY,
        "BALCAO_WHATSAPP_APP_SECRET": "an app secret",
        "BALCAO_WHATSAPP_TOKEN": "a token",
        "BALCAO_WHATSAPP_VERIFY_TOKEN": "a verify token",
        "BALCAO_TEST_FLAGS": "1",
    }
    if request.param == "postgres":
        with opened(database_url) as cell:
            yield cell, keys
        return
    broker = request.getfixturevalue("kafka")
    topics = kafka_topics("kafka-python", broker, topic_prefix)
    try:
        with opened(database_url, topics) as cell:
            yield cell, {**keys, "BALCAO_KAFKA": broker, "BALCAO_TOPIC_PREFIX": topic_prefix}
    finally:
        topics.close()


@contextmanager
def scheduler(keys: dict[str, str], failpoint: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """`balcao schedule`, a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BALCAO_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "services.cli", "schedule"],
        env={**clean, **keys, "BALCAO_FAILPOINT": failpoint},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def customers(cell: Cell) -> list[UUID]:
    """Their conversations."""
    now = int(utc_now().timestamp())
    cell.receive(
        *(traffic.body([traffic.text(f"w{n}", "oi", f"55209111100{n:02}", now)]) for n in range(CUSTOMERS))
    )

    def met() -> bool:
        cell.ingest()
        return len(cell.rows("select from events where topic = 'conversation.started'")) == CUSTOMERS

    until("the customers", met, 30.0)
    rows = cell.rows("select conversation_id from events where topic = 'conversation.started'")
    return [row[0] for row in rows]


def snooze_ticket(cell: Cell, conversation: UUID) -> None:
    ana, at = Person(cell.agent_id, cell.tenant_id, "agent"), utc_now()
    wanted = SnoozeRequest(at + SOON, ZONE, False, None)
    ConversationCommands(CommandRunner(cell.log)).snooze(conversation, wanted, 2, ana, at)


def write_later(cell: Cell, conversation: UUID) -> None:
    ana, at = Person(cell.agent_id, cell.tenant_id, "agent"), utc_now()
    wanted = ScheduleRequest("Já chegou?", at + SOON, ZONE)
    ScheduleCommands(CommandRunner(cell.log)).schedule(
        conversation, wanted, Request(uuid4().hex, b""), ana, at
    )


def all_due(cell: Cell) -> None:
    """Until every hour has come, and the timers say so."""
    hours = [fact.until for fact in cell.facts(Snoozed)] + [
        fact.due_at for fact in cell.facts(MessageScheduled)
    ]
    until("the hours", lambda: utc_now() > max(hours) + timedelta(milliseconds=50))
    cell.project()


def killed(process: subprocess.Popen[bytes]) -> bool:
    return process.wait(30) == -signal.SIGKILL


def test_killed_before_and_after_it_writes_each_timer_still_fires_once(
    killed_cell: tuple[Cell, dict[str, str]],
) -> None:
    cell, keys = killed_cell
    conversations = customers(cell)
    for conversation in conversations:
        snooze_ticket(cell, conversation)
        write_later(cell, conversation)
    all_due(cell)
    head = cell.log.head()

    with scheduler(keys, "before_timer:kill") as one, scheduler(keys, "before_timer:kill") as another:
        assert [killed(one), killed(another)] == [True, True]
    assert cell.log.head() == head

    with scheduler(keys, "after_timer:kill") as one:
        assert killed(one)
    assert cell.log.head() > head

    # Nobody projected: both come back to the same timers.
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: Scheduler(cell.log).step(), range(2)))
    cell.project()
    assert Scheduler(cell.log).step() == 0
    assert [fact.cause for fact in cell.facts(Woken)] == ["time"] * CUSTOMERS
    assert [fact.cause for fact in cell.facts(ScheduleEnded)] == ["sent"] * CUSTOMERS
    sent = {fact.message_id for fact in cell.facts(MessageSent)}
    assert len(cell.facts(MessageSent)) == len(sent) == CUSTOMERS
    assert {fact.message_id for fact in cell.facts(ScheduleEnded)} == sent
    cell.publish()
    consumer = cell.topics.consumer(OUTBOUND, "test", lambda partition: 0)
    asked: list[UUID] = []

    def all_asked() -> bool:
        asked.extend(attempt_of(record).message_id for record in consumer.poll(100, 1.0))
        return len(asked) >= CUSTOMERS

    until("what goes out", all_asked, 20.0)
    consumer.close()
    assert sorted(asked) == sorted(sent)


def test_killed_while_it_takes_from_somebody_who_left_it_still_takes_everything_once(
    killed_cell: tuple[Cell, dict[str, str]],
) -> None:
    cell, keys = killed_cell
    ana = Person(cell.agent_id, cell.tenant_id, "agent")
    for conversation in customers(cell):
        ConversationCommands(CommandRunner(cell.log)).assign(conversation, ana.id, 2, ana)
    organisation = OrganisationCommands(CommandRunner(cell.log), lambda *_: None, lambda _: None)
    organisation.change_agent(ana.id, AgentChange(active=False), Administrator(cell.tenant_id))
    cell.project()
    head = cell.log.head()

    with scheduler(keys, "before_timer:kill") as one:
        assert killed(one)
    assert cell.log.head() == head
    with scheduler(keys, "after_timer:kill") as one:
        assert killed(one)
    assert cell.log.head() == head + CUSTOMERS

    # Nobody projected: both come back to the same tickets.
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: Scheduler(cell.log).step(), range(2)))
    cell.project()
    assert Scheduler(cell.log).step() == 0
    assert [fact.left for fact in cell.facts(Unassigned)] == [ana.id] * CUSTOMERS


def test_however_many_messages_are_due_they_are_asked_for_together(
    cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    real = cell.log.datastore.read

    def counted(*what: Any) -> Any:
        asked.append(what)
        return real(*what)

    monkeypatch.setattr(cell.log.datastore, "read", counted)
    conversations, queries = customers(cell), []
    for many in (1, CUSTOMERS):
        for conversation in conversations[:many]:
            write_later(cell, conversation)
        all_due(cell)
        asked.clear()
        assert Scheduler(cell.log).step() == many
        queries.append(len(asked))
        cell.project()
    assert queries[0] == queries[1]


def test_a_batch_that_always_loses_its_race_fires_in_halves(
    cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversations, faster = customers(cell), 0
    for conversation in conversations:
        snooze_ticket(cell, conversation)
    all_due(cell)
    ana, commands = (
        Person(cell.agent_id, cell.tenant_id, "agent"),
        ConversationCommands(CommandRunner(cell.log)),
    )
    real = cell.log.append

    def overtaken(what: Append) -> Appended | StoredResponse | Conflict:
        nonlocal faster
        streams = sorted({event.stream_id for event in what.events})
        if len(streams) > 1 and faster < 20:
            faster += 1
            commands.mark(streams[0], faster % 2 == 1, ana, utc_now())
        return real(what)

    monkeypatch.setattr(cell.log, "append", overtaken)

    assert Scheduler(cell.log).step() == CUSTOMERS

    assert len(cell.facts(Woken)) == CUSTOMERS
    assert faster == 6, "twice for all four, twice for each half"


def test_an_unreadable_stream_delays_no_other_timer(cell: Cell) -> None:
    """A newer program wrote into one conversation: this one waits, the others come back."""
    conversations = customers(cell)
    for conversation in conversations:
        snooze_ticket(cell, conversation)
    all_due(cell)
    cell.rows(UNREADABLE, conversations[0])

    working = Scheduler(cell.log)
    assert working.step() == CUSTOMERS

    assert working.step() == 0  # the broken one rests, and so do the others, which nobody projected yet
    woken = cell.rows("select conversation_id from events where topic = 'conversation.woken'")
    assert sorted(row[0] for row in woken) == sorted(conversations[1:])
