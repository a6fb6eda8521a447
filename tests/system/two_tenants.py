"""Two tenants, one of them under attack: the other one hardly notices.

By hand: `python -m tests.system.two_tenants [--kafka] [--only streams]`. It prints, for each attack, its
rate, what was answered to it, and the other tenant's times.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from rich.console import Console
from rich.table import Table

from adapters.postgres.log.event_log import PostgresLog
from services.commands.installation import InstallationCommands
from tests.support.waiting import until
from tests.system.attacks import RATES
from tests.system.installation import BOT_NUMBER, NUMBER, Installation, installation
from tests.system.servers import Machine
from tests.system.webhooks import as_meta_writes, body_of, signed, text_item

OTHER_NUMBER, OTHER_EMAIL, PASSWORD = "300000000000001", "rita@boreal.example", "uma senha da Rita"
MESSAGES_A_SECOND, LISTS_A_SECOND, COMMANDS_A_SECOND = 20.0, 5.0, 3.0
CUSTOMERS = 200
LIMIT_MS = 200.0
KINDS = ("webhook", "list", "command", "shown")
"""What is measured; `shown` from the webhook to the list, at times, and without a limit."""

SHOWN_A_SECOND, SHOWN_WITHIN_S = 0.3, 60.0
WIDTH = 150
BEFORE = 3_000
"""Customers of the attacked tenant who have written before."""

ATTACKS = (*RATES, "idle_connections", "bot_replies", "rebuild")


@dataclass
class Times:
    """How long each request took from the moment when it was due, in milliseconds, by kind."""

    ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[str] = field(default_factory=Counter)

    def p99(self, kind: str) -> float:
        ordered = sorted(self.ms[kind])
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


@dataclass
class Tenant:
    """The one that is not attacked: its customers write, its agent reads lists and gives commands."""

    running: Installation
    client: httpx2.Client
    threads: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def founded(cls, running: Installation) -> Iterator["Tenant"]:
        """A second company with a number, an agent, and customers who have written."""
        told = running.settings
        with PostgresLog(told.database_url, told.master_key, pool_size=1) as log:
            commands = InstallationCommands(log, "system:tests")
            tenant_id = commands.add_tenant("Boreal")
            commands.add_channel(tenant_id, OTHER_NUMBER, "Atendimento", "portfolio of Boreal")
        running.hire(tenant_id, "Rita Prado", OTHER_EMAIL, "admin", PASSWORD)
        running.add_number(OTHER_NUMBER)
        with running.agent(OTHER_EMAIL, PASSWORD) as client:
            tenant = cls(running, client)
            for n in range(CUSTOMERS):
                tenant.writes(n)
            until("the customers of Boreal", tenant._meets, 60.0)
            yield tenant

    def times(self, seconds: float) -> Times:
        """Do what it does all day, each at its rate, and measure."""
        times = Times()
        kinds: dict[str, tuple[float, Callable[[int], httpx2.Response]]] = {
            "webhook": (MESSAGES_A_SECOND, self.writes),
            "list": (LISTS_A_SECOND, self._lists),
            "command": (COMMANDS_A_SECOND, self._commands),
            "shown": (SHOWN_A_SECOND, self._is_shown),
        }
        dues = sorted(
            (n / rate, kind, n) for kind, (rate, _) in kinds.items() for n in range(int(rate * seconds))
        )
        begun = time.monotonic()

        def ask(due: float, kind: str, n: int) -> None:
            try:
                answer = kinds[kind][1](n)
            except httpx2.TransportError as error:
                times.refused[f"{kind} {type(error).__name__}"] += 1
            else:
                if answer.status_code >= 300:
                    times.refused[f"{kind} {answer.status_code}"] += 1
            times.ms[kind].append((time.monotonic() - begun - due) * 1000)

        with ThreadPoolExecutor(32) as pool:
            for due, kind, n in dues:
                if (early := begun + due - time.monotonic()) > 0:
                    time.sleep(early)
                pool.submit(ask, due, kind, n)
        return times

    def writes(self, n: int) -> httpx2.Response:
        item = text_item(f"wamid.{uuid4().hex}", f"5528{n % CUSTOMERS:09d}", "Bom dia", datetime.now(UTC))
        raw = as_meta_writes(body_of([item], number=OTHER_NUMBER))
        return self.client.post("/webhooks/whatsapp", content=raw, headers=signed(raw))

    def _lists(self, n: int) -> httpx2.Response:
        return self.client.get("/v1/tickets", params={"view": "queue", "sort": ("newest", "waiting")[n % 2]})

    def _commands(self, n: int) -> httpx2.Response:
        thread = self.threads[n % len(self.threads)]
        if n % 2:
            return self.client.put(f"/v1/conversations/{thread}/answered", json={"answered": n % 4 == 1})
        body, key = {"text": f"Uma nota {n}"}, {"Idempotency-Key": uuid4().hex}
        return self.client.post(f"/v1/conversations/{thread}/notes", json=body, headers=key)

    def _is_shown(self, n: int) -> httpx2.Response:
        """A customer writes, and the list shows it."""
        text = uuid4().hex
        item = text_item(f"wamid.{text}", f"5530{n:09d}", text, datetime.now(UTC))
        raw = as_meta_writes(body_of([item], number=OTHER_NUMBER))
        self.client.post("/webhooks/whatsapp", content=raw, headers=signed(raw))
        shown: dict[str, str | int] = {"view": "queue", "sort": "newest", "limit": CUSTOMERS}
        given_up_at = time.monotonic() + SHOWN_WITHIN_S
        while True:
            answer = self.client.get("/v1/tickets", params=shown)
            if answer.status_code >= 300 or text in answer.text or time.monotonic() > given_up_at:
                return answer
            time.sleep(0.1)

    def _meets(self) -> bool:
        answer = self.client.get("/v1/tickets", params={"view": "queue", "limit": CUSTOMERS})
        self.threads = [ticket["conversation_id"] for ticket in answer.json()["items"]]
        return len(self.threads) == CUSTOMERS


@dataclass
class Attacked:
    """The other one, which is the demo's."""

    running: Installation
    client: httpx2.Client
    tenant_id: str
    conversation: str

    @classmethod
    @contextmanager
    def filled(cls, running: Installation) -> Iterator["Attacked"]:
        """It has some thousand tickets."""
        now = datetime.now(UTC)
        items = [text_item(f"wamid.before.{n}", f"5529{n:09d}", f"Pedido {n}", now) for n in range(BEFORE)]
        with running.agent("admin@demo.balcao") as client:
            for n in range(0, BEFORE, 100):
                raw = as_meta_writes(body_of(items[n : n + 100]))
                client.post("/webhooks/whatsapp", content=raw, headers=signed(raw)).raise_for_status()
            bot = as_meta_writes(
                body_of([text_item("wamid.bot", "5529900000000", "Oi", now)], number=BOT_NUMBER)
            )
            client.post("/webhooks/whatsapp", content=bot, headers=signed(bot)).raise_for_status()
            until("all are read", lambda: _all_followed(running), 120.0, 0.5)
            ticket = client.get("/v1/tickets", params={"view": "all", "limit": 1}).json()["items"][0]
            tenant_id = client.get("/v1/me").json()["tenant"]["id"]
            yield cls(running, client, tenant_id, ticket["conversation_id"])

    @contextmanager
    def under(self, name: str, seconds: float) -> Iterator[Callable[[], dict[str, int]]]:
        """Attack it; the answers are known afterwards."""
        cookie = "; ".join(f"{key}={value}" for key, value in self.client.cookies.items())
        told = {"url": self.running.url, "cookie": cookie, "number": NUMBER, "tenant": self.tenant_id}
        told |= {"conversation": self.conversation, "seconds": str(seconds)}
        command = [sys.executable, "-m", "tests.system.attacks", name]
        command += [part for key, value in told.items() for part in (f"--{key}", value)]
        if name == "rebuild":
            command = ["nice", sys.executable, "-m", "services.cli", "project", "rebuild", "workspace"]
        process = subprocess.Popen(command, env=self.running.environment, stdout=subprocess.PIPE)
        try:
            time.sleep(1.5)  # it has its imports behind it
            yield lambda: _answers(name, process)
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait()


