"""A real nginx before the API, set up as the operations page says."""

import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.services.http.actions import send
from tests.support.office import SECRET, WORD, Office, serving, settings_for
from tests.support.servers import find_program
from tests.support.traffic import body, signature, text
from tests.support.waiting import free_port, until

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"
STREAMED_WITHIN_S = 5.0


def test_behind_nginx_everything_works_and_clients_are_told_apart(
    office: Office, tmp_path: Path, data_folder: Path
) -> None:
    port = free_port()
    public = f"https://127.0.0.1:{port}"
    settings = settings_for(office.cell.url, tmp_path, public_url=public, trusted_proxies=("127.0.0.1",))
    with (
        serving(settings) as api,
        nginx(api, port, data_folder) as trusted,
        client_at("127.0.0.2", public, trusted) as ana,
        client_at("127.0.0.3", public, trusted) as stranger,
    ):
        logged_in = login(ana, "ana", WORD)
        assert logged_in.status_code == 200
        assert logged_in.headers["set-cookie"].startswith("__Host-")
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

        raw = body([text("wamid.nginx", "oi", at=int(time.time()))]) + b" " * 2_000_000
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


@contextmanager
def nginx(api: str, port: int, folder: Path) -> Iterator[ssl.SSLContext]:
    """An nginx with the server block of the operations page; what a client needs to trust it."""
    program = find_program("nginx")
    block = PAGE.read_text().partition("```nginx\n")[2].partition("```")[0]
    certificate, key = write_certificate(folder)
    for written, wanted in {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "/etc/ssl/desk.pem": str(certificate),
        "/etc/ssl/desk.key": str(key),
        "http://127.0.0.1:8000;": f"{api};",
    }.items():
        assert written in block, "the page has another example now"
        block = block.replace(written, wanted)
    settings = folder / "nginx.conf"
    paths = "\n".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    settings.write_text(
        f"daemon off;\npid {folder}/nginx.pid;\nerror_log stderr warn;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{paths}\n{block}}}\n"
    )
    trusted = ssl.create_default_context(cafile=str(certificate))
    process = subprocess.Popen([program, "-c", settings, "-e", "stderr"])
    try:
        until("nginx", lambda: answers(f"https://127.0.0.1:{port}/healthz", trusted))
        yield trusted
    finally:
        process.terminate()
        process.wait(10)


def write_certificate(folder: Path) -> tuple[Path, Path]:
    secret, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "desk")]),
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(secret, hashes.SHA256())
    )
    one, other = folder / "desk.pem", folder / "desk.key"
    one.write_bytes(certificate.public_bytes(Encoding.PEM))
    other.write_bytes(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return one, other


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


def answers(url: str, trusted: ssl.SSLContext) -> bool:
    try:
        return httpx2.get(url, verify=trusted).status_code == 200
    except httpx2.TransportError:
        return False
