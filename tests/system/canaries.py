"""People with a canary in every field that exists; half of them are erased while everybody writes on.

    python -m tests.system.canaries --people 50 --kills 20 --folder /somewhere

Afterwards no file of the database, of the data folder or of the logs holds a canary of whoever was erased,
each canary of the others can still be read, and every read model equals its rebuild.
"""

import argparse
import base64
import random
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import orjson
import psycopg
from psycopg.rows import dict_row, tuple_row
from psycopg.sql import SQL, Identifier
from rich.console import Console

from adapters.postgres.agents.bot_sessions import BotSession, PostgresBotSessions
from adapters.postgres.connection.pool import QueryPool
from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.server.embedded import EmbeddedPostgres
from schemas.topics import BOT_REPLIES, BOT_TURNS, Outgoing
from services.runtime.topics import topics_of
from services.workers.project.project import rebuild
from services.workers.project.projectors import PROJECTIONS
from tests.support.waiting import until
from tests.system.installation import BOT_NUMBER, NUMBER, Installation, installation
from tests.system.webhooks import as_meta_writes, post_until_taken

FAILPOINTS = (
    "before_erasure:kill:0:1,after_erasure:kill:0:1,after_project:kill:0.002,after_publish:kill:0.002"
)
SETTINGS = {"wal_recycle": "off", "max_connections": "200", "shared_buffers": "64MB"}


@dataclass
class Person:
    """A customer whose every word begins with their canary."""

    number: int
    canary: str
    fields: set[str] = field(default_factory=set)
    contact_id: str = ""
    erased: bool = False
    silent: bool = False
    """Whether they write nothing more once they are erased."""

    @property
    def phone(self) -> str:
        return f"5520{997000000 + self.number * 7919}"

    @property
    def bsuid(self) -> str:
        return f"BR.1311864{self.number * 7919}"

    def word(self, name: str) -> str:
        """A text for a field, with the canary in it; it must be readable for ever unless they are erased."""
        self.fields.add(said := f"{self.canary}{name}")
        return said

    @property
    def card(self) -> dict[str, Any]:
        profile = {"name": self.word("profile"), "username": self.word("username")}
        return {"profile": profile, "wa_id": self.phone, "user_id": self.bsuid}


