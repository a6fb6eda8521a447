"""What is kept of people beside their events: the search for it, receipts of erasures, and the last sweep."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg import Connection
from psycopg.rows import class_row, scalar_row, tuple_row
from psycopg.types.json import Jsonb

from adapters.postgres.connection.datastore import LogDatastore
from adapters.postgres.log.append_codec import encode_records
from adapters.postgres.log.event_codec import EventType
from adapters.postgres.log.sealing import MasterKey, Unopenable
from domain.log.append import IdempotencyKey, InboundKey, RecordPlace
from domain.registry import FACTS
from schemas.topics import CONVERSATION_EVENTS, INBOUND, OUTBOUND, partition_of

PAGE = 500
PERSONAL_FIELDS = {fact.TOPIC: EventType.of(fact).personal for fact in FACTS}

RECEIPT = """select p.person_id, p.tenant_id, p.erased_at, p.position, p.removed, p.finished_at,
    array(select c.contact_id from erasures c where c.person_id = p.person_id order by 1) as contacts
    from erasures e join erasures p on p.contact_id = e.person_id where e.contact_id = %s"""

RESPONSES = """select i.tenant_id, i.actor, i.key from idempotency i
    join events e on e.notification_id = i.position where e.contact_id = any(%s)"""

COUNTED = """select
    (select count(*) from events e where e.conversation_id = any(%(conversations)s))
        + (select count(*) from events e where e.originator_id = any(%(contacts)s)),
    (select count(*) from workspace w
        where w.tenant_id = %(tenant)s and w.conversation_id = any(%(conversations)s)),
    (select count(*) from timeline t
        where t.tenant_id = %(tenant)s and t.conversation_id = any(%(conversations)s)),
    (select count(*) from scheduled s
        where s.tenant_id = %(tenant)s and s.conversation_id = any(%(conversations)s))"""

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

# Whether a follower may hold a word of theirs: it has not passed, or has parked an event of theirs.
BEHIND = """select exists (select from positions where position < %(position)s)
    or exists (select from parked_events where conversation_id = any(%(streams)s))"""

SWEPT = """with keys as (select unnest(%(contacts)s::uuid[]) as contact_id),
    a as (delete from drafts d using keys k where d.tenant_id = %(tenant)s and d.contact_id = k.contact_id),
    b as (delete from bot_sessions s using keys k where s.contact_id = k.contact_id),
    c as (delete from snapshots s where s.originator_id = any(%(streams)s))
