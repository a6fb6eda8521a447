"""Requests that several tests make, and what they read of the answers."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2

from domain.conversation.ticket_events import MessageScheduled
from tests.support.office import Office
from tests.support.waiting import until

ZONE = "America/Sao_Paulo"


def send(client: httpx2.Client, conversation: UUID, text: Any, key: str | None = "k") -> httpx2.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    body = {"type": "text", "text": text}
    return client.post(f"/v1/conversations/{conversation}/messages", json=body, headers=headers)


def take(
    client: httpx2.Client, conversation: UUID, agent_id: UUID, seen: str | None = '"2"'
) -> httpx2.Response:
    headers = {} if seen is None else {"If-Match": seen}
    path = f"/v1/conversations/{conversation}/assignee"
    return client.put(path, json={"assignee_id": str(agent_id)}, headers=headers)


def snooze(
    client: httpx2.Client, conversation: UUID, until: Any, seen: str | None = '"2"', **more: Any
) -> httpx2.Response:
    headers = {} if seen is None else {"If-Match": seen}
    body = {"until": until, "zone": ZONE, **more}
    return client.put(f"/v1/conversations/{conversation}/snooze", json=body, headers=headers)


def schedule(
    client: httpx2.Client, conversation: UUID, due_at: Any, text: Any = "Já chegou?", **given: Any
) -> httpx2.Response:
    body = {"text": text, "due_at": due_at, "zone": ZONE, **given.pop("body", {})}
    key = given.pop("key", uuid4().hex)
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(f"/v1/conversations/{conversation}/scheduled", json=body, headers=headers)


def post_action(
    client: httpx2.Client, conversation: UUID, action: str, seen: str | None = '"2"', **body: Any
) -> httpx2.Response:
    """One of `transfer`, `close`, `undo` …, on a ticket as it was seen."""
    headers = {} if seen is None else {"If-Match": seen}
    path = f"/v1/conversations/{conversation}/{action}"
    return client.post(path, json=body, headers=headers) if body else client.post(path, headers=headers)


def write_card(client: httpx2.Client, contact: str, seen: str | None = None, **card: Any) -> httpx2.Response:
    headers = {} if seen is None else {"If-Match": seen}
    return client.put(f"/v1/contacts/{contact}", json=card, headers=headers)


def get_json(client: httpx2.Client, path: str, **params: Any) -> dict[str, Any]:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def ticket_of(client: httpx2.Client, conversation: UUID) -> dict[str, Any]:
    """The newest ticket of the conversation."""
    ticket: dict[str, Any] = client.get(f"/v1/conversations/{conversation}").json()["ticket"]
    return ticket


def contact_of(client: httpx2.Client, conversation: UUID) -> str:
    id: str = get_json(client, f"/v1/conversations/{conversation}")["contact"]["id"]
    return id


def list_tickets(client: httpx2.Client, view: str, position: str) -> list[dict[str, Any]]:
    """The first page of a view, not older than `position`."""
    answer = client.get("/v1/tickets", params={"view": view, "min_position": position}).json()
    assert not answer["stale"]
    items: list[dict[str, Any]] = answer["items"]
    return items


def customers_in(client: httpx2.Client, view: str = "all", **params: Any) -> list[str]:
    """The numbers of the customers on the first page of a view, in its order."""
    page = get_json(client, "/v1/tickets", view=view, **params)
    return [_customer_of(item) for item in page["items"]]


def customers_page_by_page(client: httpx2.Client, **params: Any) -> list[str]:
    """The numbers of the customers on all pages of a list, two at a time."""
    found: list[str] = []
    cursor = None
    while True:
        page = get_json(client, "/v1/tickets", limit=2, **params, **({"cursor": cursor} if cursor else {}))
        found += [_customer_of(item) for item in page["items"]]
        if (cursor := page["next"]) is None:
            return found


def etag(answer: httpx2.Response) -> str:
    """The version that an answer names, which is that of its body."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == f'"{answer.json()["control"]}"'
    return str(answer.headers["etag"])


def from_now(**later: float) -> str:
    return (datetime.now(UTC) + timedelta(**later)).isoformat()


def wait_until_due(office: Office) -> None:
    """Until the time of every scheduled message (there is one) has passed."""
    (due_at,) = {fact.due_at for fact in office.cell.facts(MessageScheduled)}
    until("the message to be due", lambda: datetime.now(UTC) > due_at)
    office.settle()


def _customer_of(ticket: dict[str, Any]) -> str:
    return str(ticket["contact"]["name"]).removeprefix("Cliente ")
