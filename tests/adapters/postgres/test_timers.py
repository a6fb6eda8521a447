"""What is due is found on an index, however many hours are still to come."""

from datetime import UTC, datetime, timedelta

import psycopg

from adapters.postgres.log import PostgresLog
from adapters.postgres.timers import DUE, due
from tests.support.cell import MASTER_KEY

MANY = """
insert into timers_1 (tenant_id, kind, stream_id, conversation_id, ticket, due_at, position)
select gen_random_uuid(), (array['ticket', 'scheduled', 'retry', 'attempt'])[1 + n % 4], gen_random_uuid(),
    gen_random_uuid(), 1, clock_timestamp() + (n - 40) * interval '1 second', n
from generate_series(1, 20000) n
"""
GRACE = timedelta(seconds=30)


def test_the_question_what_is_due_reads_only_what_is_due(database_url: str) -> None:
    first = (GRACE, datetime(2000, 1, 1, tzinfo=UTC), "", "00000000-0000-0000-0000-000000000000", 500)
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute(MANY)
        db.execute("analyze timers_1")
        plan = "\n".join(row[0] for row in db.execute("explain " + DUE, first).fetchall())
    assert "Seq Scan" not in plan, plan


def test_pages_of_what_is_due_give_each_once_in_the_order_of_the_hours(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute(MANY)
    with PostgresLog(database_url, MASTER_KEY, pool_size=1) as log:
        page = due(log.datastore, GRACE, 4)
        found = list(page)
        while page:
            page = due(log.datastore, GRACE, 4, behind=page[-1])
            found += page
    assert len({timer.stream_id for timer in found}) == len(found) >= 30
    assert [timer.due_at for timer in found] == sorted(timer.due_at for timer in found)
    assert all(timer.due_at <= timer.now for timer in found)
    assert all(timer.due_at <= timer.now - GRACE for timer in found if timer.kind == "attempt")