select 1"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an erasure removed, by place; `finished_at` is None while a follower is behind it."""

    person_id: UUID
    tenant_id: UUID
    contacts: Sequence[UUID]
    erased_at: datetime
    position: int
    removed: dict[str, Any]
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An erasure that followers had not passed, or that is young enough for late records."""

    person_id: UUID
    tenant_id: UUID
    contacts: list[UUID]
    conversations: list[UUID]
    position: int
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Addresses:
    """How a person is found in what does not name their contact.

    `names` are their phone numbers and business-scoped ids, `keys` those of their records at the tenant's
    numbers; `own` says of an item whether it is about them and nobody else.
    """

    names: Collection[str]
    keys: Collection[bytes]
    own: Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class SealedItem:
    """Something that waits, opened: an orphan (`hash` and `digest`), a quarantined item, or a notice."""

    raw: bytes
    id: UUID
    digest: bytes = b""


def receipt_of(db: Connection[Any], contact_id: UUID) -> Receipt | None:
    """Return the receipt of the erasure of a contact, None when it was not erased."""
    with db.cursor(row_factory=class_row(Receipt)) as rows:
        return rows.execute(RECEIPT, [contact_id]).fetchone()


class Erasures:
    """Searches for what is kept of people, and what was erased."""

    def __init__(self, datastore: LogDatastore, master: MasterKey) -> None:
        self._datastore, self._master = datastore, master

    def receipt(self, contact_id: UUID) -> Receipt | None:
        """Return the receipt of the erasure of a contact, None when it was not erased."""
        return self._datastore.read(lambda db: receipt_of(db, contact_id))

    def conversations(self, contacts: Collection[UUID]) -> list[UUID]:
        """Return the conversations of contacts."""
        return self._datastore.rows(
            "select conversation_id from threads where contact_id = any(%s) order by 1",
            (list(contacts),),
            scalar_row,
        )

    def responses(self, contacts: Collection[UUID]) -> list[IdempotencyKey]:
        """Return the idempotency keys of commands on these contacts."""
        rows = self._datastore.rows(RESPONSES, (list(contacts),), tuple_row)
        return [IdempotencyKey(*row) for row in rows]

    def counted(
        self, tenant_id: UUID, contacts: Collection[UUID], conversations: Collection[UUID]
    ) -> dict[str, int]:
        """Count their events and their rows in read models."""
        asked = {"tenant": tenant_id, "contacts": list(contacts), "conversations": list(conversations)}
        (row,) = self._datastore.rows(COUNTED, asked, tuple_row)
        return dict(zip(("events", "tickets", "messages", "scheduled"), row, strict=True))

    def orphans(self, tenant_id: UUID) -> Iterator[SealedItem]:
        """Yield every orphan of a tenant."""
        after = UUID(int=0), b""
        query = (
            "select sealed, hash, digest from orphans where tenant_id = %s and (hash, digest) > (%s, %s)"
            " order by hash, digest limit %s"
        )
        while rows := self._datastore.rows(query, (tenant_id, *after, PAGE), tuple_row):
            for sealed, hash, digest in rows:
                if (raw := self._opened(sealed, digest)) is not None:
                    yield SealedItem(raw, hash, digest)
            after = rows[-1][1], rows[-1][2]

    def notices(self, tenant_id: UUID) -> Iterator[SealedItem]:
        """Yield every notice of a tenant, and of none."""
        after = b""
        query = (
            "select sealed, digest from notices where (tenant_id = %s or tenant_id is null) and digest > %s"
            " order by digest limit %s"
        )
        while rows := self._datastore.rows(query, (tenant_id, after, PAGE), tuple_row):
            for sealed, digest in rows:
                if (raw := self._opened(sealed, digest)) is not None:
                    yield SealedItem(raw, UUID(int=0), digest)
            after = rows[-1][1]

    def quarantined(self, tenant_id: UUID) -> Iterator[SealedItem]:
        """Yield what is quarantined for numbers of a tenant, or of nobody."""
        after = UUID(int=0)
        query = (
            "select q.sealed, q.id from quarantine q where q.id > %s and not exists (select from names n"
            " where n.kind = 'phone_number_id' and n.value = q.phone_number_id and n.tenant_id <> %s)"
            " order by q.id limit %s"
        )
        while rows := self._datastore.rows(query, (after, tenant_id, PAGE // 10), tuple_row):
            for sealed, id in rows:
                if (raw := self._opened(sealed, id.bytes)) is not None:
                    yield SealedItem(raw, id)
            after = rows[-1][1]

    def records(
        self,
        tenant_id: UUID,
        contacts: Collection[UUID],
        conversations: Collection[UUID],
        addresses: Addresses,
    ) -> tuple[list[RecordPlace], list[InboundKey]]:
        """Find the records of topics in this database that are theirs, by key and by what came of them.

        Of the topic of what comes in only what was taken in is found; the second result is where that search
        ended.
        """

        def search(db: Connection[Any]) -> tuple[list[RecordPlace], list[InboundKey]]:
            found, ends = _inbound(db, tenant_id, addresses)
            found |= _sources(db, contacts, conversations)
            keyed = [str(id).encode() for id in (*conversations, *contacts)]
            return [*found.values(), *_keyed(db, keyed, addresses.keys)], ends

        return self._datastore.read(search)

    def unfinished(self, since: datetime) -> list[Unfinished]:
        """Return the unfinished erasures, and those since then, for which late records may come."""
        return self._datastore.rows(
            "select person_id, tenant_id, array_agg(contact_id) as contacts,"
            " min(conversations) as conversations, max(position) as position, min(finished_at) as finished_at"
            " from erasures where finished_at is null or erased_at >= %s group by person_id, tenant_id",
            (since,),
            class_row(Unfinished),
        )

    def finish(self, erasure: Unfinished) -> bool:
        """Remove what followers stored of it after the append, once all have passed it; return whether.

        Late records of a bot that answers an erased customer are removed whenever this is called again.
        """
        streams = [*erasure.contacts, *erasure.conversations]
        asked = {
            "tenant": erasure.tenant_id,
            "contacts": erasure.contacts,
            "streams": streams,
            "position": erasure.position,
        }

        def sweep(db: Connection[Any]) -> bool:
            with db.cursor(row_factory=scalar_row) as rows:
                if rows.execute(BEHIND, asked).fetchone():
                    return False
            late = list(_keyed(db, [str(id).encode() for id in streams], ()))
            with db.transaction():
                db.execute(SWEPT, asked)
                if late:
                    db.execute("select blank_topic_records(%s)", [Jsonb(encode_records(late))])
                db.execute(
                    "update erasures set finished_at = clock_timestamp()"
                    " where contact_id = any(%s) and finished_at is null",
                    [erasure.contacts],
                )
            return True

        return self._datastore.read(sweep)

    def all(self) -> list[tuple[UUID, UUID, datetime]]:
        """Return contact, tenant and time of every erasure, in order."""
        return self._datastore.rows(
            "select contact_id, tenant_id, erased_at from erasures order by position, contact_id",
            (),
            tuple_row,
        )

    def tenant_of(self, contact_id: UUID) -> UUID | None:
        """Return the tenant of a contact, None when there is none such."""
        found = self._datastore.rows(
            "select tenant_id from events where originator_id = %s and topic like 'contact.%%' limit 1",
            (contact_id,),
            scalar_row,
        )
        return found[0] if found else None

    def with_phone(self, tenant_id: UUID, phone: str) -> list[UUID]:
        """Return the contacts of a tenant that have this phone number, in canonical form."""
        return self._datastore.rows(
            "select distinct contact_id from identities"
            " where tenant_id = %s and kind = 'phone' and value = %s",
            (tenant_id, phone),
            scalar_row,
        )

    def numbers(self, tenant_id: UUID) -> list[str]:
        """Return the phone number ids of a tenant."""
        return self._datastore.rows(
            "select value from names where kind = 'phone_number_id' and tenant_id = %s",
            (tenant_id,),
            scalar_row,
        )

    def _opened(self, sealed: bytes, about: bytes) -> bytes | None:
        """Open a waiting item; None where it is damaged, so that nobody can tell whose it is."""
        try:
            return self._master.open("waiting items", sealed, about)
        except Unopenable:
            return None


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
            personal = PERSONAL_FIELDS.get(orjson.loads(headers).get("ce_type", ""), ("text",))
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
