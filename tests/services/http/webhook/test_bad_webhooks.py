"""Bad webhooks, each three times over: alone, between two good ones, and a thousand times.

On real parts: the route, the topics, the ingestor and the projectors. `docs/bad-input.md` names the rows.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI

from adapters.postgres.follow.follower import follower_pool
from domain.conversation.message_events import MessageReceived, ReactionChanged
from schemas.topics import Outgoing
from services.http.edge.protocol import MAX_HEAD_BYTES
from services.http.webhook.webhook import webhook_routes
from services.workers.ingest.ingestor import Ingestor
from services.workers.project.projectors import Projectors
from tests.support import traffic
from tests.support.bad_bodies import BAD, CUSTOMER, LARGE_BYTES, Bad, body, good
from tests.support.cell import Cell, opened
from tests.support.memory import MOST_BYTES, memory
from tests.support.office import Office
from tests.support.traffic import SECRET, signature

TABLES = ("timeline", "quarantine", "orphans", "notices")
TIMES, TIMES_LARGE = 1_000, 50
MOST_LINES = 20
AT_ONCE, AT_ONCE_LARGE = 50, 4


@dataclass
class Front:
    """The webhook route before a cell, and all that stands behind it."""

    cell: Cell
    projectors: Projectors
    ingestor: Ingestor
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    waiting: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def produce(self, records: Sequence[Outgoing], timeout_s: float = 2.0) -> None:
        self.cell.topics.produce(records, 30.0)
        with self._counting:
            self.waiting += len(records)

    def post(self, *bodies: bytes, **headers: str) -> list[int]:
        """Post them, many at a time; the statuses."""
        return asyncio.run(self._post(bodies, headers))

    def settle(self) -> None:
        """Until everything that was taken is an event, and shown."""
        until = time.monotonic() + 60
        while self.waiting > 0:
            self.waiting -= self.ingestor.step(5.0)
            assert time.monotonic() < until, f"{self.waiting} records never came"
        while self.projectors.round():
            pass

    def kept(self) -> dict[str, int]:
        """How many rows there are of each kind."""
        return {table: self.cell.rows(f"select count(*) from {table}")[0][0] for table in TABLES}

    def lines(self) -> list[dict[str, Any]]:
        rows = self.cell.rows("select to_jsonb(t) from timeline t order by sent_at, position")
        return [row[0] for row in rows]

    async def _post(self, bodies: Sequence[bytes], headers: dict[str, str]) -> list[int]:
        app = FastAPI()
        app.include_router(webhook_routes(cast(Any, self), (SECRET,), "token", lambda: self.at))
        turn = asyncio.Semaphore(AT_ONCE if len(bodies[0]) < LARGE_BYTES else AT_ONCE_LARGE)

        async def one(raw: bytes) -> int:
            signed = {"X-Hub-Signature-256": signature(raw)} | headers
            async with turn:
                status = await _posted(app, raw, signed)
                for _ in range(20):
                    if status != 503:
                        break
                    status = await _posted(app, raw, signed)  # as Meta does, on a machine that is too busy
                return status

        return list(await asyncio.gather(*map(one, bodies)))


async def _posted(app: FastAPI, raw: bytes, headers: dict[str, str]) -> int:
    """One request straight into the application: a client of HTTP would take most of the time."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/webhooks/whatsapp",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, send)
    return status


