"""The route that Meta calls: what it takes, what it refuses, and what it never does."""

import gzip
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, cast

import psycopg
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from adapters.postgres.topics.topics import PostgresTopics
from schemas.inbound import decode
from schemas.topics import INBOUND, MAX_RECORD_BYTES, Outgoing, TopicsUnavailable
from services.http.edge.problems import problems
from services.http.webhook.webhook import webhook_routes
from tests.support import traffic
from tests.support.cell import Cell
from tests.support.traffic import SECRET, signature

PATH = "/webhooks/whatsapp"
TOKEN = "verify-me"


class Away:
    """Topics whose broker does not answer; `delay_s` is how long it keeps silent."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s

    def produce(self, records: Sequence[Outgoing], timeout_s: float = 2.0) -> None:
        time.sleep(self.delay_s)
        raise TopicsUnavailable("no broker")


def client(topics: Any, secrets: Sequence[str] = (SECRET,)) -> TestClient:
    app = FastAPI()
    app.include_router(webhook_routes(topics, secrets, TOKEN, lambda: datetime.now(UTC)))
    problems(app, lambda _: None)
    return TestClient(app)


def asked(challenge: str = "12345", token: str = TOKEN, mode: str = "subscribe") -> dict[str, str]:
    return {"hub.mode": mode, "hub.verify_token": token, "hub.challenge": challenge}


def post(to: TestClient, raw: bytes, **headers: str) -> Any:
    return to.post(PATH, content=raw, headers={"X-Hub-Signature-256": signature(raw), **headers})


def produced(cell: Cell) -> list[Any]:
    consumer = cell.topics.consumer(INBOUND, "test", lambda partition: 0)
    found = [decode(record.value or b"") for record in consumer.poll(5000, 1)]
    consumer.close()
    return found


def test_the_handshake_gives_the_challenge_back_as_plain_text() -> None:
    answer = client(Away()).get(PATH, params=asked())
    assert (answer.status_code, answer.text) == (200, "12345")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("challenge", ["<script>alert(1)</script>", "", "a" * 129, "a b", "é"])
def test_a_challenge_that_is_none_is_not_reflected(challenge: str) -> None:
    answer = client(Away()).get(PATH, params=asked(challenge))
    assert answer.status_code == 400
    assert not challenge or challenge not in answer.text


@pytest.mark.parametrize("query", [asked(token="wrong"), asked(token="é"), asked(mode="x"), {}])
def test_a_handshake_with_another_token_is_refused(query: dict[str, str]) -> None:
    assert client(Away()).get(PATH, params=query).status_code == 403


@pytest.mark.parametrize("name", ["hub.verify_token", "hub.mode", "hub.challenge"])
def test_a_handshake_that_says_one_thing_twice_is_refused(name: str) -> None:
    said = asked()
    answer = client(Away()).get(PATH, params=[(name, "x"), *said.items()])
    assert (answer.status_code, answer.json()["code"]) == (422, "repeated_parameter")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "sha256=",
        "sha1=" + "a" * 40,
        "sha256=" + "a" * 63,
        "sha256=" + "a" * 65,
        "a" * 64,
        "sha256=" + "g" * 64,
    ],
)
def test_a_wrong_signature_is_401_and_stores_nothing(cell: Cell, header: str | None) -> None:
    headers = {} if header is None else {"X-Hub-Signature-256": header}
    answer = client(cell.topics).post(PATH, content=traffic.body([traffic.text("w", "a")]), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert produced(cell) == []


def test_two_signatures_are_none(cell: Cell) -> None:
    raw = traffic.body([traffic.text("w", "a")])
    headers = [("X-Hub-Signature-256", signature(raw))] * 2
    assert client(cell.topics).post(PATH, content=raw, headers=headers).status_code == 401


def test_the_raw_bytes_alone_are_signed(cell: Cell) -> None:
    escaped = rb'{"object":"whatsapp_business_account","entry":[],"a":"\u00e1\/"}'
    literal = '{"object":"whatsapp_business_account","entry":[],"a":"á/"}'.encode()
    to = client(cell.topics, ("an older secret", SECRET))
    assert post(to, escaped).status_code == post(to, literal).status_code == 200
    answer = to.post(PATH, content=literal, headers={"X-Hub-Signature-256": signature(escaped)})
    assert answer.status_code == 401


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", ""])
def test_the_declared_type_is_not_trusted(cell: Cell, kind: str) -> None:
    raw = traffic.body([traffic.text("w", "a")])
    assert post(client(cell.topics), raw, **{"Content-Type": kind}).status_code == 200
    assert [item.kind for item in produced(cell)] == ["message"]


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b'"x"', b"0", b"{}", b"[" * 100_000, b"\xff\xfe"])
def test_what_cannot_be_read_is_kept_and_answered_200(cell: Cell, raw: bytes) -> None:
    assert post(client(cell.topics), raw).status_code == 200
    assert [(item.kind, bool(item.reason)) for item in produced(cell)] == [("unreadable", True)]


def test_a_compressed_body_is_refused(cell: Cell) -> None:
    raw = gzip.compress(b"{}" * 10_000)
    assert post(client(cell.topics), raw, **{"Content-Encoding": "gzip"}).status_code == 415


def test_a_body_beyond_what_meta_sends_is_refused(cell: Cell) -> None:
    assert post(client(cell.topics), b"x" * (3 * 1024 * 1024 + 1)).status_code == 413

    def parts() -> Any:
        for _ in range(4):
            yield b"x" * 1024 * 1024

    assert client(cell.topics).post(PATH, content=parts()).status_code == 413


def test_the_largest_unreadable_body_fits_a_record(cell: Cell) -> None:
    assert post(client(cell.topics), b"x" * (3 * 1024 * 1024)).status_code == 200
    item = produced(cell)[0]
    assert item.kind == "unreadable"
    assert "beginning" in item.reason
    assert len(item.raw) < MAX_RECORD_BYTES


def test_an_outage_of_the_topics_is_one_line_of_the_log() -> None:
    meta = client(cast(Any, Away(0.0)))
    with capture_logs() as lines:
        for n in range(20):
            assert post(meta, traffic.body([traffic.text(f"w{n}", "a")])).status_code == 503
    assert [line["event"] for line in lines] == ["topics unavailable, refusing webhooks"]


@pytest.mark.parametrize("delay_s", [0.0, 5.0])
def test_topics_that_cannot_take_it_mean_503_within_two_seconds(delay_s: float) -> None:
    began = time.monotonic()
    answer = post(client(cast(Any, Away(delay_s))), traffic.body([traffic.text("w", "a")]))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert time.monotonic() - began < 2.5


def test_a_topic_with_too_few_partitions_means_503_until_it_is_repaired(cell: Cell) -> None:
    def partitions(count: int) -> None:
        with psycopg.connect(cell.url) as db:
            db.execute("update topics set partitions = %s where name = %s", [count, INBOUND])

    partitions(5)
    with closing(PostgresTopics(cell.url)) as topics:
        meta = client(topics)
        assert post(meta, traffic.body([traffic.text("w1", "a")])).status_code == 503
        partitions(12)
        assert post(meta, traffic.body([traffic.text("w1", "a")])).status_code == 200
    assert len(produced(cell)) == 1


def test_a_thousand_items_are_produced_together(cell: Cell) -> None:
    raw = traffic.body([traffic.text(f"w{n}", f"{n}") for n in range(1000)])
    assert post(client(cell.topics), raw).status_code == 200
    assert len(produced(cell)) == 1000
