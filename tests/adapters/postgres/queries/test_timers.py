"""What is due is found on an index, however many hours are still to come."""

from datetime import UTC, datetime, timedelta

import psycopg

from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.queries.timers import DUE, LEFT, due, held_by_leavers
from tests.support.cell import MASTER_KEY

MANY = """
insert into timers_1 (tenant_id, kind, stream_id, conversation_id, ticket, due_at, position)
select gen_random_uuid(), (array['ticket', 'scheduled', 'retry', 'attempt'])[1 + n % 4], gen_random_uuid(),
    gen_random_uuid(), 1, clock_timestamp() + (n - 40) * interval '1 second', n
from generate_series(1, 20000) n
"""
PEOPLE = """
insert into directory_1 (tenant_id, kind, id, name, active, position)
select '00000000-0000-0000-0000-000000000001', 'agent', lpad(n::text, 32, '0')::uuid, 'x', n > 5, n
from generate_series(1, 200) n
"""
TICKETS = """
insert into workspace_1 (tenant_id, conversation_id, number, channel_id, contact_id, person_id,
    opened_position, protocol, state, owner, control, name_key, initials, unread, last_at, last_position,
    opened_at, queued_at, window_warned, tags, erased, position)
select '00000000-0000-0000-0000-000000000001', u, 1, u, u, u, n, 'p',
    (array['open', 'snoozed', 'closed', 'closed', 'closed'])[1 + n % 5],
    lpad((case when n < 1000 then 1 + n % 200 else 6 + n % 195 end)::text, 32, '0')::uuid, 3, '', '', 0,
    now(), n, now(), now(), false, '[]', false, n
from generate_series(1, 20000) n cross join lateral (select lpad(n::text, 32, '0')::uuid) r(u)
"""
GRACE = timedelta(seconds=30)


def test_the_query_for_due_timers_reads_only_due_ones(database_url: str) -> None:
    first = (GRACE, datetime(2000, 1, 1, tzinfo=UTC), "", "00000000-0000-0000-0000-000000000000", 500)
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute(MANY)
        db.execute("analyze timers_1")
        plan = "\n".join(row[0] for row in db.execute("explain " + DUE, first).fetchall())
    assert "Seq Scan" not in plan, plan


def test_pages_of_due_timers_hold_each_once_in_the_order_of_their_times(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute(MANY)
    with PostgresLog(database_url, MASTER_KEY, pool_size=1) as log:
        page = due(log.datastore, GRACE, 4)
        found = list(page)
        while page:
            page = due(log.datastore, GRACE, 4, after=page[-1])
            found += page
    assert len({timer.stream_id for timer in found}) == len(found) >= 30
    assert [timer.due_at for timer in found] == sorted(timer.due_at for timer in found)
    assert all(timer.due_at <= timer.now for timer in found)
    assert all(timer.due_at <= timer.now - GRACE for timer in found if timer.kind == "attempt")


def test_what_those_have_who_left_is_found_without_reading_what_the_others_have(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute(PEOPLE)
        db.execute(TICKETS)
        db.execute("analyze directory_1, workspace_1")
        plan = "\n".join(row[0] for row in db.execute("explain " + LEFT, {"limit": 500}).fetchall())
        held = db.execute(
            "select count(*) from workspace_1 w join directory_1 d on d.id = w.owner"
            " where not d.active and w.state <> 'closed'"
        ).fetchone()
    assert "Seq Scan on workspace" not in plan, plan
    with PostgresLog(database_url, MASTER_KEY, pool_size=1) as log:
        assert (len(held_by_leavers(log.datastore, 500)),) == held
        assert len(held_by_leavers(log.datastore, 3)) == 3
    assert held[0] > 3
