"""Outages: something goes away for a while and comes back, and nobody starts anything by hand.

Each says how long it holds; afterwards every part must work again within its limit. `tests.system.faults`
runs them between its kills; alone: `python -m tests.system.outages [--kafka] [--only frozen]`.
"""

import argparse
import itertools
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import orjson
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table

from adapters.whatsapp.split import split
from schemas.bot import CustomerMessage, Turn, TurnContact
from schemas.inbound import encode
from schemas.outbound import OutboundItem
from schemas.outbound import encode as encode_outbound
from schemas.topics import BOT_REPLIES, BOT_TURNS, INBOUND, OUTBOUND, Outgoing, Topics
from services.runtime.clock import utc_now
from services.runtime.topics import topics_of
from tests.support.poison import poisons
from tests.system.idle_connections import MANY, IdleConnections
from tests.system.installation import BOT_NUMBER, Installation, installation
from tests.system.parts import GIVEN_UP_S, Parts, Readiness, give_by_rule
from tests.system.servers import Machine, frozen
from tests.system.webhooks import as_meta_writes, body_of, text_item

RECOVERY_S, REJOIN_S = 5.0, 20.0
"""After the cause is gone; where a group of consumers rejoins or PostgreSQL recovers."""

READINESS_S = 2.0
WIDTH = 140
BROWSERS, BROWSER_PAUSE_S = 20, 0.2
"""Far more than the connections of an API process."""

POISON_BATCHES, POISON_AT_ONCE = 8, 20
WORKERS = ("ingest", "bot-replies", "project", "publish", "send", "schedule", "assign")


@dataclass(frozen=True)
class Outage:
    """What happens while its context is open, and what is expected of readiness and recovery."""

    name: str
    holds_s: float
    begin: Callable[[], AbstractContextManager[object]]
    limit_s: float = RECOVERY_S
    around: Callable[[], AbstractContextManager[object]] = nullcontext
    """What goes on meanwhile, and until all has recovered."""

    seen: Callable[[], list[str]] = list
    """What was wrong meanwhile."""

    says_no: bool | None = True
    """Whether `/readyz` has to say no meanwhile, or to go on saying yes; None when nobody can answer."""


@dataclass
class Recovery:
    """What came of an outage."""

    outage: Outage
    said_no_after_s: float | None
    slowest_readiness_s: float
    took: dict[str, float]
    wrong: list[str] = field(default_factory=list)
    meanwhile: str = ""

    @property
    def slowest(self) -> tuple[str, float]:
        return max(self.took.items(), key=lambda part: part[1])

    def row(self) -> list[str]:
        part, seconds = self.slowest
        said = "-" if self.said_no_after_s is None else f"{self.said_no_after_s:.1f}"
        readiness = f"{self.slowest_readiness_s:.2f}"
        return [self.outage.name, said, readiness, f"{seconds:.1f} of {self.outage.limit_s:.0f}", part]

    def parts(self) -> str:
        return ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.took.items())


