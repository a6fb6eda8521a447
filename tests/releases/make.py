"""Keeps what this very code writes, for the tests of upgrades: `python -m tests.releases.make 0.2.0`.

A demo is lived in through HTTP: every act of the workspace, customers, a bot, bad webhooks. Then a day that
the domain decides is appended, so that there is an event of (nearly) each kind. Some records are left unread.
What is kept: a dump of the database, the secrets, the list of erased contacts and the simulator's file, a few
hundred kB in all. Everybody in it is made up.
"""

import itertools
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import psycopg

from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.server.binaries import ServerUser, find_binaries
from adapters.postgres.server.embedded import EmbeddedPostgres
from adapters.postgres.topics.topics import PostgresTopics
from adapters.whatsapp.split import split
from domain.event import Recorded
from domain.log.append import Append, Appended, NewEvent
from domain.registry import FACTS
from schemas.inbound import encode
from schemas.topics import BOT_REPLIES, CONVERSATION_EVENTS, INBOUND, Outgoing
from services.app.demo import PASSWORD, PHONE_NUMBER_ID
from tests.adapters.postgres.actions import some_day
from tests.domain.given import MARINA
from tests.projections.traffic import JOANA, RITA
from tests.support import traffic
from tests.support.serve_process import clean_environment
from tests.support.waiting import free_port, until

KEPT = ("secrets.json", "erased.jsonl")
ZONE = "America/Sao_Paulo"
VERSIONED = ("/assignee", "/snooze", "/transfer", "/close", "/undo", "/bot")
"""Commands on a ticket as it was seen."""


