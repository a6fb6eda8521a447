"""When the database is slow or away: a quick no, the webhook untouched, and back without a hand."""

import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from services.http.app import add_page
from services.http.edge.middleware import BoundedBodies, SafeAnswers
from services.http.edge.problems import problems
from services.http.webhook.webhook import MAX_BODY_BYTES
from tests.services.http.actions import send
from tests.support.office import SECRET, Office, Watcher
from tests.support.traffic import body, signature, text
from tests.support.waiting import until

BUSY, PEOPLE = 30, 10


def test_when_queries_hang_the_others_get_a_quick_no_and_the_webhook_a_yes(office: Office) -> None:
    office.customer_writes("oi")
    ana, people = office.login("ana"), [_cookies_of(office, f"p{n}") for n in range(PEOPLE)]
    raw = body([text("wamid.busy", "oi")])
    signed = {"X-Hub-Signature-256": signature(raw, SECRET)}

    def ask(n: int) -> tuple[int, float]:
        begun = time.monotonic()
        cookies = people[n % len(people)]
        with office.client(cookies=cookies, headers={"Connection": "close"}) as client:
            return client.get("/v1/tickets").status_code, time.monotonic() - begun

    with psycopg.connect(office.cell.url) as db, ThreadPoolExecutor(BUSY) as pool:
        db.execute("lock table workspace_1 in access exclusive mode")
        asked = [pool.submit(ask, n) for n in range(BUSY)]
        until("most to be refused", lambda: sum(each.done() for each in asked) >= BUSY - 8, 6)
        assert {each.result()[0] for each in asked if each.done()} == {503}
        assert office.client().get("/healthz").status_code == 200
        hung = office.client().get("/readyz")
        assert hung.status_code == 503
        assert any(problem.startswith("queries: ") for problem in hung.json()["problems"])
        assert not any(problem.startswith("log: ") for problem in hung.json()["problems"])
        assert office.client().post("/webhooks/whatsapp", content=raw, headers=signed).status_code == 200
        refused = office.client(cookies=dict(ana.cookies)).get("/v1/tickets")
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert refused.headers["retry-after"] == "1"
        db.rollback()
        assert Counter(each.result()[0] for each in asked)[200] >= 1
    assert ana.get("/v1/tickets").status_code == 200


def _cookies_of(office: Office, name: str) -> dict[str, str]:
    """Another agent, logged in."""
    office.hire(name, "agent")
    return dict(office.login(name).cookies)


def test_cut_connections_are_replaced_and_no_change_is_missed(office: Office) -> None:
    ana, conversation = office.login("ana"), office.customer_writes("oi")
    watcher = Watcher(ana)
    for n in range(3):
        _cut_all(office)
        assert ana.get("/v1/tickets").status_code == 200
        sent = until("the answer", lambda n=n: _accepted(send(ana, conversation, f"m{n}", f"k{n}")))  # type: ignore[misc]
        until("it to be shown", lambda sent=sent: sent in [m["id"] for m in watcher.messages], 10)  # type: ignore[misc]
    shown = ana.get(f"/v1/conversations/{conversation}/messages").json()["items"]
    assert [message["text"] for message in shown] == ["oi", "m0", "m1", "m2"]
    assert "resync" not in [event.name for event in watcher.events]


@pytest.mark.parametrize("path", ["/webhooks/whatsapp", "/v1/session"])
def test_whoever_sends_without_end_is_cut_off(office: Office, path: str) -> None:
    place = urlsplit(office.url)
    head = f"POST {path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=5) as connection:
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        with suppress(ConnectionError):
            for _ in range(2_000):
                connection.sendall(chunk)
            pytest.fail("131 MB were taken")


def test_a_body_that_is_announced_too_large_is_not_waited_for(office: Office) -> None:
    request = office.client().build_request("POST", "/webhooks/whatsapp", content=b"x" * (MAX_BODY_BYTES + 1))
    assert office.client().send(request).status_code == 413


@pytest.fixture
def page(tmp_path: Path) -> TestClient:
    """A built page, served as the real one is."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-abc.js").write_text("1")
    (tmp_path / "index.html").write_text("<!doctype html><title>Balcão</title>")
    app = FastAPI()
    add_page(app, tmp_path)
    problems(app, lambda _: None)
    app.add_middleware(BoundedBodies)
    app.add_middleware(SafeAnswers)
    return TestClient(app)


def test_the_page_is_revalidated_and_its_assets_are_cached(page: TestClient) -> None:
    for path in ("/", "/desk/123"):
        answer = page.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-cache"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["referrer-policy"] == "no-referrer"
    part = page.get("/assets/index-abc.js")
    assert "immutable" in part.headers["cache-control"]
    assert part.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
@pytest.mark.parametrize("name", ["index-old.js", "index-old.css", "ringtone.opus", ""])
def test_a_built_file_that_is_gone_is_not_the_page(page: TestClient, name: str, accept: str) -> None:
    missing = page.get(f"/assets/{name}", headers={"Accept": accept})
    assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-cache")
    assert missing.json()["code"] == "not_found"


def _accepted(answer: httpx2.Response) -> str | None:
    """The message's id; 503 is asked again with the same key."""
    if answer.status_code == 503:
        return None
    assert answer.status_code == 202, answer.text
    id: str = answer.json()["message_id"]
    return id


def _cut_all(office: Office) -> None:
    with psycopg.connect(office.cell.url, autocommit=True) as db:
        db.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