@dataclass
class Campaign:
    """An installation with people in it."""

    running: Installation
    people: list[Person]
    chance: random.Random
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=15.0))
    _wamids: int = 0

    def says(self, person: Person, *items: dict[str, Any], number: str = NUMBER, card: bool = True) -> None:
        """One webhook for each item."""
        for item in items:
            self._wamids += 1
            given = {
                "from": person.phone,
                "from_user_id": person.bsuid,
                "id": f"wamid.{person.canary}{self._wamids}",
                "timestamp": str(int(time.time())),
            }
            lists = {"contacts": [person.card]} if card else {}
            self._post("messages", {**lists, "messages": [given | item]}, number)

    def _post(self, name: str, value: dict[str, Any], number: str) -> None:
        metadata = {"display_phone_number": "551150000000", "phone_number_id": number}
        value = {"messaging_product": "whatsapp", "metadata": metadata, **value}
        change = {"field": name, "value": value}
        body = {"object": "whatsapp_business_account", "entry": [{"id": "2", "changes": [change]}]}
        post_until_taken(self.client, self.running.webhook_url, as_meta_writes(body))

    def everybody_fills_every_field(self) -> None:
        """By WhatsApp, on the page, through a bot, and with what cannot be processed."""
        for person in self.people:
            self._by_whatsapp(person)
        with self.running.agent("admin@demo.balcao") as admin:
            for person in self.people:
                self._on_the_page(admin, person)
        self._through_a_bot()
        for person in self.people:
            self.says(person, {"type": "text", "text": {"body": person.word("again")}})

    def _by_whatsapp(self, person: Person) -> None:
        word = person.word
        media = {"id": "1", "mime_type": "image/jpeg", "sha256": "eA=="}
        address = {"name": word("place"), "address": word("street"), "latitude": 1.0, "longitude": 2.0}
        friend = {"name": {"formatted_name": word("friend")}, "phones": [{"phone": "+55 20 95555-0000"}]}
        chosen = {"type": "button_reply", "button_reply": {"id": "1", "title": word("button")}}
        self.says(
            person,
            {"type": "text", "text": {"body": word("text")}},
            {"type": "image", "image": media | {"caption": word("caption")}},
            {"type": "document", "document": media | {"filename": word("file"), "caption": word("document")}},
            {"type": "location", "location": address},
            {"type": "contacts", "contacts": [friend]},
            {"type": "interactive", "interactive": chosen},
            {"type": "text", "text": {"body": word("reply")}, "context": {"id": f"wamid.{person.canary}1"}},
            {"type": "unheard_of", "unheard_of": {"x": word("unsupported")}},
        )
        # What waits: for a message, for a number, for somebody to read it, for a rule.
        unknown = {"message_id": f"wamid.{person.canary}none", "emoji": "👍"}
        self.says(person, {"type": "reaction", "reaction": unknown})
        self.says(person, {"type": "text", "text": {"body": word("newnumber")}}, number="777")
        self.says(person, {"id": None, "type": "text", "text": {"body": word("unreadable")}})
        preference = {"wa_id": person.phone, "user_id": person.bsuid, "detail": word("preference")}
        self._post("user_preferences", {"user_preferences": [preference]}, NUMBER)

    def _on_the_page(self, admin: httpx2.Client, person: Person) -> None:
        """What agents write about them and to them, each in a ticket of theirs."""
        word = person.word

        def listed() -> Any:
            found = admin.get("/v1/contacts", params={"q": person.phone}).json()["items"]
            return found[0]["id"] if found else None

        person.contact_id = until("the contact", listed, 60.0)
        page = admin.get(f"/v1/contacts/{person.contact_id}").json()
        id = page["tickets"][0]["conversation_id"]
        attributes = {"cpf": word("cpf"), "cartão": word("card"), word("key"): "valor"}
        self._done(
            admin.put(
                f"/v1/contacts/{person.contact_id}",
                json={
                    "name": word("name"),
                    "email": f"{word('email')}@exemplo.com.br",
                    "attributes": attributes,
                },
            )
        )
        path = f"/v1/conversations/{id}"

        def moves(act: Callable[[dict[str, str]], httpx2.Response]) -> None:
            def moved() -> bool:
                control = admin.get(path).json()["ticket"]["control"]  # a moment behind, perhaps
                answer = act({"If-Match": f'"{control}"'})
                assert answer.status_code < 300 or answer.status_code == 409, answer.text
                return answer.status_code < 300

            until("a move", moved, 30.0)

        def key() -> dict[str, str]:
            return {"Idempotency-Key": uuid4().hex}

        me = admin.get("/v1/me").json()["id"]
        later = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
        answer = {"type": "text", "text": word("answer")}
        self._done(admin.post(f"{path}/messages", json=answer, headers=key()))
        self._done(admin.post(f"{path}/notes", json={"text": word("note")}, headers=key()))
        snoozed = {"until": later, "zone": "UTC", "keep": True, "reason": word("snooze")}
        moves(lambda seen: admin.put(f"{path}/snooze", json=snoozed, headers=seen))
        moves(lambda seen: admin.delete(f"{path}/snooze", headers=seen))
        moved = {"agent_id": me, "note": word("transfer")}
        moves(lambda seen: admin.post(f"{path}/transfer", json=moved, headers=seen))
        ended = {"reason": word("close")}
        moves(lambda seen: admin.post(f"{path}/close", json=ended, headers=seen))
        self.says(person, {"type": "text", "text": {"body": word("second")}})
        until("the second ticket", lambda: admin.get(path).json()["ticket"]["number"] == 2, 60.0)
        scheduled = {"text": word("scheduled"), "due_at": later, "zone": "UTC"}
        self._done(admin.post(f"{path}/scheduled", json=scheduled, headers=key()))
        self._done(admin.put(f"{path}/draft", json={"text": word("draft")}))

    def _done(self, answer: httpx2.Response) -> None:
        assert answer.status_code < 300, f"{answer.request.url}: {answer.status_code} {answer.text}"

    def _through_a_bot(self) -> None:
        """Everybody writes to the bot; it hands off with what it knows, and says something broken."""
        for person in self.people:
            self.says(person, {"type": "text", "text": {"body": person.word("tobot")}}, number=BOT_NUMBER)
        settings, whose = self.running.settings, {person.canary: person for person in self.people}
        topics = topics_of(settings)
        turns = topics.consumer(BOT_TURNS, "canaries", lambda partition: 0)
        answered: set[str] = set()
        with QueryPool(settings.database_url, 1, "canaries") as pool:
            sessions = PostgresBotSessions(pool, settings.master_key)

            def through() -> bool:
                for record in turns.poll(100, 1.0):
                    turn = orjson.loads(record.value or b"{}")
                    found = [one for canary, one in whose.items() if canary.encode() in (record.value or b"")]
                    if not found or found[0].canary in answered:
                        continue
                    person = found[0]
                    key = turn["conversation_id"].encode()
                    reply = _reply(turn, person)
                    topics.produce(
                        [
                            Outgoing(BOT_REPLIES, key, orjson.dumps(reply)),
                            Outgoing(BOT_REPLIES, key, orjson.dumps({"x": f"{person.canary}broken"})),
                        ]
                    )
                    session = BotSession(
                        UUID(turn["conversation_id"]), UUID(turn["contact"]["id"]), 1, (), b"state"
                    )
                    sessions.save(BOT_TURNS, [], [session])
                    answered.add(person.canary)
                return len(answered) == len(self.people)

            until("a turn of everybody", through, 60.0)
        turns.close()
        topics.close()

    def half_are_erased_while_all_write(self, kills: int) -> None:
        """Kills of both processes at any moment, and of the one that erases at its failpoints."""
        erased = self.people[::2]
        for at, person in enumerate(erased):
            person.silent = at % 2 == 0
        over = threading.Event()
        threads = [threading.Thread(target=work, args=[over]) for work in (self._write, self._kill(kills))]
        for thread in threads:
            thread.start()
        try:
            with self.running.agent("admin@demo.balcao") as admin:
                for person in erased:
                    person.erased = True
                    self._erase(admin, person)
        finally:
            over.set()
            for thread in threads:
                thread.join(60)
        for process in self.running.processes.values():
            process.wait_ready()

    def _erase(self, admin: httpx2.Client, person: Person) -> None:
        def finished() -> bool:
            try:
                answer = admin.post(f"/v1/contacts/{person.contact_id}/erasure", json={})
            except httpx2.TransportError:
                return False  # killed on its way
            assert answer.status_code in (200, 409, 503), (answer.request.url, answer.text)
            return answer.status_code == 200 and answer.json()["finished_at"] is not None

        until(f"the erasure of {person.number}", finished, 90.0, every_s=0.2)

    def _write(self, over: threading.Event) -> None:
        """Everybody writes on, but for the silent ones; those to be erased say words without a canary."""
        with httpx2.Client(timeout=5.0) as client:
            n = 0
            while not over.is_set():
                n += 1
                person = self.chance.choice(self.people)
                if person.silent or (person in self.people[::2] and not person.erased):
                    continue
                words = f"w{n}" if person in self.people[::2] else person.word(f"during{n}")
                metadata = {"display_phone_number": "551150000000", "phone_number_id": NUMBER}
                said = {
                    "from": person.phone,
                    "from_user_id": person.bsuid,
                    "id": f"wamid.w{n}",
                    "timestamp": str(int(time.time())),
                    "type": "text",
                    "text": {"body": words},
                }
                value = {"messaging_product": "whatsapp", "metadata": metadata, "messages": [said]}
                change = {"field": "messages", "value": value}
                body = {"object": "whatsapp_business_account", "entry": [{"id": "2", "changes": [change]}]}
                post_until_taken(client, self.running.webhook_url, as_meta_writes(body))

    def _kill(self, kills: int) -> Any:
        def killing(over: threading.Event) -> None:
            for _ in range(kills):
                if over.wait(self.chance.uniform(0.5, 2.0)):
                    return
                name = self.chance.choice(["api", "work"])
                self.running.processes[name].kill()
                self.running.processes[name].wait_ready()

        return killing

    def settle(self) -> None:
        """Until all that was acknowledged is taken in, and every follower is at the head."""
        with psycopg.connect(self.running.settings.database_url, autocommit=True) as db:

            def settled() -> bool:
                row = db.execute(
                    "select (select min(position) from positions)"
                    " >= (select max(notification_id) from events),"
                    " not exists (select from topic_heads h left join tracking t"
                    " on t.application_name = h.topic || '/' || h.partition"
                    " where h.topic = 'whatsapp.inbound.v1'"
                    " and h.next_offset > coalesce(t.notification_id, 0)),"
                    " not exists (select from erasures where finished_at is null)"
                ).fetchone()
                return row is not None and all(row)

            until("everything to be taken in", settled, 60.0)


