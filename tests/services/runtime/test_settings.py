"""Configuration: what is refused is named, what is missing at the first start is made once."""

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from services.runtime.settings import (
    SIMULATOR_TOKEN,
    Settings,
    SettingsRefused,
    load,
    unprotected,
    with_secrets,
)
from tests.support.certificates import Authority

KEY = base64.b64encode(bytes(range(32))).decode()
DATABASE = "postgresql://balcao:geheim@127.0.0.1/balcao"
APP_SECRET = "f3a9" * 8


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refusals(monkeypatch: pytest.MonkeyPatch, **given: str) -> list[str]:
    for name, value in given.items():
        monkeypatch.setenv(f"BALCAO_{name}", value)
    with pytest.raises(SettingsRefused) as refused:
        load()
    return refused.value.problems


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("PORT", "0"),
        ("PORT", "-1"),
        ("PORT", "1e3"),
        ("PORT", "8_000"),
        ("PORT", "eight"),
        ("DEMO", "true "),
        ("DEMO", "perhaps"),
        ("HOST", " 127.0.0.1"),
        ("DATABASE_URL", "mysql://x"),
        ("KAFKA", "nowhere"),
        ("KAFKA_CLIENT", "librdkafka"),
        ("TOPIC_PREFIX", "a b"),
        ("EVENTS_PERSONAL", "yes"),
        ("WHATSAPP_API_URL", "graph.facebook.com"),
        ("WHATSAPP_APP_SECRET", "short"),
        ("WHATSAPP_APP_SECRET", "changeme"),
        ("WHATSAPP_APP_SECRET", "a-good-long-secret,"),
        ("WHATSAPP_APP_SECRET", "short@1234"),
        ("METRICS_TOKEN", "short"),
        ("METRICS_TOKEN", "sixteen letters with spaces"),
        ("WHATSAPP_APP_SECRET", "a-good-long-secret@"),
        ("WHATSAPP_APP_SECRET", "a-good-long-secret@1234,another-long-secret@1234+"),
        ("MASTER_KEY", "not base64!"),
        ("MASTER_KEY", base64.b64encode(bytes(31)).decode()),
        ("MASTER_KEY", base64.b64encode(bytes(32)).decode()),
        ("FAILPOINT", "after_append:kill"),
        ("PUBLIC_URL", "desk.example"),
        ("PUBLIC_URL", "https://desk.example/balcao"),
        ("PUBLIC_URL", "https://ana:word@desk.example"),
        ("TRUSTED_PROXIES", "nginx"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
    ],
)
def test_a_value_that_cannot_be_is_refused_and_its_key_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    (problem,) = refusals(monkeypatch, **{name: value})
    assert f"BALCAO_{name}" in problem
    assert value not in problem or name == "DEMO" or len(value) < 6 or "should look like" in problem


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "70000", "should be a number from 1 to 65535"),
        ("PORT", "9" * 5000, "should be a number from 1 to 65535"),
        ("PORT", "eight", "should be a number from 1 to 65535"),
        ("DEMO", "perhaps", "should be 1 or 0, or public"),
        ("TEST_FLAGS", "perhaps", "should be 1 or 0"),
        ("KAFKA_CLIENT", "librdkafka", "should be 'kafka-python' or 'confluent'"),
        ("EVENTS_PERSONAL", "yes", "should be 'none' or 'clear'"),
        ("TOPIC_PREFIX", "a b", "should have at most 100 letters, digits, dots, underscores and hyphens"),
    ],
)
def test_a_refusal_is_a_sentence_about_its_key(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    assert refusals(monkeypatch, **{name: value}) == [f"BALCAO_{name} {sentence}"]


def test_a_misspelt_key_is_refused_wherever_it_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("BALCAO_HOTS=0.0.0.0\nOTHERS=fine\n")
    assert refusals(monkeypatch, PROT="8001") == [
        "BALCAO_PROT in the environment is not a setting of Balcão",
        "BALCAO_HOTS in .env is not a setting of Balcão",
    ]


def test_all_problems_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(refusals(monkeypatch, PORT="x", DEMO="x", PROT="8001")) == 3


def test_production_asks_for_master_key_and_app_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key, secret = refusals(monkeypatch, DATABASE_URL=DATABASE)
    assert "BALCAO_MASTER_KEY" in key
    assert "BALCAO_WHATSAPP_APP_SECRET" in secret


def test_who_handles_no_webhooks_needs_no_app_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALCAO_DATABASE_URL", DATABASE)
    monkeypatch.setenv("BALCAO_MASTER_KEY", KEY)
    assert load(webhooks=False).master_key == KEY


def test_meta_itself_is_not_served_with_a_secret_that_we_made(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = refusals(monkeypatch, DEMO="0", WHATSAPP_API_URL="https://graph.facebook.com")
    assert "BALCAO_WHATSAPP_APP_SECRET" in problem


def test_production_is_no_demo_and_embedded_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().is_demo
    monkeypatch.setenv("BALCAO_DATABASE_URL", DATABASE)
    monkeypatch.setenv("BALCAO_MASTER_KEY", KEY)
    monkeypatch.setenv("BALCAO_WHATSAPP_APP_SECRET", APP_SECRET)
    assert not load().is_demo


@pytest.mark.parametrize("mode", [0o666, 0o644, 0o640, 0o604])
def test_secrets_that_others_may_read_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: int
) -> None:
    with_secrets(load())
    kept = tmp_path / "data/secrets.json"
    kept.chmod(mode)
    (problem,) = refusals(monkeypatch)
    assert "chmod 600" in problem
    kept.chmod(0o600)
    assert load().master_key


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"whatsapp_api_url": "http://graph.example"}, ["BALCAO_WHATSAPP_API_URL"]),
        ({"whatsapp_api_url": "http://127.0.0.1:9000"}, []),
        ({"whatsapp_api_url": "https://graph.example"}, []),
        ({"database_url": "postgresql://b:x@db.example/b"}, ["BALCAO_DATABASE_URL"]),
        ({"database_url": "postgresql://b:x@db.example/b?sslmode=disable"}, ["BALCAO_DATABASE_URL"]),
        ({"database_url": "postgresql://b:x@db.example/b?sslmode=verify-full"}, []),
        ({"database_url": "postgresql://b:x@localhost/b?sslmode=disable"}, []),
        ({"database_url": "postgresql:///b?host=/run/postgresql"}, []),
        ({"kafka": "127.0.0.1:9092,kafka.example:9092"}, ["BALCAO_KAFKA"]),
        ({"kafka": "localhost:9092"}, []),
    ],
)
def test_what_goes_unencrypted_to_other_machines_is_named(given: dict[str, Any], named: list[str]) -> None:
    told = unprotected(Settings(_env_file=None, **given))
    assert [sentence.split()[0] for sentence in told] == named