@pytest.fixture
def front(database_url: str) -> Iterator[Front]:
    with opened(database_url) as cell, follower_pool(database_url, name="tests") as pool:
        ingestor = cell.ingestor()
        try:
            yield Front(cell, Projectors(pool, cell.log), ingestor)
        finally:
            ingestor.close()


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_what_is_bad_is_kept_for_what_it_is_and_harms_nobody(
    front: Front, bad: Bad, capfd: pytest.CaptureFixture[str]
) -> None:
    assert front.post(bad.alone("alone")) == [200]
    front.settle()
    alone = front.kept()
    assert alone == dict.fromkeys(TABLES, 0) | bad.kept
    assert all(bad.shows(line) for line in front.lines())

    between = bad.between("between", good("before", "antes"), good("after", "depois"))
    assert set(front.post(*between)) == {200}
    front.settle()
    said = [line["text"] for line in front.lines()]
    assert {"antes", "depois"} <= set(said), "the good ones came through"
    if bad.kept_in_thread is not None:
        assert all(bad.shows(line) for line in front.lines())
    again = {} if bad.same_every_time else bad.kept_in_thread or bad.kept
    assert front.kept() == {t: alone[t] + again.get(t, 0) + 2 * (t == "timeline") for t in TABLES}

    before, raw = front.kept(), bad.alone("between")
    times = TIMES if len(raw) < LARGE_BYTES else TIMES_LARGE
    capfd.readouterr()
    for part in (times // 5, times - times // 5):
        stands = memory()
        assert set(front.post(*[raw] * part)) == {200}
        front.settle()
    assert front.kept() == before, "a repeat leaves nothing more"
    assert len("".join(capfd.readouterr()).splitlines()) <= MOST_LINES
    assert memory() - stands < MOST_BYTES


def _signed_as(value: str) -> Callable[[bytes], dict[str, str]]:
    return lambda raw: {"X-Hub-Signature-256": value}


REFUSED: list[tuple[str, int, Callable[[bytes], dict[str, str]]]] = [
    ("B004 no signature", 401, _signed_as("")),
    ("B005 an empty one", 401, _signed_as("sha256=")),
    ("B005 another kind", 401, _signed_as("sha1=" + "a" * 40)),
    ("B005 63 digits", 401, _signed_as("sha256=" + "a" * 63)),
    ("B005 65 digits", 401, _signed_as("sha256=" + "a" * 65)),
    ("B005 upper case", 401, lambda raw: {"X-Hub-Signature-256": signature(raw).upper()}),
    ("B005 two in one", 401, lambda raw: {"X-Hub-Signature-256": f"{signature(raw)},{signature(raw)}"}),
    ("B007 of the body as we would write it", 401, lambda raw: _signed_as(signature(raw + b"\n"))(raw)),
    ("B017 compressed", 415, lambda raw: {"Content-Encoding": "gzip"}),
]


@pytest.mark.parametrize(("name", "status", "headers"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_refused_leaves_nothing_but_a_number(
    front: Front,
    name: str,
    status: int,
    headers: Callable[[bytes], dict[str, str]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    raw = body([good("bad", "não")])
    assert front.post(body([good("before", "antes")])) == [200]
    stands = memory()
    capfd.readouterr()
    assert set(front.post(*[raw] * TIMES, **headers(raw))) == {status}
    assert front.post(body([good("after", "depois")])) == [200]
    front.settle()
    assert [line["text"] for line in front.lines()] == ["antes", "depois"]
    assert front.kept() == dict.fromkeys(TABLES, 0) | {"timeline": 2}
    assert len("".join(capfd.readouterr()).splitlines()) <= MOST_LINES
    assert memory() - stands < MOST_BYTES


def test_the_same_body_a_day_and_a_year_later_is_no_new_event(front: Front) -> None:
    """B011"""
    raw = body([good("w1", "oi")])
    for days in (0, 1, 365):
        front.at += timedelta(days=days)
        assert front.post(raw) == [200]
        front.settle()
    assert [line["text"] for line in front.lines()] == ["oi"]


def test_the_first_text_of_a_message_stands_and_another_is_kept_for_the_audit(front: Front) -> None:
    """B013, also when the process that took the first one is long gone."""
    front.post(body([good("w1", "primeiro")]))
    front.settle()
    for _ in range(2):
        front.ingestor.close()
        front.ingestor = front.cell.ingestor()
        front.post(body([good("w1", "outro")]), body([good("w1", "primeiro")]))
        front.settle()
    assert [line["text"] for line in front.lines()] == ["primeiro"]
    assert front.cell.rows("select field from notices") == [("conflict",)]


def test_escaped_and_literal_characters_are_each_signed_over_their_own_bytes(front: Front) -> None:
    """B008"""
    literal = good("w1", "olá").replace("\\u00e1", "á")
    assert front.post(body([good("w2", "olá")]), body([literal])) == [200, 200]
    front.settle()
    assert [line["text"] for line in front.lines()] == ["olá", "olá"]


@pytest.mark.parametrize("kind", ["text/plain", "", "multipart/form-data; boundary=x", "application/xml"])
def test_the_declared_type_is_not_trusted(front: Front, kind: str) -> None:
    """B016"""
    assert set(front.post(*[body([good("w1", "oi")])] * TIMES, **{"Content-Type": kind})) == {200}
    front.settle()
    assert [line["text"] for line in front.lines()] == ["oi"]


def test_of_a_thousand_in_one_body_one_bad_one_is_set_aside(front: Front) -> None:
    """B034"""
    said = [good(f"w{n}", f"{n}", f"55209111{n % 40:05}") for n in range(1_000)]
    said[500] = '{"from":"5520911100001","id":"w500","id":"w501"}'
    assert front.post(body(said)) == [200]
    front.settle()
    assert {line["text"] for line in front.lines()} == {f"{n}" for n in range(1_000) if n != 500}
    assert front.kept()["quarantine"] == 1


def test_entries_changes_messages_and_statuses_of_two_numbers_come_apart(front: Front) -> None:
    """B034"""
    from services.commands.installation import InstallationCommands

    other = "200000000000002"
    InstallationCommands(front.cell.log).add_channel(front.cell.tenant_id, other, "Segundo", "portfolio")
    values = [
        body(
            [good(f"{number}-{n}", "oi"), f"{n}"],
            [f'{{"id":"s-{number}-{n}","status":"sent"}}'],
            number=number,
        )
        for number in (traffic.NUMBER, other)
        for n in range(2)
    ]
    entries = [raw[raw.index(b'[{"id"') + 1 : -2] for raw in values]
    mixed = b'{"object":"whatsapp_business_account","entry":[' + b",".join(entries) + b"]}"
    assert front.post(mixed) == [200]
    front.settle()
    assert front.kept() == {"timeline": 4, "quarantine": 4, "orphans": 4, "notices": 0}
    per_channel = "select count(distinct conversation_id) from events where topic = 'conversation.started'"
    assert front.cell.rows(per_channel) == [(2,)]


def test_ten_thousand_reactions_leave_the_last_one(front: Front) -> None:
    """B037"""
    front.post(body([good("w1", "oi")]))
    front.settle()
    for page in range(10):
        shown = [
            traffic.reaction(f"r{n}", "w1", "👍" if n % 2 else "❤️", CUSTOMER, traffic.START + n)
            for n in range(page * 1_000, (page + 1) * 1_000)
        ]
        assert front.post(traffic.body(shown)) == [200]
        front.settle()
    assert [line["reactions"] for line in front.lines()] == [{"contact": "👍"}]
    assert len(front.cell.facts(ReactionChanged)) <= 10_000
    assert len(front.cell.facts(MessageReceived)) == 1


BROKEN_HTTP = {
    "two lengths": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths that differ": b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n123456",
    "a chunk that is none": b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "line ends of one sign": b"Content-Length: 2\n\n{}",
    "a header of 100 kB": b"X-Long: " + b"a" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n",
    "headers of 100 kB": b"".join(b"X-%d: %s\r\n" % (n, b"a" * 1000) for n in range(100)) + b"\r\n",
    "headers of 40 kB": b"X-Long: " + b"a" * 40_000 + b"\r\nContent-Length: 0\r\n\r\n",
    "a header without end": b"X-Long: " + b"a" * 20_000_000,
}


@pytest.mark.parametrize("rest", BROKEN_HTTP.values(), ids=BROKEN_HTTP)
def test_http_that_two_servers_could_read_differently_is_refused(
    office: Office, rest: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """B043, on the real server: what follows on the connection is no request of its own."""
    place = urlsplit(office.url)
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    stands = memory()
    capfd.readouterr()
    for _ in range(TIMES if len(rest) < LARGE_BYTES else TIMES_LARGE):
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=5) as connection:
            head = b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\n"
            with suppress(ConnectionError):
                connection.sendall(head + rest + smuggled)
            answered = _everything(connection)
        # Whoever still sends when the door closes may not hear why.
        assert not answered or answered.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 431 ")), answered[:200]
        assert answered or len(rest) > MAX_HEAD_BYTES
        assert answered.count(b"HTTP/1.1 ") <= 1
    assert office.client().get("/healthz").status_code == 200
    assert len("".join(capfd.readouterr()).splitlines()) <= MOST_LINES
    assert memory() - stands < MOST_BYTES


def _everything(connection: socket.socket) -> bytes:
    parts = []
    with suppress(ConnectionError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)
