"""Lists and threads: who sees what, page by page, as fresh as asked."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from random import Random
from types import SimpleNamespace
from typing import Any, get_args
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres.connection.pool import AsyncQueryPool
from adapters.postgres.queries.conversations import PostgresQueries
from adapters.postgres.queries.ticket_lists import PostgresLists
from adapters.postgres.queries.ticket_orders import Listing
from adapters.postgres.queries.visibility import FULL, View, Visibility
from domain.administration import Role
from services.commands.installation import InstallationCommands
from services.runtime.clock import utc_now
from tests.services.http.actions import customers_in, send, take
from tests.support.office import Office

VIEWS: tuple[View, ...] = ("mine", "queue", "snoozed", "bot", "closed")


def test_each_sees_what_is_theirs_and_what_waits(office: Office) -> None:
    ana, bruno, clara = office.login("ana"), office.login("bruno"), office.login("clara")
    threads = [office.customer_writes("oi", customer=n) for n in (1, 2, 3, 4)]
    take(ana, threads[0], office.people["ana"])
    take(bruno, threads[1], office.people["bruno"])
    take(bruno, threads[3], office.people["bruno"])
    bruno.post(f"/v1/conversations/{threads[3]}/close", headers={"If-Match": '"3"'})
    office.settle()

    assert customers_in(ana, "mine") == ["1"]
    assert sorted(customers_in(ana)) == ["1", "3"]
    assert customers_in(ana, "queue") == ["3"]
    assert customers_in(ana, "closed") == []
    assert sorted(customers_in(bruno)) == ["2", "3", "4"]
    assert customers_in(bruno, "closed") == ["4"]
    assert sorted(customers_in(clara)) == ["1", "2", "3", "4"]
    assert customers_in(clara, "mine") == []
    assert customers_in(clara, "closed") == ["4"]
    for thread, status in zip(threads, (200, 404, 200, 404), strict=True):
        for path in (f"/v1/conversations/{thread}", f"/v1/conversations/{thread}/messages"):
            assert ana.get(path).status_code == status
            assert clara.get(path).status_code == 200
    counts = bruno.get("/v1/tickets/counts").json()
    shown = {view: counts[view]["count"] for view in get_args(View)}
    assert shown == {"mine": 1, "queue": 1, "snoozed": 0, "bot": 0, "closing": 0, "closed": 1, "all": 3}


def test_no_row_of_another_tenant_is_seen_by_anybody(office: Office) -> None:
    administration = InstallationCommands(office.cell.log)
    tenant = administration.add_tenant("Outra")
    administration.add_channel(tenant, "200000000000002", "Outro número", "other")
    office.hire("zoe", "admin", tenant)
    ours = office.customer_writes("segredo da Aurora", customer=1)
    theirs = office.customer_writes("segredo da Outra", customer=1, number="200000000000002")
    zoe, davi = office.login("zoe"), office.login("davi")

    for client, own, other, canary in ((zoe, theirs, ours, "da Aurora"), (davi, ours, theirs, "da Outra")):
        assert [item["conversation_id"] for item in client.get("/v1/tickets").json()["items"]] == [str(own)]
        history = client.get("/v1/events", params={"limit": 1000}).text
        assert str(own) in history
        for answer in (
            client.get("/v1/tickets").text,
            client.get(f"/v1/conversations/{other}").text,
            client.get(f"/v1/conversations/{other}/messages").text,
            client.get("/v1/agents").text,
            history,
        ):
            assert canary not in answer
            assert str(other) not in answer


def test_visibility_is_the_same_in_sql_and_in_python(office: Office) -> None:
    me, other, tenant, elsewhere = uuid4(), uuid4(), uuid4(), uuid4()
    ours, theirs = uuid4(), uuid4()
    states = ("bot", "queue", "open", "snoozed", "closed")
    teams = (None, str(ours), str(theirs))
    possible = [
        (t, owner, team, state)
        for t, owner, team, state in itertools.product((tenant, elsewhere), (None, me, other), teams, states)
        if state in ("snoozed", "closed") or (owner is None) == (state in ("bot", "queue"))
    ]
    with psycopg.connect(office.cell.url) as db:
        for n, (row_tenant, owner, team, state) in enumerate(possible):
            db.execute(
                "insert into workspace_1 (tenant_id, conversation_id, number, channel_id, contact_id,"
                " person_id, opened_position, protocol, state, owner, team, control, name_key, initials,"
                " unread, last_at, last_position, opened_at, queued_at, window_warned, tags, erased,"
                " position)"
                " values (%s, gen_random_uuid(), 1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),"
                " 1, %s, %s, %s, %s, 1, '', '', 0, now(), %s, now(), now(), false, '[]', false, 1)",
                [row_tenant, str(n), state, owner, team, n],
            )
    roles: list[Role | None] = ["agent", "supervisor", "admin", None]

    async def compare() -> None:
        async with AsyncQueryPool(office.cell.url, 1, "sight") as pool:
            queries, lists = PostgresQueries(pool), PostgresLists(pool)
            for role, memberships in itertools.product(roles, ([], [ours])):
                visibility = Visibility.of(tenant, me, role, memberships)
                seen = [
                    n for n, row in enumerate(possible) if visibility.sees(row[0], row[1], row[2], row[3])
                ]
                listed = (await lists.tickets(visibility, Listing(), None, utc_now(), 100)).rows
                assert sorted(int(row.protocol) for row in listed) == seen
                limits = {await queries.read_limit(visibility, row.conversation_id) for row in listed}
                assert limits == ({FULL} if listed else set())
                of_views = [
                    int(row.protocol)
                    for view in VIEWS
                    for row in (await lists.tickets(visibility, Listing(view), None, utc_now(), 100)).rows
                ]
                assert len(set(of_views)) == len(of_views), "no ticket is in two views of one state"
                assert set(of_views) <= set(seen)
                counts = await lists.counts(visibility, ["all"], utc_now())
                assert counts["all"] == len(seen)

    asyncio.run(compare())


def _threads(me: UUID, other: UUID, teams: Sequence[str | None]) -> list[list[SimpleNamespace]]:
    """Threads of up to three tickets, of which the newest may be open, and who took part in each."""
    chance = Random(11)

    def ticket(number: int, state: str) -> SimpleNamespace:
        owned = state == "open" or (state in ("snoozed", "closed") and chance.random() < 0.7)
        return SimpleNamespace(
            number=number,
            state=state,
            owner=chance.choice([me, other]) if owned else None,
            team=chance.choice(teams),
            people=chance.choice([[], [me], [other], [other, me]]),
            ended_position=chance.choice([10, 20, 30]) * number if state == "closed" else None,
        )

    states = ("bot", "queue", "open", "snoozed", "closed")
    return [
        [ticket(n, "closed") for n in range(1, length)]
        + [ticket(length, chance.choice(states))] * (length > 0)
        for length in (*[0] * 2, *[1] * 60, *[2] * 60, *[3] * 120)
    ]


def test_how_far_a_thread_is_read_is_the_same_in_sql_and_in_python(office: Office) -> None:
    me, other, tenant, team, another = (uuid4() for _ in range(5))
    threads = {uuid4(): tickets for tickets in _threads(me, other, [None, str(team), str(another)])}
    with psycopg.connect(office.cell.url) as db:
        for thread, tickets in threads.items():
            db.execute(
                "insert into timeline_1 (tenant_id, message_id, conversation_id, direction, type,"
                " author_kind, sent_at, position, changed_position, edited, revoked, truncated, time_flagged,"
                " erased)"
                " select %s, gen_random_uuid(), %s, 'in', 'text', 'contact', now(), n, n, false, false,"
                " false, false, false from generate_series(1, 100) n",
                [tenant, thread],
            )
            for one in tickets:
                one.tenant_id = tenant
                db.execute(
                    "insert into workspace_1 (tenant_id, conversation_id, number, channel_id, contact_id,"
                    " person_id, opened_position, protocol, state, owner, team, control, name_key, initials,"
                    " unread, last_at, last_position, opened_at, queued_at, window_warned, tags, erased,"
                    " position) values (%s, %s, %s, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),"
                    " 1, '', %s, %s, %s, 1, '', '', 0, now(), 1, now(), now(), false, '[]', false, 1)",
                    [tenant, thread, one.number, one.state, one.owner, one.team],
                )
                db.execute(
                    "insert into participants_1 (tenant_id, conversation_id, number, people, ended_position,"
                    " position) values (%s, %s, %s, %s, %s, 1)",
                    [tenant, thread, one.number, one.people, one.ended_position],
                )

    async def compare() -> None:
        async with AsyncQueryPool(office.cell.url, 1, "sight") as pool:
            queries = PostgresQueries(pool)
            roles: list[Role | None] = ["agent", "supervisor", "admin"]
            for role, teams in itertools.product(roles, ([], [team])):
                visibility = Visibility.of(tenant, me, role, teams)
                for thread, tickets in threads.items():
                    limit = visibility.read_limit(tickets)
                    assert await queries.read_limit(visibility, thread) == limit, (role, tickets)
                    shown = (await queries.newest(visibility, thread, 200)).rows
                    assert len(shown) == min(limit or 0, 100)
                    readable = await queries.readable_tickets(visibility, thread)
                    assert readable == {one.number for one in tickets if visibility.read_limit([one])}
                    newest = await queries.newest_ticket(visibility, thread)
                    assert (newest and newest.number) == max(readable, default=None)
                    assert newest is None or newest.read_limit == limit
                nobody = Visibility.of(uuid4(), me, role, teams)
                assert {await queries.read_limit(nobody, thread) for thread in threads} == {None}

    asyncio.run(compare())


@pytest.mark.parametrize("person", ["ana", "clara"])
def test_pages_of_tickets_hold_every_ticket_once_newest_first(office: Office, person: str) -> None:
    for customer in range(1, 8):
        office.customer_writes("oi", customer=customer)
    client = office.login(person)
    whole = customers_in(client)

    paged, cursor = [], None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/tickets", params=params).json()
        paged += [item["contact"]["name"].removeprefix("Cliente ") for item in page["items"]]
        if (cursor := page["next"]) is None:
            break

    assert paged == whole == ["7", "6", "5", "4", "3", "2", "1"]


def test_a_cursor_serves_its_own_query_and_viewer_alone(office: Office) -> None:
    for customer in (1, 2):
        office.customer_writes("oi", customer=customer)
    ana, bruno = office.login("ana"), office.login("bruno")
    cursor = ana.get("/v1/tickets", params={"limit": 1}).json()["next"]
    assert ana.get("/v1/tickets", params={"cursor": cursor}).status_code == 200
    altered = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    last = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for client, view, given in (
        (ana, "queue", cursor),
        (bruno, "all", cursor),
        (ana, "all", altered),
        (ana, "all", last),
        (ana, "all", cursor + "="),
        (ana, "all", ""),
        (ana, "all", "é"),
        (ana, "all", "x" * 900),
        (ana, "all", "AAAA"),
    ):
        answer = client.get("/v1/tickets", params={"view": view, "cursor": given})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor"), given


@pytest.mark.parametrize(
    "params", [{"limit": n} for n in ("0", "-1", "1e9", "abc", "1.5", "")] + [{"view": "x"}]
)
def test_what_is_no_page_is_422(office: Office, params: dict[str, str]) -> None:
    assert office.login("ana").get("/v1/tickets", params=params).status_code == 422


def test_a_thread_is_paged_both_ways_and_around_a_message(office: Office) -> None:
    conversation = office.customer_writes(*[f"m{n}" for n in range(1, 10)])
    ana, path = office.login("ana"), f"/v1/conversations/{conversation}/messages"

    def page(**params: Any) -> tuple[list[str], str | None, str | None]:
        answer = ana.get(path, params=params).json()
        return [m["text"] for m in answer["items"]], answer["next"], answer["previous"]

    newest, older, newer = page(limit=4)
    assert (newest, newer) == (["m6", "m7", "m8", "m9"], None)
    middle, oldest, back = page(limit=4, before=older)
    assert middle == ["m2", "m3", "m4", "m5"]
    assert page(limit=4, before=oldest)[:2] == (["m1"], None)
    assert page(limit=4, after=back)[0] == ["m6", "m7", "m8", "m9"]
    items = ana.get(path).json()["items"]
    around, before, after = page(limit=3, around=items[4]["id"])
    assert around == ["m4", "m5", "m6"]
    assert page(limit=2, before=before)[0] == ["m2", "m3"]
    assert page(limit=2, after=after)[0] == ["m7", "m8"]
    other = office.customer_writes("oi", customer=2)
    child_of_another = ana.get(f"/v1/conversations/{other}/messages", params={"around": items[4]["id"]})
    assert child_of_another.status_code == 404
    foreign = ana.get(f"/v1/conversations/{other}/messages", params={"before": older})
    assert foreign.status_code == 400
    assert ana.get(path, params={"before": older, "after": back}).status_code == 422


def test_an_answer_waits_for_the_position_that_was_asked(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    log, head = office.cell.log.log_id(), office.cell.log.head()
    assert ana.get("/v1/tickets", params={"min_position": f"{log}.{head}"}).json()["stale"] is False
    begun = time.perf_counter()
    late = ana.get("/v1/tickets", params={"min_position": f"{log}.{head + 1000}"})
    assert (late.status_code, late.json()["stale"]) == (200, True)
    assert 1.8 < time.perf_counter() - begun < 3
    huge = ana.get(f"/v1/conversations/{conversation}", params={"min_position": f"{log}.999999999999999999"})
    assert huge.json()["stale"] is True
    for malformed in ("5", f"{log}.-1", f"{log}.1.5", f"{log}.9999999999999999999", "", "é.1"):
        assert ana.get("/v1/tickets", params={"min_position": malformed}).status_code == 422, malformed
    other = ana.get("/v1/tickets", params={"min_position": f"another.{head}"})
    assert (other.status_code, other.json()["code"]) == (409, "resync")


def test_what_the_read_models_have_not_come_to_is_not_called_absent(office: Office) -> None:
    ana = office.login("ana")
    with psycopg.connect(office.cell.url) as db:
        db.execute("lock table positions in exclusive mode")  # the read models stand still
        conversation = office.cell.meet()
        path, known = f"/v1/conversations/{conversation}", {"min_position": office.head()}
        unknown = ana.get(path, params=known)
        assert (unknown.status_code, unknown.json()["code"]) == (503, "unavailable")
        assert unknown.headers["retry-after"] == "1"
        db.rollback()
    office.settle()
    assert ana.get(path, params=known).status_code == 200
    assert ana.get(f"/v1/conversations/{uuid4()}", params=known).status_code == 404


def test_rows_behind_a_parked_event_say_that_they_may_lag(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    with psycopg.connect(office.cell.url) as db:
        for name in ("workspace", "timeline"):
            db.execute(
                "insert into parked_events (name, position, conversation_id, reason) values (%s, 1, %s, 'x')",
                [name, conversation],
            )
    assert ana.get("/v1/tickets").json()["items"][0]["stale"] is True
    assert ana.get(f"/v1/conversations/{conversation}").json()["ticket"]["stale"] is True
    assert ana.get(f"/v1/conversations/{conversation}/messages").json()["items"][0]["stale"] is True


def test_the_history_is_read_page_by_page_by_admins_alone(office: Office) -> None:
    conversation = office.customer_writes("oi")
    send(office.login("ana"), conversation, "Bom dia!")
    davi = office.login("davi")
    for name in ("ana", "clara"):
        assert office.login(name).get("/v1/events").status_code == 403

    types: list[str] = []
    after, pages = None, 0
    while True:
        page = davi.get("/v1/events", params={"limit": 4} | ({"after": after} if after else {})).json()
        types += [event["type"] for event in page["items"]]
        pages += 1
        if (after := page["next"]) is None:
            break

    assert pages > 2
    assert types[-2:] == ["conversation.assigned", "conversation.message_sent"]
    assert types.count("conversation.message_received") == 1
    assert davi.get("/v1/events", params={"after": page["position"]}).json()["items"] == []
    assert davi.get("/v1/events", params={"after": "other.1"}).status_code == 409
    assert davi.get("/v1/events", params={"after": "x"}).status_code == 422
    position = UUID(int=0)
    assert davi.get("/v1/events", params={"after": f"{position}.-5"}).status_code == 422


def test_the_history_stands_still_at_what_this_program_cannot_read(office: Office) -> None:
    office.customer_writes("antes", "agora", "depois")
    davi = office.login("davi")
    received = [event["id"] for event in davi.get("/v1/events").json()["items"]]
    with psycopg.connect(office.cell.url) as db:
        db.execute(
            "update events set topic = 'conversation.of_the_future' where event_id = %s", [received[-2]]
        )
    page = davi.get("/v1/events").json()
    assert [event["id"] for event in page["items"]] == received[:-2]
    stopped = davi.get("/v1/events", params={"after": page["next"]})
    assert (stopped.status_code, stopped.json()["code"]) == (503, "unreadable")