@pytest.mark.parametrize(
    "given",
    [
        {"HOST": "0.0.0.0"},
        {"HOST": "::"},
        {"HOST": "desk.example"},
        {"WHATSAPP_API_URL": "https://graph.facebook.com", "WHATSAPP_APP_SECRET": APP_SECRET},
        {"PUBLIC_URL": "https://desk.example"},
        {"DEMO": "1", "DATABASE_URL": DATABASE, "MASTER_KEY": KEY, "HOST": "10.0.0.7"},
    ],
)
def test_a_demo_that_others_reach_is_refused(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    (problem,) = refusals(monkeypatch, **given)
    assert problem.startswith("BALCAO_DEMO is on")
    monkeypatch.setenv("BALCAO_DEMO", "0")
    monkeypatch.setenv("BALCAO_WHATSAPP_APP_SECRET", APP_SECRET)
    assert not load().is_demo


def test_a_public_demo_may_be_reached_and_is_refused_beside_a_real_whatsapp(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BALCAO_DEMO", "public")
    monkeypatch.setenv("BALCAO_HOST", "0.0.0.0")
    monkeypatch.setenv("BALCAO_PUBLIC_URL", "https://demo.example")
    served = with_secrets(load())
    assert (served.is_demo, served.is_public_demo, served.simulated) == (True, True, True)
    assert served.whatsapp_token == with_secrets(load()).whatsapp_token != SIMULATOR_TOKEN
    assert served.environment()["BALCAO_DEMO"] == "public"
    local = {"WHATSAPP_API_URL": "http://127.0.0.1:9000", "WHATSAPP_APP_SECRET": APP_SECRET}
    for name, value in local.items():
        monkeypatch.setenv(f"BALCAO_{name}", value)
    assert load().is_public_demo
    for real in ("https://graph.facebook.com", "http://10.0.0.7:9000"):
        (problem,) = refusals(monkeypatch, WHATSAPP_API_URL=real)
        assert problem.startswith("BALCAO_DEMO=public is for the simulator")


@pytest.mark.parametrize(
    "given",
    [
        {"HOST": "localhost"},
        {"HOST": "::1"},
        {"WHATSAPP_API_URL": "http://127.0.0.1:9000", "WHATSAPP_APP_SECRET": APP_SECRET},
        {"WHATSAPP_API_URL": "http://[::1]:9000/v26.0", "WHATSAPP_APP_SECRET": APP_SECRET},
    ],
)
def test_a_demo_of_this_machine_is_served(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"BALCAO_{name}", value)
    assert load().is_demo


def test_the_first_start_makes_secrets_that_later_ones_find(tmp_path: Path) -> None:
    first, second = with_secrets(load()), with_secrets(load())
    kept = tmp_path / "data/secrets.json"
    assert first == second == load()
    assert len(first.master_key_bytes) == 32
    assert kept.stat().st_mode & 0o777 == 0o600
    assert json.loads(kept.read_text())["whatsapp_app_secret"] == first.whatsapp_app_secret[0]
    assert [path.name for path in kept.parent.iterdir()] == ["secrets.json"]


def test_reading_the_settings_makes_nothing(tmp_path: Path) -> None:
    assert load().master_key == ""
    assert not list(tmp_path.iterdir())


def test_what_is_given_goes_before_what_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    with_secrets(load())
    monkeypatch.setenv("BALCAO_WHATSAPP_APP_SECRET", "the-new-secret,the-old-secret")
    assert load().whatsapp_app_secret == ("the-new-secret", "the-old-secret")


def test_damaged_secrets_stop_the_start_and_are_not_replaced(tmp_path: Path) -> None:
    kept = tmp_path / "data/secrets.json"
    kept.parent.mkdir()
    kept.write_text("{")
    with pytest.raises(SettingsRefused, match=r"BALCAO_MASTER_KEY.*secrets\.json"):
        load()
    assert kept.read_text() == "{"


def test_a_dotenv_file_gives_what_the_environment_does_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(
        f"BALCAO_PORT=8123\nBALCAO_HOST=0.0.0.0\nBALCAO_DEMO=0\nBALCAO_WHATSAPP_APP_SECRET={APP_SECRET}\n"
    )
    monkeypatch.setenv("BALCAO_PORT", "8124")
    settings = load()
    assert (settings.host, settings.port, settings.address) == ("0.0.0.0", 8124, "http://127.0.0.1:8124")


def test_an_empty_value_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALCAO_KAFKA", "")
    monkeypatch.setenv("BALCAO_PORT", "")
    assert (load().kafka, load().port) == ("", 8000)


def test_a_child_reads_from_its_environment_what_its_parent_had(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = with_secrets(load()).model_copy(
        update={"database_url": DATABASE, "failpoint": "", "port": 8125}
    )
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    child = load(env_file=None)
    assert child.model_copy(update={"data": settings.data}) == settings
    assert child.is_demo


def test_secrets_do_not_show_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALCAO_DATABASE_URL", DATABASE)
    monkeypatch.setenv("BALCAO_MASTER_KEY", KEY)
    monkeypatch.setenv("BALCAO_WHATSAPP_APP_SECRET", APP_SECRET)
    shown = repr(load())
    assert KEY not in shown
    assert "f3a9" not in shown
    assert "geheim" not in shown


def test_a_failpoint_is_armed_only_with_the_test_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALCAO_TEST_FLAGS", "1")
    monkeypatch.setenv("BALCAO_FAILPOINT", "after_append:kill")
    assert load().failpoint == "after_append:kill"
    assert os.environ["BALCAO_FAILPOINT"] == load().failpoint


KAFKA = {
    "DATABASE_URL": DATABASE,
    "MASTER_KEY": KEY,
    "WHATSAPP_APP_SECRET": APP_SECRET,
    "KAFKA": "kafka:9093",
}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"KAFKA_SECURITY": "ssl"}, "BALCAO_KAFKA_SECURITY should be 'none', 'tls', 'mtls', 'plain' or"),
        ({"KAFKA_SECURITY": "plain", "KAFKA_USER": "u"}, "BALCAO_KAFKA_PASSWORD is missing"),
        ({"KAFKA_SECURITY": "scram-sha-512", "KAFKA_PASSWORD": "geheim"}, "BALCAO_KAFKA_USER is missing"),
        ({"KAFKA_SECURITY": "mtls", "KAFKA_CERTIFICATE": "c.pem"}, "BALCAO_KAFKA_KEY is missing"),
        ({"KAFKA_USER": "u"}, "BALCAO_KAFKA_USER is not used with BALCAO_KAFKA_SECURITY=none"),
        ({"KAFKA_SECURITY": "tls", "KAFKA_PASSWORD": "geheim"}, "BALCAO_KAFKA_PASSWORD is not used with"),
        ({"KAFKA_SECURITY": "tls", "KAFKA_CA": "nowhere.pem"}, "BALCAO_KAFKA_CA: nowhere.pem cannot be read"),
        ({"KAFKA_SECURITY": "tls", "KAFKA_CA": "."}, "BALCAO_KAFKA_CA: . cannot be read (Is a directory)"),
        ({"KAFKA_SECURITY": "tls", "KAFKA_CA": "other.pem"}, "BALCAO_KAFKA_CA: no PEM files that fit"),
        ({"KAFKA_SECURITY": "tls", "KAFKA": ""}, "BALCAO_KAFKA_SECURITY is set without BALCAO_KAFKA"),
    ],
)
def test_what_kafkas_security_needs_is_asked_for_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: dict[str, str], problem: str
) -> None:
    (tmp_path / "other.pem").write_text("not a certificate")
    told = refusals(monkeypatch, **{**KAFKA, **given})
    assert len(told) == 1
    assert told[0].startswith(problem)
    assert "geheim" not in told[0]


