"""The parts of a running Balcão, each asked from outside until it works; readiness, asked all the time."""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import psycopg

from tests.support.waiting import until
from tests.system.installation import BOT_NUMBER, Installation, all_pages, digits, thread_of
from tests.system.webhooks import as_meta_writes, body_of, signed, text_item

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
ADMIN, AGENT, PASSWORD = "admin@demo.balcao", "p0@demo.balcao", "uma senha de todos"
"""Others log in as the demo's agents again and again, which ends their older sessions."""

STEP_S = 0.05
NAP = timedelta(seconds=1)
ASKED_EVERY_S = 0.2
CROWD = 6
GIVEN_UP_S = 60.0
PASSING = (httpx2.TransportError, psycopg.OperationalError)


@dataclass(frozen=True)
class Asked:
    """One question for readiness: when, how long until the answer, and its status, if one came."""

    at: float
    seconds: float
    status: int | None


@dataclass
class Readiness:
    """Asks `/readyz` all the time."""

    installation: Installation
    asked: list[Asked] = field(default_factory=list)

    @contextmanager
    def watched(self) -> Iterator["Readiness"]:
        stop = threading.Event()
        thread = threading.Thread(target=self._ask, args=[stop], daemon=True)
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join()

    def between(self, begin: float, end: float) -> list[Asked]:
        return [each for each in list(self.asked) if begin <= each.at <= end]

    def first_no(self, since: float) -> float | None:
        """Seconds until it first said no, or nothing."""
        return next(
            (each.at - since for each in list(self.asked) if each.at >= since and each.status != 200), None
        )

    def is_ready(self, since: float) -> bool:
        """Whether its last answer, to a question asked after that moment, is yes."""
        last = self.asked[-1] if self.asked else None
        return last is not None and last.at >= since and last.status == 200

    def _ask(self, stop: threading.Event) -> None:
        with httpx2.Client(base_url=self.installation.url, timeout=15.0) as client:
            while not stop.wait(ASKED_EVERY_S):
                at = time.monotonic()
                try:
                    status = client.get("/readyz").status_code
                except httpx2.TransportError:
                    status = None
                self.asked.append(Asked(at, time.monotonic() - at, status))


@dataclass
class Page:
    """What an agent's page does all day: it holds a live stream open, and opens it again when it ends."""

    client: httpx2.Client
    heard: str = ""

    @contextmanager
    def open(self) -> Iterator["Page"]:
        stop = threading.Event()
        thread = threading.Thread(target=self._listen, args=[stop], daemon=True)
        thread.start()
        yield self
        stop.set()  # it ends with the next heartbeat

    def _listen(self, stop: threading.Event) -> None:
        last: dict[str, str] = {}
        while not stop.wait(1.0):
            with (
                suppress(httpx2.TransportError),
                self.client.stream("GET", "/v1/stream", headers=last) as events,
            ):
                for line in events.iter_lines():
                    if stop.is_set():
                        return
                    if line.startswith("id:"):
                        last = {"Last-Event-ID": line[3:].strip()}
                    self.heard = (self.heard + line)[-200_000:]


