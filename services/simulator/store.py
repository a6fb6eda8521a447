"""Storage of the simulator in one SQLite file: SIGKILL loses nothing that was accepted."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import Any

from domain.contact.phone import canonical_phone
from services.simulator.faults import Faults
from services.simulator.records import Number, Phone, PhoneMessage, Webhook
from services.simulator.templates import Template

_SCHEMA = """
create table if not exists numbers (phone_number_id text primary key, waba_id text, display text, name text);
create table if not exists phones (
    wa_id text primary key, number text unique, name text, bsuid text unique, username text,
    phone_number_id text, online integer not null default 1, hides_number integer not null default 0);
create table if not exists messages (
    n integer primary key autoincrement, id text unique, wa_id text, phone_number_id text, direction text,
    text text, type text, at real, status text, opaque text, change integer);
create index if not exists messages_by_phone on messages (wa_id, n);
create index if not exists messages_by_change on messages (change);
create table if not exists parts (message_id text primary key, template text);
create table if not exists templates (
    id text primary key, waba_id text, name text, language text, category text, status text,
    parameter_format text, components text, quality text, quality_at integer, reason text,
    previous_category text, edited_at real, refusal integer, unique (waba_id, name, language));
create table if not exists deleted_templates (
    waba_id text, name text, until real, primary key (waba_id, name));
create table if not exists reactions (message_id text primary key, emoji text);
create table if not exists windows (phone_number_id text, customer text, until real,
    primary key (phone_number_id, customer));
create table if not exists calls (
    n integer primary key autoincrement, message_id text, phone_number_id text, recipient text, text text,
    wamid text, at real);
create index if not exists calls_by_message on calls (message_id);
create table if not exists webhooks (
    n integer primary key autoincrement, body blob, lane text, due real, tries integer not null default 0,
    done integer not null default 0, message_id text, answers text not null default '[]');
