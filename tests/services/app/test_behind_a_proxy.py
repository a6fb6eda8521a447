"""A real nginx and a real Caddy before the API, set up as the operations page says."""

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from services.app.doctor import findings
from services.app.public_address import NotOurs, examine_public_address
from services.runtime.settings import Settings
from tests.services.http.actions import send
from tests.services.simulator.receiver import Receiver
from tests.support.certificates import Authority
from tests.support.office import SECRET, WORD, Office, serving, settings_for
from tests.support.servers import find_program
from tests.support.traffic import body, signature, text
from tests.support.waiting import free_port, until

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"
STREAMED_WITHIN_S = 5.0


@dataclass(frozen=True)
class Ports:
    """Where a proxy listens."""

    https: int
    http: int

    @property
    def public(self) -> str:
        return f"https://127.0.0.1:{self.https}"


Proxy = Callable[[str, Ports, Path, dict[str, str]], AbstractContextManager[None]]


@contextmanager
def nginx(api: str, ports: Ports, folder: Path, changed: dict[str, str]) -> Iterator[None]:
    """The blocks of the operations page, with other addresses, and `changed`."""
    written = example(
        "nginx",
        {
            "listen 80;": f"listen 127.0.0.1:{ports.http};",
            "listen 443 ssl;": f"listen 127.0.0.1:{ports.https} ssl;",
            "/etc/ssl/desk.pem": str(folder / "desk.crt"),
            "/etc/ssl/desk.key": str(folder / "desk.key"),
            "https://$host$request_uri;": f"https://$host:{ports.https}$request_uri;",
            "http://127.0.0.1:8000;": f"{api};",
            **changed,
        },
    )
    paths = "\n".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off;\npid {folder}/nginx.pid;\nerror_log stderr warn;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{paths}\n{written}}}\n"
    )
    with _running([find_program("nginx"), "-c", str(file), "-e", "stderr"], ports):
        yield


@contextmanager
def caddy(api: str, ports: Ports, folder: Path, changed: dict[str, str]) -> Iterator[None]:
    """As `nginx`; with a certificate of ours, because nobody vouches for 127.0.0.1."""
    certificate = f"    tls {folder}/desk.crt {folder}/desk.key\n"
    written = example(
        "caddy",
        {
            "desk.example.com {\n": f"{ports.public} {{\n    bind 127.0.0.1\n{certificate}",
            "127.0.0.1:8000": api.removeprefix("http://"),
            **changed,
        },
    )
    file = folder / "Caddyfile"
    ours = f"admin off\n    http_port {ports.http}\n    https_port {ports.https}\n    default_bind 127.0.0.1"
    file.write_text(f"{{\n    {ours}\n}}\n{written}")
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = [find_program("caddy"), "run", "--adapter", "caddyfile", "--config", str(file)]
    with _running(command, ports, home):
        yield


PROXIES: dict[str, Proxy] = {"nginx": nginx, "caddy": caddy}


@pytest.fixture
def ports() -> Ports:
    return Ports(free_port(), free_port())