def _reply(turn: dict[str, Any], person: Person) -> dict[str, Any]:
    card = {
        "name": person.word("cardname"),
        "email": f"{person.word('cardemail')}@x.com",
        "attributes": {"rg": person.word("rg")},
    }
    action = {
        "type": "hand_off",
        "reason": "pediu",
        "card": card,
        "variables": {"pedido": person.word("variable"), "lista": [{"x": person.word("nested")}]},
    }
    return {
        "tenant_id": turn["tenant_id"],
        "conversation_id": turn["conversation_id"],
        "epoch": turn["epoch"],
        "turn_id": turn["turn_id"],
        "reply_id": "answer",
        "messages": [{"type": "text", "text": person.word("botsaid")}],
        "action": action,
    }


def readable(settings: Any) -> dict[str, bytes]:
    """All that the program can read with its keys, and every column of every table as it is, by place."""
    parts: dict[str, list[str]] = defaultdict(list)
    with PostgresLog(settings.database_url, settings.master_key) as log:
        after = 0
        tenants = set()
        while page := log.read(after, 1000):
            for event in page:
                parts[event.fact.TOPIC].append(repr(event.fact))
            tenants |= {event.tenant_id for event in page}
            after = page[-1].position
        for tenant_id in tenants:
            for waiting in (log.erasures.orphans, log.erasures.notices, log.erasures.quarantined):
                for item in waiting(tenant_id):
                    raw = item.raw.decode(errors="replace")
                    parts[f"opened {waiting.__name__}"] += [raw, *_unpacked(raw)]
    with psycopg.connect(settings.database_url, row_factory=dict_row) as db:
        for (table,) in _tables(db):
            for row in db.execute(SQL("select * from {}").format(Identifier(table))).fetchall():
                for column, value in row.items():
                    parts[f"{table}.{column}"].append(_text(value))
    return {place: "\n".join(texts).encode(errors="replace") for place, texts in parts.items()}


