"""Streams are limited per person, per service and in all; whoever opens one too many ends their oldest."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from services.access.tokens import issue_token
from services.http.edge.protocol import ConnectionLimits
from services.http.live import stream_hub
from services.http.live.stream_hub import MAX_OF_ONE
from tests.support.office import Office, Watcher, serving, settings_for
from tests.support.waiting import until


def opened(url: str, headers: str, held: ExitStack) -> socket.socket:
    """A stream, as soon as its first event is here."""
    where = urlsplit(url)
    client = held.enter_context(socket.create_connection((where.hostname or "", where.port or 80), 10))
    client.sendall(f"GET /v1/stream HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n".encode())
    received = b""
    while b"event: " not in received:
        part = client.recv(65536)
        assert part, received
        received += part
    return client


def rest(client: socket.socket) -> bytes:
    """All that comes until the server ends the stream."""
    received = b""
    while not received.endswith(b"0\r\n\r\n") and (part := client.recv(65536)):
        received += part
    return received


def metric(url: str, name: str) -> float:
    lines = httpx2.get(f"{url}/metrics").text.splitlines()
    return next((float(line.split()[-1]) for line in lines if line.startswith(name)), 0.0)


@pytest.fixture
def url(office: Office, tmp_path: Path) -> Iterator[str]:
    limits = ConnectionLimits(in_all=2_000, per_address=2_000)
    with serving(settings_for(office.cell.url, tmp_path), limits) as url:
        yield url


def cookie(office: Office, name: str) -> str:
    return f"Cookie: balcao_session={office.login(name).cookies['balcao_session']}"


@pytest.mark.parametrize("sessions", [1, 5])
def test_five_hundred_streams_of_a_person_leave_the_newest_twenty(
    office: Office, url: str, sessions: int
) -> None:
    cookies = [cookie(office, "ana") for _ in range(sessions)]
    with ExitStack() as held:
        bruno = opened(url, cookie(office, "bruno"), held)
        streams = [opened(url, cookies[n % sessions], held) for n in range(500)]
        until("twenty and one", lambda: metric(url, "balcao_live_streams ") == MAX_OF_ONE + 1)
        assert all(b"event: superseded" in rest(stream) for stream in streams[:-MAX_OF_ONE])
        office.customer_writes("oi")
        for stream in (bruno, *streams[-MAX_OF_ONE:]):
            while b"oi" not in stream.recv(65536):
                pass
    until("all to be gone", lambda: metric(url, "balcao_live_streams ") == 0)


def test_a_service_has_its_own_limit(office: Office, url: str) -> None:
    tokens = [issue_token(office.cell.url, office.cell.tenant_id, name) for name in ("a", "b")]
    before = metric(url, 'balcao_live_streams_closed_total{limit="of one"}')
    with ExitStack() as held:
        first, _ = (opened(url, f"Authorization: Bearer {token}", held) for token in tokens)
        for _ in range(MAX_OF_ONE):
            opened(url, f"Authorization: Bearer {tokens[0]}", held)
        assert b"event: superseded" in rest(first)
        assert metric(url, "balcao_live_streams ") == MAX_OF_ONE + 1
    assert metric(url, 'balcao_live_streams_closed_total{limit="of one"}') == before + 1


def test_beyond_the_limit_of_the_process_a_stream_is_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_hub, "MAX_STREAMS", 2)
    ana, bruno = office.login("ana"), office.login("bruno")
    watchers = [Watcher(ana), Watcher(bruno)]
    refused = office.login("clara").get("/v1/stream")
    assert (refused.status_code, refused.json()["code"]) == (503, "too_many_streams")
    assert int(refused.headers["retry-after"]) > 0
    assert bruno.get("/v1/tickets").status_code == 200
    for watcher in watchers:
        watcher.leave()
