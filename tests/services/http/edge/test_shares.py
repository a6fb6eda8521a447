"""One caller who asks for too much waits for their own requests; others do not."""

import asyncio
from collections import Counter
from contextlib import ExitStack

import httpx2
import psycopg

from services.http.edge.shares import AT_A_TIME, MOST_WAITING
from tests.support.office import Office
from tests.support.waiting import until

LOCKED = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"


async def _served_meanwhile(
    office: Office, asker: httpx2.Client, path: str, times: int, refused: int
) -> Counter[int]:
    """Ask many times for what a lock holds up, until so many are refused; others are served meanwhile."""
    answers: Counter[int] = Counter()
    other = office.login("davi")
    cookies, limits = dict(asker.cookies), httpx2.Limits(max_connections=times)

    def all_wait() -> bool:
        with psycopg.connect(office.cell.url) as looker:
            ((waiting,),) = looker.execute(LOCKED).fetchall()
        return bool(waiting == AT_A_TIME and answers[429] >= refused)

    async with httpx2.AsyncClient(base_url=asker.base_url, cookies=cookies, limits=limits) as client:

        async def ask() -> None:
            answers[(await client.get(path, timeout=30.0)).status_code] += 1

        with psycopg.connect(office.cell.url) as db:
            db.execute("lock table workspace_1 in access exclusive mode")
            asking = [asyncio.create_task(ask()) for _ in range(times)]
            await asyncio.to_thread(until, "the requests that wait for the lock", all_wait, 20.0)
            served = await asyncio.to_thread(other.get, "/v1/me/preferences")
            assert served.status_code == 200
        await asyncio.gather(*asking)
    return answers


def test_others_are_served_while_one_caller_takes_all_their_turns(office: Office) -> None:
    ana = office.login("ana")
    answers = asyncio.run(_served_meanwhile(office, ana, "/v1/tickets", 30, refused=0))
    assert answers[200] >= AT_A_TIME
    assert answers[200] + answers[429] == 30


def test_who_asks_for_far_too_much_at_once_is_told_to_wait(office: Office) -> None:
    ana, many = office.login("ana"), AT_A_TIME + MOST_WAITING + 10
    answers = asyncio.run(_served_meanwhile(office, ana, "/v1/tickets/counts", many, refused=10))
    assert answers[429] >= 10
    assert answers[200] + answers[429] == many
    assert ana.get("/v1/tickets").status_code == 200


def test_open_streams_take_no_turn(office: Office) -> None:
    ana = office.login("ana")
    with ExitStack() as streams:
        for _ in range(AT_A_TIME + 1):
            answer = streams.enter_context(ana.stream("GET", "/v1/stream"))
            assert answer.status_code == 200
        assert ana.get("/v1/tickets").status_code == 200
