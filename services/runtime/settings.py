"""Settings from the environment: read once at start; wrong or unknown keys are refused by name."""

import base64
import hmac
import json
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit

from dotenv import dotenv_values
from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from adapters.kafka.security import KafkaSecurity, SecurityKind
from adapters.whatsapp.signature import AppSecret
from schemas.conversation_events import SCHEMA_PATH
from services.runtime.addresses import is_loopback
from services.runtime.durable_files import exposure, sync_folder, write_private

PREFIX = "BALCAO_"
MAX_PORT = 65535
GRAPH_API = "https://graph.facebook.com"
SSL_REQUIRED = {"require", "verify-ca", "verify-full"}
SIMULATOR_TOKEN = "simulator"  # only opens the simulated Graph API on this machine
TEST_KEYS = {"BALCAO_HYPOTHESIS", "BALCAO_TEST_PG_BIN"}
SAMPLE_SECRETS = {
    "changeme",
    "password",
    "app_secret",
    "app-secret",
    "yoursecret",
    "your-secret",
    "your_app_secret",
}
FAILPOINT = r"[a-z_]+:[a-z]+(:\d+(\.\d+)?(:\d+)?)?"
FAILPOINTS = re.compile(f"{FAILPOINT}(,{FAILPOINT})*")


_SWITCH = TypeAdapter(bool)


