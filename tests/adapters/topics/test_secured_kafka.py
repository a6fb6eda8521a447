"""Kafka as people run it: TLS, certificates and logins, with both clients; and every refusal by its name."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from structlog.testing import capture_logs

from adapters.kafka.handshake import examine
from adapters.kafka.security import NO_SECURITY, KafkaSecurity, SecurityKind
from schemas.topics import Topics, TopicsRefused, TopicsUnavailable
from services.app.doctor import findings
from tests.adapters.topics.conftest import TOPIC, from_the_beginning, outgoing, read, text, topics_on
from tests.support.certificates import DAY
from tests.support.office import serving, settings_for
from tests.support.secured_broker import PASSWORD, USER, SecuredBroker, secured_broker
from tests.support.serve_process import clean_environment
from tests.support.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("secured_kafka")]

CLIENTS = ("kafka-python", "confluent")
KINDS: tuple[SecurityKind, ...] = ("tls", "mtls", "plain", "scram-sha-512")
NEVER_LONGER_S = 4.0
WRONG = PASSWORD + "x"
"""Contains the right one, so that a test finds either of them where it is shown."""

ROOT = Path(__file__).parents[3]

Wrong = Callable[[SecuredBroker], tuple[str, KafkaSecurity]]

REFUSALS: dict[str, tuple[Wrong, str]] = {
    "wrong password": (
        lambda b: (b.at("LOGIN"), replace(b.right("plain"), password=WRONG)),
        "it refuses BALCAO_KAFKA_USER or BALCAO_KAFKA_PASSWORD",
    ),
    "wrong password, SCRAM": (
        lambda b: (b.at("LOGIN"), replace(b.right("scram-sha-512"), password=WRONG)),
        "it refuses BALCAO_KAFKA_USER or BALCAO_KAFKA_PASSWORD",
    ),
    "unknown user": (
        lambda b: (b.at("LOGIN"), replace(b.right("scram-sha-512"), user="nobody")),
        "it refuses BALCAO_KAFKA_USER or BALCAO_KAFKA_PASSWORD",
    ),
    "untrusted authority": (
        lambda b: (b.at("TLS"), replace(b.right("tls"), ca=str(b.stranger.file))),
        "its certificate is not signed by an authority that we trust: set BALCAO_KAFKA_CA",
    ),
    "the machine's authorities": (
        lambda b: (b.at("TLS"), replace(b.right("tls"), ca="")),
        "its certificate is not signed by an authority that we trust: set BALCAO_KAFKA_CA",
    ),
    "another host's certificate": (
        lambda b: (b.at("ELSEWHERE"), b.right("tls")),
        "its certificate is for another host name than BALCAO_KAFKA, or its listener, names",
    ),
    "expired certificate": (lambda b: (b.at("EXPIRED"), b.right("tls")), "its certificate has expired"),
    "no certificate of ours": (
        lambda b: (b.at("MUTUAL"), b.right("tls")),
        "it wants a certificate of ours: set BALCAO_KAFKA_SECURITY=mtls",
    ),
    "a certificate that it does not trust": (
        lambda b: (b.at("MUTUAL"), b.with_certificate(b.right("tls"), b.unknown_client)),
        "it refuses BALCAO_KAFKA_CERTIFICATE",
    ),
    "our certificate has expired": (
        lambda b: (
            b.at("MUTUAL"),
            b.with_certificate(b.right("tls"), b.authority.pair("late", valid_for=-DAY)),
        ),
        "BALCAO_KAFKA_CERTIFICATE has expired on ",
    ),
    "no TLS where it is demanded": (
        lambda b: (b.at("TLS"), NO_SECURITY),
        "set BALCAO_KAFKA_SECURITY",
    ),
    "no login where it is demanded": (
        lambda b: (b.at("LOGIN"), b.right("tls")),
        "it wants a login: set BALCAO_KAFKA_SECURITY",
    ),
    "TLS where there is none": (lambda b: (b.plain, b.right("tls")), "it does not speak TLS on this port"),
}


HEARD_OF = (
    *("wrong password", "untrusted authority", "another host's certificate", "expired certificate"),
    *("no certificate of ours", "no login where it is demanded"),
)
"""With these both clients are tried: each learns of it at another moment of its connection."""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredBroker]:
    with secured_broker(tmp_path_factory.mktemp("secured")) as broker:
        yield broker


def opened(client: str, where: str, security: KafkaSecurity, prefix: str = "") -> Topics:
    return topics_on(client, where, prefix or f"t{uuid4().hex[:12]}.", 4, security)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("kind", KINDS)
def test_records_travel_through_a_secured_broker(
    broker: SecuredBroker, kind: SecurityKind, client: str
) -> None:
    with closing(opened(client, broker.place(kind), broker.right(kind))) as topics:
        topics.create([TOPIC])
        topics.produce(outgoing(*range(20)), timeout_s=10)
        consumer = topics.consumer(TOPIC, "readers", from_the_beginning)
        assert {record.value for record in read(consumer, 20)} == {text(n) for n in range(20)}
        consumer.close()
        bounds = topics.bounds(TOPIC)
        assert sum(each.end for each in bounds.values()) == 20
        assert len(topics.read(TOPIC, dict.fromkeys(bounds, 0), 20)) == 20
    assert examine(broker.place(kind), broker.right(kind)).refusals == {}


@pytest.mark.parametrize("wrong", REFUSALS)
def test_every_refusal_has_a_name(broker: SecuredBroker, wrong: str) -> None:
    make, reason = REFUSALS[wrong]
    where, security = make(broker)
    entrance = examine(where, security)
    assert entrance.is_closed
    assert [(server, reason in why) for server, why in entrance.refusals.items()] == [(where, True)], entrance
    assert PASSWORD not in str(entrance) + repr(security)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("wrong", HEARD_OF)
def test_a_client_that_is_refused_says_why_and_does_not_hang(
    broker: SecuredBroker, wrong: str, client: str
) -> None:
    make, reason = REFUSALS[wrong]
    where, security = make(broker)
    with capture_logs() as logged, closing(opened(client, where, security)) as topics:
        began = time.monotonic()
        with pytest.raises(TopicsRefused) as refused:
            topics.bounds(TOPIC)
        assert time.monotonic() - began < NEVER_LONGER_S
        assert reason in refused.value.why
        assert where in str(refused.value)
        assert where not in refused.value.why

        began = time.monotonic()
        with pytest.raises(TopicsUnavailable):
            topics.produce(outgoing(1))
        assert time.monotonic() - began < 2.5

    (line,) = [line for line in logged if line["event"] == "Kafka does not let us in"]
    assert (line["log_level"], line["server"]) == ("error", where)
    assert reason in line["reason"]
    assert PASSWORD not in str(logged) + str(refused.value) + repr(security)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_reader_is_told_why_it_cannot_join(broker: SecuredBroker, client: str) -> None:
    prefix = f"t{uuid4().hex[:12]}."
    with closing(opened(client, broker.at("LOGIN"), broker.right("plain"), prefix)) as topics:
        topics.create([TOPIC])
        topics.produce(outgoing(1), timeout_s=10)
        reader = topics.consumer(TOPIC, "readers", from_the_beginning)
        assert len(read(reader, 1)) == 1
        reader.close()
    wrong = replace(broker.right("plain"), password=WRONG)
    with closing(topics_on(client, broker.at("LOGIN"), prefix, 4, wrong)) as topics:
        topics._counted_at[TOPIC] = time.monotonic()  # type: ignore[attr-defined]  # it had been let in before
        consumer = topics.consumer(TOPIC, "readers", from_the_beginning)

        def refused() -> str:
            began = time.monotonic()
            try:
                consumer.poll(10, 0.2)
            except TopicsRefused as error:
                return error.why
            except TopicsUnavailable:
                pass
            finally:
                assert time.monotonic() - began < NEVER_LONGER_S
            return ""

        assert "BALCAO_KAFKA_PASSWORD" in until("the reason", refused, 15.0)
        consumer.close()


@pytest.mark.parametrize("client", CLIENTS)
def test_what_is_repaired_works_without_a_restart(broker: SecuredBroker, client: str, tmp_path: Path) -> None:
    """The file with the authorities is replaced; librdkafka reads it once, so there it was right before."""
    file = tmp_path / "ca.pem"
    file.write_bytes(broker.authority.file.read_bytes())
    with closing(opened(client, broker.at("TLS"), replace(broker.right("tls"), ca=str(file)))) as topics:
        topics.create([TOPIC])
        refusals = topics._refusals  # type: ignore[attr-defined]
        file.write_bytes(broker.stranger.file.read_bytes())
        refusals.suspect()
        until("the refusal", lambda: refusals._refused, 10.0)
        with pytest.raises(TopicsRefused):
            topics.produce(outgoing(1))
        file.write_bytes(broker.authority.file.read_bytes())

        def goes_on() -> bool:
            try:
                topics.produce(outgoing(2), timeout_s=5)
            except TopicsUnavailable:
                return False
            return True

        until("it to go on", goes_on, 15.0)


def test_processes_say_it_by_name_and_keep_the_password_to_themselves(
    broker: SecuredBroker, fresh_database_url: str, tmp_path: Path
) -> None:
    secret = "a-senha-que-ninguem-ve"
    settings = settings_for(
        fresh_database_url,
        tmp_path,
        kafka=broker.at("LOGIN"),
        kafka_security="scram-sha-512",
        kafka_ca=str(broker.authority.file),
        kafka_user=USER,
        kafka_password=secret,
    )
    told = "it refuses BALCAO_KAFKA_USER or BALCAO_KAFKA_PASSWORD"
    (found,) = [each for each in findings(settings) if each.what == "topics"]
    assert (found.ok, found.advice) == (False, f"Kafka at {broker.at('LOGIN')}: {told}")

    with serving(settings) as url, httpx2.Client(base_url=url, timeout=30.0) as client:
        expected = f"topics: Kafka does not let us in: {told}"
        until("readiness to say it", lambda: expected in client.get("/readyz").json()["problems"], 20.0)

    command = [sys.executable, "-m", "services.cli", "ingest"]
    written = tmp_path / "ingest.log"
    with (
        written.open("wb") as errors,
        subprocess.Popen(
            command,
            env=clean_environment() | settings.environment(),
            stdin=subprocess.PIPE,
            stderr=errors,
            cwd=ROOT,
        ) as ingest,
    ):
        until("the log to say it", lambda: told in written.read_text(), 30.0)
        arguments = Path(f"/proc/{ingest.pid}/cmdline").read_bytes()
        ingest.terminate()
        assert ingest.wait(10) == 0
    assert secret not in written.read_text()
    assert secret.encode() not in arguments
