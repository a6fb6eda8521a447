"""Query for the positions of events that pass a filter, in bounded steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import tuple_row

from adapters.postgres.connection.datastore import LogDatastore

STEP = 10_000
"""Events whose type one query compares: some milliseconds."""

BETWEEN = "e.notification_id > %(after)s and e.notification_id <= %(until)s"

# Compares rows, so that only the index of tenants fits: with the index of positions the planner would read
# all events of a large tenant to find those of a small one.
OF_TENANT = """select e.notification_id, e.topic from events e
    where (e.tenant_id, e.notification_id) > (%(tenant)s, %(after)s)
        and (e.tenant_id, e.notification_id) <= (%(tenant)s, %(until)s)
    order by e.tenant_id, e.notification_id limit %(step)s"""

# All its events are of one tenant, which is compared outside, so that the planner uses this index.
OF_CONVERSATION = f"""select l.notification_id, l.topic from (
        select e.notification_id, e.topic, e.tenant_id from events e
        where e.conversation_id = %(conversation)s and {BETWEEN}
        order by e.notification_id limit %(step)s
    ) l where l.tenant_id = %(tenant)s"""

# The events of a contact are those of its stream and of its conversations, with the deliveries in them.
OF_CONTACT = f"""with own as materialized (
        select e.notification_id, e.topic, e.tenant_id from events e
        where e.originator_id = %(contact)s and {BETWEEN}
    ), threads as materialized (
        select e.conversation_id, e.tenant_id from events e
        where e.contact_id = %(contact)s and e.topic = 'conversation.started'
    )
    select l.notification_id, l.topic from (
        select * from own
        union all
        select c.notification_id, c.topic, t.tenant_id from threads t cross join lateral (
            select e.notification_id, e.topic from events e
            where e.conversation_id = t.conversation_id and {BETWEEN}
            order by e.notification_id limit %(step)s
        ) c
    ) l where l.tenant_id = %(tenant)s order by l.notification_id limit %(step)s"""

MATCHING = """with scanned as materialized ({})
select coalesce(
        (array_agg(notification_id order by notification_id) filter (where starts_with(topic, %(type)s)))
            [:%(limit)s], '{{}}'),
    count(*), coalesce(max(notification_id), 0)
from scanned"""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Events of a tenant; optionally by a prefix of their type, of a conversation, or of a contact."""

    tenant_id: UUID
    type_prefix: str = ""
    conversation_id: UUID | None = None
    contact_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Scanned:
    """The positions of matching events, in order, and the position up to which the log was scanned."""

    positions: Sequence[int]
    reached: int


class EventScan:
    """Finds events that pass a filter; each step takes a connection for a bounded time."""

    def __init__(self, datastore: LogDatastore) -> None:
        self._datastore = datastore

    def step(self, wanted: EventFilter, after: int, until: int, limit: int) -> Scanned:
        """Scan from a position, not beyond `until`, for at most `limit` events.

        Raises:
            LogUnavailable
        """
        step = STEP if wanted.type_prefix else limit
        asked = {
            "tenant": wanted.tenant_id,
            "conversation": wanted.conversation_id,
            "contact": wanted.contact_id,
            "type": wanted.type_prefix,
            "after": after,
            "until": until,
            "step": step,
            "limit": limit,
        }
        query = MATCHING.format(narrowed(wanted))
        ((positions, count, last),) = self._datastore.rows(query, asked, tuple_row)
        if len(positions) == limit:
            return Scanned(positions, positions[-1])
        return Scanned(positions, until if count < step else last)


def narrowed(wanted: EventFilter) -> str:
    """Return the query for the events to scan; their types are compared afterwards."""
    if wanted.contact_id is None:
        return OF_TENANT if wanted.conversation_id is None else OF_CONVERSATION
    if wanted.conversation_id is None:
        return OF_CONTACT
    return f"""{OF_CONVERSATION} and exists (select from events s where s.contact_id = %(contact)s
        and s.topic = 'conversation.started' and s.conversation_id = %(conversation)s)"""
