"""Queries for due timers, by the database's clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from psycopg.rows import class_row, scalar_row

from adapters.postgres.connection.datastore import LogDatastore
from adapters.postgres.queries.availability import IS_PRESENT, SEEN_WITHIN

# `statement_timestamp` is stable, so an index can be used; `clock_timestamp` is evaluated per row.
DUE = """
select tenant_id, kind, stream_id, conversation_id, due_at, position, statement_timestamp() as now from timers
where (kind in ('retry', 'ticket', 'scheduled') and due_at <= statement_timestamp()
   or kind = 'attempt' and due_at <= statement_timestamp() - %s)
and (due_at, kind, stream_id) > (%s, %s, %s)
order by due_at, kind, stream_id limit %s
"""
# There are few deactivated agents, and each is one look-up in the index by owner.
LEFT = """
select w.tenant_id, 'left' as kind, w.conversation_id as stream_id, w.conversation_id,
    statement_timestamp() as due_at, w.position, statement_timestamp() as now
from directory d cross join lateral (
    select w.tenant_id, w.conversation_id, w.position from workspace w
    where w.tenant_id = d.tenant_id and w.owner = d.id and w.state <> 'closed' limit %(limit)s
) w where d.kind = 'agent' and not d.active limit %(limit)s
"""
_FIRST = (datetime.min.replace(tzinfo=UTC), "", UUID(int=0))


OWNERS = f"""
select p.agent_id from unnest(%(tenants)s::uuid[], %(agents)s::uuid[]) k(tenant, agent)
join presence p on p.tenant_id = k.tenant and p.agent_id = k.agent and {IS_PRESENT}
"""
SESSIONS_LEFT = """delete from sessions s using directory d
    where d.tenant_id = s.tenant_id and d.id = s.agent_id and d.kind = 'agent' and not d.active"""


@dataclass(frozen=True, slots=True)
class DueTimer:
    """A due timer; `now` is the database's time of the query."""

    tenant_id: UUID
    kind: str
    stream_id: UUID
    conversation_id: UUID
    due_at: datetime
    position: int
    now: datetime


def due(
    datastore: LogDatastore, grace: timedelta, limit: int, after: DueTimer | None = None
) -> list[DueTimer]:
    """Return due timers, and claims that have no outcome `grace` after their deadline.

    Ordered by due time, after the timer `after`.
    """
    key = _FIRST if after is None else (after.due_at, after.kind, after.stream_id)

    return datastore.rows(DUE, (grace, *key, limit), class_row(DueTimer))


def end_sessions_of_leavers(datastore: LogDatastore) -> None:
    """End the logins of deactivated agents, which a crash right after the deactivation has left."""
    datastore.read(lambda db: db.execute(SESSIONS_LEFT))


def held_by_leavers(datastore: LogDatastore, limit: int) -> list[DueTimer]:
    """Return the tickets of deactivated agents that are not closed, as timers that are due at once."""
    return datastore.rows(LEFT, {"limit": limit}, class_row(DueTimer))


def present_owners(datastore: LogDatastore, owners: Iterable[tuple[UUID, UUID]]) -> set[UUID]:
    """Return which agents of these (tenant, agent) pairs are present, by the assigner's rule."""
    pairs = list(owners)
    asked = {
        "tenants": [tenant for tenant, _ in pairs],
        "agents": [agent for _, agent in pairs],
        "within": SEEN_WITHIN,
    }
    return set(datastore.rows(OWNERS, asked, scalar_row))
