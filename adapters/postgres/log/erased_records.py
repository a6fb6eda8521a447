"""Search for what topics in this database hold of a person, and what is left of each record."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from psycopg import Connection
from psycopg.rows import tuple_row

from adapters.postgres.log.event_codec import EventType
from domain.log.append import InboundKey, RecordPlace
from domain.registry import FACTS
from schemas.topics import CONVERSATION_EVENTS, INBOUND, OUTBOUND, partition_of

OF_MESSAGES = ("text", "template")
"""Personal fields of an outbound message."""

PERSONAL_FIELDS = {fact.TOPIC: EventType.of(fact).personal for fact in FACTS}

# A key is a number and a customer. What was not understood has no customer, and a notice has the name of its
# field there. Keys of other tenants' numbers are left out.
TAKEN_IN = r"""with r as materialized (
    select t.partition, t.record_offset, k.number, k.customer from unnest(%(partitions)s::int4[],
        %(taken)s::int8[]) p(partition, taken)
    join topic_records t on t.topic = %(topic)s and t.partition = p.partition and t.record_offset < p.taken
    cross join lateral (select position('\x3a'::bytea in t.key) as at) c
    cross join lateral (select substring(t.key from 1 for greatest(c.at - 1, 0)) as number,
                               substring(t.key from c.at + 1) as customer) k
    where k.customer = any(%(names)s::bytea[]) or k.number = 'unreadable'
        or encode(k.customer, 'escape') ~ '^[a-z_]+$')
