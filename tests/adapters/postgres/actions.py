"""A real log with a day in it, and the read models that follow it."""

import base64
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier

from adapters.postgres.log.event_log import PostgresLog
from domain.event import Recorded
from domain.log.append import Append, Appended, NewEvent
from projections.projection import Projection
from tests.domain.given import MARINA
from tests.projections.traffic import ACTIONS, JOANA, RITA, Day

MASTER_KEY = base64.b64encode(b"m" * 32).decode()


def some_day(seed: int = 1, actions: int = 80) -> Day:
    """A day that is the same for a seed."""
    chance = random.Random(seed)
    return Day().live(
        [(chance.choice(ACTIONS), chance.randrange(8), chance.randrange(8)) for _ in range(actions)]
    )


@contextmanager
def opened_log(url: str) -> Iterator[PostgresLog]:
    """A log that has a key for everybody of the day."""
    with PostgresLog(url, MASTER_KEY) as log:
        assert isinstance(log.append(Append(new_contacts=[MARINA, JOANA, RITA])), Appended)
        yield log


def write(log: PostgresLog, events: Sequence[Recorded]) -> None:
    """Append what was told; in an empty log each event gets the position that it was told at."""
    new = [
        NewEvent(
            fact=event.fact,
            stream_id=event.stream_id,
            stream_version=event.stream_version,
            event_id=UUID(int=event.event_id.int),
            tenant_id=event.tenant_id,
            conversation_id=event.conversation_id,
            contact_id=event.contact_id,
            actor=event.actor,
        )
        for event in events
    ]
    appended = log.append(Append(events=new))
    assert isinstance(appended, Appended)
    assert list(appended.positions) == [event.position for event in events]


def rows_of(url: str, projection: Projection[Any], table: str | None = None) -> dict[Any, Any]:
    """The rows of a read model as they are stored."""
    fields = projection.row._fields
    listed = SQL(", ").join(map(Identifier, fields))
    query = SQL("select {} from {}").format(listed, Identifier(table or projection.name))
    with psycopg.connect(url) as db:
        rows = [projection.row(*row) for row in db.execute(query).fetchall()]
    return {row[: projection.key_size]: row for row in rows}


def ask(url: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """One query in a transaction of its own."""
    with psycopg.connect(url) as db:
        result = db.execute(query.encode(), values)
        return result.fetchall() if result.description else []
