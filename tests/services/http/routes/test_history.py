"""The history of a conversation, through HTTP on the real store: who, what, when, from where; as it was."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import httpx2
import psycopg

from adapters.whatsapp.graph import GraphApi
from tests.services.http.actions import send, take
from tests.support.office import Office

Answer = dict[str, Any]


def history(client: httpx2.Client, conversation: UUID, **params: Any) -> Answer:
    answer = client.get(f"/v1/conversations/{conversation}/events", params=params)
    assert answer.status_code == 200, answer.text
    read: Answer = answer.json()
    return read


def shown(client: httpx2.Client, conversation: UUID) -> Answer:
    """What the present queries answer."""
    path = f"/v1/conversations/{conversation}"
    present: Answer = client.get(path).json()
    messages: Answer = client.get(f"{path}/messages").json()
    return {name: present[name] for name in ("ticket", "contact", "window")} | {"messages": messages["items"]}


def as_it_was(answer: Answer) -> Answer:
    """The part of an `as_of` that the present queries answer, too."""
    return {name: answer["as_of"][name] for name in ("ticket", "contact", "window", "messages")}


def moved(client: httpx2.Client, method: str, path: str, **body: Any) -> None:
    """A command on the ticket as it stands."""
    seen = client.get(path.rpartition("/")[0]).json()["ticket"]["control"]
    answer = client.request(method, path, headers={"If-Match": f'"{seen}"'}, json=body or None)
    assert answer.status_code == 200, answer.text


def named(client: httpx2.Client, conversation: UUID, name: str) -> None:
    """Somebody writes down who the customer is."""
    contact = client.get(f"/v1/conversations/{conversation}").json()["contact"]["id"]
    card: Answer = {"name": name, "email": None, "attributes": {}}
    answer = client.put(f"/v1/contacts/{contact}", json=card)
    assert answer.status_code == 200, answer.text


def a_day(office: Office, ana: httpx2.Client) -> tuple[UUID, list[tuple[int, Answer]]]:
    """A bit of everything in one conversation; after each step the head of the log and what was shown."""
    conversation = office.customer_writes("Bom dia", "onde está meu pedido?")
    path = f"/v1/conversations/{conversation}"
    hour = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    steps: list[Any] = [
        lambda: None,
        lambda: moved(ana, "PUT", f"{path}/assignee", assignee_id=str(office.people["ana"])),
        lambda: send(ana, conversation, "Vou verificar."),
        lambda: ana.put(f"{path}/answered", json={"answered": False}),
        lambda: moved(ana, "PUT", f"{path}/snooze", until=hour, zone="America/Sao_Paulo", reason="espera"),
        lambda: office.customer_writes("alguém aí?"),
        lambda: named(ana, conversation, "Marina Prado"),
        lambda: moved(ana, "POST", f"{path}/close"),
        lambda: office.customer_writes("voltei"),
    ]
    stood = []
    for step in steps:
        step()
        office.settle()
        stood.append((office.cell.log.head(), shown(ana, conversation)))
    return conversation, stood


def test_each_fact_says_who_did_what_when_and_from_where(office: Office) -> None:
    ana, before = office.login("ana"), datetime.now(UTC)
    conversation, _ = a_day(office, ana)

    items = history(ana, conversation)["items"]

    assert [item["type"].removeprefix("conversation.") for item in items] == [
        *("started", "ticket_opened", "handed_off", "message_received", "message_received"),
        *("assigned", "message_sent", "marked_unanswered", "snoozed"),
        *("woken", "message_received", "closed", "ticket_opened", "handed_off", "message_received"),
    ]
    written = items[3]
    assert (written["who"]["kind"], written["who"]["name"]) == ("contact", "Marina Prado")
    assert (written["from_where"]["kind"], written["from_where"]["topic"]) == ("topic", "whatsapp.inbound.v1")
    assert written["from_where"]["offset"] is not None
    assert (written["data"]["text"], written["ticket"]) == ("Bom dia", 1)
    snoozed = items[8]
    assert snoozed["who"] == {"kind": "agent", "id": str(office.people["ana"]), "name": "Ana"}
    assert snoozed["from_where"]["kind"] == "http"
    assert snoozed["data"]["reason"] == "espera"
    assert all(before - timedelta(seconds=1) < datetime.fromisoformat(item["at"]) for item in items)
    assert [item["position"] for item in items] == [
        f"{office.cell.log.log_id()}.{event.position}"
        for event in office.cell.history()
        if event.conversation_id == conversation
    ]


def test_the_way_of_a_message_is_told_with_what_caused_it(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    assert send(ana, conversation, "Bom dia!").status_code == 202
    office.cell.publish()
    office.cell.send(GraphApi("http://127.0.0.1:9", "nobody is there"))

    items = history(ana, conversation)["items"]

    decided = next(item for item in items if item["type"] == "conversation.message_sent")
    started, *after = [item for item in items if item["type"].startswith("delivery.")]
    assert started["type"] == "delivery.attempt_started"
    assert after
    for item in (started, *after):
        assert item["caused_by"] == decided["id"]
        assert item["who"] == {"kind": "system", "id": None, "name": "sender"}
        assert item["from_where"]["kind"] == "process"


def test_at_each_place_it_is_as_it_was_shown_there(office: Office) -> None:
    ana = office.login("ana")
    conversation, stood = a_day(office, ana)
    log = office.cell.log.log_id()
    for position, was in stood:
        told = history(ana, conversation, as_of=f"{log}.{position}")
        assert as_it_was(told) == was
        places = [int(item["position"].rpartition(".")[2]) for item in told["items"]]
        assert max(places) <= position


def test_who_the_customer_was_is_told_as_it_was_also_where_two_were_merged(office: Office) -> None:
    clara, conversation = office.login("clara"), office.customer_writes("oi", customer=1)
    other = office.customer_writes("oi", customer=2)
    one, two = (clara.get(f"/v1/conversations/{c}").json()["contact"]["id"] for c in (conversation, other))
    steps: list[Any] = [
        lambda: named(clara, conversation, "Marina"),
        lambda: clara.post(f"/v1/contacts/{one}/merge", json={"into": two}),
        lambda: named(clara, other, "Marina Prado"),
        lambda: clara.delete(f"/v1/contacts/{one}/merge"),
    ]
    stood = []
    for step in steps:
        step()
        office.settle()
        stood.append((office.head(), shown(clara, conversation)))
    assert [was["contact"]["name"] for _, was in stood] == ["Marina", "Cliente 2", "Marina Prado", "Marina"]
    for place, was in stood:
        assert as_it_was(history(clara, conversation, as_of=place)) == was


def test_now_is_what_the_present_queries_answer_and_the_future_is_now(office: Office) -> None:
    ana = office.login("ana")
    conversation, _ = a_day(office, ana)
    now, here = datetime.now(UTC), f"{office.cell.log.log_id()}.{office.cell.log.head()}"
    later = (now + timedelta(days=400)).isoformat()
    for when in (now.isoformat(), later, here, f"{office.cell.log.log_id()}.99999"):
        told = history(ana, conversation, as_of=when)
        assert as_it_was(told) == shown(ana, conversation)
        assert told["as_of"]["position"] == here
        assert len(told["items"]) == 15


def test_an_instant_between_two_facts_shows_the_first_alone(office: Office) -> None:
    ana = office.login("ana")
    conversation, _ = a_day(office, ana)
    items = history(ana, conversation)["items"]
    apart = 0
    for item, following in pairwise(items):
        if item["at"] != following["at"]:
            apart += 1
            told = history(ana, conversation, as_of=item["at"])
            assert told["items"][-1]["id"] == item["id"]
            assert as_it_was(told) == as_it_was(history(ana, conversation, as_of=item["position"]))
            assert told["as_of"]["at"] == item["at"]
    assert apart >= 6


def test_the_window_is_told_of_the_instant_that_is_looked_from(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    ends_at = shown(ana, conversation)["window"]["ends_at"]
    with psycopg.connect(office.cell.url) as db:  # as if all of it had happened long ago
        db.execute("update events set recorded_at = recorded_at - interval '3 days'")
    told = history(ana, conversation)["items"][-1]
    assert history(ana, conversation, as_of=told["at"])["as_of"]["window"] == {
        "open": True,
        "ends_at": ends_at,
    }


def test_before_the_beginning_there_is_nothing(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    log, _, number = history(ana, conversation)["items"][0]["position"].rpartition(".")
    for when in ("2020-01-01T00:00:00Z", f"{log}.{int(number) - 1}", f"{log}.0"):
        answer = ana.get(f"/v1/conversations/{conversation}/events", params={"as_of": when})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_begun")


NO_PLACES = {
    "a place of another log": ({"as_of": "another.5"}, 409, "resync"),
    "after a place of another log": ({"after": "another.5"}, 409, "resync"),
    "B083 no instant": ({"as_of": "yesterday"}, 422, "invalid_as_of"),
    "B083 a day alone": ({"as_of": "2026-03-03"}, 422, "invalid_as_of"),
    "B083 no time zone": ({"as_of": "2026-03-03T10:00:00"}, 422, "invalid_as_of"),
    "B083 no such day": ({"as_of": "2026-02-30T10:00:00Z"}, 422, "invalid_as_of"),
    "B083 no such offset": ({"as_of": "2026-03-03T10:00:00+99:00"}, 422, "invalid_as_of"),
    "B083 empty": ({"as_of": ""}, 422, "invalid_as_of"),
    "B083 NUL": ({"as_of": "x\x00y"}, 422, "invalid_as_of"),
    "B083 without end": ({"as_of": "x" * 200}, 422, "invalid"),
    "B083 the year 1": ({"as_of": "0001-01-01T00:00:00Z"}, 404, "not_begun"),
    "B083 before the year 1": ({"as_of": "0001-01-01T00:00:00+14:00"}, 404, "not_begun"),
    "B083 the year 9999": ({"as_of": "9999-12-31T23:59:59Z"}, 200, None),
    "B083 past the year 9999": ({"as_of": "9999-12-31T23:59:59-14:00"}, 200, None),
    "no place": ({"after": "5"}, 422, "invalid_position"),
    "B076 no item": ({"limit": "0"}, 422, "invalid"),
    "B076 too many": ({"limit": "1001"}, 422, "invalid"),
}


def test_what_is_no_place_in_time_is_refused(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    for name, (params, status, code) in NO_PLACES.items():
        answer = ana.get(f"/v1/conversations/{conversation}/events", params=params)
        assert (answer.status_code, answer.json().get("code")) == (status, code), name


def test_the_history_is_read_in_pages_that_meet_and_end(office: Office) -> None:
    ana = office.login("ana")
    conversation, _ = a_day(office, ana)
    whole = history(ana, conversation)
    assert whole["next"] is None
    paged: list[Answer] = []
    page = history(ana, conversation, limit=4)
    while page["next"] is not None:
        paged += page["items"]
        page = history(ana, conversation, limit=4, after=page["next"])
    assert [*paged, *page["items"]] == whole["items"]
    rest = history(ana, conversation, after=page["position"])
    assert (rest["items"], rest["next"], rest["position"]) == ([], None, page["position"])
    assert rest["as_of"] is None


def test_whoever_does_not_see_the_conversation_does_not_see_its_history(office: Office) -> None:
    ana, bruno = office.login("ana"), office.login("bruno")
    conversation = office.customer_writes("oi")
    assert take(bruno, conversation, office.people["bruno"]).status_code == 200
    office.settle()
    path = f"/v1/conversations/{conversation}/events"
    assert bruno.get(path).status_code == office.login("clara").get(path).status_code == 200
    for params in ({}, {"as_of": datetime.now(UTC).isoformat()}):
        answer = ana.get(path, params=params)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert office.client().get(path).status_code == 401


def test_what_was_erased_is_null_and_named(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("meu segredo")
    with psycopg.connect(office.cell.url) as db:
        db.execute("delete from contact_keys")
    told = history(ana, conversation, as_of=datetime.now(UTC).isoformat())
    *_, received = told["items"]
    assert received["data"]["text"] is None
    assert set(received["data"]["erased"]) == {"text", "sender_name", "wamid", "raw", "quoted_wamid"}
    assert told["as_of"]["contact"]["name"] == ""
    assert "segredo" not in str(told)


def test_a_position_past_the_head_is_of_another_log(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    contact = ana.get(f"/v1/conversations/{conversation}").json()["contact"]["id"]
    far = f"{office.cell.log.log_id()}.999999"
    for path in (f"/v1/conversations/{conversation}/events", f"/v1/contacts/{contact}/events"):
        answer = ana.get(path, params={"after": far})
        assert (answer.status_code, answer.json()["code"]) == (409, "resync")
        assert ana.get(path, params={"after": office.head()}).json()["items"] == []
