"""Killed where it hurts, with every request three times and out of order: nothing lost, nothing twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from domain.conversation.ticket_events import Snoozed, Woken
from tests.domain.given import MARINA, NOON, THREAD
from tests.projections.told import Told
from tests.support import counts
from tests.support.waiting import until
from tests.system.bot_customers import LAST, Heard, wrong_with
from tests.system.faults import FAILPOINTS, run
from tests.system.installation import Installation, installation, thread_of
from tests.system.snoozed_tickets import SnoozedTickets
from tests.system.traffic import Traffic, check, settled

KILLS = 15
"""As many by chance as each campaign had in the minutes that it once took."""


@pytest.mark.parametrize(
    "topics", ["postgres", pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True
)
def test_what_was_promised_survives_a_kill_of_each_process_at_each_failpoint(
    data_folder: Path, fresh_database_url: str, topics: str, record_property: Callable[[str, object], None]
) -> None:
    verdict = run(
        data_folder,
        fresh_database_url,
        topics,
        seed=7,
        hits=1,
        kills=KILLS,
        within_s=300.0,
        by_chance=False,
        customers=10,
    )
    record_property(counts.KILLS, verdict.hits.total())  # those that the processes did to themselves
    print(verdict.sentence(), verdict.hits)  # noqa: T201 (what it went through)
    assert verdict.wrong == []
    assert all(verdict.hits[name] for name in FAILPOINTS), verdict.hits
    assert verdict.handed_off, "the bot never came to the end of its flow"
    assert verdict.snoozes, "nothing was snoozed"


def test_the_checker_notices_a_build_without_dedupe(data_folder: Path, fresh_database_url: str) -> None:
    with installation(data_folder, fresh_database_url, BALCAO_FAILPOINT="dedupe:off") as running:
        running.start("api", "work")
        traffic = Traffic(running, seed=8, customers=4, per_round=2)
        traffic.write()
        wrong = _after_all_is_read(traffic)
        assert any("shown" in line for line in wrong)


def test_the_checker_notices_who_is_told_twice_and_who_is_forgotten() -> None:
    told = ["Olá!", "Como posso ajudar?", "Qual é o seu nome?", "Qual é o número?", LAST]
    whole = Heard("queue", "acompanhar pedido", told, pending=False)
    assert wrong_with(whole) is None
    assert "twice" in (wrong_with(replace(whole, texts=[*told, told[0]])) or "")
    assert "handed off after" in (wrong_with(replace(whole, texts=told[1:])) or "")
    assert "forgotten" in (wrong_with(replace(whole, state="bot")) or "")
    assert "forgotten" in (wrong_with(None) or "")
    assert "pending" in (wrong_with(replace(whole, pending=True)) or "")
    assert "nobody was there" in (wrong_with(whole, silent=True) or "")


def test_the_checker_notices_a_snooze_that_wakes_twice_early_or_never() -> None:
    asleep = Snoozed(ticket=1, until=NOON, zone="UTC", keep=True, reason=None, by=MARINA)
    woken = Woken(ticket=1, cause="time")
    snoozed_tickets = SnoozedTickets(Installation(Path(), {}), 1)
    assert snoozed_tickets.check(Told().tell(asleep, woken).events) == []
    assert snoozed_tickets.check(Told().tell(asleep, woken, woken).events) == [f"{THREAD}: woke twice"]
    assert snoozed_tickets.check(Told().tell(asleep).events) == [f"{THREAD}: never woke"]
    early = asleep.model_copy(update={"until": NOON + timedelta(hours=1)})
    assert snoozed_tickets.check(Told().tell(early, woken).events) == [f"{THREAD}: woke before it was due"]
    snoozed_tickets.promised[THREAD].add(NOON + timedelta(hours=2))
    (line,) = snoozed_tickets.check(Told().tell(asleep, woken).events)
    assert "promised and not snoozed" in line


def _after_all_is_read(traffic: Traffic) -> list[str]:
    running = traffic.installation
    with running.agent("admin@demo.balcao") as client:

        def doubled() -> bool:
            answer = client.get("/v1/tickets", params={"view": "all"}).json()
            return any(
                len(thread_of(client, ticket["conversation_id"])) > traffic.per_round
                for ticket in answer["items"]
            )

        until("a doubled message", doubled, 30.0)
    return check(traffic)


def test_the_checker_finds_nothing_where_nothing_is_wrong(data_folder: Path, fresh_database_url: str) -> None:
    with installation(data_folder, fresh_database_url) as running:
        running.start("api", "work")
        traffic = Traffic(running, seed=9, customers=4, per_round=2)
        traffic.use_templates()
        traffic.write()
        traffic.answer(per_ticket=3)
        said = [text for answers in traffic.ledger.answered.values() for text in answers.values()]
        assert {text[:4] for text in said} == {"Olá,", "resp"}, "texts and templates"
        assert settled(lambda: check(traffic)) == []
        assert httpx2.get(f"{running.url}/readyz", timeout=5.0).status_code == 200
