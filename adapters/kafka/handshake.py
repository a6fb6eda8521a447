"""Find out why a broker refuses connections, by a handshake of our own: neither client library tells."""

import socket
import ssl
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kafka.net.sasl.scram import ScramClient

from adapters.kafka.security import KafkaSecurity

SERVER_S, ALL_S = 1.0, 3.0
METADATA, API_VERSIONS, SASL_HANDSHAKE, SASL_AUTHENTICATE = 3, 18, 17, 36
SASL_FAILED = 58
MAX_ANSWER_BYTES = 4 * 1024 * 1024

EXPIRED, NOT_YET_VALID, OTHER_HOST, OTHER_ADDRESS = 10, 9, 62, 64
"""OpenSSL's verification errors (`X509_V_ERR_…`); all others mean that no trusted authority signed it."""

NO_TLS = "it does not speak TLS on this port: BALCAO_KAFKA_SECURITY, or the port, is wrong"

Address = tuple[str, int]


class Refused(Exception):
    """The broker, or our check of its certificate, refused the connection; says why, without addresses."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """The outcome of trying all brokers: the reason of each that refused, and whether any accepted."""

    refusals: dict[str, str]
    accepted: bool

    @property
    def is_closed(self) -> bool:
        """Whether brokers refused and none accepted; those that did not answer do not count."""
        return bool(self.refusals) and not self.accepted


def examine(bootstrap: str, security: KafkaSecurity) -> Entrance:
    """Try to connect to the brokers of `bootstrap` and those that they advertise, within `ALL_S`.

    A broker counts under its advertised address: clients use no other after the first response.
    """
    deadline = time.monotonic() + ALL_S
    waiting = [_address(server) for server in bootstrap.split(",")]
    seen: set[Address] = set()
    advertised: set[Address] = set()
    entered: set[Address] = set()
    refusals: dict[str, str] = {}
    while waiting and time.monotonic() < deadline:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        try:
            named = _enter(address, security)
        except Refused as refused:
            refusals[_written(address)] = str(refused)
        except OSError:
            if address in advertised:
                refusals[_written(address)] = "it cannot be reached at this address, which it advertises"
        else:
            entered.add(address)
            advertised.update(named)
            waiting += named
    return Entrance(refusals, bool(entered & advertised) or bool(entered and not advertised))


def _enter(address: Address, security: KafkaSecurity) -> Sequence[Address]:
    """Connect, log in, and return the addresses that the cluster advertises.

    Raises:
        Refused
        OSError: the broker does not answer.
    """
    if (expired_at := security.certificate_expired_at()) is not None:
        raise Refused(f"BALCAO_KAFKA_CERTIFICATE has expired on {expired_at:%Y-%m-%d}")
    with socket.create_connection(address, SERVER_S) as plain:
        plain.settimeout(SERVER_S)
        broker = _Broker(_secured(plain, address, security) if security.is_encrypted else plain, security)
        broker.ask(API_VERSIONS, 0)
        if security.mechanism:
            _log_in(broker, security, security.mechanism)
        return _brokers(broker.ask(METADATA, 1, struct.pack(">i", 0), closes="it wants a login"))


class _Broker:
    """A connection with one request at a time."""

    def __init__(self, connection: socket.socket, security: KafkaSecurity) -> None:
        self._connection, self._security = connection, security

    def ask(self, key: int, version: int, body: bytes = b"", closes: str = "") -> bytes:
        """Return the body of the response; `closes` is the reason when the broker closes the connection.

        Raises:
            Refused
        """
        client = b"balcao"
        head = struct.pack(f">hhih{len(client)}s", key, version, 0, len(client), client)
        try:
            self._connection.sendall(struct.pack(">i", len(head) + len(body)) + head + body)
            start = self._read(4)
            (size,) = struct.unpack(">i", start)
            if start[:2] == b"\x15\x03":  # an alert of TLS
                raise Refused("it speaks TLS: set BALCAO_KAFKA_SECURITY")
            if not 4 <= size <= MAX_ANSWER_BYTES:
                raise Refused("it does not speak Kafka's protocol: is the port right?")
            return self._read(size)[4:]
        except ssl.SSLError as alert:
            raise Refused(_refusal_of_us(alert, self._security)) from None
        except (ConnectionError, EOFError):
            raise Refused(self._closed(closes)) from None

    def _read(self, size: int) -> bytes:
        read = b""
        while len(read) < size:
            if not (part := self._connection.recv(size - len(read))):
                raise EOFError
            read += part
        return read

    def _closed(self, otherwise: str) -> str:
        if otherwise and not self._security.mechanism:
            return f"{otherwise}: set BALCAO_KAFKA_SECURITY"
        if not self._security.is_encrypted:
            return "it closes the connection: does this port speak TLS? Set BALCAO_KAFKA_SECURITY"
        if self._security.certificate:
            return "it closes the connection: perhaps it does not trust BALCAO_KAFKA_CERTIFICATE"
        return "it closes the connection: perhaps it wants a certificate of ours (BALCAO_KAFKA_SECURITY=mtls)"


def _secured(plain: socket.socket, address: Address, security: KafkaSecurity) -> ssl.SSLSocket:
    try:
        return security.tls().wrap_socket(plain, server_hostname=address[0])
    except ssl.SSLCertVerificationError as error:
        raise Refused(_distrust(error.verify_code)) from None
    except ssl.SSLError as error:
        if error.reason and "ALERT" in error.reason:  # TLS 1.2 checks our certificate within the handshake
            raise Refused(_refusal_of_us(error, security)) from None
        raise Refused(NO_TLS) from None
    except (ConnectionError, EOFError):
        raise Refused(NO_TLS) from None


def _refusal_of_us(alert: ssl.SSLError, security: KafkaSecurity) -> str:
    """Explain a TLS alert; in TLS 1.3 the broker checks our certificate only after the handshake."""
    reason = (alert.reason or "").lower().replace("_", " ").rpartition("alert ")[2]
    if security.certificate:
        return f"it refuses BALCAO_KAFKA_CERTIFICATE ({reason})"
    if "certificate" in reason:
        return "it wants a certificate of ours: set BALCAO_KAFKA_SECURITY=mtls"
    return f"TLS failed ({reason})"


def _distrust(code: int) -> str:
    if code == EXPIRED:
        return "its certificate has expired"
    if code == NOT_YET_VALID:
        return "its certificate is not valid yet: is the clock of this machine right?"
    if code in (OTHER_HOST, OTHER_ADDRESS):
        return "its certificate is for another host name than BALCAO_KAFKA, or its listener, names"
    return "its certificate is not signed by an authority that we trust: set BALCAO_KAFKA_CA"


def _log_in(broker: _Broker, security: KafkaSecurity, mechanism: str) -> None:
    answer = broker.ask(SASL_HANDSHAKE, 1, _string(mechanism))
    error, offered = struct.unpack(">h", answer[:2])[0], _strings(answer[2:])
    if error or mechanism not in offered:
        raise Refused(f"it does not offer {mechanism} on this port, but {', '.join(offered) or 'nothing'}")

    def authenticate(token: bytes) -> bytes:
        answer = broker.ask(SASL_AUTHENTICATE, 0, struct.pack(">i", len(token)) + token)
        (error,) = struct.unpack(">h", answer[:2])
        if error:
            raise Refused(
                "it refuses BALCAO_KAFKA_USER or BALCAO_KAFKA_PASSWORD"
                if error == SASL_FAILED
                else f"the login failed (Kafka's error {error})"
            )
        start = 4 + max(0, struct.unpack(">h", answer[2:4])[0])
        return answer[start + 4 :]

    if mechanism == "PLAIN":
        authenticate(f"\0{security.user}\0{security.password}".encode())
        return
    _scram(security, mechanism, authenticate)


def _scram(security: KafkaSecurity, mechanism: str, authenticate: Callable[[bytes], bytes]) -> None:
    scram = ScramClient(security.user, security.password, mechanism)
    try:
        scram.process_server_first_message(authenticate(scram.first_message()))
        scram.process_server_final_message(authenticate(scram.final_message()))
    except (ValueError, KeyError):
        raise Refused("it does not prove that it knows BALCAO_KAFKA_PASSWORD") from None


def _brokers(metadata: bytes) -> list[Address]:
    """Read the brokers from a metadata response of version 1."""
    (count,) = struct.unpack(">i", metadata[:4])
    found, at = [], 4
    for _ in range(count):
        (length,) = struct.unpack(">h", metadata[at + 4 : at + 6])
        host = metadata[at + 6 : at + 6 + length].decode()
        at += 6 + length
        port, rack = struct.unpack(">ih", metadata[at : at + 6])
        at += 6 + max(0, rack)
        found.append((host, port))
    return found


def _string(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


def _strings(raw: bytes) -> list[str]:
    (count,) = struct.unpack(">i", raw[:4])
    found, at = [], 4
    for _ in range(count):
        (length,) = struct.unpack(">h", raw[at : at + 2])
        found.append(raw[at + 2 : at + 2 + length].decode())
        at += 2 + length
    return found


def _address(server: str) -> Address:
    host, _, port = server.rpartition(":")
    return host.strip("[]"), int(port)


def _written(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