@dataclass
class Parts:
    """The people who notice: an agent and an admin with pages open, and a customer who is new each time."""

    installation: Installation
    agent: httpx2.Client
    admin: httpx2.Client
    page: Page
    """The admin's, who sees all: the agent's may never have seen what a colleague was given at once."""

    known: dict[str, str]
    """By name of a path's parameter: one that exists."""

    customers: Iterator[str]
    crowd: list[dict[str, str]]
    """Cookies of other agents: one alone has few requests at a time."""

    usual: dict[str, int] = field(default_factory=dict)
    """By path: how the admin is answered when nothing is wrong."""

    @classmethod
    @contextmanager
    def of(cls, running: Installation, seed: int) -> Iterator["Parts"]:
        """Meet a customer, and see how everything is answered when nothing is wrong."""
        numbers = (f"5523{950000000 + seed % 1000 * 10_000 + n}" for n in itertools.count())
        with (
            running.agent(ADMIN) as admin,
            _hired(running, admin),
            running.agent(AGENT, PASSWORD) as agent,
            Page(agent).open(),
            Page(admin).open() as page,
        ):
            parts = cls(running, agent, admin, page, {}, numbers, _crowd(running))
            agent.put("/v1/me/presence", json={"available": True})
            ticket = until("the first ticket", lambda: parts.ticket_of(parts.writes(), 30.0), 60.0)
            parts.known = {
                "conversation_id": ticket["conversation_id"],
                "contact_id": _contact(admin, ticket),
                "quick_reply_id": admin.get("/v1/quick-replies").json()["items"][0]["id"],
            }
            parts.usual = {path: admin.get(path).status_code for path in parts.paths()}
            assert all(status < 500 for status in parts.usual.values()), parts.usual
            yield parts

    def paths(self) -> list[str]:
        """Every GET of the contract but the stream, of what is known."""
        document = json.loads(DOCUMENT.read_text())
        found = [path for path, methods in document["paths"].items() if "get" in methods]
        skipped = ("/v1/stream", "/healthz", "/readyz")
        return [path.format_map(self.known) for path in found if path not in skipped]

    def writes(self, number: str | None = None) -> str:
        """A new customer writes; who they are."""
        wa_id = next(self.customers)
        self._webhook(wa_id, number)
        return wa_id

    def recovered(self, since: float, is_ready: Callable[[float], bool]) -> dict[str, float]:
        """Wait for all parts at once; return how long each took, in seconds since that moment.

        A part that does not work after a minute took for ever.
        """
        parts: dict[str, Callable[[], float]] = {
            "readiness": lambda: self._until(lambda: is_ready(since)),
            "reads": lambda: self._until(self._reads),
            "login": lambda: self._until(self._logs_in),
            "followers": lambda: self._until(self._follow),
            "commands, sender": self._is_sent,
            "webhook, ingest, projection": self._is_shown,
            "bot": self._is_answered,
            "schedule": self._wakes,
            "assign, stream": self._is_given,
        }
        took: dict[str, float] = {}
        with ThreadPoolExecutor(len(parts)) as pool:
            for name, future in [(name, pool.submit(part)) for name, part in parts.items()]:
                done_at = future.result()
                took[name] = max(0.0, done_at - since)
        return took

    def _until(self, step: Callable[[], object]) -> float:
        """The moment when `step` first worked; infinity after a while."""
        deadline = time.monotonic() + GIVEN_UP_S
        while time.monotonic() < deadline:
            with suppress(*PASSING):
                if step():
                    return time.monotonic()
            time.sleep(STEP_S)
        return float("inf")

    def _reads(self) -> bool:
        """All routes answer: the admin as usual, the agent whatever they may see meanwhile."""
        return all(
            self.admin.get(path).status_code == usual and self.agent.get(path).status_code in (200, 403, 404)
            for path, usual in self.usual.items()
        )

    def _logs_in(self) -> bool:
        with httpx2.Client(base_url=self.installation.url, timeout=5.0) as client:
            given = {"email": AGENT, "password": PASSWORD}
            return client.post("/v1/session", json=given).status_code == 200

    def _follow(self) -> bool:
        """Every follower passes what was the head of the log when the database answered again."""
        with psycopg.connect(self.installation.environment["BALCAO_DATABASE_URL"], connect_timeout=2) as db:
            ((head,),) = db.execute("select max(notification_id) from events").fetchall()
            while True:
                ((passed,),) = db.execute("select min(position) >= %s from positions", [head]).fetchall()
                if passed:
                    return True
                db.rollback()
                time.sleep(STEP_S)

    def _is_sent(self) -> float:
        """A message of the admin is taken, and reaches WhatsApp."""
        thread, key = self.known["conversation_id"], str(uuid4())
        path, body = f"/v1/conversations/{thread}/messages", {"type": "text", "text": f"Voltamos {key[:8]}"}
        message: list[str] = []

        def taken() -> bool:
            answer = self.admin.post(path, json=body, headers={"Idempotency-Key": key})
            if answer.status_code == 202:
                message.append(answer.json()["message_id"])
            return answer.status_code == 202

        def sent() -> bool:
            shown = self.admin.get(path, params={"limit": 50}).json().get("items", [])
            return any(
                each["id"] == message[0] and each["status"] in ("sent", "delivered", "read") for each in shown
            )

        return max(self._until(taken), self._until(sent) if message else float("inf"))

    def _is_shown(self) -> float:
        wa_id = next(self.customers)
        if self._until(lambda: self._webhook(wa_id)) == float("inf"):
            return float("inf")
        return self._until(lambda: self.ticket_of(wa_id))

    def _is_answered(self) -> float:
        wa_id = next(self.customers)
        if self._until(lambda: self._webhook(wa_id, BOT_NUMBER)) == float("inf"):
            return float("inf")

        def answered() -> bool:
            ticket = self.ticket_of(wa_id)
            return ticket is not None and any(
                message["direction"] == "out" for message in thread_of(self.admin, ticket["conversation_id"])
            )

        return self._until(answered)

    def _wakes(self) -> float:
        """A ticket that is snoozed for a second wakes; that second does not count."""
        wa_id = next(self.customers)
        if self._until(lambda: self._webhook(wa_id)) == float("inf"):
            return float("inf")

        def snoozed() -> bool:
            ticket = self.ticket_of(wa_id)
            return ticket is not None and self.snooze(ticket, NAP).status_code == 200

        def awake() -> bool:
            ticket = self.ticket_of(wa_id)
            return ticket is not None and ticket["state"] != "snoozed" and ticket["control"] > 1

        if self._until(snoozed) == float("inf"):
            return float("inf")
        return self._until(awake) - NAP.total_seconds()

    def _is_given(self) -> float:
        """A new ticket is given to somebody by rule, and the admin's page hears of it."""
        wa_id = next(self.customers)
        if self._until(lambda: self._webhook(wa_id)) == float("inf"):
            return float("inf")

        def given() -> bool:
            self.agent.put("/v1/me/presence", json={"available": True})
            ticket = self.ticket_of(wa_id)
            return (
                ticket is not None
                and ticket["owner"] is not None
                and ticket["conversation_id"] in self.page.heard
            )

        return self._until(given)

    def ticket_of(self, wa_id: str, within_s: float = 0.0) -> dict[str, Any] | None:
        """The ticket of who has just written, if it is shown."""
        deadline = time.monotonic() + within_s
        while True:
            answer = self.admin.get("/v1/tickets", params={"view": "all", "sort": "newest", "limit": 100})
            for ticket in answer.json()["items"] if answer.status_code == 200 else []:
                if digits(ticket["contact"]["phone"]) == wa_id:
                    found: dict[str, Any] = ticket
                    return found
            if time.monotonic() >= deadline:
                return None
            time.sleep(STEP_S)

    def snooze(self, ticket: dict[str, Any], nap: timedelta) -> httpx2.Response:
        body = {"until": (datetime.now(UTC) + nap).isoformat(), "zone": "America/Sao_Paulo", "keep": True}
        path = f"/v1/conversations/{ticket['conversation_id']}/snooze"
        return self.admin.put(path, json=body, headers={"If-Match": f'"{ticket["control"]}"'})

    def _webhook(self, wa_id: str, number: str | None = None) -> bool:
        item = text_item(f"wamid.part.{wa_id}", wa_id, "Bom dia", datetime.now(UTC))
        raw = as_meta_writes(body_of([item], number=number) if number else body_of([item]))
        answer = httpx2.post(self.installation.webhook_url, content=raw, headers=signed(raw), timeout=5.0)
        return answer.status_code == 200

    def commands(self) -> list[str]:
        """One command of each kind on a new ticket; return what was refused, and how."""
        ticket = until("a ticket", lambda: self.ticket_of(self.writes(), 10.0), 30.0)
        other = until("a ticket", lambda: self.ticket_of(self.writes(), 10.0), 30.0)
        return Everything(self.admin, ticket["conversation_id"], _contact(self.admin, ticket)).done(
            _contact(self.admin, other)
        )