@pytest.fixture
def trusted(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What a client needs to trust the proxy; in the environment, too."""
    authority = Authority(data_folder)
    authority.pair("desk")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return ssl.create_default_context(cafile=str(authority.file))


@pytest.mark.parametrize("proxy", PROXIES)
def test_behind_a_proxy_everything_works_and_clients_are_told_apart(
    office: Office, tmp_path: Path, data_folder: Path, ports: Ports, trusted: ssl.SSLContext, proxy: str
) -> None:
    public = ports.public
    settings = settings_for(office.cell.url, tmp_path, public_url=public, trusted_proxies=("127.0.0.1",))
    with (
        serving(settings) as api,
        PROXIES[proxy](api, ports, data_folder, {}),
        client_at("127.0.0.2", public, trusted) as ana,
        client_at("127.0.0.3", public, trusted) as stranger,
    ):
        logged_in = login(ana, "ana", WORD)
        assert logged_in.status_code == 200
        assert logged_in.headers["set-cookie"].startswith("__Host-")
        assert "Secure" in logged_in.headers["set-cookie"]
        assert logged_in.headers["strict-transport-security"].startswith("max-age=")

        conversation = office.customer_writes("oi")
        seen, opened = list[str](), threading.Event()
        reading = threading.Thread(target=read_stream, args=[ana, seen, opened], daemon=True)
        reading.start()
        assert opened.wait(STREAMED_WITHIN_S), "the stream does not come through"
        sent = send(ana, conversation, "bom dia")
        assert sent.status_code == 202
        message_id = sent.json()["message_id"]
        until("it on the stream", lambda: any(message_id in line for line in seen), STREAMED_WITHIN_S)

        raw = body([text(f"wamid.{proxy}", "oi", at=int(time.time()))]) + b" " * 2_000_000
        signed = {"X-Hub-Signature-256": signature(raw, SECRET)}
        assert stranger.post("/webhooks/whatsapp", content=raw, headers=signed).status_code == 200

        foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
        refused = ana.post(
            f"/v1/conversations/{conversation}/messages",
            json={"type": "text", "text": "x"},
            headers=foreign,
        )
        assert (refused.status_code, refused.json()["code"]) == (403, "cross_site")

        # What a client says of its own address counts for nothing.
        tries = [login(stranger, "bruno", "x", f"198.51.100.{n}") for n in range(11)]
        assert [answer.status_code for answer in tries] == [401] * 10 + [429]
        with client_at("127.0.0.2", public, trusted) as bruno:
            assert login(bruno, "bruno", WORD).status_code == 200
        # Nor is a metric for whoever comes from this machine through a proxy.
        assert stranger.get("/metrics").status_code == 401

        assert doubts(settings, office, ports) == []
        (found,) = [finding for finding in findings(settings) if finding.what == "public address"]
        assert (found.ok, found.advice) == (True, "")


def test_a_proxy_that_does_not_pass_on_the_host_stops_no_command(
    office: Office, tmp_path: Path, data_folder: Path, ports: Ports, trusted: ssl.SSLContext
) -> None:
    public = ports.public
    settings = settings_for(office.cell.url, tmp_path, public_url=public, trusted_proxies=("127.0.0.1",))
    without_host = {"proxy_set_header Host $http_host;": ""}
    with (
        serving(settings) as api,
        nginx(api, ports, data_folder, without_host),
        client_at("127.0.0.2", public, trusted) as ana,
    ):
        assert login(ana, "ana", WORD).status_code == 200
        conversation = office.customer_writes("oi")
        assert send(ana, conversation, "um navegador antigo, que só diz Origin").status_code == 202
        ana.headers |= {"Sec-Fetch-Site": "same-origin"}
        assert send(ana, conversation, "um novo", "outra").status_code == 202
        (doubt,) = doubts(settings, office, ports)
        assert "does not pass on Host" in doubt


@pytest.mark.parametrize(
    ("changed", "configured", "told"),
    [
        (
            {"proxy_http_version 1.1;": "proxy_http_version 1.1; proxy_ignore_headers X-Accel-Buffering;"},
            {},
            "buffers what is streamed",
        ),
        ({}, {"trusted_proxies": ()}, "all clients have the proxy's address"),
        (
            {"proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;": ""},
            {},
            "the proxy sends no X-Forwarded-For",
        ),
        ({"proxy_set_header X-Forwarded-Proto $scheme;": ""}, {}, "the proxy sends no X-Forwarded-Proto"),
        ({"return 308 ": "return 200; #"}, {}, "instead of leading to https"),
        ({}, {"public_url": "https://desk.example.com"}, "has another BALCAO_PUBLIC_URL"),
    ],
)
def test_the_doctor_tells_what_is_wrong_with_a_proxy(
    office: Office,
    tmp_path: Path,
    data_folder: Path,
    ports: Ports,
    trusted: ssl.SSLContext,
    changed: dict[str, str],
    configured: dict[str, object],
    told: str,
) -> None:
    right = {"public_url": ports.public, "trusted_proxies": ("127.0.0.1",)}
    settings = settings_for(office.cell.url, tmp_path, **right)
    running = settings_for(office.cell.url, tmp_path, **{**right, **configured})
    with serving(running) as api, nginx(api, ports, data_folder, changed):
        assert any(told in doubt for doubt in doubts(settings, office, ports))


def test_the_doctor_tells_what_is_wrong_with_the_address(
    office: Office, tmp_path: Path, data_folder: Path, ports: Ports, trusted: ssl.SSLContext
) -> None:
    settings = settings_for(office.cell.url, tmp_path, public_url=ports.public)
    (doubt,) = doubts(settings, office, ports)
    assert "does not answer here" in doubt

    api = f"http://127.0.0.1:{free_port()}"
    with nginx(api, ports, data_folder, {}):
        (doubt,) = doubts(settings, office, ports)
        assert "the proxy does not reach `balcao api`" in doubt
    receiver = Receiver()
    with nginx(receiver.url.removesuffix("/webhooks/whatsapp"), ports, data_folder, {}):
        (doubt,) = doubts(settings, office, ports)
        assert "is it Balcão" in doubt
    receiver.close()
    Authority(data_folder, "another").pair("desk")
    with serving(settings) as api, nginx(api, ports, data_folder, {}):
        (doubt,) = doubts(settings, office, ports)
        assert "no browser trusts" in doubt
        with pytest.raises(NotOurs, match="another installation"):
            list(examine_public_address(plain(settings, api), "another-log"))


def plain(settings: Settings, api: str) -> Settings:
    return settings.model_copy(update={"public_url": api})


def doubts(settings: Settings, office: Office, ports: Ports) -> list[str]:
    """What the doctor says of the public address."""
    try:
        return list(examine_public_address(settings, office.cell.log.log_id(), ports.http))
    except NotOurs as wrong:
        return [str(wrong)]


def example(kind: str, replaced: dict[str, str]) -> str:
    """The example of the page with other words in some places."""
    text = PAGE.read_text().partition(f"```{kind}\n")[2].partition("```")[0]
    for written, wanted in replaced.items():
        assert written in text, f"the page has another example now: {written}"
        text = text.replace(written, wanted)
    return text


@contextmanager
def _running(command: list[str], ports: Ports, more: dict[str, str] | None = None) -> Iterator[None]:
    process = subprocess.Popen(command, env={"PATH": "/usr/bin:/bin", **(more or {})})
    try:
        until("the proxy", lambda: _listens(ports.https))
        yield
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def client_at(address: str, public: str, trusted: ssl.SSLContext) -> httpx2.Client:
    """A browser at an address of its own."""
    transport = httpx2.HTTPTransport(verify=trusted, local_address=address)
    return httpx2.Client(base_url=public, transport=transport, timeout=10, headers={"Origin": public})


def login(client: httpx2.Client, name: str, password: str, claims: str = "") -> httpx2.Response:
    headers = {"X-Forwarded-For": claims} if claims else {}
    person = {"email": f"{name}@example.com", "password": password}
    return client.post("/v1/session", json=person, headers=headers)


def read_stream(client: httpx2.Client, seen: list[str], opened: threading.Event) -> None:
    try:
        with client.stream("GET", "/v1/stream") as answer:
            for line in answer.iter_lines():
                opened.set()
                seen.append(line)
    except httpx2.TransportError:
        return  # the test has ended
