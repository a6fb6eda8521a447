"""The published events as a reader finds them: filtered, followed, streamed, and described."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import jsonschema
import psycopg
import pytest

from domain.delivery import AttemptStarted
from domain.log.append import Append, Appended, NewEvent
from services.access.tokens import issue_token, revoke_tokens
from services.commands.installation import InstallationCommands
from services.http.live.event_feed import MOST_OF_ONE
from services.queries.cloudevents import published
from services.write.actor import Administrator
from tests.services.http.actions import post_action, send
from tests.support.office import Office, serving, settings_for
from tests.support.waiting import until

NDJSON = {"Accept": "application/x-ndjson"}
Event = dict[str, Any]


def reader(office: Office, name: str = "reports") -> httpx2.Client:
    """A service with a token."""
    token = issue_token(office.cell.url, office.cell.tenant_id, name)
    return office.client(headers={"Authorization": f"Bearer {token}"})


def paged(client: httpx2.Client, limit: int = 3, **params: Any) -> list[Event]:
    """All events, page by page; none of the pages before the last is empty."""
    found: list[Event] = []
    after: dict[str, str] = {}
    while True:
        answer = client.get("/v1/events", params={"limit": limit, **params, **after})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["items"] or page["next"] is None, "an empty page, and more after it"
        found += page["items"]
        if page["next"] is None:
            assert (
                client.get("/v1/events", params={**params, "after": page["position"]}).json()["items"] == []
            )
            return found
        assert page["next"] == page["position"]
        after = {"after": page["next"]}


def streamed(client: httpx2.Client, **params: Any) -> list[Event]:
    answer = client.get("/v1/events", params=params, headers=NDJSON)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def delivery_begins(office: Office, conversation: UUID) -> None:
    """A stream of its own, in the conversation and about its contact."""
    ((contact,),) = office.cell.rows(
        "select contact_id from events where conversation_id = %s limit 1", conversation
    )
    deadline = datetime.now(UTC) + timedelta(seconds=10)
    fact = AttemptStarted(ticket=1, conversation_id=conversation, attempt=1, deadline_at=deadline)
    new = NewEvent(fact, uuid4(), 1, uuid4(), office.cell.tenant_id, conversation, contact, "system:test")
    assert isinstance(office.cell.log.append(Append(events=[new])), Appended)


def waiting(office: Office) -> int:
    """How many long polls and streams of events are open."""
    lines = httpx2.get(f"{office.url}/metrics").text.splitlines()
    return next(int(float(line.split()[1])) for line in lines if line.startswith("balcao_event_readers "))


def recorded_at(event: Event) -> datetime:
    return datetime.fromisoformat(event["time"])


def busy(office: Office) -> tuple[UUID, UUID]:
    """Two conversations side by side, one with a reply and its delivery."""
    marina, paulo = office.customer_writes("oi", "tudo bem?"), office.customer_writes("bom dia", customer=2)
    send(office.login("ana"), marina, "Bom dia!")
    delivery_begins(office, marina)
    office.customer_writes("obrigada", customer=1)
    office.customer_writes("alguém?", customer=2)
    return marina, paulo


@pytest.mark.parametrize("step", [10_000, 2], ids=["in one step", "in steps of two"])
def test_each_filter_gives_what_fits_in_order_and_no_empty_page_before_the_end(
    office: Office, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    # The API of this office runs in this process.
    monkeypatch.setattr("adapters.postgres.queries.event_scan.STEP", step)
    marina, paulo = busy(office)
    davi = reader(office)
    everything = paged(davi, 1000)
    assert [int(event["sequence"]) for event in everything] == list(range(1, len(everything) + 1))
    contact = next(event["contactid"] for event in everything if event.get("conversationid") == str(marina))
    since, ends = recorded_at(everything[5]), recorded_at(everything[-3])

    def of_contact(event: Event) -> bool:
        return event["stream"] == contact or event.get("conversationid") == str(marina)

    fits: list[tuple[dict[str, Any], Callable[[Event], bool]]] = [
        ({}, lambda e: True),
        ({"type": "conversation."}, lambda e: e["type"].startswith("conversation.")),
        ({"type": "conversation.message_"}, lambda e: e["type"].startswith("conversation.message_")),
        ({"type": "delivery"}, lambda e: e["type"].startswith("delivery")),
        ({"type": "nothing.of.the.kind"}, lambda e: False),
        ({"conversation": marina}, lambda e: e.get("conversationid") == str(marina)),
        ({"conversation": uuid4()}, lambda e: False),
        ({"contact": contact}, of_contact),
        (
            {"contact": contact, "type": "contact."},
            lambda e: of_contact(e) and e["type"].startswith("contact."),
        ),
        ({"contact": contact, "conversation": marina}, lambda e: e.get("conversationid") == str(marina)),
        ({"contact": contact, "conversation": paulo}, lambda e: False),
        ({"since": since.isoformat()}, lambda e: recorded_at(e) >= since),
        ({"until": ends.isoformat()}, lambda e: recorded_at(e) < ends),
        (
            {"since": since.isoformat(), "until": ends.isoformat(), "conversation": paulo},
            lambda e: since <= recorded_at(e) < ends and e.get("conversationid") == str(paulo),
        ),
        ({"since": "2999-01-01T00:00:00Z"}, lambda e: False),
        ({"until": "1999-01-01T00:00:00-03:00"}, lambda e: False),
        ({"since": "0001-01-01T00:00:00Z"}, lambda e: True),
        ({"since": "0001-01-01T00:00:00+14:00", "until": "9999-12-31T23:59:59-14:00"}, lambda e: True),
        ({"until": "0001-01-01T00:00:00-03:00"}, lambda e: False),
    ]
    for params, fit in fits:
        expected = [event for event in everything if fit(event)]
        assert paged(davi, **params) == expected, params
        assert streamed(davi, **params) == expected, params
    assert any(event["type"].startswith("delivery") for event in everything)
    assert streamed(davi, limit=4) == everything[:4]


def test_nothing_of_another_tenant_is_found_by_any_filter(office: Office) -> None:
    marina, _ = busy(office)
    contact = next(e["contactid"] for e in paged(reader(office), 1000, conversation=marina))
    tenant = InstallationCommands(office.cell.log).add_tenant("Outra")
    office.hire("zoe", "admin", tenant)
    zoe = office.login("zoe")
    assert paged(zoe, 1000, conversation=marina) == []
    assert paged(zoe, 1000, contact=contact) == []
    assert paged(zoe, 1000, type="conversation.") == []
    assert {event["tenantid"] for event in paged(zoe, 1000)} == {str(tenant)}
    assert str(tenant) not in {event["tenantid"] for event in paged(reader(office), 1000)}


def test_a_position_ahead_of_the_log_or_of_another_one_asks_to_load_again(office: Office) -> None:
    office.customer_writes("oi")
    client, log_id, head = reader(office), office.cell.log.log_id(), office.cell.log.head()
    assert client.get("/v1/events", params={"after": f"{log_id}.{head}"}).json()["items"] == []
    for after in (f"{log_id}.{head + 1}", f"{log_id}.999999999", "other.1"):
        for headers in ({}, NDJSON):
            more: dict[str, Any]
            for more in ({}, {"wait": 5}, {"type": "conversation."}):
                answer = client.get("/v1/events", params={"after": after, **more}, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (409, "resync"), after


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"type": ""}, "invalid"),
        ({"type": "conversation\x00"}, "invalid"),
        ({"type": "x" * 101}, "invalid"),
        ({"conversation": "1"}, "invalid"),
        ({"contact": "marina"}, "invalid"),
        ({"since": "2026-03-03"}, "invalid"),
        ({"since": "2026-03-03T10:00:00"}, "invalid"),
        ({"until": "1700000000"}, "invalid"),
        ({"wait": "21"}, "invalid"),
        ({"wait": "-1"}, "invalid"),
        ({"limit": "0"}, "invalid"),
        ({"types": "conversation."}, "invalid"),
        ({"after": "x"}, "invalid_position"),
    ],
)
def test_what_cannot_be_asked_is_refused(office: Office, params: dict[str, str], code: str) -> None:
    answer = reader(office).get("/v1/events", params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_long_poll_answers_when_what_it_waits_for_comes(office: Office) -> None:
    marina = office.customer_writes("oi")
    client = reader(office)
    head = {"after": office.head()}
    with ThreadPoolExecutor(3) as readers:
        asked: dict[str, Any] = {"wait": 20, **head}
        any_event = readers.submit(client.get, "/v1/events", params=asked)
        theirs = readers.submit(client.get, "/v1/events", params={**asked, "conversation": str(marina)})
        closing = readers.submit(client.get, "/v1/events", params={"type": "conversation.closed", **asked})
        until("all three to wait", lambda: waiting(office) == 3)
        office.customer_writes("bom dia", customer=2)
        assert any_event.result(5).json()["items"]
        assert not theirs.done()
        office.customer_writes("ainda aqui?", customer=1)
        assert {e["conversationid"] for e in theirs.result(5).json()["items"]} == {str(marina)}
        assert not closing.done()
        ana = office.login("ana")
        ticket = ana.get(f"/v1/conversations/{marina}").json()["ticket"]
        done = post_action(ana, marina, "close", f'"{ticket["control"]}"')
        assert done.status_code == 200, done.text
        (closed,) = closing.result(5).json()["items"]
        assert closed["type"] == "conversation.closed"
    until("nobody to wait", lambda: waiting(office) == 0)


def test_a_long_poll_ends_empty_at_the_position_it_looked_up_to(office: Office) -> None:
    office.customer_writes("oi")
    client, begun = reader(office), time.monotonic()
    page = client.get("/v1/events", params={"after": office.head(), "wait": 1, "type": "delivery."}).json()
    assert time.monotonic() - begun >= 1
    assert page == {"items": [], "next": None, "position": office.head()}
    begun = time.monotonic()
    past: dict[str, Any] = {"until": "2026-01-01T00:00:00Z", "wait": 20}
    assert client.get("/v1/events", params=past).json()["items"] == []
    assert time.monotonic() - begun < 5, "nothing can come any more"


def test_waiting_takes_neither_turns_nor_connections_and_more_than_twenty_are_refused(office: Office) -> None:
    """The log has six connections, a caller four turns."""
    conversation, client, other = office.customer_writes("oi"), reader(office), reader(office, "other")
    ana = office.login("ana")
    asked: dict[str, Any] = {"after": office.head(), "wait": 20, "type": "conversation.closed"}
    with ThreadPoolExecutor(MOST_OF_ONE) as readers:
        polls = [readers.submit(client.get, "/v1/events", params=asked) for _ in range(MOST_OF_ONE)]
        until("all to wait", lambda: waiting(office) == MOST_OF_ONE)
        for _ in range(5):
            assert client.get("/v1/tickets").status_code == 200
            assert client.get("/v1/events", params={"limit": 1}).status_code == 200
        assert send(ana, conversation, "Bom dia!", uuid4().hex).status_code == 202
        for headers in ({}, NDJSON):
            refused = client.get("/v1/events", params=asked, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
            assert refused.headers["retry-after"]
        assert other.get("/v1/events", params={"wait": 1}).status_code == 200
        ticket = ana.get(f"/v1/conversations/{conversation}").json()["ticket"]
        closed = post_action(ana, conversation, "close", f'"{ticket["control"]}"')
        assert closed.status_code == 200, closed.text
        assert {len(poll.result(10).json()["items"]) for poll in polls} == {1}
    until("nobody to wait", lambda: waiting(office) == 0)


def test_a_reader_who_leaves_is_not_waited_for(office: Office) -> None:
    client = reader(office)
    asked: dict[str, Any] = {"after": office.head(), "wait": 20}
    with pytest.raises(httpx2.ReadTimeout):
        client.get("/v1/events", params=asked, timeout=0.5)
    until("nobody to wait", lambda: waiting(office) == 0, 5.0)


def test_a_process_that_stops_lets_long_polls_answer(office: Office, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"after": office.head(), "wait": 20}
    headers = dict(reader(office).headers)
    with ThreadPoolExecutor(1) as readers:
        with serving(settings_for(office.cell.url, tmp_path)) as url:
            poll = readers.submit(httpx2.get, f"{url}/v1/events", params=asked, headers=headers, timeout=30)
            until("it to wait", lambda: waiting(office) == 1)
        assert poll.result(0).json()["items"] == []


def test_a_stream_that_cannot_go_on_breaks_off_and_is_resumed_from_its_last_event(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.http.live.event_feed.STREAMED_PAGE", 2)
    monkeypatch.setattr("services.http.routes.events.STREAMED_PAGE", 2)
    office.customer_writes("antes", "agora", "depois")
    client = reader(office)
    everything = streamed(client)
    assert len(everything) > 8
    with psycopg.connect(office.cell.url) as db:
        change = "update events set topic = %s where notification_id = %s"
        db.execute(change, ["conversation.of_the_future", everything[-2]["sequence"]])
    received: list[Event] = []
    with (
        pytest.raises(httpx2.RemoteProtocolError),
        client.stream("GET", "/v1/events", headers=NDJSON) as answer,
    ):
        received += (json.loads(line) for line in answer.iter_lines())
    assert received == everything[:-2]
    with psycopg.connect(office.cell.url) as db:
        db.execute(change, [everything[-2]["type"], everything[-2]["sequence"]])
    log_id = received[-1]["source"].rpartition("/")[2]
    after = f"{log_id}.{received[-1]['sequence']}"
    assert received + streamed(client, after=after) == everything


def test_a_stream_ends_with_the_session_of_its_reader(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.http.live.event_feed.SESSION_CHECKED_S", 0.0)
    monkeypatch.setattr("services.http.live.event_feed.STREAMED_PAGE", 1)
    monkeypatch.setattr("services.http.routes.events.STREAMED_PAGE", 1)
    monkeypatch.setattr("services.access.access.CACHE_S", 0.0)
    office.customer_writes("oi")
    client = reader(office)
    revoke_tokens_after_first = iter([True])

    def revoked_then(*given: Any) -> Any:
        if next(revoke_tokens_after_first, False):
            revoke_tokens(office.cell.url, office.cell.tenant_id, "reports")
        return published(*given)

    monkeypatch.setattr("services.http.live.event_feed.published", revoked_then)
    with pytest.raises(httpx2.RemoteProtocolError):
        client.get("/v1/events", headers=NDJSON)


def test_every_event_names_an_address_that_answers_with_the_schema_of_its_data(office: Office) -> None:
    busy(office)
    schemas: dict[str, Any] = {}
    for event in paged(reader(office), 1000):
        address, _, fragment = event["dataschema"].partition("#")
        assert address == f"{office.url}/v1/schemas/conversation.events.v1.json"
        if address not in schemas:
            answer = office.client().get(address)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/schema+json")
            schemas[address] = answer.json()
            assert schemas[address]["$id"] == address
        assert fragment == f"/$defs/{event['type']}"
        jsonschema.Draft202012Validator(schemas[address]["$defs"][event["type"]]).validate(event["data"])


def test_the_schema_stands_under_the_public_address(office: Office, tmp_path: Path) -> None:
    settings = settings_for(office.cell.url, tmp_path, public_url="https://desk.example.com")
    with serving(settings) as url:
        headers = dict(reader(office).headers)
        (event,) = httpx2.get(f"{url}/v1/events", params={"limit": 1}, headers=headers).json()["items"]
        assert event["dataschema"].startswith(
            "https://desk.example.com/v1/schemas/conversation.events.v1.json#"
        )
        served = httpx2.get(f"{url}/v1/schemas/conversation.events.v1.json").json()
        assert served["$id"] == "https://desk.example.com/v1/schemas/conversation.events.v1.json"


def test_a_new_reader_learns_who_works_here_in_which_teams_and_on_which_numbers(office: Office) -> None:
    """The dimension tables of a report; no e-mail is in them."""
    team = office.team("Vendas", "ana", "bruno", channel=True)
    office.changed("ana", role="supervisor")
    office.changed("bruno", teams=frozenset(), active=False)
    by = Administrator(office.cell.tenant_id)
    office.organisation().rename_team(team, "Vendas e trocas", by)
    gone = office.team("Sazonal")
    office.organisation().archive_team(gone, by)
    davi = office.login("davi")
    hours = {"name": "horario", "kind": "fixed", "value": "das 9h às 18h"}
    davi.post("/v1/variables", json=hours, headers={"Idempotency-Key": "k"})
    (usual,) = (each["id"] for each in davi.get("/v1/variables").json()["items"] if each["name"] == "equipe")
    davi.delete(f"/v1/variables/{usual}")
    office.settle()
    agents: dict[str, dict[str, Any]] = {}
    teams: dict[str, dict[str, Any]] = {}
    variables: dict[str, dict[str, Any]] = {}
    channels: dict[str, dict[str, Any]] = {}
    events = paged(reader(office), 7)
    for event in events:
        data, subject = event["data"], event["subject"]
        match event["type"]:
            case "agent.added":
                agents[subject] = {"name": data["name"], "role": data["role"], "active": True, "teams": []}
            case "agent.role_changed":
                agents[subject]["role"] = data["role"]
            case "agent.teams_set":
                agents[subject]["teams"] = data["teams"]
            case "agent.deactivated" | "agent.activated":
                agents[subject]["active"] = event["type"] == "agent.activated"
            case "team.added" | "team.renamed":
                teams[data["team_id"]] = {"name": data["name"], "archived": False}
            case "team.archived":
                teams[data["team_id"]]["archived"] = True
            case "variable.defined" | "variable.changed":
                known = variables.get(data["variable_id"], {"archived": False})
                variables[data["variable_id"]] = {**known, **data}
            case "variable.archived":
                variables[data["variable_id"]]["archived"] = True
            case "channel.added":
                channels[subject] = {"name": data["name"], "team": None}
            case "channel.configured":
                channels[subject]["team"] = data["team_id"]
    shown = davi.get("/v1/agents", params={"inactive": True}).json()["items"]
    assert {id: (each["name"], each["role"], each["active"]) for id, each in agents.items()} == {
        each["id"]: (each["name"], each["role"], each["active"]) for each in shown
    }
    assert {id: sorted(each["teams"]) for id, each in agents.items() if each["active"]} == {
        each["id"]: sorted(t["id"] for t in each["teams"]) for each in shown if each["active"]
    }
    assert teams == {
        str(team): {"name": "Vendas e trocas", "archived": False},
        str(gone): {"name": "Sazonal", "archived": True},
    }
    assert {(each["name"], each["kind"], each["value"], each["archived"]) for each in variables.values()} == {
        ("horario", "fixed", "das 9h às 18h", False),
        ("equipe", "ticket", None, True),
    }
    assert list(channels.values()) == [{"name": "Atendimento", "team": str(team)}]
    assert "@" not in json.dumps(events)