class SettingsRefused(ValueError):
    """The configuration is invalid; `problems` has a sentence per key."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """The configuration of a process. Read it with `load`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = Field("", description="address at which browsers reach the API; empty: any")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="addresses or networks of reverse proxies, whose X-Forwarded-* headers count"
    )
    data: Path = Path("data")
    database_url: str = Field("", repr=False, description="empty: embedded in `data`")
    erased_list: str = Field("", description="file of erased contacts; empty: erased.jsonl in `data`")
    kafka: str = Field("", description="bootstrap servers; empty: topics in PostgreSQL")
    kafka_client: Literal["kafka-python", "confluent"] = "kafka-python"
    kafka_security: SecurityKind = "none"
    kafka_ca: str = Field("", description="PEM file of whom we trust; empty: the machine's authorities")
    kafka_certificate: str = Field("", description="PEM file of our certificate, for mtls")
    kafka_key: str = Field("", description="PEM file of its key")
    kafka_user: str = ""
    kafka_password: str = Field("", repr=False)
    topic_prefix: str = ""
    events_personal: Literal["none", "clear"] = Field(
        "none", description="whether personal fields leave on the topic conversation.events.v1"
    )
    whatsapp_api_url: str = Field("", description="empty: the simulator, or Meta's in production")
    whatsapp_token: str = Field("", repr=False)
    whatsapp_app_secret: Annotated[tuple[str, ...], NoDecode] = Field((), repr=False)
    whatsapp_verify_token: str = Field("", repr=False)
    master_key: str = Field("", repr=False, description="32 bytes in base64; while it is rotated, both keys")
    demo: bool | Literal["public"] | None = Field(
        None, description="None: on when the database is embedded; public: others may reach it"
    )
    metrics_token: str = Field("", repr=False, description="empty: only this machine reads /metrics")
    failpoint: str = Field("", description="`name:kill`, for tests of crashes")
    failpoint_log: str = Field("", description="where each hit of a failpoint is counted")
    test_flags: bool = False

    @property
    def embedded(self) -> bool:
        """Whether `serve` starts a PostgreSQL of its own."""
        return not self.database_url

    @property
    def kafka_access(self) -> KafkaSecurity:
        """How to connect to Kafka."""
        return KafkaSecurity(
            self.kafka_security,
            self.kafka_ca,
            self.kafka_certificate,
            self.kafka_key,
            self.kafka_user,
            self.kafka_password,
        )

    @property
    def is_demo(self) -> bool:
        """Whether the demo tenant exists and its people may log in."""
        return self.embedded if self.demo is None else bool(self.demo)

    @property
    def is_public_demo(self) -> bool:
        """Whether others may reach the demo: passwords are made at the start, the phones need a login."""
        return self.demo == "public"

    @property
    def simulated(self) -> bool:
        """Whether the API process runs the simulator."""
        return self.is_demo and not self.whatsapp_api_url

    @property
    def graph_url(self) -> str:
        """Base URL of the Graph API."""
        if self.simulated:
            return f"{self.address}/simulator/graph"
        return self.whatsapp_api_url or GRAPH_API

    @property
    def address(self) -> str:
        """URL of the API for a browser on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        return f"http://{host}:{self.port}"

    @property
    def schema_url(self) -> str:
        """Where the API serves the JSON Schema of published events."""
        return (self.public_url or self.address) + SCHEMA_PATH

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the API."""
        return is_loopback(self.host) and not self.public_url

    @property
    def has_real_whatsapp(self) -> bool:
        """Whether customers may be real: no simulator and no Graph API on this machine is behind it."""
        return not self.simulated and not is_loopback(urlsplit(self.whatsapp_api_url).hostname or "")

    @property
    def unbound_secrets(self) -> int:
        """How many app secrets speak for the numbers of all tenants."""
        return sum(AppSecret.parse(written).numbers is None for written in self.whatsapp_app_secret)

    @property
    def erased_list_file(self) -> Path:
        """The list of erased contacts, which a restore of the database needs."""
        return Path(self.erased_list) if self.erased_list else self.data / "erased.jsonl"

    @property
    def master_key_bytes(self) -> bytes:
        """The master key as bytes: the first of two, while it is rotated."""
        return base64.b64decode(self.master_key.partition(",")[0])

    def stored_master_key(self) -> str:
        """Read the master key that this installation has made for itself; empty without one.

        A process asks when it meets a key that it does not know: a rotation has added it.
        """
        with suppress(OSError, ValueError, KeyError):
            return str(json.loads(self.secrets_file.read_text())["master_key"])
        return ""

    @property
    def secrets_file(self) -> Path:
        """Where the first start stores the secrets that are not configured."""
        return self.data / "secrets.json"

    @field_validator("*", mode="before")
    @classmethod
    def _no_surrounding_spaces(cls, value: Any) -> Any:
        if isinstance(value, str) and value != value.strip():
            raise PydanticCustomError("spaces", "has leading or trailing spaces")
        return value

    @field_validator("port", mode="before")
    @classmethod
    def _port_number(cls, value: Any) -> Any:
        if isinstance(value, str) and not (
            value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= MAX_PORT
        ):
            raise PydanticCustomError("port", "should be a number from 1 to 65535")
        return value

    @field_validator("demo", mode="before")
    @classmethod
    def _switch_or_public(cls, value: Any) -> Any:
        if isinstance(value, str) and value != "public":
            try:
                return _SWITCH.validate_python(value)
            except ValidationError:
                raise PydanticCustomError("switch", "should be 1 or 0, or public") from None
        return value

    @field_validator("topic_prefix")
    @classmethod
    def _part_of_topic(cls, value: str) -> str:
        if not re.fullmatch(r"[a-zA-Z0-9._-]{0,100}", value):
            raise PydanticCustomError(
                "prefix", "should have at most 100 letters, digits, dots, underscores and hyphens"
            )
        return value

    @field_validator("whatsapp_app_secret", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value

    @field_validator("whatsapp_app_secret")
    @classmethod
    def _strong_secrets(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for written in value:
            try:
                secret = AppSecret.parse(written).secret
            except ValueError:
                raise PydanticCustomError(
                    "numbers", "should look like secret@1234+5678, or have no numbers"
                ) from None
            if len(secret) < 8 or secret.lower() in SAMPLE_SECRETS:
                raise PydanticCustomError("weak", "is empty, a sample value, or shorter than 8 characters")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _long_token(cls, value: str) -> str:
        if value and not re.fullmatch(r"[\x21-\x7e]{16,200}", value):
            raise PydanticCustomError("token", "should have 16 to 200 visible ASCII characters")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _of_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ip_network(network)
            except ValueError:
                raise PydanticCustomError("network", "should look like 10.0.0.5,192.168.0.0/24") from None
        return value

    @field_validator("public_url")
    @classmethod
    def _of_browsers(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^/?#@\s]+/?", value):
            raise PydanticCustomError("url", "should look like https://desk.example.com, without a path")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _of_postgresql(cls, value: str) -> str:
        if value and not re.match(r"postgres(ql)?://.", value):
            raise PydanticCustomError("url", "should look like postgresql://user:password@host:5432/database")
        return value

    @field_validator("whatsapp_api_url")
    @classmethod
    def _of_http(cls, value: str) -> str:
        if value and not re.match(r"https?://.", value):
            raise PydanticCustomError("url", "should start with https:// or http://")
        return value.rstrip("/")

    @field_validator("kafka")
    @classmethod
    def _servers(cls, value: str) -> str:
        if value and not all(re.fullmatch(r"[^\s,]+:\d{1,5}", server) for server in value.split(",")):
            raise PydanticCustomError("servers", "should look like host:9092,host:9092")
        return value

    @field_validator("master_key")
    @classmethod
    def _thirty_two_bytes(cls, value: str) -> str:
        with suppress(ValueError):
            keys = [base64.b64decode(key, validate=True) for key in value.split(",") if value]
            if all(len(key) == 32 and any(key) for key in keys) and len(set(keys)) == len(keys) < 3:
                return value
        raise PydanticCustomError("key", "should be 32 random bytes in base64")

    @model_validator(mode="after")
    def _only_in_tests(self) -> "Settings":
        if self.failpoint and not self.test_flags:
            raise PydanticCustomError(
                "failpoint", "BALCAO_FAILPOINT is for tests: it needs BALCAO_TEST_FLAGS=1"
            )
        if self.failpoint and not FAILPOINTS.fullmatch(self.failpoint):
            raise PydanticCustomError("failpoint", "BALCAO_FAILPOINT should look like after_append:kill")
        return self

    def environment(self) -> dict[str, str]:
        """Return these settings as environment variables for a child process."""
        given = {
            **self.model_dump(exclude_none=True),
            "demo": self.demo if self.is_public_demo else self.is_demo,
        }
        given["whatsapp_app_secret"] = ",".join(self.whatsapp_app_secret)
        given["trusted_proxies"] = ",".join(self.trusted_proxies)
        given["data"] = self.data.absolute()
        written = {
            name: str(int(value) if isinstance(value, bool) else value) for name, value in given.items()
        }
        return {PREFIX + name.upper(): value for name, value in written.items() if value}


def load(env_file: Path | None = Path(".env"), webhooks: bool = True) -> Settings:
    """Read the environment, with `env_file` as defaults, and the secrets that the first start has stored.

    Without `webhooks` the secrets of WhatsApp's webhook are not needed.

    Raises:
        SettingsRefused: with every problem, each naming its key.
    """
    unknown = _unknown(os.environ, "in the environment")
    if env_file is not None and env_file.is_file():
        unknown += _unknown(dotenv_values(env_file), f"in {env_file}")
    try:
        settings = Settings(_env_file=env_file)
    except ValidationError as error:
        raise SettingsRefused([*unknown, *_sentences(error)]) from None
    if not settings.embedded and not settings.master_key:
        unknown.append("BALCAO_MASTER_KEY is missing: it is required with BALCAO_DATABASE_URL")
    if webhooks and not settings.simulated and not settings.whatsapp_app_secret:
        unknown.append(
            "BALCAO_WHATSAPP_APP_SECRET is missing: without the simulator, the secret of your app at Meta"
        )
    unknown += _kafka_problems(settings)
    if settings.is_public_demo and settings.has_real_whatsapp:
        unknown.append(
            "BALCAO_DEMO=public is for the simulator, or a Graph API on this machine: no real customer writes"
            " to a demo; leave BALCAO_WHATSAPP_API_URL empty, or set BALCAO_DEMO=0"
        )
    elif (
        settings.is_demo
        and not settings.is_public_demo
        and (settings.has_real_whatsapp or not settings.is_local)
    ):
        unknown.append(
            "BALCAO_DEMO is on: everybody knows the demo's password, so only this machine may reach it and no"
            " real WhatsApp; set BALCAO_DEMO=0, or BALCAO_HOST and BALCAO_WHATSAPP_API_URL to this machine,"
            " without BALCAO_PUBLIC_URL, or BALCAO_DEMO=public to make passwords"
        )
    if unknown:
        raise SettingsRefused(unknown)
    if not settings.is_public_demo:
        settings = settings.model_copy(update={"demo": settings.is_demo})
    return with_secrets(settings, webhooks=webhooks, creates=False)


def unprotected(settings: Settings) -> list[str]:
    """Return what goes to other machines without encryption, as sentences that name the setting."""
    found = []
    graph, database = urlsplit(settings.whatsapp_api_url), urlsplit(settings.database_url)
    if graph.scheme == "http" and not is_loopback(graph.hostname or ""):
        found.append("BALCAO_WHATSAPP_API_URL is http: the token and all messages are readable on the way")
    mode = dict(parse_qsl(database.query)).get("sslmode", "prefer")
    if database.hostname and not is_loopback(database.hostname) and mode not in SSL_REQUIRED:
        found.append(f"BALCAO_DATABASE_URL has sslmode={mode}: add sslmode=verify-full")
    brokers = [server.rpartition(":")[0].strip("[]") for server in settings.kafka.split(",") if server]
    if settings.kafka_security == "none" and not all(map(is_loopback, brokers)):
        found.append(
            "BALCAO_KAFKA is not encrypted: set BALCAO_KAFKA_SECURITY, or keep the brokers in a network of"
            " their own"
        )
    return found


def _kafka_problems(settings: Settings) -> list[str]:
    """Return what BALCAO_KAFKA_SECURITY needs and does not have, or has and does not need."""
    access = settings.kafka_access
    found = access.misfits()
    if access.is_encrypted and not settings.kafka:
        found.insert(0, "BALCAO_KAFKA_SECURITY is set without BALCAO_KAFKA")
    return found or access.unusable_files()


def _unknown(given: Mapping[str, Any], where: str) -> list[str]:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | TEST_KEYS
    return [
        f"{name} {where} is not a setting of Balcão"
        for name in given
        if name.upper().startswith(PREFIX) and name.upper() not in known
    ]


def _sentences(error: ValidationError) -> list[str]:
    """Write one sentence per problem, without the value: it may be a secret."""
    return [
        " ".join([*(PREFIX + str(name).upper() for name in problem["loc"][:1]), _predicate(problem)])
        for problem in error.errors(include_input=False, include_url=False)
    ]


def _predicate(problem: ErrorDetails) -> str:
    if problem["type"] == "bool_parsing":
        return "should be 1 or 0"
    return problem["msg"].removeprefix("Input ")


def with_secrets(settings: Settings, webhooks: bool = True, creates: bool = True) -> Settings:
    """Fill in missing secrets from the data folder, where the first start, which `creates` them, stores them.

    Raises:
        SettingsRefused: the file cannot be used.
    """
    wanted = ["whatsapp_app_secret", "whatsapp_verify_token"] if webhooks else []
    if settings.embedded:
        wanted.append("master_key")
    missing = [name for name in wanted if not getattr(settings, name)]
    stored = settings.secrets_file
    if not missing or not (creates or stored.exists()):
        return _with_simulator_token(settings)
    try:
        found = _stored_or_created(stored)
        given: dict[str, Any] = {name: found[name] for name in missing}
        parsed = Settings(_env_file=None, **given)  # validated like those from the environment
    except (OSError, ValueError, KeyError) as error:
        names = ", ".join(PREFIX + name.upper() for name in missing)
        # Only the first line: further lines of some errors quote the file.
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise SettingsRefused([f"{names}: not set, and {stored} cannot be used ({reason})"]) from None
    return _with_simulator_token(
        settings.model_copy(update={name: getattr(parsed, name) for name in missing})
    )


def _with_simulator_token(settings: Settings) -> Settings:
    """Fill in the token of the simulated Graph API; where others reach it, only our processes know it."""
    if not settings.simulated or settings.whatsapp_token:
        return settings
    token = SIMULATOR_TOKEN
    if settings.is_public_demo:
        if not settings.master_key:  # the first start has not stored it yet
            return settings
        token = hmac.digest(settings.master_key.encode(), b"simulator", "sha256").hex()
    return settings.model_copy(update={"whatsapp_token": token})


def _stored_or_created(stored: Path) -> dict[str, str]:
    """Read the stored secrets; create them first if missing. Two processes at once get the same."""
    if not stored.exists():
        stored.parent.mkdir(parents=True, exist_ok=True)
        fresh = write_private(stored.parent, "secrets-", json.dumps(_new_secrets(), indent=2))
        with suppress(FileExistsError):
            stored.hardlink_to(fresh)  # unlike a rename, never replaces the file of another process
        fresh.unlink()
        sync_folder(stored.parent)
    if (problem := exposure(stored)) is not None:
        raise PermissionError(problem)
    found: dict[str, str] = json.loads(stored.read_text())
    return found


def _new_secrets() -> dict[str, str]:
    return {
        "whatsapp_app_secret": secrets.token_hex(16),
        "whatsapp_verify_token": secrets.token_urlsafe(24),
        "master_key": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