create index if not exists webhooks_owed on webhooks (lane, n) where done = 0;
create table if not exists settings (name text primary key, value text);
"""
_MESSAGE = (
    "n, id, wa_id, phone_number_id, direction, text, type, at, status, opaque, change,"
    " (select emoji from reactions r where r.message_id = messages.id),"
    " (select template from parts p where p.message_id = messages.id)"
)


class SimulatorStore:
    """All state of the simulator. Used from one thread; another process may seed the same file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "simulator.sqlite", isolation_level=None, check_same_thread=False)
        self._db.execute("pragma busy_timeout = 5000")
        self._db.execute("pragma journal_mode = wal")
        # It survives SIGKILL; a power failure may lose the last writes.
        self._db.execute("pragma synchronous = normal")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a transaction; a nested one joins the outer one."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def add_number(self, number: Number) -> None:
        self._db.execute(
            "insert into numbers values (?,?,?,?) on conflict (phone_number_id) do update set"
            " waba_id = excluded.waba_id, display = excluded.display, name = excluded.name",
            (number.phone_number_id, number.waba_id, number.display, number.name),
        )

    def number(self, phone_number_id: str) -> Number | None:
        row = self._one("select * from numbers where phone_number_id = ?", phone_number_id)
        return Number(*row) if row else None

    def numbers(self) -> list[Number]:
        return [Number(*row) for row in self._db.execute("select * from numbers order by rowid")]

    def add_phone(self, phone: Phone) -> bool:
        """Add a phone; return False if its number or id exists."""
        added = self._db.execute("insert or ignore into phones values (?,?,?,?,?,?,?,?)", astuple(phone))
        return added.rowcount == 1

    def phones(self) -> list[Phone]:
        return [_phone(row) for row in self._db.execute("select * from phones order by rowid")]

    def phone(self, address: str) -> Phone | None:
        """Find a phone by `wa_id`, business-scoped id, or any form of the number."""
        row = self._one(
            "select * from phones where wa_id = ?1 or bsuid = ?1 or number = ?2",
            address,
            canonical_phone(address),
        )
        return _phone(row) if row else None

    def set_online(self, wa_id: str, online: bool) -> None:
        self._db.execute("update phones set online = ? where wa_id = ?", (online, wa_id))

    def set_bsuid(self, wa_id: str, bsuid: str) -> None:
        self._db.execute("update phones set bsuid = ? where wa_id = ?", (bsuid, wa_id))

    def add_message(self, message: PhoneMessage) -> PhoneMessage:
        """Add a message; return it with its number and its change."""
        columns = astuple(message)[1:-3]
        cursor = self._db.execute(
            "insert into messages"
            " (id, wa_id, phone_number_id, direction, text, type, at, status, opaque, change)"
            " values (?,?,?,?,?,?,?,?,?, (select coalesce(max(change), 0) + 1 from messages))"
            f" returning {_MESSAGE}",
            columns,
        )
        added = _message(cursor.fetchone())
        if message.template is not None:
            self._db.execute("insert into parts values (?,?)", (message.id, json.dumps(message.template)))
        return replace(added, template=message.template)

    def set_status(self, message_id: str, status: str) -> None:
        self._db.execute(
            "update messages set status = ?, change = (select max(change) + 1 from messages) where id = ?",
            (status, message_id),
        )

    def set_reaction(self, message_id: str, emoji: str) -> None:
        """Set the reaction of the other side; an empty one removes it."""
        self._db.execute("delete from reactions where message_id = ?", (message_id,))
        if emoji:
            self._db.execute("insert into reactions values (?,?)", (message_id, emoji))
        self._db.execute(
            "update messages set change = (select max(change) + 1 from messages) where id = ?", (message_id,)
        )

    def message(self, message_id: str) -> PhoneMessage | None:
        row = self._one(f"select {_MESSAGE} from messages where id = ?", message_id)
        return _message(row) if row else None

    def messages(self, wa_id: str, after: int = 0) -> list[PhoneMessage]:
        rows = self._db.execute(
            f"select {_MESSAGE} from messages where wa_id = ? and n > ? order by n limit 1000", (wa_id, after)
        )
        return [_message(row) for row in rows]

    def messages_from_business(self, wa_id: str) -> list[PhoneMessage]:
        rows = self._db.execute(
            f"select {_MESSAGE} from messages where wa_id = ? and direction = 'in' and status <> 'read'"
            " order by n",
            (wa_id,),
        )
        return [_message(row) for row in rows]

    def newest(self, wa_id: str) -> int:
        row = self._one("select coalesce(max(n), 0) from messages where wa_id = ?", wa_id)
        return int(row[0])

    def changed(self, wa_id: str, after_change: int) -> list[PhoneMessage]:
        rows = self._db.execute(
            f"select {_MESSAGE} from messages where wa_id = ? and change > ? order by change limit 1000",
            (wa_id, after_change),
        )
        return [_message(row) for row in rows]

    def last_change(self) -> int:
        row = self._one("select coalesce(max(change), 0) from messages")
        return int(row[0]) if row else 0

    def open_window(self, phone_number_id: str, customer: str, until: float) -> None:
        self._db.execute(
            "insert into windows values (?1,?2,?3) on conflict (phone_number_id, customer)"
            " do update set until = max(until, ?3)",
            (phone_number_id, canonical_phone(customer) or customer, until),
        )

    def window(self, phone_number_id: str, customer: str) -> float:
        """Return when the window ends or ended; 0 if it never was open."""
        row = self._one(
            "select until from windows where phone_number_id = ? and customer = ?",
            phone_number_id,
            canonical_phone(customer) or customer,
        )
        return float(row[0]) if row else 0.0

    def add_call(self, message_id: str | None, pnid: str, to: str, text: str, wamid: str, at: float) -> None:
        self._db.execute(
            "insert into calls (message_id, phone_number_id, recipient, text, wamid, at)"
            " values (?,?,?,?,?,?)",
            (message_id, pnid, to, text, wamid, at),
        )

    def calls(self) -> list[dict[str, Any]]:
        """Return the accepted calls, counted by message id; calls without one are listed singly."""
        rows = self._db.execute(
            "select message_id, phone_number_id, recipient, text, count(*), json_group_array(wamid), min(at)"
            " from calls group by coalesce(message_id, n) order by min(n)"
        )
        names = ("message_id", "phone_number_id", "to", "text", "n_calls", "wamids", "at")
        return [dict(zip(names, row, strict=True)) | {"wamids": json.loads(row[5])} for row in rows]

    def put_template(self, template: Template) -> None:
        """Add a template, or change it."""
        row = {field.name: getattr(template, field.name) for field in fields(Template)}
        row["components"] = json.dumps(template.components)
        changes = ", ".join(f"{name} = excluded.{name}" for name in row)
        self._db.execute(
            f"insert into templates ({', '.join(row)}) values ({', '.join('?' * len(row))})"
            f" on conflict (id) do update set {changes}",
            [*row.values()],
        )

    def templates(self, waba_id: str) -> list[Template]:
        """Return the templates of an account, the oldest first."""
        rows = self._db.execute("select * from templates where waba_id = ? order by rowid", (waba_id,))
        return [_template(row) for row in rows]

    def template(self, id: str) -> Template | None:
        row = self._one("select * from templates where id = ?", id)
        return _template(row) if row else None

    def template_named(self, waba_id: str, name: str, language: str) -> Template | None:
        row = self._one(
            "select * from templates where waba_id = ? and name = ? and language = ?", waba_id, name, language
        )
        return _template(row) if row else None

    def delete_templates(self, ids: Sequence[str]) -> None:
        self._db.executemany("delete from templates where id = ?", [(id,) for id in ids])

    def block_name(self, waba_id: str, name: str, until: float) -> None:
        """Keep a deleted name from being used again."""
        self._db.execute("insert or replace into deleted_templates values (?,?,?)", (waba_id, name, until))

    def name_blocked_until(self, waba_id: str, name: str) -> float:
        row = self._one("select until from deleted_templates where waba_id = ? and name = ?", waba_id, name)
        return float(row[0]) if row else 0.0

    def owe(self, body: bytes, lane: str, due: float, message_id: str | None = None) -> int:
        """Store a webhook to post until it is answered with 200; a lane is posted in order."""
        cursor = self._db.execute(
            "insert into webhooks (body, lane, due, message_id) values (?,?,?,?)",
            (body, lane, due, message_id),
        )
        return int(cursor.lastrowid or 0)

    def last_webhook(self) -> int:
        row = self._one("select coalesce(max(n), 0) from webhooks")
        return int(row[0])

    def heads(self, limit: int) -> list[Webhook]:
        """Return the first pending webhook of each lane, soonest first."""
        rows = self._db.execute(
            "select n, body, lane, due, tries, message_id from webhooks"
            " where n in (select min(n) from webhooks where done = 0 group by lane) order by due, n limit ?",
            (limit,),
        )
        return [Webhook(*row) for row in rows]

    def answered(self, n: int, answers: Sequence[int | None], again_at: float | None) -> None:
        """Store the answers (None: no answer); without `again_at` the webhook is done."""
        self._db.execute(
            "update webhooks set tries = tries + 1, done = ?1 is null, due = coalesce(?1, due),"
            " answers = json((select json_group_array(value) from (select value from json_each(answers)"
            " union all select value from json_each(?2)))) where n = ?3",
            (again_at, json.dumps(list(answers)), n),
        )

    def webhook(self, n: int) -> dict[str, Any] | None:
        row = self._one("select n, tries, done, answers from webhooks where n = ?", n)
        return _told(row) if row else None

    def webhooks(self) -> list[dict[str, Any]]:
        return [
            _told(row) for row in self._db.execute("select n, tries, done, answers from webhooks order by n")
        ]

    def body(self, n: int) -> bytes | None:
        row = self._one("select body from webhooks where n = ?", n)
        return bytes(row[0]) if row else None

    def hurry(self, now: float) -> None:
        """Make all retries due now; for a restart."""
        self._db.execute("update webhooks set due = ?1 where done = 0 and due > ?1 and tries > 0", (now,))

    def forget(self) -> None:
        """Delete everything but the business numbers and their templates."""
        for table in ("phones", "messages", "parts", "reactions", "windows", "calls", "webhooks", "settings"):
            self._db.execute(f"delete from {table}")

    def faults(self) -> Faults | None:
        row = self._one("select value from settings where name = 'faults'")
        return Faults.model_validate_json(row[0]) if row else None

    def set_faults(self, faults: Faults) -> None:
        self._db.execute("insert or replace into settings values ('faults', ?)", (faults.model_dump_json(),))

    def _one(self, sql: str, *arguments: Any) -> Any:
        return self._db.execute(sql, arguments).fetchone()


def _phone(row: Any) -> Phone:
    wa_id, number, name, bsuid, username, phone_number_id, online, hides_number = row
    return Phone(wa_id, number, name, bsuid, username, phone_number_id, bool(online), bool(hides_number))


def _message(row: Any) -> PhoneMessage:
    *columns, template = row
    return replace(PhoneMessage(*columns), template=None if template is None else json.loads(template))


def _template(row: Any) -> Template:
    told = dict(zip([field.name for field in fields(Template)], row, strict=True))
    return Template(**told | {"components": json.loads(told["components"])})


def _told(row: Any) -> dict[str, Any]:
    return {"n": row[0], "tries": row[1], "done": bool(row[2]), "answers": json.loads(row[3])}
