"""Queries of the assigner, under the lock that lets one assigner work at a time."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection

from adapters.postgres.queries.availability import FRESH_WITHIN_S, IS_PRESENT, SEEN_WITHIN, wait_for
from domain.conversation.auto_assign import AvailableAgent, QueuedTicket

READ_MODELS = ("workspace", "directory")

# The timeout ends the session of an assigner that froze; the log refuses what it decided before.
LOCK = (
    "select set_config('idle_in_transaction_session_timeout', '3s', true) from assigning"
    " for update skip locked"
)
CHANNELS = "select tenant_id, id from directory where kind = 'channel' and auto_assign"
TAKERS = f"""
select p.tenant_id, p.agent_id, d.teams, d.open_limit,
    coalesce(extract(epoch from p.given_at), 0)::float8 as turn,
    (select count(*) from workspace w where w.tenant_id = p.tenant_id and w.owner = p.agent_id
        and w.state = 'open') as open
from presence p join directory d on d.tenant_id = p.tenant_id and d.kind = 'agent' and d.id = p.agent_id
where p.tenant_id = any(%(tenants)s) and {IS_PRESENT}
    and d.active and d.role = 'agent'
"""
# Reads both halves (unanswered or not) of the index that has queued tickets in order.
WAITING = """
select w.conversation_id, w.team, w.control from (values (true), (false)) u(unanswered) cross join lateral (
    select w.conversation_id, w.team, w.control, w.queued_at, w.opened_position from workspace w
    where w.tenant_id = %(tenant)s and w.state = 'queue' and w.unanswered = u.unanswered
        and w.queue = any(%(queues)s) and w.channel_id = any(%(channels)s)
        and not exists (select from parked_events p where p.name = 'workspace'
            and p.conversation_id = w.conversation_id)
    order by w.queued_at, w.opened_position limit %(limit)s
) w order by w.queued_at, w.opened_position limit %(limit)s
"""
GIVEN = (
    "update presence p set given_at = clock_timestamp() + k.n * interval '1 us'"
    " from unnest(%s::uuid[], %s::uuid[]) with ordinality k(tenant, agent, n)"
    " where p.tenant_id = k.tenant and p.agent_id = k.agent"
)

Db = Connection[Any]


def locked(db: Db) -> bool:
    """Try to take the assigners' lock until the end of the transaction."""
    return db.execute(LOCK).fetchone() is not None


def caught_up(db: Db, head: int) -> bool:
    """Wait briefly for the read models to reach `head`; False if they do not."""
    return wait_for(db, READ_MODELS, head, FRESH_WITHIN_S)


def channels(db: Db) -> Mapping[UUID, Sequence[UUID]]:
    """Return the channels with automatic assignment, by tenant."""
    found: dict[UUID, list[UUID]] = {}
    for tenant_id, id in db.execute(CHANNELS).fetchall():
        found.setdefault(tenant_id, []).append(id)
    return found


def available_agents(db: Db, tenants: Collection[UUID]) -> Mapping[UUID, Sequence[AvailableAgent]]:
    """Return the present agents, by tenant."""
    found: dict[UUID, list[AvailableAgent]] = {}
    rows = db.execute(TAKERS, {"tenants": list(tenants), "within": SEEN_WITHIN}).fetchall()
    for tenant_id, agent_id, teams, limit, turn, open in rows:
        found.setdefault(tenant_id, []).append(AvailableAgent(agent_id, frozenset(teams), open, limit, turn))
    return found


def queued_tickets(
    db: Db, tenant_id: UUID, teams: Collection[str], of_channels: Sequence[UUID], limit: int
) -> list[QueuedTicket]:
    """Return the tickets that have waited longest in the queues of these teams and of no team."""
    asked = {"tenant": tenant_id, "queues": ["", *teams], "channels": list(of_channels), "limit": limit}
    return [QueuedTicket(*row) for row in db.execute(WAITING, asked).fetchall()]


def record_assigned(db: Db, agents: Sequence[tuple[UUID, UUID]]) -> None:
    """Record who was assigned a ticket, by tenant and agent, in this order."""
    latest = list(dict.fromkeys(reversed(agents)))[::-1]
    db.execute(GIVEN, [[tenant for tenant, _ in latest], [agent for _, agent in latest]])
