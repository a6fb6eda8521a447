"""Tickets that are given by rule: to those who are there, never above a limit, whatever is killed."""

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.follow.heartbeats import beat
from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.queries.assignment import GIVEN
from domain.conversation.ticket_events import Assigned
from services.commands.organisation import ChannelChange
from services.workers.assigner import Assigner
from services.write.actor import Administrator
from tests.services.http.actions import take
from tests.support.cell import MASTER_KEY
from tests.support.office import Office, Watcher, settings_for
from tests.support.traffic import body, person, text
from tests.support.waiting import until


def give_by_rule(office: Office, **wanted: Any) -> None:
    """The number's tickets are given by rule."""
    by = Administrator(office.cell.tenant_id)
    office.organisation().configure(office.cell.channel_id, ChannelChange(auto_assign=True, **wanted), by)
    office.settle()


def is_there(office: Office, *names: str) -> None:
    """They have the workspace open, for as long as the test takes."""
    for name in names:
        office.cell.rows(
            "insert into presence (tenant_id, agent_id, seen_at) values (%s, %s, now() + interval '1 hour')"
            " on conflict (tenant_id, agent_id) do update set seen_at = excluded.seen_at returning 1",
            office.cell.tenant_id,
            office.people[name],
        )


def customers_write(office: Office, many: int) -> None:
    """So many customers write, one after the other; their tickets wait."""
    now = int(datetime.now(UTC).timestamp())
    for n in range(many):
        sender = f"552098000{n:04d}"
        office.cell.receive(
            body([text(f"wamid.rule.{now}.{n}", "oi", sender, now)], contacts=[person(sender, f"C{n}")])
        )
    office.cell.ingest()
    office.settle()


@contextmanager
def assigner(office: Office) -> Iterator[Assigner]:
    with (
        PostgresLog(office.cell.url, MASTER_KEY, pool_size=2) as log,
        QueryPool(office.cell.url, 1, "assigner") as pool,
    ):
        yield Assigner(log, pool, office.cell.url)


