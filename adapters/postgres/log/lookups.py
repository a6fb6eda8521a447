"""Look-ups by key: wamids, identities and threads in one statement, names and responses in one each."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row, scalar_row, tuple_row

from adapters.postgres.connection.arrays import Integers, Texts, Uuids
from adapters.postgres.connection.datastore import LogDatastore
from adapters.postgres.connection.text import storable
from adapters.postgres.log.append_codec import decode_stored_response
from adapters.postgres.log.wamids import wamid_hash, week_of
from domain.log.append import (
    IdempotencyKey,
    IdentityKey,
    KnownWamid,
    Name,
    StoredResponse,
    ThreadKey,
    WamidKey,
)
from domain.log.port import Found

FIND = """
select 0, n.ord, w.message_id, w.conversation_id
    from unnest(%b, %b) with ordinality n(week, hash, ord) cross join lateral find_wamid(n.hash, n.week) w
union all
select 1, n.ord, w.message_id, w.conversation_id
    from unnest(%b, %b) with ordinality n(week, hash, ord)
    join wamids w on w.week = n.week and w.hash = n.hash
union all
select 2, n.ord, i.contact_id, null
    from unnest(%b, %b, %b, %b) with ordinality n(tenant_id, portfolio, kind, value, ord)
    join identities i using (tenant_id, portfolio, kind, value)
union all
select 3, n.ord, t.conversation_id, null
    from unnest(%b, %b, %b) with ordinality n(tenant_id, channel_id, contact_id, ord)
    join threads t using (tenant_id, channel_id, contact_id)
"""

# A binary search: positions grow with time.
POSITION_AT = """
with recursive halved(low, high) as (
    select 0::bigint, coalesce(max(notification_id), 0) from events
    union all
    select case when e.recorded_at <= %(instant)s then m.middle else h.low end,
           case when e.recorded_at <= %(instant)s then h.high else e.notification_id - 1 end
    from halved h
    cross join lateral (select (h.low + h.high + 1) / 2 as middle) m
    cross join lateral (
        select notification_id, recorded_at from events where notification_id <= m.middle
        order by notification_id desc limit 1
    ) e
    where h.low < h.high)
select max(low) from halved
"""


class KeyLookups:
    """The look-ups of the log port: each resolves keys in one statement."""

    datastore: LogDatastore

    def find(
        self,
        wamids: Iterable[WamidKey] = (),
        identities: Iterable[IdentityKey] = (),
        threads: Iterable[ThreadKey] = (),
        arriving: Iterable[WamidKey] = (),
    ) -> Found:
        """Implement `Log.find`."""
        anywhere, arrivals = list(wamids), list(arriving)
        wanted_identities = [key for key in identities if storable(key.value) and storable(key.portfolio)]
        wanted_threads = list(threads)
        if not (anywhere or arrivals or wanted_identities or wanted_threads):
            return Found({}, {}, {})
        parameters = (
            *_wamids(anywhere),
            *_wamids(arrivals),
            Uuids.of([key.tenant_id for key in wanted_identities]),
            Texts.of([key.portfolio for key in wanted_identities]),
            Texts.of([key.kind for key in wanted_identities]),
            Texts.of([key.value for key in wanted_identities]),
            Uuids.of([key.tenant_id for key in wanted_threads]),
            Uuids.of([key.channel_id for key in wanted_threads]),
            Uuids.of([key.contact_id for key in wanted_threads]),
        )

        found = Found(known := {}, contacts := {}, conversations := {})
        for kind, at, first, second in self.datastore.rows(FIND, parameters, tuple_row):
            match kind:
                case 0:
                    known[anywhere[at - 1]] = KnownWamid(first, second)
                case 1:
                    known[arrivals[at - 1]] = KnownWamid(first, second)
                case 2:
                    contacts[wanted_identities[at - 1]] = first
                case _:
                    conversations[wanted_threads[at - 1]] = first
        return found

    def owners_of_names(self, names: Iterable[Name]) -> Mapping[Name, tuple[UUID, UUID]]:
        """Implement `Log.owners_of_names`."""
        asked = [name for name in names if storable(name.value)]
        rows = self.datastore.rows(
            "select kind, value, tenant_id, owner_id from names"
            " join unnest(%b, %b) n(kind, value) using (kind, value)",
            (Texts.of([name.kind for name in asked]), Texts.of([name.value for name in asked])),
            tuple_row,
        )
        return {Name(kind, value): (tenant, owner) for kind, value, tenant, owner in rows}

    def stored_response(self, key: IdempotencyKey) -> StoredResponse | None:
        """Implement `Log.stored_response`."""
        if not (storable(key.actor) and storable(key.key)):
            return None
        found = self.datastore.rows(
            "select encode(body_hash, 'hex') as body_hash, status, answer, position from idempotency"
            " where tenant_id = %s and actor = %s and key = %s",
            (key.tenant_id, key.actor, key.key),
            dict_row,
        )
        return decode_stored_response(found[0]) if found else None

    def position_at(self, instant: datetime) -> int:
        """Implement `Log.position_at`."""
        return int(self.datastore.rows(POSITION_AT, {"instant": instant}, scalar_row)[0])


def _wamids(keys: list[WamidKey]) -> tuple[Any, Any]:
    return (
        Integers.of([week_of(key.at) for key in keys]),
        Uuids.of_bytes([wamid_hash(key.channel_id, key.wamid) for key in keys]),
    )


def conversations_ending_in(datastore: LogDatastore, digits: str) -> list[UUID]:
    """Find the conversations whose id ends in these hexadecimal digits, at most ten; looks at every one."""
    return datastore.rows(
        "select conversation_id from threads where replace(conversation_id::text, '-', '') like %s"
        " order by 1 limit 10",
        (f"%{digits}",),
        scalar_row,
    )
