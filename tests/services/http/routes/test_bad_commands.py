"""Bad commands and bad viewers, a thousand times between good ones: nothing grows, nothing is written.

What each gets alone stands in `test_commands` and `test_stream`; `docs/bad-input.md` names the rows.
"""

import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from adapters.postgres.agents.sessions import PostgresServiceTokens, ServiceToken
from adapters.postgres.connection.pool import QueryPool
from services.access.access import hash_of
from services.http.live import stream_hub
from tests.services.http.actions import send, take
from tests.support.memory import MOST_BYTES, memory
from tests.support.office import Office, Watcher

TIMES = 1_000
MOST_LINES = 20

Ask = Callable[[httpx2.Client, Any, Any], httpx2.Response]

COMMANDS: dict[str, tuple[int, Ask]] = {
    "B052 no key": (400, lambda client, thread, who: send(client, thread, "oi", None)),
    "B055 an empty key": (400, lambda client, thread, who: send(client, thread, "oi", "")),
    "B055 a key of 10 kB": (400, lambda client, thread, who: send(client, thread, "oi", "k" * 10_000)),
    "B056 no version": (428, lambda client, thread, who: take(client, thread, who, None)),
    "B056 an old version": (409, lambda client, thread, who: take(client, thread, who, '"1"')),
    "B056 a version of the future": (409, lambda client, thread, who: take(client, thread, who, '"99"')),
    "B056 no number": (400, lambda client, thread, who: take(client, thread, who, '"abc"')),
    "B056 2^63": (400, lambda client, thread, who: take(client, thread, who, f'"{2**63}"')),
    "B058 nothing to read": (422, lambda client, thread, who: send(client, thread, "\u200b")),
    "B058 too long": (422, lambda client, thread, who: send(client, thread, "x" * 4097)),
    "B058 NUL": (422, lambda client, thread, who: send(client, thread, "a\x00b")),
}


@pytest.mark.parametrize(("status", "ask"), COMMANDS.values(), ids=COMMANDS)
def test_a_thousand_refused_commands_write_nothing(
    office: Office, status: int, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    ana, thread, bruno = office.login("ana"), office.customer_writes("oi"), office.people["bruno"]
    assert send(ana, thread, "antes", "before").status_code == 202
    head, kept, stands = office.cell.log.head(), _answers_kept(office), memory()
    capfd.readouterr()
    for _ in range(TIMES):
        assert ask(ana, thread, bruno).status_code == status
    assert (office.cell.log.head(), _answers_kept(office)) == (head, kept)
    assert len("".join(capfd.readouterr()).splitlines()) <= MOST_LINES
    assert memory() - stands < MOST_BYTES
    assert send(ana, thread, "depois", "after").status_code == 202


def test_the_same_command_a_thousand_times_is_one(office: Office) -> None:
    """B053, and B059: taking what is mine."""
    ana, thread, me = office.login("ana"), office.customer_writes("oi"), office.people["ana"]
    first = send(ana, thread, "uma vez", "the-key")
    assert take(ana, thread, me, '"3"').status_code == 200
    head, kept = office.cell.log.head(), _answers_kept(office)
    for _ in range(TIMES):
        again = send(ana, thread, "uma vez", "the-key")
        assert (again.status_code, again.text) == (202, first.text)
        assert take(ana, thread, me, '"3"').status_code == 200
    assert (office.cell.log.head(), _answers_kept(office)) == (head, kept)


VIEWERS: dict[str, tuple[int, dict[str, str]]] = {
    "B118 nobody": (401, {}),
    "B118 no token of ours": (401, {"Authorization": "Bearer x"}),
    "B118 expired": (401, {"Authorization": "Bearer a secret of long ago"}),
    "B119 another site": (403, {"Origin": "https://evil.example", "Cookie": "{cookie}"}),
}


@pytest.mark.parametrize(("status", "headers"), VIEWERS.values(), ids=VIEWERS)
def test_a_thousand_who_may_not_watch_leave_nothing_open(
    office: Office, status: int, headers: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    with QueryPool(office.cell.url, 1, "tokens") as pool:
        token = ServiceToken(office.cell.tenant_id, "old")
        PostgresServiceTokens(pool).issue(hash_of("a secret of long ago"), token, timedelta(seconds=-1))
    ana = office.login("ana")
    cookie = f"balcao_session={ana.cookies['balcao_session']}"
    given = {name: value.replace("{cookie}", cookie) for name, value in headers.items()}
    nobody, watcher = office.client(), Watcher(ana)
    stands = memory()
    capfd.readouterr()
    for _ in range(TIMES):
        assert nobody.get("/v1/stream", headers=given).status_code == status
    assert len("".join(capfd.readouterr()).splitlines()) <= MOST_LINES
    assert memory() - stands < MOST_BYTES
    assert "balcao_live_streams 1.0" in nobody.get("/metrics").text, "only the one who may"
    office.customer_writes("oi")
    assert not watcher.closed.is_set()


FRAMES = [
    b"not json",
    b"\x81\xfe\x00\x00",
    b"{}",
    b'{"event":"base"}',
    b'{"event":"__init__"}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("frame", FRAMES, ids=range(len(FRAMES)))
def test_nothing_that_a_viewer_sends_is_read(office: Office, frame: bytes) -> None:
    """B122: the stream goes one way; there are no frames to read, and no upgrade to a socket that has."""
    ana = office.login("ana")
    place = urlsplit(office.url)
    cookie = f"balcao_session={ana.cookies['balcao_session']}"
    upgrade = (
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n"
    )
    for more in ("", upgrade):
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=5) as connection:
            head = f"GET /v1/stream HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {cookie}\r\n{more}\r\n"
            connection.sendall(head.encode() + frame)
            answered = connection.recv(65_536)
            assert answered.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 400 ")), answered
            assert b"101 Switching" not in answered
            assert b"Traceback" not in answered
    assert ana.post("/v1/stream", content=frame).status_code in (403, 405, 413)
    assert ana.get("/v1/me").status_code == 200


def test_a_sign_of_life_comes_before_any_proxy_gives_up() -> None:
    """B127"""
    assert stream_hub.HEARTBEAT_S <= 25


def _answers_kept(office: Office) -> int:
    return int(office.cell.rows("select count(*) from idempotency")[0][0])