@dataclass
class Outages:
    """The outages of one installation."""

    running: Installation
    machine: Machine
    parts: Parts
    readiness: Readiness
    in_time: bool = True
    """Whether what takes longer than its limit is wrong; not on a machine that does other things, too."""

    @classmethod
    @contextmanager
    def of(cls, running: Installation, machine: Machine, seed: int) -> Iterator["Outages"]:
        with Parts.of(running, seed) as parts, Readiness(running).watched() as readiness:
            yield cls(running, machine, parts, readiness)

    def go_through(self, outage: Outage) -> Recovery:
        """Let it happen, wait for all parts, and give one command of each kind."""
        starts = self._starts()
        begun = time.monotonic()
        with outage.around() as around:
            with outage.begin() as begun_with:
                time.sleep(outage.holds_s)
            over = time.monotonic()
            took = self.parts.recovered(over, self.readiness.is_ready)
        asked = self.readiness.between(begun - READINESS_S, time.monotonic())
        if outage.says_no is None:
            asked = [each for each in asked if each.at >= over]
        no = self.readiness.first_no(begun)
        said_no = no if no is not None and no < over - begun else None
        slowest = max((each.seconds for each in asked), default=0.0)
        recovery = Recovery(outage, said_no, slowest, took, meanwhile=str(around or begun_with or ""))
        recovery.wrong = [f"{outage.name}: {line}" for line in self._wrong(recovery, starts)]
        return recovery

    def _wrong(self, recovery: Recovery, starts: dict[str, int]) -> Iterator[str]:
        outage = recovery.outage
        limit_s = outage.limit_s if self.in_time else GIVEN_UP_S
        for part, seconds in recovery.took.items():
            if seconds > limit_s:
                yield f"{part} took {seconds:.1f} s of {limit_s:.0f} s to come back"
        if self.in_time and recovery.slowest_readiness_s > READINESS_S:
            yield f"readiness took {recovery.slowest_readiness_s:.1f} s"
        if outage.says_no not in (None, recovery.said_no_after_s is not None):
            yield "readiness said " + ("yes all the time" if outage.says_no else "no")
        yield from outage.seen()
        yield from self.parts.commands()
        for name, count in self._starts().items():
            if count != starts[name]:
                yield f"{name} ended and was started again {count - starts[name]} times"

    def _starts(self) -> dict[str, int]:
        return {name: process.starts for name, process in self.running.processes.items()}

    def all(self, *, scale: float = 1.0) -> list[Outage]:
        """Every outage that this machine can have; `scale` makes them shorter."""
        processes = [name for name in self.running.processes if name != "simulator"]
        return [
            self.of_postgres_stopped(15.0 * scale),
            self.of_postgres_crashed(60.0 * scale),
            self.of_postgres_frozen(30.0 * scale),
            *self.of_broker(scale),
            *self.of_disk(20.0 * scale),
            *[self.of_process(name, 30.0 * scale) for name in processes],
            self.of_idle_connections(60.0 * scale),
            self.of_poison(),
        ]

    def of_postgres_stopped(self, seconds: float) -> Outage:
        name = f"PostgreSQL stopped {seconds:.0f} s"
        return Outage(name, seconds, self.machine.postgres.away, around=self._browsers)

    def of_postgres_crashed(self, seconds: float) -> Outage:
        name, away = f"PostgreSQL crashed, away {seconds:.0f} s", self.machine.postgres.away
        return Outage(name, seconds, lambda: away(crashed=True), REJOIN_S, self._browsers)

    def of_postgres_frozen(self, seconds: float) -> Outage:
        name = f"PostgreSQL frozen {seconds:.0f} s"
        return Outage(name, seconds, self.machine.postgres.frozen, around=self._browsers)

    def _browsers(self) -> AbstractContextManager["Browsers"]:
        return Browsers(self.parts).asking()

    def of_broker(self, scale: float) -> list[Outage]:
        broker = self.machine.broker
        if broker is None:
            return []

        @contextmanager
        def away() -> Iterator[None]:
            broker.stop()
            try:
                yield
            finally:
                broker.start()

        stopped_s, frozen_s = 15.0 * scale, 30.0 * scale
        return [
            Outage(f"broker stopped {stopped_s:.0f} s", stopped_s, away, REJOIN_S),
            Outage(f"broker frozen {frozen_s:.0f} s", frozen_s, lambda: frozen([broker.pid]), REJOIN_S),
        ]

    def of_disk(self, seconds: float) -> list[Outage]:
        disk = self.machine.disk
        return [] if disk is None else [Outage(f"disk full {seconds:.0f} s", seconds, disk.full, REJOIN_S)]

    def of_process(self, name: str, seconds: float) -> Outage:
        """A worker that stands still is noticed after six seconds; the bot's engine is not ours to watch."""

        def begin() -> AbstractContextManager[object]:
            pid = self.running.processes[name].pid
            assert pid is not None
            return frozen([pid])

        says_no = {"api": None, "bot": False}.get(name, True)
        limit_s = REJOIN_S if self.machine.kafka else RECOVERY_S
        return Outage(f"{name} frozen {seconds:.0f} s", seconds, begin, limit_s, says_no=says_no)

    def of_idle_connections(self, seconds: float) -> Outage:
        served = Served(self.parts, IdleConnections(int(self.running.environment["BALCAO_PORT"])))
        name = f"{MANY} idle connections"
        return Outage(name, seconds, served.meanwhile, seen=served.wrong, says_no=False)

    def of_poison(self) -> Outage:
        return Outage("poison in every topic", 2.0, lambda: poison(self.parts), REJOIN_S, says_no=False)


