"""A short-lived cache of contact keys, for appends alone.

A cached key is safe there because the append checks in its own transaction that the key still exists. Reads
join the table of keys instead, so an erased contact is unreadable at once.
"""

import time
from collections.abc import Iterable, Mapping
from uuid import UUID

from psycopg.rows import scalar_row

from adapters.postgres.connection.arrays import Uuids
from adapters.postgres.connection.datastore import LogDatastore
from adapters.postgres.log.sealing import ContactKey, MasterKey

CACHED_S = 60.0
MAX_CACHED = 20_000

WRAPPED = """select array_agg(k.wrapped order by c.ord) from unnest(%b) with ordinality c(id, ord)
    left join contact_keys k on k.contact_id = c.id"""


class ContactKeyCache:
    """Unwrapped contact keys, cached for at most a minute."""

    def __init__(self, datastore: LogDatastore, master: MasterKey) -> None:
        self._datastore = datastore
        self._master = master
        self._opened: dict[UUID, ContactKey] = {}
        self._since = time.monotonic()

    def get(self, contacts: Iterable[UUID]) -> dict[UUID, ContactKey]:
        """Return the keys of the contacts that have one.

        Raises:
            LogUnavailable
        """
        opened = self._cached()
        keys: dict[UUID, ContactKey] = {}
        missing = []
        for contact_id in contacts:
            if (key := opened.get(contact_id)) is None:
                missing.append(contact_id)
            else:
                keys[contact_id] = key
        if missing:
            fetched = self._fetch(missing)
            opened.update(fetched)
            keys.update(fetched)
        return keys

    def forget(self, contacts: Iterable[UUID]) -> None:
        """Drop the keys of contacts that turned out to be erased."""
        opened = self._opened
        for contact_id in contacts:
            opened.pop(contact_id, None)

    def _cached(self) -> dict[UUID, ContactKey]:
        now = time.monotonic()
        if now - self._since > CACHED_S or len(self._opened) > MAX_CACHED:
            self._opened, self._since = {}, now
        return self._opened

    def _fetch(self, contacts: list[UUID]) -> Mapping[UUID, ContactKey]:
        keys: list[bytes | None] = self._datastore.rows(WRAPPED, (Uuids.of(contacts),), scalar_row)[0]
        unwrap = self._master.unwrap
        return {
            contact_id: unwrap(wrapped, contact_id)
            for contact_id, wrapped in zip(contacts, keys, strict=True)
            if wrapped is not None
        }
