"""The queue of messages to send, read and written in the publisher's transaction."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from psycopg import Connection

Conversation = tuple[UUID, UUID]
"""Tenant and conversation."""

Row = tuple[UUID, int, int, UUID, bool]
"""Message, position of its MessageSent, attempt, the event that requested it, whether it was published."""

LOAD = """
select o.tenant_id, o.conversation_id, o.message_id, o.position, o.attempt, o.caused_by, o.asked
from outgoing o join unnest(%s::uuid[], %s::uuid[]) n(tenant_id, conversation_id)
    using (tenant_id, conversation_id)
"""
ASKED = """
select tenant_id, conversation_id, message_id, position, attempt, caused_by, asked
from outgoing where asked order by position, message_id
"""
DELETE = """
delete from outgoing o
using unnest(%s::uuid[], %s::uuid[], %s::uuid[]) n(tenant_id, conversation_id, message_id)
where (o.tenant_id, o.conversation_id, o.message_id) = (n.tenant_id, n.conversation_id, n.message_id)
"""
STORE = """
insert into outgoing (tenant_id, conversation_id, message_id, position, attempt, caused_by, asked)
select * from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::int8[], %s::int4[], %s::uuid[], %s::bool[])
on conflict (tenant_id, conversation_id, message_id) do update
set position = excluded.position, attempt = excluded.attempt, caused_by = excluded.caused_by,
    asked = excluded.asked
"""


def load(db: Connection[Any], conversations: Iterable[Conversation]) -> dict[Conversation, list[Row]]:
    """Load the queues of these conversations."""
    wanted = list(conversations)
    found: dict[Conversation, list[Row]] = {conversation: [] for conversation in wanted}
    tenants, ids = [tenant for tenant, _ in wanted], [id for _, id in wanted]
    for tenant, conversation, *row in db.execute(LOAD, [tenants, ids]).fetchall():
        found[tenant, conversation].append(tuple(row))
    return found


def load_asked(db: Connection[Any]) -> list[tuple[Conversation, Row]]:
    """Load the messages whose attempt was published and has no outcome yet, oldest first."""
    return [((tenant, conversation), tuple(row)) for tenant, conversation, *row in db.execute(ASKED)]


def store(
    db: Connection[Any],
    before: Mapping[Conversation, Iterable[Row]],
    after: Mapping[Conversation, Iterable[Row]],
) -> None:
    """Write the difference between two states of the queues."""
    old = {(*conversation, row[0]): row for conversation, rows in before.items() for row in rows}
    new = {(*conversation, row[0]): row for conversation, rows in after.items() for row in rows}
    if gone := [key for key in old if key not in new]:
        db.execute(DELETE, [list(column) for column in zip(*gone, strict=True)])
    if changed := [(*key, *row[1:]) for key, row in new.items() if old.get(key) != row]:
        db.execute(STORE, [list(column) for column in zip(*changed, strict=True)])
