"""Killed where it hurts, with every request three times and out of order: nothing lost, nothing twice."""

from pathlib import Path

import httpx2

from tests.support.waiting import until
from tests.system.faults import FAILPOINTS, run
from tests.system.installation import installation, thread_of
from tests.system.traffic import Traffic, check, settled


def test_what_was_promised_survives_kills_at_every_failpoint(data_folder: Path) -> None:
    verdict = run(data_folder, seed=7, hits=3, within_s=480.0)
    print(verdict.hits)  # noqa: T201 (how often each failpoint was hit)
    assert verdict.wrong == []
    assert all(verdict.hits[name] for name in FAILPOINTS), verdict.hits


def test_the_checker_notices_a_build_without_dedupe(data_folder: Path) -> None:
    with installation(data_folder, kafka=False, BALCAO_FAILPOINT="dedupe:off") as running:
        running.start("api", "work")
        traffic = Traffic(running, seed=8, customers=4, per_round=2)
        traffic.write()
        wrong = _after_all_is_read(traffic)
        assert any("shown" in line for line in wrong)


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


def test_the_checker_finds_nothing_where_nothing_is_wrong(data_folder: Path) -> None:
    with installation(data_folder, kafka=False) as running:
        running.start("api", "work")
        traffic = Traffic(running, seed=9, customers=4, per_round=2)
        traffic.write()
        traffic.answer()
        assert settled(traffic) == []
        assert httpx2.get(f"{running.url}/readyz", timeout=5.0).status_code == 200