select r.partition, r.record_offset, r.customer = any(%(names)s::bytea[]), t.value from r
    join topic_records t on t.topic = %(topic)s and t.partition = r.partition
        and t.record_offset = r.record_offset
    where not exists (select from names n where n.kind = 'phone_number_id' and n.tenant_id <> %(tenant)s
                      and n.value = encode(r.number, 'escape'))"""

# Where the events of these people came from: the record of each.
SOURCES = """select distinct e.metadata -> 'source' ->> 0, (e.metadata -> 'source' ->> 1)::integer,
    (e.metadata -> 'source' ->> 2)::bigint from events e
    where (e.conversation_id = any(%(conversations)s) or e.originator_id = any(%(contacts)s))
    and e.metadata -> 'source' is not null"""


@dataclass(frozen=True, slots=True)
class Addresses:
    """How a person is found in what does not name their contact.

    `names` are their phone numbers and business-scoped ids, `keys` those of their records at the tenant's
    numbers; `own` says of an item whether it is about them and nobody else.
    """

    names: Collection[str]
    keys: Collection[bytes]
    own: Callable[[bytes], bool]


def find_records(
    db: Connection[Any],
    tenant_id: UUID,
    contacts: Collection[UUID],
    conversations: Collection[UUID],
    addresses: Addresses,
) -> tuple[list[RecordPlace], list[InboundKey]]:
    """Find the records that are theirs, by key and by what came of them.

    Of the topic of what comes in only what was taken in is found; the second result is where that search
    ended.
    """
    found, ends = _inbound(db, tenant_id, addresses)
    found |= _sources(db, contacts, conversations)
    return [*found.values(), *find_keyed(db, [*conversations, *contacts], addresses.keys)], ends


def find_keyed(
    db: Connection[Any], streams: Collection[UUID], addresses: Collection[bytes] = ()
) -> list[RecordPlace]:
    """Find the records under these streams, and parked ones under these addresses."""
    return list(_keyed(db, [str(id).encode() for id in streams], addresses))


def _topics(db: Connection[Any]) -> list[tuple[str, int]]:
    with db.cursor(row_factory=tuple_row) as rows:
        return rows.execute("select name, partitions from topics").fetchall()


def _inbound(
    db: Connection[Any], tenant_id: UUID, addresses: Addresses
) -> tuple[dict[tuple[str, int, int], RecordPlace], list[InboundKey]]:
    """Find what was taken in of a customer; what still waits is a new contact's.

    Their messages have their address as key, to whichever number; notices and what was not understood do not.
    """
    found: dict[tuple[str, int, int], RecordPlace] = {}
    ends: list[InboundKey] = []
    for name, partitions in _topics(db):
        if not name.endswith(INBOUND):
            continue
        sources = {partition: f"{INBOUND}/{partition}" for partition in range(partitions)}
        with db.cursor(row_factory=tuple_row) as rows:
            asked = "select application_name, notification_id from tracking where application_name = any(%s)"
            tracked: dict[str, int] = dict(rows.execute(asked, [list(sources.values())]).fetchall())
            taken = {partition: tracked.get(source, 0) for partition, source in sources.items()}
            wanted = {
                "topic": name,
                "partitions": list(taken),
                "taken": list(taken.values()),
                "names": [each.encode() for each in addresses.names],
                "tenant": tenant_id,
            }
            for partition, offset, is_theirs, value in rows.execute(TAKEN_IN, wanted):
                if is_theirs or addresses.own(value):
                    found[name, partition, offset] = RecordPlace(name, partition, offset, keeps_key=False)
        for key in addresses.keys:
            partition = partition_of(key, partitions)
            ends.append(InboundKey(name, sources[partition], partition, key, taken[partition]))
    return found, ends


def _sources(
    db: Connection[Any], contacts: Collection[UUID], conversations: Collection[UUID]
) -> dict[tuple[str, int, int], RecordPlace]:
    """Find the records that their events came from, under whatever key."""
    names = [name for name, _ in _topics(db)]
    with db.cursor(row_factory=tuple_row) as rows:
        asked = {"contacts": list(contacts), "conversations": list(conversations)}
        sources = rows.execute(SOURCES, asked).fetchall()
    return {
        (name, partition, offset): RecordPlace(name, partition, offset, keeps_key=False)
        for topic, partition, offset in sources
        for name in names
        if name.endswith(topic)
    }


def _keyed(
    db: Connection[Any], keys: Collection[bytes], addresses: Collection[bytes]
) -> Iterator[RecordPlace]:
    """Find the records with these keys, and parked ones with these addresses; say what is left of each."""
    query = (
        "select record_offset, value, headers from topic_records"
        " where topic = %s and partition = %s and key = any(%s) and value <> ''"
    )
    for name, partitions in _topics(db):
        if name.endswith(INBOUND):
            continue
        parked = name.endswith(".parked")
        of_partition: dict[int, list[bytes]] = {}
        for key in (*keys, *addresses) if parked else keys:
            of_partition.setdefault(partition_of(key, partitions), []).append(key)
        for partition, wanted in of_partition.items():
            with db.cursor(row_factory=tuple_row) as rows:
                found = rows.execute(query, [name, partition, wanted]).fetchall()
            for offset, value, headers in found:
                if (left := b"" if parked else _left(name, value, headers)) != value:
                    yield RecordPlace(name, partition, offset, left, keeps_key=not parked)


def _left(name: str, value: bytes, headers: bytes) -> bytes:
    """Return what is left of a record: that a message is to be sent, or that something happened.

    The name of a topic may begin with a prefix.
    """
    if name.endswith(OUTBOUND) or name.endswith(CONVERSATION_EVENTS):
        try:
            fields = orjson.loads(value)
            personal = PERSONAL_FIELDS.get(orjson.loads(headers).get("ce_type", ""), OF_MESSAGES)
        except ValueError:
            return b""
        if not isinstance(fields, dict) or fields.get("kind") == "read":
            return b""
        erased = [field for field in personal if fields.get(field) is not None]
        if not erased:
            return value
        left = fields | dict.fromkeys(erased)
        if name.endswith(CONVERSATION_EVENTS):
            left["erased"] = sorted({*fields.get("erased", ()), *erased})
        return orjson.dumps(left)
    return b""
