"""A whole Balcão as real processes, driven by its environment alone."""

import base64
import os
import secrets
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2

from adapters.postgres.log.event_log import PostgresLog
from domain.administration import Role
from schemas.topics import TopicsUnavailable
from services.access.passwords import store_password
from services.app.demo import seed
from services.app.migration import prepare
from services.commands.installation import InstallationCommands
from services.runtime.settings import Settings
from tests.support.waiting import free_port, until
from tests.system.supervised_process import SupervisedProcess

APP_SECRET, VERIFY_TOKEN, TOKEN = "an app secret of the tests", "a verify token", "a token of the tests"
LOGIN_S = 180.0
"""The longest outage, and then some."""

NUMBER, BOT_NUMBER = "100000000000001", "100000000000002"
"""The phone number ids of the demo's channels."""

ACCOUNT = "100000000000001"
"""The WhatsApp account of the simulator's numbers."""


@dataclass
class Installation:
    """Processes of one configuration on one database; `environment` is all that they are told."""

    folder: Path
    environment: dict[str, str]
    processes: dict[str, SupervisedProcess] = field(default_factory=dict)
    forked: bool = False
    """Whether its processes begin with their imports done."""

    @classmethod
    def on(cls, folder: Path, database_url: str, **keys: str) -> "Installation":
        port = free_port()
        clean = {k: v for k, v in os.environ.items() if not k.startswith("BALCAO_")}
        given = {
            "BALCAO_PORT": str(port),
            "BALCAO_DATA": str(folder / "data"),
            "BALCAO_DATABASE_URL": database_url,
            "BALCAO_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "BALCAO_WHATSAPP_APP_SECRET": APP_SECRET,
            "BALCAO_WHATSAPP_VERIFY_TOKEN": VERIFY_TOKEN,
            "BALCAO_WHATSAPP_TOKEN": TOKEN,
            "BALCAO_DEMO": "1",
            "BALCAO_TEST_FLAGS": "1",
        }
        return cls(folder, {**clean, "PYTHONUNBUFFERED": "1", **given, **keys})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['BALCAO_PORT']}"

    @property
    def webhook_url(self) -> str:
        return f"{self.url}/webhooks/whatsapp"

    def balcao(self, *arguments: str, within_s: float = 120.0) -> str:
        """Run one command to its end; return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "services.cli", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=within_s,
        )
        assert done.returncode == 0, f"balcao {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    @property
    def settings(self) -> Settings:
        """What the processes read from their environment."""
        told = {key[7:].lower(): value for key, value in self.environment.items() if key[:7] == "BALCAO_"}
        return Settings.model_validate(told)

    def start(self, *names: str) -> None:
        """Start `balcao <name>` for each and wait until all are ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            command = [name] if self.forked else [sys.executable, "-m", "services.cli", name]
            self._supervised(name, command, self.forked).start()
        for name in names:
            self.processes[name].wait_ready()

    def start_simulator(self) -> SupervisedProcess:
        """The Graph API and the customers' phones as a process of their own, which nobody kills."""
        port = free_port()
        self.environment["BALCAO_WHATSAPP_API_URL"] = f"http://127.0.0.1:{port}/simulator/graph"
        command = [sys.executable, "-m", "services.cli", "simulator", "--port", str(port)]
        command += ["--folder", str(self.folder / "simulator"), "--webhook-url", self.webhook_url]
        command += ["--app-secret", APP_SECRET, "--verify-token", VERIFY_TOKEN, "--token", TOKEN]
        self.folder.mkdir(parents=True, exist_ok=True)
        self.simulator_url = f"http://127.0.0.1:{port}"
        process = self._supervised("simulator", command)
        process.start()
        return process

    def add_number(self, number: str) -> None:
        """Let the simulator take what is sent from this number."""
        named = {"phone_number_id": number, "business_name": number}
        httpx2.post(f"{self.simulator_url}/simulator/v1/numbers", json=named, timeout=10.0).raise_for_status()

    def add_template(self) -> str:
        """Let the account of the numbers have an approved template with one parameter; return its name."""
        simulator, name = f"{self.simulator_url}/simulator", f"aviso_{secrets.token_hex(6)}"
        body = {
            "name": name,
            "language": "pt_BR",
            "category": "UTILITY",
            "components": [
                {
                    "type": "BODY",
                    "text": "Olá, {{1}}! Seu pedido saiu hoje para entrega, até logo.",
                    "example": {"body_text": [["Ana"]]},
                },
                {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Falar"}]},
            ],
        }
        made = httpx2.post(
            f"{simulator}/graph/v26.0/{ACCOUNT}/message_templates",
            json=body,
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=10.0,
        ).raise_for_status()
        approved = {"status": "APPROVED"}
        id = made.json()["id"]
        httpx2.post(f"{simulator}/v1/templates/{id}", json=approved, timeout=10.0).raise_for_status()
        return name

    def misbehave(self, **faults: Any) -> None:
        """Let the simulator make faults; it never knows windows, since customers write without it here."""
        told = {"window": "off", **faults}
        httpx2.post(f"{self.simulator_url}/simulator/v1/faults", json=told, timeout=10.0).raise_for_status()

    def stop(self) -> dict[str, int]:
        """End all; return how each ended."""
        return {name: process.stop() for name, process in self.processes.items()}

    def end(self) -> None:
        """Kill all."""
        for process in self.processes.values():
            process.end()

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def calls(self) -> dict[str, int]:
        """How often the Graph API accepted each of our messages."""
        answer = httpx2.get(f"{self.simulator_url}/simulator/v1/ledger", timeout=10.0).json()
        counted: Counter[str] = Counter()
        for call in answer["calls"]:
            counted[call["message_id"]] += call["n_calls"]
        return counted

    @contextmanager
    def agent(self, email: str = "ana@demo.balcao", password: str = "balcao") -> Iterator[httpx2.Client]:
        """A logged-in client."""
        with httpx2.Client(base_url=self.url, timeout=15.0) as client:
            given = {"email": email, "password": password}
            until(f"login of {email}", lambda: _logged_in(client, given), LOGIN_S)
            yield client

    def hire(self, tenant_id: UUID, name: str, email: str, role: Role, password: str) -> None:
        """Add an agent of a tenant, with a password."""
        told = self.settings
        with PostgresLog(told.database_url, told.master_key, pool_size=1) as log:
            agent_id = InstallationCommands(log, "system:tests").add_agent(tenant_id, name, email, role)
            store_password(log.secrets, agent_id, password)

    def _supervised(self, name: str, command: Sequence[str], forked: bool = False) -> SupervisedProcess:
        log = self.folder / f"{name}.log"
        process = SupervisedProcess(name, command, self.environment, log, forked)
        self.processes[name] = process
        return process


@contextmanager
def installation(
    folder: Path, database_url: str, *, kafka: str = "", own_simulator: bool = True, **keys: str
) -> Iterator[Installation]:
    """The demo on a database, and a broker if one is given; nothing runs yet, and nothing at last.

    Without `own_simulator` the API process serves it, as under `make run`.
    """
    if kafka:
        keys |= {"BALCAO_KAFKA": kafka, "BALCAO_TOPIC_PREFIX": f"t{uuid.uuid4().hex[:12]}."}
    running = Installation.on(folder, database_url, **keys)
    running.forked = True
    try:
        simulator = running.start_simulator() if own_simulator else None
        until("the schema and the topics", lambda: _prepared(running.settings), 60.0)
        seed(running.settings)
        if simulator is not None:
            simulator.wait_ready()
            for number in (NUMBER, BOT_NUMBER):
                running.add_number(number)
            running.misbehave()
        yield running
    finally:
        running.end()


def _prepared(settings: Settings) -> bool:
    """Whether it worked; False while a busy broker needs more time."""
    try:
        prepare(settings)
    except TopicsUnavailable:
        return False
    return True


def _logged_in(client: httpx2.Client, given: dict[str, str]) -> bool:
    """Whether it worked; False while the API is away or too busy."""
    try:
        answer = client.post("/v1/session", json=given)
    except httpx2.TransportError:
        return False
    assert answer.status_code < 300 or answer.status_code in (429, 503), answer.text
    return answer.status_code < 300


def all_pages(client: httpx2.Client, path: str, **params: Any) -> list[dict[str, Any]]:
    """Every item of a list, page by page."""
    items: list[dict[str, Any]] = []
    while True:
        answer = client.get(path, params=params)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        body = answer.json()
        items += body["items"]
        if not body.get("next"):
            return items
        params = {**params, "cursor": body["next"]}


def digits(phone: str | None) -> str:
    """A phone number as it is shown, without what is no digit."""
    return "".join(c for c in phone or "" if c.isdigit())


def thread_of(client: httpx2.Client, conversation_id: str) -> list[dict[str, Any]]:
    """Every message of a conversation, oldest first."""
    pages: list[list[dict[str, Any]]] = []
    params: dict[str, Any] = {"limit": 200}
    while True:
        answer = client.get(f"/v1/conversations/{conversation_id}/messages", params=params)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        pages.append(body["items"])
        if not body.get("next"):
            return [message for page in reversed(pages) for message in page]
        params = {"limit": 200, "before": body["next"]}