def _tables(db: psycopg.Connection[Any]) -> list[tuple[str]]:
    with db.cursor(row_factory=tuple_row) as rows:
        return rows.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()


def _unpacked(raw: str) -> Iterator[str]:
    try:
        inner = orjson.loads(raw).get("raw")
    except (ValueError, AttributeError):
        return
    if isinstance(inner, str):
        yield base64.b64decode(inner).decode(errors="replace")


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def traces(person: Person, content: bytes) -> list[str]:
    """What of a person is in there."""
    wanted = sorted(person.fields)
    if person.silent:
        short = person.phone[:4] + person.phone[5:]
        wanted += [person.phone, person.phone[::-1], short, person.bsuid]
    return [name for name in wanted if name.encode() in content]


def checked(campaign: Campaign, folder: Path, postgres: EmbeddedPostgres) -> list[str]:
    """What is wrong; the database is stopped afterwards."""
    settings, wrong = campaign.running.settings, []
    gone = [person for person in campaign.people if person.erased]
    places = readable(settings)
    everything = b"\n".join(places.values())
    for person in campaign.people:
        if person.erased:
            for place, content in places.items():
                wrong += [
                    f"{person.number}: {name} can be read in {place}" for name in traces(person, content)
                ]
        else:
            lost = [said for said in person.fields if said.encode() not in everything]
            wrong += [f"{person.number}: lost {said}" for said in lost]
    with Path("/dev/null").open("w") as nowhere:
        for name in PROJECTIONS:
            compared = rebuild(settings, name, console=Console(file=nowhere))
            if not compared.equal:
                wrong.append(f"{name}: {compared.differing} rows differ from a rebuild")
    with psycopg.connect(settings.database_url, autocommit=True) as db:
        db.execute("vacuum (full, analyze)")
        db.execute("vacuum full pg_statistic")
        for _ in range(2):
            db.execute("select pg_switch_wal()")
            db.execute("checkpoint")
    postgres.stop()
    for file in folder.rglob("*"):
        if not file.is_file() or "simulator" in file.relative_to(folder).parts:
            continue  # the simulator is WhatsApp and the customers' phones
        content = file.read_bytes()
        for person in gone:
            wrong += [
                f"{person.number}: {name} in {file.relative_to(folder)}" for name in traces(person, content)
            ]
    return wrong


