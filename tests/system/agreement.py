"""Log, read models and HTTP of an installation, side by side."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from adapters.postgres.log.event_log import PostgresLog
from domain.event import Recorded
from services.workers.project.projectors import PROJECTIONS
from tests.adapters.postgres.actions import rows_of
from tests.projections.told import folded
from tests.system.installation import Installation, all_pages

SHOWN = ("state", "control", "unread", "number")


@contextmanager
def log_of(running: Installation) -> Iterator[PostgresLog]:
    """The log, beside the processes that write it."""
    told = running.environment
    with PostgresLog(told["BALCAO_DATABASE_URL"], told["BALCAO_MASTER_KEY"], pool_size=1) as log:
        yield log


def all_events(running: Installation) -> list[Recorded]:
    events: list[Recorded] = []
    with log_of(running) as log:
        while page := log.read(events[-1].position if events else 0, 10_000):
            events += page
    return events


def at_rest(running: Installation) -> bool:
    """Whether the read models show the log, and nothing is due soon: no claim, no snooze, no silent bot.

    Work that returned to somebody goes to its queue a quarter of an hour later; that is not waited for.
    """
    with psycopg.connect(running.environment["BALCAO_DATABASE_URL"]) as db:
        row = db.execute(
            "select (select min(position) from positions) >= (select max(notification_id) from events)"
            " and not exists (select from timers where due_at < now() + interval '2 minutes'"
            " and due_at is distinct from return_at)"
        ).fetchone()
    return bool(row and row[0])


def disagreements(running: Installation, events: list[Recorded]) -> list[str]:
    """Where a fold of the log, the read models and what HTTP answers say different things."""
    url, wrong = running.environment["BALCAO_DATABASE_URL"], []
    for name, projection in PROJECTIONS.items():
        expected, stored = folded(projection, events), rows_of(url, projection)
        differ = [key for key in expected.keys() | stored.keys() if expected.get(key) != stored.get(key)]
        wrong += [f"{name}: {key} is not what the log says" for key in differ]
    rows = {
        (str(row.conversation_id), row.number): row for row in rows_of(url, PROJECTIONS["workspace"]).values()
    }
    with running.agent("admin@demo.balcao") as client:
        shown = {(t["conversation_id"], t["number"]): t for t in all_pages(client, "/v1/tickets", view="all")}
    if shown.keys() != rows.keys():
        wrong.append(f"HTTP shows {len(shown)} tickets of {len(rows)}")
    wrong += [
        f"{key}: HTTP shows {shown[key]}"
        for key in shown.keys() & rows.keys()
        if not _same(shown[key], rows[key])
    ]
    return wrong


def _same(shown: dict[str, Any], row: Any) -> bool:
    owner = shown["owner"] and shown["owner"]["id"]
    return all(shown[name] == getattr(row, name) for name in SHOWN) and owner == (
        row.owner and str(row.owner)
    )
