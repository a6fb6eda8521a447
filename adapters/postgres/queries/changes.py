"""Query for what a range of the log changed: the current rows, and the tickets that some viewers lost."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from psycopg import Connection, Cursor
from psycopg.rows import DictRow, dict_row, namedtuple_row
from psycopg.sql import SQL

from adapters.postgres.connection.pool import QueryPool, Row
from adapters.postgres.log.event_codec import EventCodec, Undecodable
from adapters.postgres.log.upcasters import UPCASTERS
from adapters.postgres.queries.columns import (
    MESSAGE,
    PARTICIPANTS,
    STALE_TICKET,
    TICKET,
    WITH_PARTICIPANTS,
)
from domain.conversation import holder
from domain.conversation.state import Conversation, evolve
from domain.conversation.ticket_events import EVENTS, TicketOpened, Transferred
from domain.quick_reply import events as quick_reply

EVENT_RANGE = (
    "select notification_id, event_id, topic, state, originator_id, tenant_id, conversation_id, contact_id"
    " from events"
    " where notification_id > %s and notification_id <= %s order by notification_id limit %s"
)
TICKETS = SQL(
    "select w.tenant_id, {}, {}, {}, greatest(w.position, p.position) as changed_position from"
    " unnest(%(tenants)s::uuid[], %(conversations)s::uuid[]) k(tenant, conversation)"
    " join workspace w on w.tenant_id = k.tenant and w.conversation_id = k.conversation {}"
).format(TICKET, STALE_TICKET, PARTICIPANTS, WITH_PARTICIPANTS)
CONTACTS = SQL(
    "select distinct w.tenant_id, w.conversation_id"
    " from unnest(%(tenants)s::uuid[], %(contacts)s::uuid[]) k(tenant, contact)"
    " join workspace w on w.tenant_id = k.tenant and (w.contact_id = k.contact or w.person_id = k.contact)"
)
PINS = (
    "select i.agent_id, i.conversation_id from unnest(%(tenants)s::uuid[], %(conversations)s::uuid[])"
    " k(tenant, conversation)"
    " join pins i on i.tenant_id = k.tenant and i.conversation_id = k.conversation"
)
# With the messages that quote one of them and came before it.
MESSAGES = SQL(
    "with k(tenant, message) as ("
    " select * from unnest(%(tenants)s::uuid[], %(messages)s::uuid[]) n(tenant, message)"
    " union select q.tenant_id, q.message_id from unnest(%(tenants)s::uuid[], %(messages)s::uuid[]) n(t, m)"
    " join timeline o on o.tenant_id = n.t and o.message_id = n.m"
    " join timeline q on q.quoted_wamid = o.wamid and q.tenant_id = o.tenant_id"
    " and q.conversation_id = o.conversation_id)"
    " select m.tenant_id, {} from k"
    " join timeline m on m.tenant_id = k.tenant and m.message_id = k.message"
    " order by m.changed_position"
).format(MESSAGE)
# All moves of a ticket since it was opened, from which follows who saw it before a range of the log.
BEFORE = (
    "select k.tenant, k.conversation, k.number, e.topic, e.state, e.event_id,"
    " coalesce((e.metadata ->> 'version')::integer, 1) as version"
    " from unnest(%(tenants)s::uuid[], %(conversations)s::uuid[], %(numbers)s::integer[],"
    " %(positions)s::bigint[]) k(tenant, conversation, number, position)"
    " join workspace w on w.tenant_id = k.tenant and w.conversation_id = k.conversation"
    " and w.number = k.number"
    " join events e on e.conversation_id = k.conversation and e.notification_id >= w.opened_position"
    " and e.notification_id < k.position and e.topic = any(%(moves)s) order by e.notification_id"
)
# Only these rows have names; those of tickets and messages have ids.
DIRECTORY = (
    "select tenant_id, kind, id, name from directory where position > %s and position <= %s order by position"
)
QUICK_REPLIES = (
    "select q.tenant_id, q.quick_reply_id, q.name, q.state, q.suggestion_state, q.suggested_by,"
    " (select count(*) from quick_replies w"
    " where w.tenant_id = q.tenant_id and w.suggestion_state = 'waiting') as waiting"
    " from quick_replies q where q.position > %s and q.position <= %s order by q.position"
)
OPENED = TicketOpened.TOPIC
MOVES = {move.TOPIC for move in holder.MOVES}
OF_QUICK_REPLIES = {event.TOPIC for event in quick_reply.EVENTS}
MAPPER = EventCodec(EVENTS, UPCASTERS)


@dataclass(frozen=True, slots=True)
class MovedTicket:
    """A ticket that moved, with its columns before the move."""

    tenant_id: UUID
    conversation_id: UUID
    number: int
    owner: UUID | None
    team: str | None
    state: str


@dataclass(frozen=True, slots=True)
class Changes:
    """The changed rows of a range of the log that ends at `position`.

    `threads` holds all tickets of the conversations that the messages belong to, `pins` who pinned which.
    `directory` are the teams, agents and channels that changed, `quick_replies` the quick replies.
    """

    position: int
    tickets: Sequence[Row]
    messages: Sequence[Row]
    threads: Sequence[Row]
    moved: Sequence[MovedTicket]
    pins: Collection[tuple[UUID, UUID]]
    directory: Sequence[Row] = ()
    quick_replies: Sequence[Row] = ()


class PostgresChanges:
    """Query for changes. Reads plain columns of the log, never sealed fields, and rows of read models."""

    def __init__(self, pool: QueryPool) -> None:
        self._pool = pool

    def head(self) -> int:
        """Return the newest position of the log."""
        row = self._pool.read(
            lambda db: db.execute("select coalesce(max(notification_id), 0) from events").fetchone()
        )
        assert row is not None
        return int(row[0])

    def between(self, after: int, until: int, limit: int = 1000) -> Changes:
        """Return what at most `limit` events after `after` up to `until` changed."""
        return self._pool.read(lambda db: _changes(db, after, until, limit))


def _changes(db: Connection[Any], after: int, until: int, limit: int) -> Changes:
    events = db.cursor(row_factory=dict_row).execute(EVENT_RANGE, [after, until, limit]).fetchall()
    cursor: Cursor[Row] = db.cursor(row_factory=namedtuple_row)
    position = events[-1]["notification_id"] if len(events) == limit else until
    for event in events:
        event["fields"] = _fields(event["state"])
    messages = {(event["tenant_id"], id) for event in events if (id := _message_of(event)) is not None}
    contacts = {
        (event["tenant_id"], event["contact_id"])
        for event in events
        if event["conversation_id"] is None and event["contact_id"] is not None
    }
    conversations = {
        (event["tenant_id"], event["conversation_id"])
        for event in events
        if event["conversation_id"] is not None
    }
    if contacts:
        tenants, ids = _columns(contacts)
        for row in cursor.execute(CONTACTS, {"tenants": tenants, "contacts": ids}).fetchall():
            conversations.add((row.tenant_id, row.conversation_id))
    tenants, ids = _columns(conversations)
    asked = {"tenants": tenants, "conversations": ids}
    threads = cursor.execute(TICKETS, asked).fetchall() if ids else []
    pins = {(row.agent_id, row.conversation_id) for row in cursor.execute(PINS, asked)} if ids else ()
    tenants, ids = _columns(messages)
    rows = cursor.execute(MESSAGES, {"tenants": tenants, "messages": ids}).fetchall() if ids else []
    tickets = [row for row in threads if row.changed_position > after]
    administered = any(event["conversation_id"] is None and event["contact_id"] is None for event in events)
    directory = cursor.execute(DIRECTORY, [after, position]).fetchall() if administered else []
    if administered and any(event["topic"] in OF_QUICK_REPLIES for event in events):
        quick_replies = cursor.execute(QUICK_REPLIES, [after, position]).fetchall()
    else:
        quick_replies = []
    return Changes(position, tickets, rows, threads, _moved(db, events), pins, directory, quick_replies)


def _moved(db: Connection[Any], events: Iterable[DictRow]) -> list[MovedTicket]:
    """Return the tickets that moved, each as it was before the first move."""
    first: dict[tuple[UUID, UUID, int], int] = {}
    opened = set()
    for event in events:
        if event["topic"] in MOVES and isinstance(number := event["fields"].get("ticket"), int):
            ticket = event["tenant_id"], event["conversation_id"], number
            if event["topic"] == OPENED:
                opened.add(ticket)
            elif ticket not in opened:
                first.setdefault(ticket, event["notification_id"])
    if not first:
        return []
    tenants, conversations, numbers = map(list, zip(*first, strict=True))
    asked = {"tenants": tenants, "conversations": conversations, "numbers": numbers}
    rows = db.execute(BEFORE, asked | {"positions": list(first.values()), "moves": list(MOVES)})
    tickets: dict[tuple[UUID, UUID, int], Conversation] = {}
    for tenant_id, conversation_id, number, topic, state, event_id, version in rows.fetchall():
        try:
            fact = MAPPER.decode(topic, version, state, event_id, None)
        except Undecodable:
            continue
        ticket = tenant_id, conversation_id, number
        if isinstance(fact, TicketOpened):
            tickets[ticket] = Conversation(fact.channel_id, fact.contact_id)
        if ticket in tickets:
            tickets[ticket] = evolve(tickets[ticket], fact)
    return [MovedTicket(*ticket, was.owner, was.team, was.state) for ticket, was in tickets.items()]


def _message_of(event: DictRow) -> UUID | None:
    """Return the message that an event concerns; a delivery's stream id is its message's."""
    if event["topic"].startswith("delivery."):
        id: UUID = event["originator_id"]
        return id
    if event["topic"] == Transferred.TOPIC:
        note: UUID = event["event_id"]
        return note
    named = event["fields"].get("message_id") or event["fields"].get("note_id")
    try:
        return None if named is None else UUID(named)
    except (ValueError, TypeError, AttributeError):
        return None


def _fields(state: bytes) -> dict[str, Any]:
    """Return the plain fields of an event; none of one that is damaged, which changed no row either."""
    try:
        fields = orjson.loads(state)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _columns(pairs: Iterable[tuple[UUID, UUID]]) -> tuple[list[UUID], list[UUID]]:
    ordered = sorted(pairs)
    return [first for first, _ in ordered], [second for _, second in ordered]