def test_a_key_that_fits_no_certificate_or_has_a_password_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    one, other = authority.pair("one"), authority.pair("other")
    mutual = {
        "KAFKA_SECURITY": "mtls",
        "KAFKA_CA": str(authority.file),
        "KAFKA_CERTIFICATE": str(one.certificate),
    }
    (told,) = refusals(monkeypatch, **KAFKA, **mutual, KAFKA_KEY=str(other.key))
    assert told.startswith(
        "BALCAO_KAFKA_CA, BALCAO_KAFKA_CERTIFICATE, BALCAO_KAFKA_KEY: no PEM files that fit"
    )
    encrypted = load_pem_private_key(one.key.read_bytes(), None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"geheim")
    )
    other.key.write_bytes(encrypted)
    (told,) = refusals(monkeypatch, KAFKA_KEY=str(other.key))
    assert "without a password" in told
    monkeypatch.setenv("BALCAO_KAFKA_KEY", str(one.key))
    assert load().kafka_access.kind == "mtls"


@pytest.mark.parametrize(
    ("servers", "security", "told"),
    [
        ("kafka:9092", "none", True),
        ("127.0.0.1:9092,10.0.0.7:9092", "none", True),
        ("127.0.0.1:9092,[::1]:9092,localhost:9092", "none", False),
        ("kafka:9093", "tls", False),
        ("kafka:9093", "scram-sha-512", False),
    ],
)
def test_kafka_in_clear_to_other_machines_is_told(servers: str, security: Any, told: bool) -> None:
    settings = Settings(_env_file=None, kafka=servers, kafka_security=security)
    assert any("BALCAO_KAFKA is not encrypted" in word for word in unprotected(settings)) == told


def test_no_password_is_shown_and_each_reaches_the_processes() -> None:
    settings = Settings(
        _env_file=None, kafka="k:9093", kafka_security="plain", kafka_user="balcao", kafka_password="geheim"
    )
    assert "geheim" not in repr(settings) + repr(settings.kafka_access)
    assert settings.environment()["BALCAO_KAFKA_PASSWORD"] == "geheim"