@dataclass
class Browsers:
    """Many of them ask at the same time, and again soon, whatever is answered."""

    parts: Parts
    answers: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0

    def __str__(self) -> str:
        answers = ", ".join(f"{count} × {status}" for status, count in sorted(self.answers.items()))
        return f"{BROWSERS} browsers: {answers}; slowest {self.slowest_s:.1f} s"

    @contextmanager
    def asking(self) -> Iterator["Browsers"]:
        stop = threading.Event()
        cookies = itertools.islice(itertools.cycle(self.parts.crowd), BROWSERS)
        threads = [threading.Thread(target=self._ask, args=[stop, each], daemon=True) for each in cookies]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _ask(self, stop: threading.Event, cookies: dict[str, str]) -> None:
        with httpx2.Client(base_url=self.parts.installation.url, timeout=15.0, cookies=cookies) as client:
            while not stop.wait(BROWSER_PAUSE_S):
                at = time.monotonic()
                try:
                    status = str(client.get("/v1/tickets", params={"view": "queue"}).status_code)
                except httpx2.TransportError as error:
                    status = type(error).__name__
                self.answers[status] += 1
                self.slowest_s = max(self.slowest_s, time.monotonic() - at)


@dataclass
class Served:
    """While connections idle, everybody else is served: a customer, and an admin with a list."""

    parts: Parts
    idle: IdleConnections
    slowest: dict[str, float] = field(default_factory=lambda: {"webhook": 0.0, "list": 0.0})
    refused: int = 0

    def __str__(self) -> str:
        said = ", ".join(f"slowest {name} {seconds:.2f} s" for name, seconds in self.slowest.items())
        return f"{self.idle.opened} connections opened, {MANY} at a time; {said}; {self.refused} not answered"

    def wrong(self) -> list[str]:
        return [f"{self.refused} requests of others were not answered"] if self.refused else []

    @contextmanager
    def meanwhile(self) -> Iterator["Served"]:
        stop = threading.Event()
        thread = threading.Thread(target=self._ask, args=[stop])
        thread.start()
        try:
            with self.idle.held():
                yield self
        finally:
            stop.set()
            thread.join()

    def _ask(self, stop: threading.Event) -> None:
        probes: dict[str, Callable[[], object]] = {
            "webhook": self.parts.writes,
            "list": lambda: self.parts.admin.get("/v1/tickets").raise_for_status(),
        }
        while not stop.wait(0.2):
            for name, probe in probes.items():
                at = time.monotonic()
                try:
                    probe()
                except httpx2.HTTPError:
                    self.refused += 1
                self.slowest[name] = max(self.slowest[name], time.monotonic() - at)


@contextmanager
def poison(parts: Parts) -> Iterator[str]:
    """Records of every topic with something extreme in them, and what is no record."""
    topics = topics_of(parts.installation.settings)
    try:
        produced = [f"{_poison(topics, topic, good)} in {topic}" for topic, good in _good(parts).items()]
    finally:
        topics.close()
    yield ", ".join(produced)


