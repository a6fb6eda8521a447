"""A whole Balcão as real processes, driven by its environment alone, each started again when it is killed."""

import base64
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.support.waiting import free_port, until

APP_SECRET, VERIFY_TOKEN, TOKEN = "an app secret of the tests", "a verify token", "a token of the tests"
NUMBER = "100000000000001"
"""The phone number id of the demo's channel."""
READY_S = 60.0


@dataclass
class Minded:
    """One process that is started again at once whenever it ends, until it is stopped."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    log: Path
    starts: int = 0
    ends: list[int] = field(default_factory=list)
    _process: subprocess.Popen[bytes] | None = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _stopping: bool = False
    _minder: threading.Thread | None = None

    def start(self) -> None:
        self._stopping = False
        self._minder = threading.Thread(target=self._mind, name=self.name, daemon=True)
        self._minder.start()

    def wait_ready(self, within_s: float = READY_S) -> None:
        if not self._ready.wait(within_s):
            raise AssertionError(f"{self.name} is not ready:\n{self.log.read_text()[-4000:]}")

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def kill(self) -> None:
        """kill -9; the minder starts it again."""
        if self._process is not None:
            self._process.kill()

    def end(self) -> None:
        """kill -9, and no new start: also of one that the minder was just about to make."""
        self._stopping = True
        while self._minder is not None and self._minder.is_alive():
            self.kill()
            self._minder.join(0.2)

    def stop(self, within_s: float = 15.0) -> int:
        """SIGTERM; return how it ended."""
        self._stopping = True
        process = self._process
        if process is None:
            return 0
        process.terminate()
        try:
            code = process.wait(within_s)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"{self.name} does not end within {within_s} s") from None
        if self._minder is not None:
            self._minder.join(5)
        return code

    def _mind(self) -> None:
        while not self._stopping:
            self.starts += 1
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self.command,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,
                )
                assert self._process.stdout is not None
                for line in self._process.stdout:
                    log.write(line)
                    log.flush()
                    if b'"ready"' in line:
                        self._ready.set()
            code = self._process.wait()
            if not self._stopping:
                self._ready.clear()
                self.ends.append(code)
                # A process that cannot start at all must not spin.
                time.sleep(0.05 if code == -signal.SIGKILL else 0.5)


@dataclass
class Installation:
    """Processes of one configuration on one database; `environment` is all that they are told."""

    folder: Path
    environment: dict[str, str]
    minded: dict[str, Minded] = field(default_factory=dict)

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

    def seed(self) -> None:
        """Make the demo tenant and its people, as `serve` does."""
        code = "from services.installation.demo import seed; from services.settings import load; seed(load())"
        subprocess.run([sys.executable, "-c", code], env=self.environment, check=True, timeout=60)

    def start(self, *names: str) -> None:
        """Start `balcao <name>` for each and wait until all are ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            self._minded(name, [sys.executable, "-m", "services.cli", name]).start()
        for name in names:
            self.minded[name].wait_ready()

    def start_simulator(self, *options: str) -> None:
        """The Graph API and the customers' phones as a process of their own, which nobody kills."""
        port = free_port()
        self.environment["BALCAO_WHATSAPP_API_URL"] = f"http://127.0.0.1:{port}/simulator/graph"
        command = [sys.executable, "-m", "services.simulator", "--port", str(port)]
        command += ["--folder", str(self.folder / "simulator"), "--webhook-url", self.webhook_url]
        command += ["--app-secret", APP_SECRET, "--verify-token", VERIFY_TOKEN, "--token", TOKEN, *options]
        self.folder.mkdir(parents=True, exist_ok=True)
        self.simulator_url = f"http://127.0.0.1:{port}"
        minded = self._minded("simulator", command)
        minded.start()
        minded.wait_ready()

    def stop(self) -> dict[str, int]:
        """End all; return how each ended."""
        return {name: minded.stop() for name, minded in self.minded.items()}

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    @contextmanager
    def agent(self, email: str = "ana@demo.balcao", password: str = "balcao") -> Iterator[httpx2.Client]:
        """A logged-in client."""
        with httpx2.Client(base_url=self.url, timeout=15.0) as client:
            given = {"email": email, "password": password}
            until(f"login of {email}", lambda: _logged_in(client, given), 60.0)
            yield client

    def _minded(self, name: str, command: Sequence[str]) -> Minded:
        minded = Minded(name, command, self.environment, self.folder / f"{name}.log")
        self.minded[name] = minded
        return minded


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
