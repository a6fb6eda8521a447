"""Customers who write and agents who answer, with a ledger of what was said and what was promised."""

import random
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from tests.support.waiting import until
from tests.system.installation import ACCOUNT, NUMBER, Installation, all_pages, digits, thread_of
from tests.system.webhooks import as_meta_writes, body_of, post_until_taken, text_item

AGENTS = ("ana@demo.balcao", "bruno@demo.balcao")
NOT_THEIRS: dict[str, Any] = {"refused": True}
"""A colleague was given the ticket meanwhile: whoever may not see it is told that there is none."""

PAUSE_S = 2.0
OUTAGE_S = 180.0
"""The longest outage, and then some."""

SETTLED_S = 150.0
"""A claim's deadline, the sweep's grace, and what waits behind it."""


@dataclass
class Promises:
    """What each customer wrote (in the order of their seconds) and what agents were promised to be said."""

    written: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    answered: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """By customer: message id → text, as the command was answered."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def promise(self, wa_id: str, message_id: str, text: str) -> None:
        with self._lock:
            self.answered[wa_id][message_id] = text


@dataclass
class Traffic:
    """Rounds of messages by `customers`, each request sent `copies` times, shuffled, on `connections`."""

    installation: Installation
    seed: int
    customers: int = 24
    per_round: int = 4
    copies: int = 3
    connections: int = 4
    patience_s: float = 60.0
    """How long anything may be refused."""

    ledger: Promises = field(default_factory=Promises)
    template: str | None = None
    """The template of every third answer; none before `use_templates`."""

    _n: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.wa_ids = [f"5520{988000000 + self.seed % 1000 * 1000 + n}" for n in range(self.customers)]
        self._first_at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)

    def write(self) -> None:
        """One round of what customers write; returns when every copy was answered 200."""
        requests = []
        for _ in range(self.per_round):
            self._n += 1
            at = self._first_at + timedelta(seconds=self._n)
            for index, wa_id in enumerate(self.wa_ids):
                text = f"c{index}-{self._n:06d}"
                self.ledger.written[wa_id].append(text)
                item = text_item(f"wamid.{self.seed}.{text}", wa_id, text, at)
                requests += [as_meta_writes(body_of([item]))] * self.copies
        self.random.shuffle(requests)
        with ThreadPoolExecutor(self.connections) as pool:
            list(pool.map(self._post_all, [requests[n :: self.connections] for n in range(self.connections)]))

    def _post_all(self, requests: list[bytes]) -> None:
        with httpx2.Client(timeout=10.0) as client:
            for raw in requests:
                post_until_taken(client, self.installation.webhook_url, raw, self.patience_s)

    def use_templates(self) -> None:
        """Answer by a template now and then, once it is known."""
        name = self.installation.add_template()
        with self.installation.agent("admin@demo.balcao") as client:

            def belongs() -> bool:
                """Until it was taken: the process may be killed at it."""
                with suppress(httpx2.TransportError, httpx2.HTTPStatusError):
                    for channel in client.get("/v1/channels").raise_for_status().json()["items"]:
                        if channel["phone_number_id"] == NUMBER:
                            path, account = f"/v1/channels/{channel['id']}", {"account": ACCOUNT}
                            client.put(path, json=account).raise_for_status()
                            return True
                return False

            def known() -> str | None:
                with suppress(httpx2.TransportError, KeyError):
                    items = client.get("/v1/templates", params={"q": name}).json()["items"]
                    return next((each["id"] for each in items if each["sendable"]), None)
                return None

            until("the account of the number", belongs, self.patience_s)
            self.template = until("the template", known, self.patience_s)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Customers write and agents answer until the end of the context, a little and all the time."""
        stop = threading.Event()
        before = self.per_round, self.patience_s
        self.per_round, self.patience_s = 1, OUTAGE_S
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(self._go_on, stop)
            try:
                yield
            finally:
                stop.set()
                future.result()
                self.per_round, self.patience_s = before

    def _go_on(self, stop: threading.Event) -> None:
        while not stop.wait(PAUSE_S):
            self.write()
            self.answer()
            self.give_back()

    def answer(self, per_ticket: int = 1) -> None:
        """The agents answer every ticket that is theirs or waits; a command is repeated until taken."""
        for email in AGENTS:
            with self.installation.agent(email) as client:
                _is_there(client)
                for ticket in self._tickets(client):
                    for _ in range(per_ticket):
                        self._answer(client, ticket)

    def give_back(self, many: int = 3) -> None:
        """Agents put some of their tickets back into the queue, to be given by rule again."""
        for email in AGENTS:
            with self.installation.agent(email) as client, suppress(httpx2.TransportError, AssertionError):
                for ticket in list(all_pages(client, "/v1/tickets", view="mine"))[:many]:
                    path = f"/v1/conversations/{ticket['conversation_id']}/assignee"
                    client.delete(path, headers={"If-Match": f'"{ticket["control"]}"'})
                _is_there(client)

    def _answer(self, client: httpx2.Client, ticket: dict[str, Any]) -> None:
        key = str(uuid.uuid4())
        text = f"resposta {key[:8]}"
        path = f"/v1/conversations/{ticket['conversation_id']}/messages"
        body: dict[str, Any] = {"type": "text", "text": text}
        if self.template is not None and self.random.random() < 1 / 3:
            text = f"Olá, {key[:8]}! Seu pedido saiu hoje para entrega, até logo."
            values = {"body.1": key[:8]}
            body = {"type": "template", "template_id": self.template, "parameters": values}
        taken = until(
            f"answer to {ticket['contact']['phone']}",
            lambda: self._command(client, path, body, key),
            self.patience_s,
        )
        if taken is not NOT_THEIRS:
            self.ledger.promise(ticket["contact"]["phone"], taken["message_id"], text)

    @staticmethod
    def _command(client: httpx2.Client, path: str, body: Any, key: str) -> dict[str, Any] | None:
        try:
            answer = client.post(path, json=body, headers={"Idempotency-Key": key})
        except httpx2.TransportError:
            return None
        if answer.status_code in (409, 429, 500, 502, 503):
            return None
        if answer.status_code in (403, 404):
            return NOT_THEIRS
        assert answer.status_code == 202, answer.text
        taken: dict[str, Any] = answer.json()
        return taken

    def _tickets(self, client: httpx2.Client) -> list[dict[str, Any]]:
        def asked() -> tuple[list[dict[str, Any]], ...]:
            try:
                return tuple(all_pages(client, "/v1/tickets", view=view) for view in ("mine", "queue"))
            except (httpx2.TransportError, AssertionError):
                return ()

        mine, queue = until("the lists of tickets", asked, self.patience_s)
        return [ticket for ticket in mine + queue if digits(ticket["contact"]["phone"]) in self.wa_ids]


