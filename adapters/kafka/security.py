"""TLS and login of connections to Kafka, and what is wrong with their settings."""

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

SecurityKind = Literal["none", "tls", "mtls", "plain", "scram-sha-512"]

MECHANISMS = {"plain": "PLAIN", "scram-sha-512": "SCRAM-SHA-512"}
LOGIN = ("user", "password")
NEEDED: Mapping[str, Sequence[str]] = {
    "mtls": ("certificate", "key"),
    "plain": LOGIN,
    "scram-sha-512": LOGIN,
}
SETTING = "BALCAO_KAFKA_"
"""The settings are called by this and the name of the field."""


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

    def misfits(self) -> list[str]:
        """Return what the kind needs and does not have, or has and does not need, by the settings' names."""
        needed = NEEDED.get(self.kind, ())
        usable = {*needed, *(("ca",) if self.is_encrypted else ())}
        found = []
        for name in ("ca", "certificate", "key", *LOGIN):
            setting, given = SETTING + name.upper(), getattr(self, name)
            if name in needed and not given:
                found.append(f"{setting} is missing: it is required with {SETTING}SECURITY={self.kind}")
            elif given and name not in usable:
                found.append(f"{setting} is not used with {SETTING}SECURITY={self.kind}")
        return found

    def unusable_files(self) -> list[str]:
        """Return which files cannot be read, or do not fit together, by the settings' names."""
        if not self.is_encrypted:
            return []
        names = [name for name in ("ca", "certificate", "key") if getattr(self, name)]
        files = {SETTING + name.upper(): getattr(self, name) for name in names}
        found = []
        for setting, file in files.items():
            try:
                Path(file).read_bytes()
            except OSError as error:
                found.append(f"{setting}: {file} cannot be read ({error.strerror})")
        if found:
            return found
        try:
            self.tls()
        except OSError as error:  # `ssl.SSLError` is one
            reason = str(getattr(error, "reason", None) or type(error).__name__).lower()
            return [f"{', '.join(files)}: no PEM files that fit, without a password ({reason})"]
        return []

    def tls(self) -> ssl.SSLContext:
        """Build the context that checks the broker's certificate and presents ours.

        Raises:
            OSError: a file cannot be read, or is no PEM of its kind (`ssl.SSLError`).
        """
        context = ssl.create_default_context(cafile=self.ca or None)
        if self.certificate:
            # An empty password, or OpenSSL would ask for one on the terminal.
            context.load_cert_chain(self.certificate, self.key, password="")
        return context

    def certificate_expired_at(self) -> datetime | None:
        """Return when our certificate expired; None if it is valid, or there is none."""
        if not self.certificate:
            return None
        from cryptography.x509 import load_pem_x509_certificate  # late: settings import this module

        ends_at = load_pem_x509_certificate(Path(self.certificate).read_bytes()).not_valid_after_utc
        return ends_at if ends_at < datetime.now(UTC) else None

    def of_kafka_python(self) -> dict[str, Any]:
        """Return the options of kafka-python, which reads the files for each connection."""
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
        """Return the options of librdkafka, which reads the files once."""
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
