"""Lists and threads at 10,000 open and 1,000,000 closed tickets, asked for by 16 connections at once.

Beside them stands a bare route: one prepared query, its rows as JSON, on the event loop (`bench.bare`).
"""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import get_args
from uuid import UUID, uuid4

import psycopg

from adapters.postgres.queries.ticket_orders import Sort
from bench.figures import Figure, percentile
from bench.system import System
from tests.support.waiting import free_port, until

OPEN, CLOSED, MESSAGES = 10_000, 1_000_000, 100_000
CONNECTIONS, TURNS = 16, 4

TICKETS = """
    insert into workspace_1 (
        tenant_id, conversation_id, number, channel_id, contact_id, person_id, opened_position, protocol,
        state, owner, control, name, name_key, initials, phone, unanswered_since, unread, last_text,
        last_type, last_at, last_direction, last_position, window_ends_at, opened_at, queued_at,
        window_warned, tags, erased, position
    )
    select %(tenant)s, md5('t' || i)::uuid, 1, %(tenant)s, c, c, i, '20260303-' || i,
        state, case when state in ('open', 'closed') then case when i %% 50 = 0 then %(ana)s else c end end,
        3, name, lower(name), 'CL', '55119' || (10000000 + i),
        case when state <> 'closed' and i %% 3 = 0 then now() - i %% 5000 * interval '17 s' end, i %% 4,
        'Bom dia! Meu pedido ainda não chegou e o prazo era ontem. Podem verificar, por favor?',
        'text', date_trunc('second', now() - i * interval '7 s'), 'in', i,
        now() + (i::bigint * 7919 %% 90000 - 4000) * interval '1 s', now() - i * interval '9 s',
        now() - i * interval '8 s', false, '[]', false, i
    from (
        select i, md5('c' || i)::uuid as c, 'Cliente ' || md5(i::text) as name,
            case when i > %(open)s then 'closed'
            else (array['open', 'queue', 'queue', 'bot', 'snoozed'])[i %% 5 + 1] end as state
        from generate_series(1, %(open)s + %(closed)s) i
    ) made
"""
THREAD = """
    insert into timeline_1 (
        tenant_id, message_id, conversation_id, ticket, direction, type, text, author_kind, author_name,
        sent_at, position, status, edited, revoked, truncated, time_flagged, erased, changed_position
    )
    select %(tenant)s, md5('m' || i)::uuid, %(thread)s, 1, case when i %% 2 = 0 then 'in' else 'out' end,
        'text',
        'Bom dia! Meu pedido ainda não chegou e o prazo era ontem. Podem verificar, por favor?',
        case when i %% 2 = 0 then 'contact' else 'bot' end, 'Maria',
        date_trunc('second', now()) - i * interval '9 s', i, case when i %% 2 = 1 then 'read' end,
        false, false, false, false, false, i
    from generate_series(1, %(messages)s) i
"""
ANA = "select tenant_id, id from directory where kind = 'agent' and email = 'ana@demo.balcao'"
INDICES = """
    select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
    where indrelid = 'workspace_1'::regclass and not indisprimary
"""


@dataclass(frozen=True)
class Filled:
    """A tenant after years; Ana may see `thread`."""

    tenant: UUID
    thread: UUID


def filled(url: str, closed: int) -> Filled:
    """Put the rows into the read models, past the log: it is lists that are measured here."""
    with psycopg.connect(url, autocommit=True) as db:
        tenant, ana = until("Ana to be known", lambda: db.execute(ANA.encode()).fetchone())
        given = {"tenant": tenant, "ana": ana, "open": OPEN, "closed": closed, "messages": MESSAGES}
        indices = db.execute(INDICES.encode()).fetchall()
        for name, _ in indices:
            db.execute(f"drop index {name}".encode())
        db.execute(TICKETS.encode(), given)
        for _, definition in indices:
            db.execute(definition.encode())
        row = db.execute("select conversation_id from workspace where state = 'queue' limit 1").fetchone()
        assert row is not None
        db.execute(THREAD.encode(), {**given, "thread": row[0]})
        db.execute("vacuum analyze")
        return Filled(tenant, row[0])


@contextmanager
def bare_route(measured: System, rows: Filled) -> Iterator[str]:
    """The bare routes in a process of their own; where they are."""
    port = free_port()
    command = [sys.executable, "-m", "bench.bare", "--database", measured.url, "--port", str(port)]
    command += ["--tenant", str(rows.tenant), "--conversation", str(rows.thread)]
    process = subprocess.Popen(command)
    try:
        until("the bare route", lambda: _listens(port), 15.0)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@dataclass(frozen=True)
class Answers:
    """What 16 connections saw."""

    seconds: float = 0.0
    took_ms: list[float] = field(default_factory=list)

    def __add__(self, more: "Answers") -> "Answers":
        return Answers(self.seconds + more.seconds, self.took_ms + more.took_ms)

    @property
    def rate(self) -> float:
        return len(self.took_ms) / self.seconds

    @property
    def p50(self) -> float:
        return percentile(self.took_ms, 50)

    @property
    def p99(self) -> float:
        return percentile(self.took_ms, 99)


def asked(measured: System, url: str, cookie: str, seconds: float) -> Answers:
    """Ask from another process."""
    out = measured.folder / f"ask-{uuid4().hex}.json"
    command = [sys.executable, "-m", "bench.ask", "--url", url, "--cookie", cookie, "--out", str(out)]
    command += ["--connections", str(CONNECTIONS), "--seconds", str(seconds)]
    subprocess.run(command, check=True, timeout=seconds + 60)
    return Answers(seconds, json.loads(out.read_text()))


def measure(measured: System, seconds: float, closed: int = CLOSED) -> Iterator[Figure]:
    """`balcao api` and `balcao project` run already."""
    rows = filled(measured.url, closed)
    with measured.running.agent() as client, bare_route(measured, rows) as bare:
        cookie = f"balcao_session={client.cookies['balcao_session']}"
        ours = measured.running.url
        # As the workspace asks: it names its order. Who names none gets the preferred one, read before.
        in_order = "sort=newest&unanswered_first=false"
        routes = {
            "ticket list": ("/tickets", f"/v1/tickets?view=queue&{in_order}"),
            "ticket list as preferred": ("/tickets", "/v1/tickets?view=queue"),
            "message page": ("/messages", f"/v1/conversations/{rows.thread}/messages"),
        }
        for what, (theirs, path) in routes.items():
            least, answers = Answers(), Answers()
            for _ in range(TURNS):  # in turns: other work on the machine disturbs both alike
                least += asked(measured, bare + theirs, "", seconds / TURNS)
                answers += asked(measured, ours + path, cookie, seconds / TURNS)
            yield from _figures(what, answers)
            note = f"{answers.rate:,.0f} to {least.rate:,.0f} answers/s, bare p50 {least.p50:.1f} ms"
            yield Figure(f"{what}, to a bare route", answers.rate / least.rate, "×", bar="≥ 0.6", note=note)
        for sort in get_args(Sort):
            for view in ("mine", "queue", "all", "closed"):
                path = f"/v1/tickets?view={view}&sort={sort}&unanswered_first=true"
                yield from _figures(
                    f"tickets {view} by {sort}", asked(measured, ours + path, cookie, seconds)
                )


def _figures(what: str, answers: Answers) -> Iterator[Figure]:
    yield Figure(f"{what}, p50 at {CONNECTIONS} connections", answers.p50, "ms", bar="≤ 10")
    yield Figure(f"{what}, p99 at {CONNECTIONS} connections", answers.p99, "ms", bar="≤ 25")


def _listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