def make(target: Path) -> None:
    """Write the folder of one release; it must not exist."""
    target.mkdir(parents=True)
    folder = Path(tempfile.mkdtemp(prefix="balcao-release-"))
    folder.chmod(0o711)
    data = folder / "data"
    try:
        with _serving(data) as url:
            Demo(url).live()
        server = EmbeddedPostgres()
        database = server.start(data / "postgres")
        try:
            key = json.loads((data / "secrets.json").read_text())["master_key"]
            with PostgresLog(database, key) as log:
                _append_a_day(log, _missing_kinds(database))
            _leave_unread(database)
            _settle(database)
            dump = find_binaries(ServerUser.choose(folder))["pg_dump"]
            command = [dump, "--format", "custom", "--compress", "9", "--no-owner", "--dbname", database]
            subprocess.run([*command, "--file", target / "database.dump"], check=True)
        finally:
            server.stop()
        for name in KEPT:
            shutil.copy(data / name, target / name)
        (target / "simulator").mkdir()
        with closing(sqlite3.connect(data / "simulator" / "simulator.sqlite", isolation_level=None)) as file:
            file.execute("vacuum into ?", [str(target / "simulator" / "simulator.sqlite")])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Demo:
    """People at work in the demo, and its customers."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._phones = httpx2.Client(base_url=f"{url}/simulator/v1", timeout=20)
        self._people = {name: self._login(name) for name in ("ana", "bruno", "clara", "admin")}
        self._ids = {name: client.get("/v1/me").json()["id"] for name, client in self._people.items()}
        self._wamids = (f"wamid.release.{n}" for n in itertools.count(1))

    def live(self) -> None:
        """Everything that can happen, once at least."""
        teams = {team["name"]: team["id"] for team in self._get("admin", "/v1/teams")["items"]}
        self._organise(teams)
        marina, joaquim = self._writes("Marina Teixeira", "Bom dia 🌞"), self._writes("Joaquim Prado", "Oi")
        self._serve(marina, teams)
        self._change_minds(joaquim, teams)
        self._bot_serves()
        self._wait_and_return(self._writes("Luzia Fontes", "Vocês abrem amanhã?"))
        self._merge_and_erase()
        self._strange_webhooks()
        bruno = f"/v1/agents/{self._ids['bruno']}"
        self._does("admin", "PUT", bruno, {"active": False})
        until("bruno's tickets to return", lambda: not self._owned_by("bruno"), 20.0)
        for change in ({"active": True}, {"role": "supervisor"}, {"role": "agent"}):
            self._does("admin", "PUT", bruno, change)
        self._at_rest()

    def _organise(self, teams: dict[str, str]) -> None:
        team = self._does("admin", "POST", "/v1/teams", {"name": "Trocas"})["id"]
        self._does("admin", "PUT", f"/v1/teams/{team}", {"name": "Trocas e devoluções"})
        other = self._does("admin", "POST", "/v1/teams", {"name": "Antiga"})["id"]
        self._does("admin", "DELETE", f"/v1/teams/{other}")
        wanted = {"team_ids": [teams["Vendas"], teams["Suporte"]], "limit": 30}
        self._does("admin", "PUT", f"/v1/agents/{self._ids['ana']}", wanted)
        channels = self._get("admin", "/v1/channels")["items"]
        main = next(c["id"] for c in channels if c["phone_number_id"] == PHONE_NUMBER_ID)
        self._does("admin", "PUT", f"/v1/channels/{main}", {"reopen_within_s": 3600})

    def _serve(self, conversation: str, teams: dict[str, str]) -> None:
        """Answer, note, tag, card, draft, read, pin, schedule, close; the customer writes again."""
        self._take("ana", conversation)
        sent = self._act("ana", conversation, "POST", "/messages", {"type": "text", "text": "Olá, Marina!"})
        self._act(
            "ana",
            conversation,
            "POST",
            "/notes",
            {"text": "Cliente antiga", "mentions": [self._ids["bruno"]]},
        )
        self._act("ana", conversation, "PUT", "/tags", {"tags": ["VIP", "Entrega 🚚"]})
        self._act("ana", conversation, "PUT", "/tags", {"tags": ["VIP"]})
        contact = self._get("ana", f"/v1/conversations/{conversation}")["contact"]["id"]
        card = {"name": "Marina T.", "email": "marina@example.com", "attributes": {"cidade": "Lins"}}
        self._does("ana", "PUT", f"/v1/contacts/{contact}", card)
        self._act("ana", conversation, "PUT", "/draft", {"text": "um rascunho"})
        self._act("ana", conversation, "PUT", "/pin")
        later = {"text": "Chegou?", "due_at": _in(minutes=90), "zone": ZONE}
        self._act("ana", conversation, "POST", "/scheduled", later)
        cancelled = self._act("ana", conversation, "POST", "/scheduled", {**later, "text": "Esqueça"})
        self._act("ana", conversation, "DELETE", f"/scheduled/{cancelled['scheduled_id']}")
        soon = {"text": "Um momento", "due_at": _in(seconds=2), "zone": ZONE}
        self._act("ana", conversation, "POST", "/scheduled", soon)
        self._shown("ana", conversation, "Um momento")
        self._customer("Marina Teixeira", "read")
        self._shown("ana", conversation, sent["message_id"])
        self._transfer_and_back(conversation, teams)
        self._act("ana", conversation, "POST", "/close", {"reason": "resolvido", "tags": ["fim"]})
        self._writes("Marina Teixeira", "Só mais uma coisa")  # reopens
        self._act("ana", conversation, "PUT", "/answered", {"answered": True})
        self._act("ana", conversation, "PUT", "/answered", {"answered": False})

    def _transfer_and_back(self, conversation: str, teams: dict[str, str]) -> None:
        moved = {"team_id": teams["Suporte"], "agent_id": self._ids["bruno"], "note": "veja isto"}
        self._act("clara", conversation, "POST", "/transfer", moved)
        self._act("clara", conversation, "POST", "/undo")

    def _change_minds(self, conversation: str, teams: dict[str, str]) -> None:
        self._take("bruno", conversation)
        self._act(
            "bruno", conversation, "PUT", "/snooze", {"until": _in(hours=30), "zone": ZONE, "keep": True}
        )
        self._act("bruno", conversation, "DELETE", "/snooze")
        self._act("bruno", conversation, "DELETE", "/assignee")
        self._take("bruno", conversation)
        self._act("bruno", conversation, "POST", "/close", {"reason": "engano"})
        self._act("bruno", conversation, "POST", "/undo")
        self._act("bruno", conversation, "PUT", "/snooze", {"until": _in(days=2), "zone": ZONE})

    def _bot_serves(self) -> None:
        """The bot greets, is asked for a person, and gets the ticket back."""
        teresa = self._writes("Teresa Nogueira", "Oi")
        self._answered("Teresa Nogueira")
        for said in ("1", "atendente", "2", "3"):
            self._customer("Teresa Nogueira", "messages", {"text": said})
            self._answered("Teresa Nogueira")
        if self._ticket("clara", teresa)["bot"] is None:
            with suppress(AssertionError):
                self._act("clara", teresa, "POST", "/bot", {"until": "agent"})

    def _wait_and_return(self, conversation: str) -> None:
        self._take("ana", conversation)
        self._act("ana", conversation, "PUT", "/snooze", {"until": _in(seconds=2), "zone": ZONE})
        until("it to wake", lambda: self._ticket("ana", conversation)["snoozed_until"] is None, 20.0)
        self._phones.post("/faults", json={"throttle": 1}).raise_for_status()
        late = {"type": "text", "text": "Sim, até as 18 h"}
        sent = self._act("ana", conversation, "POST", "/messages", late)["message_id"]
        self._shown("ana", conversation, sent)
        time.sleep(1.0)  # WhatsApp refuses it for now, and it is sent again
        self._phones.post("/faults", json={}).raise_for_status()
        wa_id = self._phone("Luzia Fontes")["wa_id"]
        until("it on the phone", lambda: self._last(wa_id)["text"] == late["text"], 30.0, 0.1)

    def _merge_and_erase(self) -> None:
        one, other, gone = (self._new_customer(name) for name in ("Rita A.", "Rita B.", "Some Daqui"))
        contacts = [self._get("admin", f"/v1/conversations/{c}")["contact"]["id"] for c in (one, other, gone)]
        self._does("admin", "POST", f"/v1/contacts/{contacts[0]}/merge", {"into": contacts[1]})
        self._does("admin", "DELETE", f"/v1/contacts/{contacts[0]}/merge")
        self._does("admin", "POST", f"/v1/contacts/{contacts[0]}/merge", {"into": contacts[1]})
        self._does("admin", "POST", f"/v1/contacts/{contacts[2]}/erasure", {"dry_run": False})

    def _strange_webhooks(self) -> None:
        """Reactions, edits, revocations, statuses, notices, an unknown number, bodies that nobody reads."""
        sender, now = "5520987659999", int(time.time())
        first, second, third = (next(self._wamids) for _ in range(3))
        ze, marina = "BR.99999999999999999999", self._phone("Marina Teixeira")["wa_id"]
        who = [traffic.person(sender, "Zé 🌻", ze)]
        bodies = [
            traffic.body([traffic.text(first, "um", sender, now)], contacts=who),
            traffic.body([traffic.text(second, "dois", sender, now)], contacts=who),
            traffic.body([traffic.image(third, sender, now)], contacts=who),
            traffic.body([traffic.reaction(next(self._wamids), first, "👍", sender, now)]),
            traffic.body([traffic.edit(next(self._wamids), first, "um!", sender, now)]),
            traffic.body([traffic.revoke(next(self._wamids), second, sender, now)]),
            traffic.body([traffic.reaction(next(self._wamids), "wamid.of-nobody", "❤️", sender, now)]),
            traffic.body(
                [traffic.text(next(self._wamids), "cita", sender, now, context={"id": "wamid.not-here"})]
            ),
            traffic.body(statuses=[traffic.status("wamid.unknown", "delivered", now)]),
            traffic.body([traffic.text(next(self._wamids), "?", sender, now)], number="999"),
            traffic.body([traffic.text(next(self._wamids), "quem?", marina, now, from_user_id=ze)]),
            traffic.change("account_update", {"event": "VERIFIED_ACCOUNT"}),
            b'{"object": "whatsapp_business_account", "entry": 7}',
        ]
        for raw in bodies:
            self._phones.post("/webhooks", json={"body": raw.decode()}).raise_for_status()
        wa_id = self._phone("Luzia Fontes")["wa_id"]
        self._phones.post(f"/phones/{wa_id}/user-id").raise_for_status()

    # What the acts are made of.

    def _login(self, name: str) -> httpx2.Client:
        client = httpx2.Client(base_url=self._url, timeout=20)
        person = {"email": f"{name}@demo.balcao", "password": PASSWORD}
        assert client.post("/v1/session", json=person).status_code == 200
        return client

    def _get(self, who: str, path: str, **params: Any) -> dict[str, Any]:
        answer = self._people[who].get(path, params=params)
        assert answer.status_code == 200, (path, answer.text)
        found: dict[str, Any] = answer.json()
        return found

    def _does(self, who: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """One request; again while another one was faster, or a read model is behind."""

        def done() -> httpx2.Response | None:
            headers = {"Idempotency-Key": uuid4().hex}
            if path.endswith(VERSIONED):
                found = self._people[who].get("/".join(path.split("/")[:4]))
                if found.status_code != 200:
                    return None  # not seen yet
                headers["If-Match"] = f'"{found.json()["ticket"]["control"]}"'
            elif "/contacts/" in path and method == "PUT":
                found = self._people[who].get(path)
                headers["If-Match"] = found.headers.get("etag", '"0"')
            answer = self._people[who].request(method, path, json=body, headers=headers)
            return None if answer.status_code in (404, 409, 412, 503) else answer

        answer = until(f"{method} {path}", done, 20.0, 0.1)
        assert answer.status_code < 300, (method, path, answer.text)
        read: dict[str, Any] = answer.json() if answer.content else {}
        return read

    def _act(self, who: str, conversation: str, method: str, place: str, body: Any = None) -> dict[str, Any]:
        return self._does(who, method, f"/v1/conversations/{conversation}{place}", body)

    def _take(self, who: str, conversation: str) -> None:
        self._act(who, conversation, "PUT", "/assignee", {"assignee_id": self._ids[who]})

    def _ticket(self, who: str, conversation: str) -> dict[str, Any]:
        found: dict[str, Any] = self._get(who, f"/v1/conversations/{conversation}")["ticket"]
        return found

    def _owned_by(self, who: str) -> list[Any]:
        items = self._get("admin", "/v1/tickets", view="all", limit=100)["items"]
        return [item for item in items if (item["owner"] or {}).get("id") == self._ids[who]]

    def _phone(self, name: str) -> dict[str, Any]:
        phones: list[dict[str, Any]] = self._phones.get("/phones").json()["items"]
        return next(phone for phone in phones if phone["name"] == name)

    def _customer(self, name: str, act: str, body: Any = None) -> None:
        wa_id = self._phone(name)["wa_id"]
        self._phones.post(f"/phones/{wa_id}/{act}", json=body).raise_for_status()

    def _new_customer(self, name: str) -> str:
        self._phones.post("/phones", json={"name": name}).raise_for_status()
        return self._writes(name, f"Aqui é {name}")

    def _writes(self, name: str, said: str) -> str:
        """A customer writes; the conversation, once an admin sees it."""
        self._customer(name, "messages", {"text": said})

        def shown() -> str | None:
            for view in ("all", "closed"):
                answer = self._people["admin"].get("/v1/tickets", params={"view": view, "limit": 100})
                for item in answer.json().get("items", ()):
                    if (item["last_message"] or {}).get("text") == said:
                        return str(item["conversation_id"])
            return None

        return until(f"{said!r} to be shown", shown, 20.0, 0.1)

    def _answered(self, name: str) -> None:
        wa_id = self._phone(name)["wa_id"]
        with suppress(AssertionError):  # the flow may be at its end
            until("an answer", lambda: self._last(wa_id)["direction"] == "in", 3.0, 0.1)

    def _last(self, wa_id: str) -> dict[str, Any]:
        messages: list[dict[str, Any]] = self._phones.get(f"/phones/{wa_id}/messages").json()["items"]
        return messages[-1]

    def _shown(self, who: str, conversation: str, what: str) -> None:
        path = f"/v1/conversations/{conversation}/messages"
        until(what, lambda: what in self._people[who].get(path).text, 20.0, 0.1)

    def _at_rest(self) -> None:
        """Until nothing follows any more."""

        def rests() -> bool:
            before = self._people["admin"].get("/readyz").text
            time.sleep(1.0)
            after: Callable[[str], Any] = lambda text: [f["lag"] for f in json.loads(text)["followers"]]  # noqa: E731
            return bool(after(before) == after(self._people["admin"].get("/readyz").text))

        until("rest", rests, 30.0)


def _missing_kinds(database: str) -> set[str]:
    with psycopg.connect(database) as db:
        known = {row[0] for row in db.execute("select distinct topic from events").fetchall()}
    return {kind.TOPIC for kind in FACTS} - known


def _days() -> Iterator[Sequence[Recorded]]:
    for seed in range(60):
        yield some_day(seed, actions=600).told.events


def _append_a_day(log: PostgresLog, missing: set[str]) -> None:
    """The one that has most of what is missing, in a tenant of its own."""
    events = max(_days(), key=lambda day: len(missing & {event.fact.TOPIC for event in day}))
    if rest := missing - {event.fact.TOPIC for event in events}:
        sys.stderr.write(f"not in it, so let it happen in `Demo`: {', '.join(sorted(rest))}\n")
    assert isinstance(log.append(Append(new_contacts=[MARINA, JOANA, RITA])), Appended)
    new = [
        NewEvent(
            event.fact,
            event.stream_id,
            event.stream_version,
            uuid4(),
            event.tenant_id,
            event.conversation_id,
            event.contact_id,
            event.actor,
        )
        for event in events
    ]
    assert isinstance(log.append(Append(events=new)), Appended)


def _leave_unread(database: str) -> None:
    """Records that the next version takes in: messages, and what nobody can read."""
    now = int(time.time())
    topics = PostgresTopics(database)
    for n in range(3):
        raw = traffic.body([traffic.text(f"wamid.unread.{n}", f"não lida {n}", "5520987650001", now + n)])
        produced = [Outgoing(INBOUND, key, encode(item)) for key, item in split(raw, datetime.now(UTC))]
        topics.produce(produced)
    topics.produce([Outgoing(BOT_REPLIES, b"k", b"{"), Outgoing(CONVERSATION_EVENTS, b"k", b"{}")])
    topics.close()


def _settle(database: str) -> None:
    """What was appended here is published: nobody waits for the day of the domain."""
    head = "(select max(notification_id) from events)"
    with psycopg.connect(database) as db:
        db.execute(f"update positions set position = {head} where name = 'publisher'")
        db.execute("delete from heartbeats")


@contextmanager
def _serving(data: Path) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "services.cli", "serve"],
        env={**clean_environment(), "BALCAO_DATA": str(data), "BALCAO_PORT": str(port)},
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline(), "it does not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(15)


def _in(**later: float) -> str:
    return (datetime.now(UTC) + timedelta(**later)).isoformat()


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


if __name__ == "__main__":
    wanted = Path(sys.argv[1])
    if wanted.parent == Path():
        wanted = Path(__file__).parent / wanted
    make(wanted)
    sys.stderr.write(f"{wanted}: {_size(wanted) // 1000} kB\n")
