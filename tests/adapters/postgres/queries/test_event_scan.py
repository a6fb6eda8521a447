"""Which index finds the events of each filter, also those of a small tenant beside a large one."""

from uuid import UUID

import psycopg
import pytest

from adapters.postgres.queries.event_scan import MATCHING, EventFilter, narrowed
from tests.adapters.postgres.queries.viewers import nodes_of

LARGE, SMALL, CONTACT, CONVERSATION = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
FILL = """
insert into events (originator_id, originator_version, topic, state, notification_id, tenant_id,
    conversation_id, contact_id, event_id, recorded_at, metadata)
select gen_random_uuid(), 1, case mod(n, 40) when 0 then 'conversation.started' else 'delivery.read' end,
    '{}', (select coalesce(max(notification_id), 0) from events) + n, %(tenant)s, md5((n / 40)::text)::uuid,
    md5('of ' || n / 40)::uuid, gen_random_uuid(), now(), '{}'
from generate_series(1, %(count)s::integer) n
"""


@pytest.mark.parametrize(
    ("wanted", "indices"),
    [
        (EventFilter(SMALL), {"events_tenant"}),
        (EventFilter(SMALL, "conversation.closed"), {"events_tenant"}),
        (EventFilter(SMALL, "", CONVERSATION), {"events_conversation"}),
        (EventFilter(SMALL, "delivery.", CONVERSATION), {"events_conversation"}),
        (EventFilter(SMALL, "", None, CONTACT), {"events_started", "events_pkey", "events_conversation"}),
        (EventFilter(SMALL, "", CONVERSATION, CONTACT), {"events_started", "events_conversation"}),
    ],
)
def test_each_filter_is_read_off_its_index_whatever_else_the_log_has(
    database_url: str, wanted: EventFilter, indices: set[str]
) -> None:
    parameters = "tenant", "conversation", "contact", "type", "after", "until", "step", "limit"
    query = MATCHING.format(narrowed(wanted)) % {name: f"${n}" for n, name in enumerate(parameters, 1)}
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute(FILL, {"tenant": LARGE, "count": 20_000})
        db.execute("analyze events")  # the small tenant comes later, and the planner does not know it
        db.execute(FILL, {"tenant": SMALL, "count": 40})
        db.execute(f"prepare find(uuid, uuid, uuid, text, bigint, bigint, bigint, int) as {query}".encode())
        asked = (wanted.tenant_id, CONVERSATION, CONTACT, wanted.type_prefix, 0, 1_000_000, 10_000, 100)
        for mode in ("force_custom_plan", "force_generic_plan"):
            db.execute(f"set plan_cache_mode = {mode}".encode())
            values = ", ".join(f"'{value}'" for value in asked)
            row = db.execute(f"explain (format json) execute find({values})".encode()).fetchone()
            assert row is not None
            nodes = list(nodes_of(row[0][0]["Plan"]))
            used = {node["Index Name"] for node in nodes if "Index Name" in node}
            assert used == indices, mode
            assert not [node for node in nodes if node["Node Type"] == "Seq Scan"], mode