def _answers(name: str, process: "subprocess.Popen[bytes]") -> dict[str, int]:
    said, _ = process.communicate(timeout=120.0)
    if name == "rebuild":
        return {"exit": process.returncode}
    answers: dict[str, int] = json.loads(said) if said else {"died": 1}
    return answers


def _all_followed(running: Installation) -> bool:
    answer = httpx2.get(f"{running.url}/readyz", timeout=10.0).json()
    return bool(answer["ready"]) and all(follower["lag"] == 0 for follower in answer["followers"])


@dataclass(frozen=True)
class Result:
    """What the other tenant saw while this went on."""

    attack: str
    times: Times
    answers: dict[str, int]
    seconds: float

    def wrong(self, usual: Times) -> list[str]:
        found = [f"{self.attack}: {kind}" for kind in self.times.refused]
        for kind in KINDS[:3]:
            base = usual.p99(kind)
            if (p99 := self.times.p99(kind)) > max(2 * base, LIMIT_MS):
                found.append(f"{self.attack}: p99 of {kind} is {p99:.0f} ms, usually {base:.0f}")
        return found

    def row(self) -> list[str]:
        said = ", ".join(f"{count} × {status}" for status, count in sorted(self.answers.items()))
        rate = f"{RATES[self.attack]:.0f}/s" if self.attack in RATES else ""
        return [
            self.attack,
            *(f"{self.times.p99(kind):.0f}" for kind in KINDS),
            rate,
            said,
        ]