def _poison(topics: Topics, topic: str, good: dict[str, Any]) -> int:
    """Produce what is like this record, and not quite; return how many."""
    produced: list[int] = []
    key = str(good.get("conversation_id", "x")).encode()
    values = st.lists(poisons(good), min_size=1, max_size=POISON_AT_ONCE)

    @seed(1)
    @settings(
        max_examples=POISON_BATCHES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(values, st.sampled_from([key, b"", b"other"]))
    def produce(records: list[bytes], under: bytes) -> None:
        topics.produce([Outgoing(topic, under, value) for value in records])
        produced.append(len(records))

    produce()
    return sum(produced)


def _good(parts: Parts) -> dict[str, dict[str, Any]]:
    """One good record of each topic, about a customer whose messages nobody counts."""
    wa_id, now = next(parts.customers), utc_now()
    ((_, item),) = split(as_meta_writes(body_of([text_item(f"wamid.{wa_id}", wa_id, "Bom dia", now)])), now)
    tenant_id = UUID(parts.admin.get("/v1/me").json()["tenant"]["id"])
    conversation_id, contact_id = UUID(parts.known["conversation_id"]), UUID(parts.known["contact_id"])
    channel_id = UUID(parts.admin.get("/v1/channels").json()["items"][0]["id"])
    said = parts.admin.get(f"/v1/conversations/{conversation_id}/messages").json()["items"][-1]
    attempt = OutboundItem(
        message_id=UUID(said["id"]),
        attempt=1,
        tenant_id=tenant_id,
        channel_id=channel_id,
        conversation_id=conversation_id,
        contact_id=contact_id,
        ticket=1,
        type="text",
        text="Olá",
        caused_by=uuid4(),
    )
    turn = Turn(
        tenant_id=tenant_id,
        channel_id=channel_id,
        conversation_id=conversation_id,
        ticket=1,
        epoch=1,
        turn_id=uuid4(),
        kind="message",
        answer_by=now,
        message=CustomerMessage(id=uuid4(), sent_at=now, type="text", text="Oi", raw=None),
        summary=None,
        contact=TurnContact(id=contact_id, name="Marina", phone=wa_id, email=None, attributes={}),
        variables={},
    )
    reply = {name: str(getattr(turn, name)) for name in ("tenant_id", "conversation_id", "turn_id")}
    action = {"type": "hand_off", "reason": "x", "card": {"name": "Rita"}, "variables": {"a": [1, {"b": 2}]}}
    said_by_bot = [{"type": "text", "text": "Olá"}]
    return {
        INBOUND: orjson.loads(encode(item)),
        BOT_REPLIES: {**reply, "epoch": 1, "reply_id": "r1", "messages": said_by_bot, "action": action},
        BOT_TURNS: turn.model_dump(mode="json"),
        OUTBOUND: orjson.loads(encode_outbound(attempt)),
    }


def table(recoveries: Sequence[Recovery]) -> Table:
    shown = Table(title="Outages, seconds after the cause is gone", title_justify="left")
    for name in ("outage", "said no after", "slowest readiness", "all parts", "the last"):
        shown.add_column(name, justify="left" if name in ("outage", "the last") else "right")
    for recovery in recoveries:
        shown.add_row(*recovery.row())
    return shown


def show(recovery: Recovery, console: Console) -> None:
    lines = [f"{recovery.outage.name}: {recovery.parts()}", recovery.meanwhile, *recovery.wrong]
    for line in filter(None, lines):
        console.print(line, highlight=False, soft_wrap=True)


def main() -> None:
    """All outages without kills."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kafka", action="store_true")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is stopped
    folder = Path(tempfile.mkdtemp(prefix="balcao-outages-"))
    folder.chmod(0o711)
    console, recoveries = Console(width=WIDTH), list[Recovery]()
    with (
        Machine.running(folder, kafka=asked.kafka, small_disk=True) as machine,
        installation(folder, machine.database_url, kafka=machine.kafka) as running,
    ):
        running.balcao("channel", "add", "--phone-number-id", BOT_NUMBER, "--name", "Robô", "--bot")
        running.start("api", *WORKERS, "bot")
        give_by_rule(running)
        with Outages.of(running, machine, asked.seed) as outages:
            for outage in outages.all(scale=asked.scale):
                if asked.only in outage.name:
                    recoveries.append(outages.go_through(outage))
                    show(recoveries[-1], console)
    if machine.disk is None:
        console.print("No disk was filled: only root can mount a small one.")
    console.print(table(recoveries))
    raise SystemExit(any(recovery.wrong for recovery in recoveries))


if __name__ == "__main__":
    main()
