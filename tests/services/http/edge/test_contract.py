"""What holds for every answer: its shape, its headers, the contract that describes it."""

import inspect
import json
import re
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from fastapi.routing import iter_route_contexts
from jsonschema import Draft202012Validator, validate

from services.http.openapi import contract, described_app
from tests.services.http.actions import send
from tests.support.office import Office

CONTRACT = contract()
KEPT = Path(__file__).parents[4] / "docs" / "openapi.json"


def resolved(schema: Any) -> Any:
    """A schema with the components beside it."""
    return {**schema, "components": CONTRACT["components"]}


def described(method: str, path: str, status: str) -> Any:
    """The schema of an answer."""
    answer = CONTRACT["paths"][path][method]["responses"][status]
    content = answer["content"]
    return resolved((content.get("application/json") or content["text/event-stream"])["schema"])


def test_the_contract_is_openapi_3_1_and_every_reference_leads_somewhere() -> None:
    assert CONTRACT["openapi"].startswith("3.1")
    operations = [op for path in CONTRACT["paths"].values() for op in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    for schema in CONTRACT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    references = _references(CONTRACT)
    assert references
    for reference in references:
        assert reference.removeprefix("#/components/schemas/") in CONTRACT["components"]["schemas"]


def test_the_kept_contract_is_the_present_one() -> None:
    assert json.loads(KEPT.read_text()) == CONTRACT, "run `make openapi`"


@pytest.mark.parametrize("code", ["409 `concurrent_change`", "403 `cross_site`"])
def test_the_contract_describes_the_errors_that_every_command_may_answer(code: str) -> None:
    assert code in CONTRACT["info"]["description"]


def test_reads_are_answered_on_the_event_loop() -> None:
    reads = {
        route.path: route.endpoint
        for route in iter_route_contexts(described_app().routes)
        if "GET" in (route.methods or ())
    }
    assert len(reads) > 20
    assert [path for path, read in reads.items() if not inspect.iscoroutinefunction(read)] == []


def test_answers_are_as_the_contract_says(office: Office) -> None:
    conversation = office.customer_writes("oi")
    ana = office.login("ana")
    sent = send(ana, conversation, "Bom dia!")
    validate(sent.json(), described("post", "/v1/conversations/{conversation_id}/messages", "202"))
    contact = ana.get(f"/v1/conversations/{conversation}").json()["contact"]["id"]
    for path, name in {
        "/v1/contacts": "/v1/contacts",
        f"/v1/contacts/{contact}": "/v1/contacts/{contact_id}",
        f"/v1/contacts/{contact}/tickets": "/v1/contacts/{contact_id}/tickets",
        f"/v1/contacts/{contact}/events": "/v1/contacts/{contact_id}/events",
        "/v1/session/options": "/v1/session/options",
        "/v1/me": "/v1/me",
        "/v1/me/presence": "/v1/me/presence",
        "/v1/agents": "/v1/agents",
        "/v1/teams": "/v1/teams",
        "/v1/channels": "/v1/channels",
        "/v1/tickets": "/v1/tickets",
        "/v1/tickets/counts": "/v1/tickets/counts",
        f"/v1/conversations/{conversation}": "/v1/conversations/{conversation_id}",
        f"/v1/conversations/{conversation}/messages": "/v1/conversations/{conversation_id}/messages",
    }.items():
        answer = ana.get(path)
        assert answer.status_code == 200
        validate(answer.json(), described("get", name, "200"))
    validate(office.login("davi").get("/v1/events").json(), described("get", "/v1/events", "200"))


def test_whoever_has_no_session_is_refused_before_their_position_is_read(office: Office) -> None:
    nobody, asked = office.client(), 0
    for path, methods in CONTRACT["paths"].items():
        if any(known["name"] == "min_position" for known in methods.get("get", {}).get("parameters", ())):
            address = re.sub(r"\{\w+\}", str(uuid4()), path)
            assert nobody.get(address, params={"min_position": "no place"}).status_code == 401, path
            asked += 1
    assert asked >= 8


def test_every_refusal_is_a_problem_that_tells_nothing_else(office: Office) -> None:
    conversation = office.customer_writes("oi")
    ana, nobody = office.login("ana"), office.client()
    path = f"/v1/conversations/{conversation}"
    refusals = [
        (nobody.get("/v1/tickets"), 401, "unauthenticated"),
        (nobody.post(f"{path}/messages", json={"type": "text", "text": "x"}), 401, "unauthenticated"),
        (ana.get("/v1/events"), 403, "forbidden"),
        (ana.get(f"/v1/conversations/{uuid4()}"), 404, "not_found"),
        (ana.get("/v1/conversations/1"), 422, "invalid"),
        (ana.get("/v1/nothing", headers={"Accept": "text/html"}), 404, "not_found"),
        (ana.get("/v1/conversations/1/2/3"), 404, "not_found"),
        (ana.post("/v1/nothing"), 404, "not_found"),
        (ana.delete("/v1/tickets"), 405, "method_not_allowed"),
        (ana.patch("/v1/tickets"), 405, "method_not_allowed"),
        (ana.get("/v1/tickets", headers={"Padding": "x" * 40_000}), 431, "headers_too_large"),
        (send(ana, conversation, "x" * 70_000), 413, "too_large"),
        (ana.put(f"{path}/answered", json={"answered": "SELECT", "__proto__": 1}), 422, "invalid"),
        (nobody.post("/v1/session", content=b"a=b", headers={"Content-Type": "text/plain"}), 415, None),
    ]
    for answer, status, code in refusals:
        assert answer.status_code == status, answer.request.url
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        problem = answer.json()
        validate(problem, resolved({"$ref": "#/components/schemas/Problem"}))
        assert (problem["status"], problem["code"]) == (status, code or problem["code"])
        for word in ("Traceback", "psycopg", "select ", "SELECT", "Error", str(conversation)):
            assert word not in answer.text


def test_what_a_tenant_reads_is_kept_by_nobody_else(office: Office) -> None:
    office.customer_writes("oi")
    answer = office.login("ana").get("/v1/tickets")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /v1/tickets HTTP/1.1\r\nHost: x\r\nIdempotency-Key: a\x00b\r\n\r\n",
        b"POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_broken_http_is_400(office: Office, raw: bytes) -> None:
    place = urlsplit(office.url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=5) as connection:
        connection.sendall(raw)
        assert b" 400 " in connection.recv(1000)


def test_health_tells_who_is_at_work(office: Office) -> None:
    nobody = office.client()
    assert nobody.get("/healthz").json() == {"status": "ok"}
    alone = nobody.get("/readyz")
    assert alone.status_code == 503, "nobody publishes here"
    with psycopg.connect(office.cell.url) as db:
        db.execute(
            "insert into positions (name, heartbeat_at) values ('publisher', now() + interval '1 minute')"
            " on conflict (name) do update set heartbeat_at = excluded.heartbeat_at"
        )
        for name in ("bot-replies", "ingest", "schedule", "send"):
            db.execute("insert into heartbeats values (%s, now() + interval '1 minute', 7.4)", [name])
        db.execute(
            "insert into parked_events (name, position, conversation_id, reason)"
            " values ('timeline', 1, gen_random_uuid(), 'x')"
        )
    ready = nobody.get("/readyz")
    assert (ready.status_code, ready.json()["parked"], ready.json()["problems"]) == (200, 1, [])
    assert [warning for warning in ready.json()["warnings"] if not warning.startswith("disk")] == [
        "timeline: 1 parked events; see `balcao project status`",
        *(
            f"{name}: its clock is 7 s behind the database's"
            for name in ("bot-replies", "ingest", "schedule", "send")
        ),
    ]
    assert {follower["name"] for follower in ready.json()["followers"]} >= {
        "workspace",
        "timeline",
        "publisher",
    }
    with psycopg.connect(office.cell.url) as db:
        db.execute("update positions set heartbeat_at = now() - interval '9 s' where name = 'publisher'")
    assert nobody.get("/readyz").json()["problems"] == ["publisher: silent for 9 s"]
    metrics = nobody.get("/metrics").text
    assert 'balcao_follower_lag_events{follower="workspace"} 0.0' in metrics
    assert "balcao_http_seconds_bucket" in metrics
    assert 'balcao_pool_answers{pool="log"} 1.0' in metrics
    assert "balcao_ready 0.0" in metrics
    assert 'balcao_clock_skew_seconds{process="send"} 7.4' in metrics
    assert "Ana" not in metrics


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [found for value in part.values() for found in _references(value)]
    if isinstance(part, list):
        return [found for value in part for found in _references(value)]
    return []
