"""What is kept of people beside their events: the search for it, receipts of erasures, and the last sweep."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, scalar_row, tuple_row
from psycopg.types.json import Jsonb

from adapters.postgres.connection.datastore import LogDatastore
from adapters.postgres.log.append_codec import encode_records
from adapters.postgres.log.erased_records import Addresses, find_keyed, find_records
from adapters.postgres.log.sealing import MasterKey, Unopenable
from domain.log.append import IdempotencyKey, InboundKey, RecordPlace

PAGE = 500

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

    def counts(self) -> list[tuple[str, int]]:
        """Return how much was removed of each place, where anything was; topics last, each by its name."""
        counted = dict(self.removed)
        topics = sorted(counted.pop("topics", {}).items())
        places = [*counted.items(), *((f"topic {name}", count) for name, count in topics)]
        return [(place, count) for place, count in places if count]


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

        return self._datastore.read(
            lambda db: find_records(db, tenant_id, contacts, conversations, addresses)
        )

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
            late = find_keyed(db, streams)
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
