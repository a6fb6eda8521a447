"""The orders that an agent can choose, and what a ticket says about its window."""

from datetime import timedelta
from typing import get_args

import psycopg

from adapters.postgres.queries.ticket_orders import Sort
from schemas.http import Messages, Tickets
from services.http.answers.tickets import window_state
from services.runtime.clock import utc_now
from tests.services.http.actions import customers_page_by_page, send, take
from tests.support.office import Office


def test_each_order_puts_first_what_its_name_says(office: Office) -> None:
    ana = office.login("ana")
    threads = {n: office.customer_writes("oi", customer=n) for n in (1, 2, 3, 4)}
    office.customer_writes("ainda?", customer=1)
    marked = ana.put(f"/v1/conversations/{threads[2]}/answered", json={"answered": True})
    assert marked.status_code == 200, marked.text
    taken = take(ana, threads[3], office.people["ana"])
    assert taken.status_code == 200, taken.text
    office.settle()
    version = ana.get(f"/v1/conversations/{threads[3]}").headers["etag"]
    given_back = ana.delete(f"/v1/conversations/{threads[3]}/assignee", headers={"If-Match": version})
    assert given_back.status_code == 200, given_back.text
    office.settle()
    now = utc_now()
    with psycopg.connect(office.cell.url) as db:
        for customer, hours in ((1, 20), (2, 1), (3, -1), (4, 10)):
            db.execute(
                "update workspace_1 set window_ends_at = %s where conversation_id = %s",
                [now + timedelta(hours=hours), threads[customer]],
            )

    assert customers_page_by_page(ana) == customers_page_by_page(ana, sort="newest") == ["1", "4", "3", "2"]
    assert customers_page_by_page(ana, sort="newest", unanswered_first=True) == ["1", "4", "3", "2"]
    assert customers_page_by_page(ana, sort="waiting") == ["1", "3", "4", "2"]
    assert customers_page_by_page(ana, sort="window") == ["2", "4", "1", "3"]
    assert customers_page_by_page(ana, sort="window", unanswered_first=True) == ["4", "1", "3", "2"]
    assert customers_page_by_page(ana, sort="queued") == ["1", "2", "4", "3"]
    assert customers_page_by_page(ana, sort="queued", unanswered_first=True) == ["1", "4", "3", "2"]
    assert customers_page_by_page(ana, sort="name") == ["1", "2", "3", "4"]
    assert customers_page_by_page(ana, view="closing") == ["2"]
    items = ana.get("/v1/tickets", params={"sort": "name"}).json()["items"]
    assert [item["window"] for item in items] == ["open", "closing", "closed", "open"]
    assert ana.get("/v1/tickets/counts").json()["closing"] == {"count": 1, "more": False}


def test_whoever_reads_a_list_knows_why_it_is_in_this_order(office: Office) -> None:
    """Within a second, too: a page that hears of changes puts them where the server would."""
    ana = office.login("ana")
    for customer in (2, 1, 3):
        office.customer_writes("oi", customer=customer)
    office.customer_writes("ainda?", customer=2)

    def places(sort: str) -> list[int]:
        items = ana.get("/v1/tickets", params={"sort": sort}).json()["items"]
        if sort == "newest":
            assert len({item["last_message"]["at"] for item in items}) < len(items), "one second has several"
            return [item["last_message"]["position"] for item in items]
        return [item["opened_position"] for item in items]

    with psycopg.connect(office.cell.url) as db:
        db.execute(
            "update workspace_1 set last_at = date_trunc('second', now()), name_key = 'x', queued_at = now()"
        )
    assert places("newest") == sorted(places("newest"), reverse=True)
    for sort in ("name", "queued"):
        assert places(sort) == sorted(places(sort))


def test_a_window_closes_when_two_hours_are_left_and_is_closed_at_its_end() -> None:
    now = utc_now()
    second = timedelta(seconds=1)
    assert window_state(None, now) == "closed"
    assert window_state(now, now) == "closed"
    assert window_state(now + second, now) == "closing"
    assert window_state(now + timedelta(hours=2) - second, now) == "closing"
    assert window_state(now + timedelta(hours=2), now) == "open"


def test_a_cursor_leads_on_in_its_own_order_alone_and_tells_no_name(office: Office) -> None:
    ana = office.login("ana")
    for customer in (1, 2):
        office.customer_writes("oi", customer=customer)
    for sort in get_args(Sort):
        cursor = ana.get("/v1/tickets", params={"limit": 1, "sort": sort}).json()["next"]
        assert "cliente" not in cursor
        for other in get_args(Sort):
            answer = ana.get("/v1/tickets", params={"sort": other, "cursor": cursor})
            assert answer.status_code == (200 if other == sort else 400), (sort, other)
        switched = {"sort": sort, "unanswered_first": True, "cursor": cursor}
        assert ana.get("/v1/tickets", params=switched).json()["code"] == "invalid_cursor"


def test_lists_and_threads_are_written_as_their_models_would_write_them(office: Office) -> None:
    ana = office.login("ana")
    thread = office.customer_writes('oi \u2028 "aspas" 👋', customer=1)
    office.customer_writes("outro", customer=2)
    take(ana, thread, office.people["ana"])
    send(ana, thread, "Bom dia!")
    office.settle()
    for path, model in (
        ("/v1/tickets?limit=1", Tickets),
        ("/v1/tickets", Tickets),
        (f"/v1/conversations/{thread}/messages", Messages),
    ):
        answer = ana.get(path)
        assert answer.headers["content-type"] == "application/json"
        assert answer.content == model.model_validate_json(answer.content).model_dump_json().encode()
