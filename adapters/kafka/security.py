"""How we connect to Kafka: TLS, and who we are."""

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

SecurityKind = Literal["none", "tls", "mtls", "plain", "scram-sha-512"]

MECHANISMS = {"plain": "PLAIN", "scram-sha-512": "SCRAM-SHA-512"}


@dataclass(frozen=True, slots=True)
class KafkaSecurity:
    """TLS and login of a connection to Kafka. Every kind but `none` is TLS; host names are always checked.

    `ca`, `certificate` and `key` are PEM files; without `ca` the authorities of the machine are trusted.
    """

    kind: SecurityKind = "none"
    ca: str = ""
    certificate: str = ""
    key: str = ""
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def is_encrypted(self) -> bool:
        return self.kind != "none"

    @property
    def mechanism(self) -> str | None:
        """The SASL mechanism of the login, None without one."""
        return MECHANISMS.get(self.kind)

    def tls(self) -> ssl.SSLContext:
        """Build what checks the broker's certificate and shows ours.

        Raises:
            OSError: a file cannot be read, or is no PEM of its kind (`ssl.SSLError`).
        """
        context = ssl.create_default_context(cafile=self.ca or None)
        if self.certificate:
            # With a password that opens nothing: else OpenSSL would ask for one on the terminal.
            context.load_cert_chain(self.certificate, self.key, password="")
        return context

    def own_certificate_ended_at(self) -> datetime | None:
        """Return when our certificate has expired; None if it has not, or there is none."""
        if not self.certificate:
            return None
        from cryptography.x509 import load_pem_x509_certificate  # late: settings import this module

        ends_at = load_pem_x509_certificate(Path(self.certificate).read_bytes()).not_valid_after_utc
        return ends_at if ends_at < datetime.now(UTC) else None

    def of_kafka_python(self) -> dict[str, Any]:
        """Return the options of kafka-python; it reads the files again at each connection."""
        if not self.is_encrypted:
            return {}
        options: dict[str, Any] = {"security_protocol": "SASL_SSL" if self.mechanism else "SSL"}
        files = {"ssl_cafile": self.ca, "ssl_certfile": self.certificate, "ssl_keyfile": self.key}
        options |= {name: file for name, file in files.items() if file}
        if self.mechanism:
            options |= {"sasl_mechanism": self.mechanism}
            options |= {"sasl_plain_username": self.user, "sasl_plain_password": self.password}
        return options

    def of_librdkafka(self) -> dict[str, Any]:
        """Return the options of librdkafka; it reads the files once."""
        if not self.is_encrypted:
            return {}
        options = {"security.protocol": "SASL_SSL" if self.mechanism else "SSL"}
        files = {
            "ssl.ca.location": self.ca,
            "ssl.certificate.location": self.certificate,
            "ssl.key.location": self.key,
        }
        options |= {name: file for name, file in files.items() if file}
        if self.mechanism:
            options |= {"sasl.mechanism": self.mechanism}
            options |= {"sasl.username": self.user, "sasl.password": self.password}
        return options


NO_SECURITY = KafkaSecurity()