def table(results: Sequence[Result], seconds: float) -> Table:
    title = f"p99 in ms of a tenant at {MESSAGES_A_SECOND:.0f} messages/s, {LISTS_A_SECOND:.0f} lists/s and"
    title += f" {COMMANDS_A_SECOND:.0f} commands/s, while another one is attacked for {seconds:.0f} s each"
    shown = Table(title=title, title_justify="left")
    for name in ("attack", *KINDS, "rate", "answered"):
        shown.add_column(name, justify="left" if name in ("attack", "answered") else "right")
    for result in results:
        shown.add_row(*result.row())
    return shown


def run(
    folder: Path,
    database_url: str,
    kafka: str,
    attacks: Sequence[str],
    seconds: float,
    say: Callable[[Result], Any],
) -> list[Result]:
    """Measure without an attack, under each, and without one again."""
    results = []
    with installation(folder, database_url, kafka=kafka) as running:
        running.balcao("channel", "add", "--phone-number-id", BOT_NUMBER, "--name", "Robô", "--bot")
        running.start("api", "work", "bot")
        with Attacked.filled(running) as attacked, Tenant.founded(running) as tenant:
            tenant.times(5.0)
            results.append(Result("none", tenant.times(seconds), {}, seconds))
            say(results[-1])
            for name in attacks:
                with attacked.under(name, seconds + 2.0) as answers:
                    times = tenant.times(seconds)
                    results.append(Result(name, times, answers(), seconds))
                say(results[-1])
                until("all are followed", lambda: _all_followed(running), 300.0, 0.5)
            results.append(Result("none, afterwards", tenant.times(seconds), {}, seconds))
            say(results[-1])
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kafka", action="store_true")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is stopped
    folder = Path(tempfile.mkdtemp(prefix="balcao-tenants-"))
    folder.chmod(0o711)
    console = Console(width=WIDTH)
    names = [name for name in ATTACKS if asked.only in name]
    with Machine.running(folder, kafka=asked.kafka) as machine:
        results = run(
            folder,
            machine.database_url,
            machine.kafka,
            names,
            asked.seconds,
            lambda result: console.print("  ".join(result.row()), highlight=False),
        )
    console.print(table(results, asked.seconds))
    wrong = [line for result in results[1:] for line in result.wrong(results[0].times)]
    for line in wrong:
        console.print(line, highlight=False)
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