@contextmanager
def assigning(office: Office) -> Iterator[None]:
    """An assigner at work beside the test."""
    stop = threading.Event()
    with assigner(office) as works:
        thread = threading.Thread(target=works.run, args=[stop], daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(10)


def owned(office: Office) -> dict[str, int]:
    """How many open tickets each has."""
    office.settle()
    names = {id: name for name, id in office.people.items()}
    rows = office.cell.rows("select owner, count(*) from workspace where state = 'open' group by owner")
    return {names[owner]: count for owner, count in rows}


def drained(office: Office) -> None:
    with assigner(office) as works:
        while works.step():
            pass


def test_tickets_go_round_by_load_oldest_first(office: Office) -> None:
    give_by_rule(office)
    is_there(office, "ana", "bruno", "clara", "davi")
    customers_write(office, 5)

    drained(office)

    assert sorted(owned(office).items()) in ([("ana", 3), ("bruno", 2)], [("ana", 2), ("bruno", 3)])
    facts = [event for event in office.cell.history() if isinstance(event.fact, Assigned)]
    assert {event.actor for event in facts} == {"system:assigner"}
    assert {fact.by for fact in office.cell.facts(Assigned)} == {None}
    opened = office.cell.rows("select conversation_id from workspace order by queued_at, opened_position")
    assert [event.conversation_id for event in facts] == [row[0] for row in opened]
    ana = office.login("ana")
    assert {item["owner"]["name"] for item in ana.get("/v1/tickets?view=mine").json()["items"]} == {"Ana"}


def test_nobody_is_brought_above_their_limit_and_what_frees_is_filled(office: Office) -> None:
    give_by_rule(office)
    office.changed("ana", limit=2)
    office.changed("bruno", limit=1)
    is_there(office, "ana", "bruno")
    customers_write(office, 6)
    ana, bruno = office.login("ana"), office.login("bruno")
    with assigning(office):
        until("three to be given", lambda: owned(office) == {"ana": 2, "bruno": 1})

        mine = ana.get("/v1/tickets?view=mine").json()["items"]
        seen = {"If-Match": f'"{mine[0]["control"]}"'}
        path = f"/v1/conversations/{mine[0]['conversation_id']}"
        assert ana.post(f"{path}/close", headers=seen).status_code == 200
        until("the next one after a close", lambda: len(office.cell.facts(Assigned)) == 4)

        path = f"/v1/conversations/{bruno.get('/v1/tickets?view=mine').json()['items'][0]['conversation_id']}"
        snooze = {"until": "2027-03-01T09:00:00-03:00", "zone": "America/Sao_Paulo"}
        assert bruno.put(f"{path}/snooze", json=snooze, headers={"If-Match": '"3"'}).status_code == 200
        until("the next one after a snooze", lambda: len(office.cell.facts(Assigned)) == 5)

        office.settle()
        waiting = bruno.get("/v1/tickets?view=queue").json()["items"]
        assert len(waiting) == 1
        assert take(bruno, UUID(waiting[0]["conversation_id"]), office.people["bruno"]).status_code == 200
    assert owned(office) == {"ana": 2, "bruno": 2}, "whoever takes may have more"


def test_only_those_who_are_there_are_given_any(office: Office) -> None:
    give_by_rule(office)
    ana = office.login("ana")
    customers_write(office, 2)
    with assigning(office):
        watcher = Watcher(ana)
        until("ana to be given both", lambda: owned(office) == {"ana": 2}, 15)
        assert ana.put("/v1/me/presence", json={"available": False}).status_code == 200
        customers_write(office, 3)
        assert ana.put("/v1/me/presence", json={"available": True}).status_code == 200
        until("what waited", lambda: owned(office) == {"ana": 3}, 15)
        watcher.leave()
        office.cell.rows("update presence set seen_at = now() - interval '16 s' returning 1")


def test_a_ticket_goes_to_the_people_of_its_team(office: Office) -> None:
    office.team("Vendas", "ana", channel=True)
    office.team("Suporte", "bruno")
    give_by_rule(office)
    is_there(office, "bruno")
    customers_write(office, 2)
    drained(office)
    assert owned(office) == {}
    is_there(office, "ana")
    drained(office)
    assert owned(office) == {"ana": 2}


def test_a_number_without_the_rule_keeps_its_queue(office: Office) -> None:
    is_there(office, "ana")
    customers_write(office, 2)
    with assigner(office) as works:
        assert works.step() is None
    assert owned(office) == {}


def test_a_deactivated_agent_is_given_nothing(office: Office) -> None:
    give_by_rule(office)
    is_there(office, "ana")
    office.changed("ana", active=False)
    customers_write(office, 1)
    drained(office)
    assert owned(office) == {}


@pytest.mark.parametrize("how", [{"active": False}, {"limit": 0}, {"teams": frozenset()}])
def test_whoever_changes_at_the_same_moment_is_given_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any]
) -> None:
    office.team("Vendas", "ana", channel=True)
    give_by_rule(office)
    is_there(office, "ana")
    customers_write(office, 2)
    decided = Assigner._append

    def too_late(self: Assigner, *given: Any) -> Any:
        monkeypatch.undo()
        office.changed("ana", **how)
        return decided(self, *given)

    monkeypatch.setattr(Assigner, "_append", too_late)
    with assigner(office) as works:
        assert [works.step(), works.step()] == [0, 0]
    assert owned(office) == {}


def test_two_assigners_at_once_bring_nobody_above_their_limit(office: Office) -> None:
    give_by_rule(office)
    office.changed("ana", limit=7)
    office.changed("bruno", limit=5)
    is_there(office, "ana", "bruno")
    with assigning(office), assigning(office), assigning(office):
        customers_write(office, 30)
        until("all that may be given", lambda: len(office.cell.facts(Assigned)) == 12, 20)
    assert owned(office) == {"ana": 7, "bruno": 5}