@dataclass(frozen=True)
class Verdict:
    """What is wrong, and what happened."""

    wrong: list[str]
    kills: int
    sentence: str


def run(folder: Path, people: int, kills: int, seed: int = 1) -> Verdict:
    """Run the whole campaign in a folder."""
    chance = random.Random(seed)
    began = time.monotonic()
    postgres = EmbeddedPostgres(durable=False, settings=SETTINGS)
    url = postgres.start(folder / "postgres")
    keys: Any = {"BALCAO_FAILPOINT": FAILPOINTS, "BALCAO_FAILPOINT_LOG": str(folder / "failpoints")}
    try:
        with installation(folder, url, **keys) as running:
            added = ("--phone-number-id", BOT_NUMBER, "--name", "Bot", "--bot", "--portfolio", NUMBER)
            running.balcao("channel", "add", *added)
            running.start("api", "work")
            names = [Person(n, f"kanarie{n:03}{chance.randrange(16**6):06x}") for n in range(people)]
            campaign = Campaign(running, names, chance)
            campaign.everybody_fills_every_field()
            campaign.settle()
            filled_s = time.monotonic() - began
            campaign.half_are_erased_while_all_write(kills)
            campaign.settle()
            killed = sum(len(process.ends) for process in running.processes.values())
            running.stop()
            wrong = checked(campaign, folder, postgres)
            fields = sum(len(person.fields) for person in names)
            sentence = (
                f"{people} people with {fields} canaries, {len(names[::2])} erased under {killed} kills:"
                f" {len(wrong)} wrong, in {time.monotonic() - began:.0f} s ({filled_s:.0f} s to fill)"
            )
            return Verdict(wrong, killed, sentence)
    finally:
        postgres.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="balcao-canaries-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    verdict = run(folder, given.people, given.kills, given.seed)
    sys.stdout.write("\n".join([*verdict.wrong[:50], verdict.sentence, ""]))
    sys.exit(1 if verdict.wrong else 0)


if __name__ == "__main__":
    main()
