"""What each agent keeps for themselves: pins, and the order of their lists."""

from typing import Any
from uuid import UUID, uuid4

import httpx2

from adapters.postgres.agents.pins import MAX_PINS
from services.access.tokens import issue_token
from tests.services.http.actions import customers_page_by_page
from tests.support.office import Office, Watcher
from tests.support.waiting import until


def pin(client: httpx2.Client, conversation_id: UUID, method: str = "PUT") -> int:
    return client.request(method, f"/v1/conversations/{conversation_id}/pin").status_code


def pinned(client: httpx2.Client, conversation_id: UUID) -> list[Any]:
    """As the list says it, and as the conversation does."""
    items = client.get("/v1/tickets").json()["items"]
    listed = [item["pinned"] for item in items if item["conversation_id"] == str(conversation_id)]
    return [*listed, client.get(f"/v1/conversations/{conversation_id}").json()["ticket"]["pinned"]]


def test_a_pin_is_its_agents_alone_and_shows_in_their_other_windows(office: Office) -> None:
    ana, bruno = office.login("ana"), office.login("bruno")
    thread = office.customer_writes("oi", customer=1)
    other_window, others = Watcher(office.login("ana")), Watcher(bruno)

    assert (pin(ana, thread), pin(ana, thread)) == (204, 204)

    assert pinned(ana, thread) == [True, True]
    assert pinned(bruno, thread) == [False, False]
    until("the other window", lambda: [ticket["pinned"] for ticket in other_window.tickets] == [True])
    assert other_window.tickets[-1] == ana.get("/v1/tickets").json()["items"][0]
    office.customer_writes("ainda?", customer=1)
    until("the message in both", lambda: other_window.messages and others.messages)
    assert other_window.tickets[-1]["pinned"] is True, "each change tells it again"
    assert not any(ticket["pinned"] for ticket in others.tickets)

    assert (pin(ana, thread, "DELETE"), pin(ana, thread, "DELETE")) == (204, 204)
    until("the other window again", lambda: other_window.tickets[-1]["pinned"] is False)
    assert pinned(ana, thread) == [False, False]


def test_only_what_one_sees_is_pinned_and_services_pin_nothing(office: Office) -> None:
    ana = office.login("ana")
    assert pin(ana, uuid4()) == 404
    assert ana.put("/v1/conversations/1/pin").status_code == 422
    assert office.client().put(f"/v1/conversations/{uuid4()}/pin").status_code == 401
    thread = office.customer_writes("oi")
    token = issue_token(office.cell.url, office.cell.tenant_id, "report")
    service = office.client(headers={"Authorization": f"Bearer {token}"})
    pinned_by_service = service.put(f"/v1/conversations/{thread}/pin", json={})
    assert pinned_by_service.status_code == service.get("/v1/me/preferences").status_code == 403
    assert pinned(service, thread) == [False, False]
    assert office.cell.rows("select count(*) from pins") == [(0,)]


def test_a_list_that_names_no_order_is_in_the_one_that_its_agent_prefers(office: Office) -> None:
    ana, bruno = office.login("ana"), office.login("bruno")
    for customer in (1, 2):
        office.customer_writes("oi", customer=customer)
    path = "/v1/me/preferences"
    assert ana.get(path).json() == {"sort": "newest", "unanswered_first": False}
    assert customers_page_by_page(ana) == ["2", "1"]

    chosen = {"sort": "queued", "unanswered_first": True}
    assert ana.put(path, json=chosen).json() == chosen

    assert ana.get(path).json() == office.login("ana").get(path).json() == chosen
    assert customers_page_by_page(ana) == ["1", "2"]
    assert customers_page_by_page(ana, sort="newest") == customers_page_by_page(bruno) == ["2", "1"]
    malformed: list[dict[str, Any]] = [
        {"sort": "name"},
        chosen | {"sort": "oldest"},
        chosen | {"more": 1},
        chosen | {"sort": 1},
    ]
    for wrong in malformed:
        assert ana.put(path, json=wrong).status_code == 422, wrong
    assert ana.put(path, json={"sort": "name", "unanswered_first": "true"}).status_code == 422
    assert ana.get(path).json() == chosen


def test_whoever_has_pinned_two_hundred_unpins_one_first(office: Office) -> None:
    ana, last = office.login("ana"), office.customer_writes("oi")
    by = office.people["ana"]
    office.cell.rows(
        "insert into pins (tenant_id, agent_id, conversation_id)"
        " select %s, %s, gen_random_uuid() from generate_series(1, %s) returning agent_id",
        *(office.cell.tenant_id, by, MAX_PINS),
    )
    refused = ana.put(f"/v1/conversations/{last}/pin")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_pins")
    assert pinned(ana, last) == [False, False]
    office.cell.rows("delete from pins where ctid = (select min(ctid) from pins) returning agent_id")
    assert (pin(ana, last), pin(ana, last)) == (204, 204), "nor does it count twice"
    assert pin(office.login("bruno"), last) == 204