def _is_there(client: httpx2.Client) -> None:
    """The agent takes tickets by rule for the next seconds; nothing is promised about that."""
    with suppress(httpx2.TransportError):
        client.put("/v1/me/presence", json={"available": True})


@dataclass(frozen=True)
class PromisedThread:
    """One conversation as the API shows it."""

    ticket: dict[str, Any]
    messages: list[dict[str, Any]]

    @property
    def written(self) -> list[str]:
        return [message["text"] for message in self.messages if message["direction"] == "in"]

    @property
    def said(self) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["direction"] == "out"]


def threads(installation: Installation) -> dict[str, list[PromisedThread]]:
    """All threads of the demo tenant, by the customer's phone as it is shown (digits)."""
    found: dict[str, list[PromisedThread]] = defaultdict(list)
    with installation.agent("admin@demo.balcao") as client:
        for ticket in all_pages(client, "/v1/tickets", view="all"):
            messages = thread_of(client, ticket["conversation_id"])
            found[digits(ticket["contact"]["phone"])].append(PromisedThread(ticket, messages))
    return found


def settled(check: Callable[[], list[str]]) -> list[str]:
    """Check again and again until all is well, or it has had time enough."""
    deadline = time.monotonic() + SETTLED_S
    while (wrong := check()) and time.monotonic() < deadline:
        time.sleep(1.0)
    return wrong


def check(traffic: Traffic) -> list[str]:
    """What is wrong: lost, doubled or reordered messages; answers sent twice or in no final state."""
    wrong: list[str] = []
    calls = traffic.installation.calls()
    found = threads(traffic.installation)
    for wa_id in traffic.wa_ids:
        written, mine = traffic.ledger.written[wa_id], found.get(wa_id, [])
        if len(mine) != 1:
            wrong.append(f"{wa_id}: {len(mine)} tickets")
            continue
        if mine[0].written != written:
            wrong.append(f"{wa_id}: wrote {written}, shown {mine[0].written}")
        wrong += _check_answers(wa_id, traffic.ledger.answered.get(wa_id, {}), mine[0].said, calls)
    wrong += [f"{message_id} was sent {n} times" for message_id, n in calls.items() if n > 1]
    return wrong


def _check_answers(
    wa_id: str, promised: dict[str, str], said: list[dict[str, Any]], calls: dict[str, int]
) -> list[str]:
    wrong = []
    if sorted(promised) != sorted(message["id"] for message in said):
        wrong.append(f"{wa_id}: promised {len(promised)} answers, shown {len(said)}")
    for message in said:
        status, sent = message["status"], calls.get(message["id"], 0)
        if message["text"] != promised.get(message["id"]):
            wrong.append(f"{wa_id}: another text in {message['id']}")
        if status == "failed":
            wrong.append(f"{wa_id}: {message['id']} failed")
        if status == "pending":
            wrong.append(f"{wa_id}: {message['id']} is still pending")
        if status in ("sent", "delivered", "read") and sent != 1:
            wrong.append(f"{wa_id}: {message['id']} is {status}, and was sent {sent} times")
    return wrong