@dataclass
class Everything:
    """One command of each kind, by an admin, on one conversation."""

    client: httpx2.Client
    conversation: str
    contact: str
    refused: list[str] = field(default_factory=list)

    def done(self, other_contact: str) -> list[str]:
        me = self.client.get("/v1/me").json()["id"]
        hour = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        later = {"until": hour, "zone": "America/Sao_Paulo"}
        here = f"/v1/conversations/{self.conversation}"
        self._moves("PUT", f"{here}/assignee", {"assignee_id": me})
        self._does("PUT", f"{here}/answered", {"answered": True})
        self._does("POST", f"{here}/notes", {"text": "Uma nota"})
        self._does("PUT", f"{here}/tags", {"tags": ["troca"]})
        said = self._does("POST", f"{here}/messages", {"type": "text", "text": "Bom dia"})
        scheduled = {"text": "Até já", "due_at": hour, "zone": "America/Sao_Paulo"}
        kept = self._does("POST", f"{here}/scheduled", scheduled)
        self._does("DELETE", f"{here}/scheduled/{kept.get('scheduled_id')}")
        self._moves("PUT", f"{here}/snooze", later)
        self._moves("DELETE", f"{here}/snooze")
        self._does("PUT", f"{here}/draft", {"text": "Quase"})
        self._does("DELETE", f"{here}/draft")
        self._does("PUT", f"{here}/viewing", {"typing": True})
        self._does("PUT", f"{here}/pin")
        self._does("DELETE", f"{here}/pin")
        self._does("PUT", f"{here}/read", {"message_id": said.get("message_id")})
        self._does("PUT", "/v1/me/preferences", {"sort": "newest", "unanswered_first": False})
        self._does("PUT", "/v1/me/presence", {"available": True})
        self._does("PUT", f"/v1/contacts/{self.contact}", {"name": "Marina"})
        self._does("POST", f"/v1/contacts/{other_contact}/merge", {"into": self.contact})
        self._does("DELETE", f"/v1/contacts/{other_contact}/merge")
        team = self._does("POST", "/v1/teams", {"name": f"Equipe {uuid4().hex[:8]}"}).get("id")
        self._does("PUT", f"/v1/teams/{team}", {"name": f"Time {uuid4().hex[:8]}"})
        self._moves("POST", f"{here}/transfer", {"team_id": team})
        self._moves("POST", f"{here}/undo")
        self._moves("DELETE", f"{here}/assignee")
        self._does("DELETE", f"/v1/teams/{team}")
        self._does("PUT", f"/v1/agents/{me}", {"limit": 500})
        channel = all_pages(self.client, "/v1/channels")[0]["id"]
        self._does("PUT", f"/v1/channels/{channel}", {"sends_typing": False})
        self._does("POST", "/v1/tickets/bulk", {"action": "tags", "tags": [], "items": [self._item()]})
        self._moves("POST", f"{here}/close", {"reason": "Feito"})
        return self.refused

    def _item(self) -> dict[str, Any]:
        return {"conversation_id": self.conversation, "control": self._control()}

    def _control(self) -> int:
        answer = self.client.get(f"/v1/conversations/{self.conversation}")
        return int(answer.json()["ticket"]["control"]) if answer.status_code == 200 else 0

    def _does(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """One command. What it needs may not be shown yet: it has a few seconds."""
        key = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        deadline = time.monotonic() + 5.0
        while True:
            sent = None if body is None else json.dumps(body).encode()
            kind = {"Content-Type": "application/json"} if sent else {}
            answer = self.client.request(
                method, path, content=sent, headers={**kind, **key, **(headers or {})}
            )
            if answer.status_code < 300:
                return dict(answer.json()) if answer.content else {}
            if answer.status_code not in (404, 409) or time.monotonic() > deadline:
                self.refused.append(f"{method} {path}: {answer.status_code} {answer.text[:120]}")
                return {}
            if "If-Match" in (headers or {}):
                headers = {"If-Match": f'"{self._control()}"'}
            time.sleep(STEP_S)

    def _moves(self, method: str, path: str, body: Any = None) -> None:
        """A command on the ticket at the version that is shown."""
        self._does(method, path, body, {"If-Match": f'"{self._control()}"'})


def _contact(client: httpx2.Client, ticket: dict[str, Any]) -> str:
    answer = client.get(f"/v1/conversations/{ticket['conversation_id']}")
    return str(answer.json()["contact"]["id"])


@contextmanager
def _hired(running: Installation, admin: httpx2.Client) -> Iterator[None]:
    """Agents of the tenant; the directory in memory knows them when they log in."""
    tenant_id = UUID(admin.get("/v1/me").json()["tenant"]["id"])
    for n in range(CROWD):
        running.hire(tenant_id, f"Pessoa {n}", f"p{n}@demo.balcao", "agent", PASSWORD)
    yield


def _crowd(running: Installation) -> list[dict[str, str]]:
    cookies = []
    for n in range(1, CROWD):
        with running.agent(f"p{n}@demo.balcao", PASSWORD) as client:
            cookies.append(dict(client.cookies))
    return cookies


def give_by_rule(running: Installation) -> None:
    """Waiting tickets of the demo's number are given to whoever is there."""
    with running.agent(ADMIN) as client:

        def given() -> bool:
            with suppress(httpx2.TransportError):
                for channel in client.get("/v1/channels").json()["items"]:
                    if not channel["has_bot"]:
                        body = {"auto_assign": True}
                        return client.put(f"/v1/channels/{channel['id']}", json=body).status_code == 200
            return False

        until("the rule of assignment", given, 60.0)