def test_of_two_assigners_who_both_think_it_is_their_turn_one_writes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_by_rule(office)
    office.changed("ana", limit=3)
    is_there(office, "ana")
    customers_write(office, 10)
    monkeypatch.setattr("adapters.postgres.queries.assignment.LOCK", "select 1")  # as if the lock were lost
    both = threading.Barrier(2)
    read = Assigner._append

    def at_the_same_time(self: Assigner, *decided: Any) -> Any:
        both.wait(10)
        return read(self, *decided)

    monkeypatch.setattr(Assigner, "_append", at_the_same_time)
    with assigner(office) as one, assigner(office) as other, ThreadPoolExecutor(2) as threads:
        given = list(threads.map(lambda works: works.step(), (one, other)))
    assert sorted(given, key=str) == [0, 3]
    assert owned(office) == {"ana": 3}


def test_nothing_is_given_while_the_read_models_are_behind(office: Office) -> None:
    give_by_rule(office)
    office.changed("ana", limit=1)
    is_there(office, "ana")
    customers_write(office, 3)
    with QueryPool(office.cell.url, 1, "holder") as pool, assigner(office) as works:

        def held(db: Any) -> list[int | None]:
            db.execute("select from positions where name = 'workspace' for update")
            return [works.step(), works.step()]

        assert pool.write(held) == [1, None], "the first turn is not shown yet"
    assert owned(office) == {"ana": 1}


def test_a_person_who_takes_at_the_same_moment_wins_or_loses_cleanly(office: Office) -> None:
    give_by_rule(office)
    is_there(office, "ana")
    customers_write(office, 12)
    bruno = office.login("bruno")
    waiting = [UUID(i["conversation_id"]) for i in bruno.get("/v1/tickets?view=queue").json()["items"]]
    with assigning(office), ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda id: take(bruno, id, office.people["bruno"]), waiting))
        until("all to have an owner", lambda: len(office.cell.facts(Assigned)) == len(waiting))
    assert {answer.status_code for answer in answers} <= {200, 409}
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["owner"]["name"] == "Ana"
    won = sum(answer.status_code == 200 for answer in answers)
    assert owned(office) == dict(Counter({"ana": 12 - won, "bruno": won}) - Counter())


def test_an_assigner_that_is_killed_after_each_turn_exceeds_nothing(office: Office, tmp_path: Path) -> None:
    give_by_rule(office)
    office.changed("ana", limit=3)
    office.changed("bruno", limit=2)
    is_there(office, "ana", "bruno")
    settings = settings_for(office.cell.url, tmp_path, test_flags=True, failpoint="after_assign:kill")
    environment = {**os.environ, **settings.environment()}
    for many in (3, 9):
        customers_write(office, many)
        process = subprocess.run(
            [sys.executable, "-m", "services.cli", "assign"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
        )
        assert process.returncode == -9, process.stderr
    assert owned(office) == {"ana": 3, "bruno": 2}
    drained(office)
    assert owned(office) == {"ana": 3, "bruno": 2}


def test_readiness_names_the_assigner_that_never_ran_once_a_number_gives_by_rule(office: Office) -> None:
    def assigner_told() -> list[dict[str, Any]]:
        told = office.client().get("/readyz").json()["followers"]
        return [one for one in told if one["name"] == "assign"]

    assert assigner_told() == [], "nobody needs it"
    give_by_rule(office)
    (silent,) = assigner_told()
    assert (silent["ok"], silent["heartbeat_age_s"]) == (False, None)
    with psycopg.connect(office.cell.url) as db:
        beat(db, "assign", datetime.now(UTC))
    assert [one["ok"] for one in assigner_told()] == [True]


def test_whose_turn_it_was_is_written_off_an_index(database_url: str) -> None:
    with psycopg.connect(database_url) as db:
        somebody = "select gen_random_uuid(), gen_random_uuid() from generate_series(1, 20000)"
        db.execute(f"insert into presence (tenant_id, agent_id) {somebody}")
        db.execute("analyze presence")
        plan = [row[0] for row in db.execute(f"explain {GIVEN}", [[uuid4()], [uuid4()]]).fetchall()]
    assert not any("Seq Scan" in line for line in plan), plan
