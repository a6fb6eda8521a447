"""Idle and slow clients hold nothing up, and what a proxy says counts only when it is ours."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from services.http.edge.callers import COOKIE, HOST_ONLY
from services.http.edge.protocol import LEAST_BODY_BYTES, ConnectionLimits, limits_of_process
from tests.support.office import WORD, Office, serving, settings_for
from tests.support.waiting import until

SOON_S = 0.6
MOST = 6
LOGIN = (
    b"POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n"
)
WEBHOOK = b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
ALIVE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def url(office: Office, tmp_path: Path) -> Iterator[str]:
    """The API with short times and few connections."""
    limits = ConnectionLimits(in_all=MOST, head_s=SOON_S, body_s=SOON_S)
    with serving(settings_for(office.cell.url, tmp_path), limits) as url:
        yield url


@contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    where = urlsplit(url)
    assert where.hostname is not None
    with socket.create_connection((where.hostname, where.port or 80), timeout=10) as client:
        yield client


def rest(client: socket.socket) -> bytes:
    """All that comes until the server closes."""
    received = b""
    with suppress(ConnectionError):
        while part := client.recv(65536):
            received += part
    return received


def is_served(client: socket.socket) -> None:
    """Ask, and read the whole answer."""
    client.sendall(ALIVE)
    received = b""
    while not received.endswith(b'{"status":"ok"}'):
        part = client.recv(65536)
        assert part, received
        received += part


def counted(metrics: httpx2.Response, limit: str) -> float:
    lines = metrics.text.splitlines()
    wanted = f'balcao_http_refused_total{{limit="{limit}"}}'
    return next((float(line.split()[-1]) for line in lines if line.startswith(wanted)), 0.0)


def nothing(client: socket.socket) -> None:
    """Connect, and no more."""


def half_a_head(client: socket.socket) -> None:
    client.sendall(b"GET /")


def drips(client: socket.socket) -> None:
    with suppress(ConnectionError):
        for byte in b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 1_000:
            client.sendall(bytes([byte]))
            time.sleep(SOON_S / 10)


def second_head_drips(client: socket.socket) -> None:
    is_served(client)
    drips(client)


def half_a_login(client: socket.socket) -> None:
    client.sendall(LOGIN + b"{")


def half_a_webhook(client: socket.socket) -> None:
    client.sendall(WEBHOOK % 200_000 + b"x" * 100_000)


SLOW = [nothing, half_a_head, drips, second_head_drips, half_a_login, half_a_webhook]


@pytest.mark.parametrize("slow", SLOW)
def test_a_client_that_stops_in_the_middle_is_closed(url: str, slow: Callable[[socket.socket], None]) -> None:
    before = counted(httpx2.get(f"{url}/metrics"), "time")
    with connected(url) as client:
        slow(client)
        assert rest(client).count(b"408 Request Timeout") == (slow is not nothing)
    until("the count", lambda: counted(httpx2.get(f"{url}/metrics"), "time") == before + 1)


def test_a_slow_but_steady_upload_is_taken(url: str) -> None:
    with connected(url) as client:
        client.sendall(WEBHOOK % (4 * LEAST_BODY_BYTES))
        for _ in range(4):
            time.sleep(SOON_S / 2)
            client.sendall(b"x" * LEAST_BODY_BYTES)
        assert b"401" in client.recv(65536)


def test_a_connection_between_two_requests_may_rest(url: str) -> None:
    with connected(url) as client:
        for _ in range(2):
            is_served(client)
            time.sleep(SOON_S * 1.5)


def test_more_connections_than_there_is_room_for_are_closed_and_counted(url: str) -> None:
    with ExitStack() as held:
        clients = [held.enter_context(connected(url)) for _ in range(MOST)]
        for client in clients:
            is_served(client)
        with connected(url) as more:
            assert rest(more) == b""
        clients[0].close()
        until("room for another", lambda: counted(httpx2.get(f"{url}/metrics"), "in all") >= 1)


def test_an_address_that_takes_all_leaves_room_for_others(office: Office, tmp_path: Path) -> None:
    limits = ConnectionLimits(in_all=MOST * 2, per_address=MOST)
    with serving(settings_for(office.cell.url, tmp_path), limits) as url, ExitStack() as held:
        for _ in range(MOST):
            client = held.enter_context(connected(url))
            is_served(client)
        with connected(url) as more:
            assert rest(more) == b""
        transport = httpx2.HTTPTransport(local_address="127.0.0.2")
        with httpx2.Client(base_url=url, transport=transport) as another:
            assert another.get("/healthz").status_code == 200
            assert counted(another.get("/metrics"), "per address") == 1


def test_eleven_hundred_idle_connections_leave_page_and_webhook_answering(
    office: Office, tmp_path: Path
) -> None:
    settings = settings_for(office.cell.url, tmp_path)
    limits = limits_of_process(())
    if limits.in_all < 2 * 1_100:
        pytest.skip("the hard limit of open files is too low for both ends of so many connections")
    with serving(settings, limits) as url, ExitStack() as held:
        port = urlsplit(url).port
        for n in range(1_100):
            source = (f"127.0.0.{2 + n % 5}", 0)
            client = held.enter_context(socket.create_connection(("127.0.0.1", port), 10, source))
            client.sendall((b"", b"GET / ", LOGIN + b"{")[n % 3])
        for path, status in (("/healthz", 200), ("/v1/session/options", 200), ("/v1/me", 401)):
            assert httpx2.get(f"{url}{path}", timeout=2).status_code == status
        assert httpx2.post(f"{url}/webhooks/whatsapp", content=b"{}", timeout=2).status_code == 401


def test_a_proxy_of_ours_may_hold_more(office: Office, tmp_path: Path) -> None:
    limits = ConnectionLimits(in_all=MOST * 2, per_address=MOST, proxies=["127.0.0.0/8"])
    with serving(settings_for(office.cell.url, tmp_path), limits) as url, ExitStack() as held:
        for _ in range(MOST + 1):
            client = held.enter_context(connected(url))
            is_served(client)


@pytest.mark.parametrize(("trusted", "locked_out"), [((), True), (("127.0.0.1",), False)])
def test_the_address_of_a_client_is_what_a_proxy_of_ours_says(
    office: Office, tmp_path: Path, trusted: tuple[str, ...], locked_out: bool
) -> None:
    settings = settings_for(office.cell.url, tmp_path, trusted_proxies=trusted)
    with serving(settings) as url:
        wrong = {"email": "ana@example.com", "password": "x"}
        stranger = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}
        tries = [httpx2.post(f"{url}/v1/session", json=wrong, headers=stranger) for _ in range(11)]
        assert [answer.status_code for answer in tries] == [401] * 10 + [429]
        right = {"email": "ana@example.com", "password": WORD}
        # Only the last address is the proxy's word; those before it are the client's own.
        ana = {"X-Forwarded-For": "203.0.113.9, 192.0.2.4"}
        answer = httpx2.post(f"{url}/v1/session", json=right, headers=ana)
        assert answer.status_code == (429 if locked_out else 200)


def test_over_https_no_other_host_can_set_the_cookie(office: Office, tmp_path: Path) -> None:
    settings = settings_for(office.cell.url, tmp_path, public_url="https://desk.example")
    with serving(settings) as url:
        right = {"email": "ana@example.com", "password": WORD}
        answer = httpx2.post(f"{url}/v1/session", json=right, headers={"Origin": "https://desk.example"})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{HOST_ONLY}{COOKIE}=")
        assert {"Secure", "Path=/", "HttpOnly"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        secret = cookie.partition("=")[2].partition(";")[0]
        planted = httpx2.get(f"{url}/v1/me", headers={"Cookie": f"{COOKIE}={secret}"})
        assert planted.status_code == 401
        own = httpx2.get(f"{url}/v1/me", headers={"Cookie": f"{HOST_ONLY}{COOKIE}={secret}"})
        assert own.status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://desk:8443"}, 200),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://desk.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://desk.example"}, 403),
        ({"Origin": "https://desk.example"}, 200),
        ({"Origin": "https://desk.example:8443"}, 403),
        ({"Origin": "https://desk.example.evil.example"}, 403),
    ],
)
def test_the_browsers_word_decides_and_then_our_own_address(
    office: Office, tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    settings = settings_for(office.cell.url, tmp_path, public_url="https://desk.example")
    with serving(settings) as url:
        right = {"email": "ana@example.com", "password": WORD}
        assert httpx2.post(f"{url}/v1/session", json=right, headers=headers).status_code == status
