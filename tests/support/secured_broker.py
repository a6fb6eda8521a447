"""A real broker whose listeners demand TLS, certificates and logins."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.kafka.broker import KafkaBroker
from adapters.kafka.security import KafkaSecurity, SecurityKind
from tests.support.certificates import DAY, Authority, Pair
from tests.support.servers import need_java
from tests.support.waiting import free_port

USER, PASSWORD = "balcao", "senha de 'teste'"
LISTENERS = {"TLS": "SSL", "LOGIN": "SASL_SSL", "MUTUAL": "SSL", "EXPIRED": "SSL", "ELSEWHERE": "SSL"}


@dataclass(frozen=True)
class SecuredBroker:
    """Where it listens, and what lets us in: `right` by kind."""

    ports: dict[str, int]
    plain: str
    authority: Authority
    stranger: Authority
    client: Pair
    unknown_client: Pair

    def at(self, listener: str) -> str:
        return f"127.0.0.1:{self.ports[listener]}"

    def place(self, kind: SecurityKind) -> str:
        """The listener that demands this kind."""
        return self.at({"tls": "TLS", "mtls": "MUTUAL"}.get(kind, "LOGIN"))

    def right(self, kind: SecurityKind) -> KafkaSecurity:
        security = KafkaSecurity(kind, ca=str(self.authority.file))
        if kind == "mtls":
            return self.with_certificate(security, self.client)
        return security if kind == "tls" else replace(security, user=USER, password=PASSWORD)

    def with_certificate(self, security: KafkaSecurity, pair: Pair) -> KafkaSecurity:
        return replace(security, kind="mtls", certificate=str(pair.certificate), key=str(pair.key))


@contextmanager
def secured_broker(folder: Path) -> Iterator[SecuredBroker]:
    """Start one in this folder."""
    need_java()
    authority, stranger = Authority(folder), Authority(folder, "stranger")
    ports = {name: free_port() for name in LISTENERS}
    pairs = {
        "TLS": authority.pair("broker"),
        "EXPIRED": authority.pair("expired", valid_for=-DAY),
        "ELSEWHERE": authority.pair("elsewhere", host="kafka.example"),
    }
    broker = KafkaBroker(
        folder / "broker", more=_properties(ports, pairs, authority.file), users={USER: PASSWORD}
    )
    try:
        plain = broker.start()
        yield SecuredBroker(
            ports, plain, authority, stranger, authority.pair("client"), stranger.pair("unknown-client")
        )
    finally:
        broker.stop()


def _properties(ports: dict[str, int], pairs: dict[str, Pair], trusted: Path) -> str:
    listens = ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())
    kinds = ",".join(f"{name}:{kind}" for name, kind in LISTENERS.items())
    modules = "org.apache.kafka.common.security"
    quoted = PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
    lines = [
        f"listeners=PLAINTEXT://127.0.0.1:{{port}},CONTROLLER://127.0.0.1:{{controller}},{listens}",
        f"advertised.listeners=PLAINTEXT://127.0.0.1:{{port}},{listens}",
        f"listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,{kinds}",
        "listener.name.login.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512",
        f"listener.name.login.plain.sasl.jaas.config={modules}.plain.PlainLoginModule required"
        f' user_{USER}="{quoted}";',
        f"listener.name.login.scram-sha-512.sasl.jaas.config={modules}.scram.ScramLoginModule required;",
        "listener.name.mutual.ssl.client.auth=required",
    ]
    for name in LISTENERS:
        at, pair = f"listener.name.{name.lower()}.ssl", pairs.get(name, pairs["TLS"])
        lines += [f"{at}.keystore.type=PEM", f"{at}.keystore.location={pair.both}"]
        lines += [f"{at}.truststore.type=PEM", f"{at}.truststore.location={trusted}"]
    return "\n".join(lines) + "\n"
