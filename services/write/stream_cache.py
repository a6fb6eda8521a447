"""What the log has told a writer: streams as they were loaded, and what keys resolve to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from domain import streams
from domain.contact.state import Contact
from domain.conversation.state import Conversation
from domain.delivery import Delivery
from domain.log.append import Conflict, IdentityKey, KnownWamid, Orphan, ThreadKey, WamidKey
from domain.log.port import Loaded, Log
from domain.streams import Evolve

S = TypeVar("S")
MessageName = tuple[int, str]
"""A wamid on its channel, whatever week it is kept in. An int hashes ten times faster than a UUID."""

NOTHING: Loaded[Any] = Loaded(None, 0)


@dataclass
class StreamCache:
    """Streams and keys as the log told them. It outlives a conflict, which refreshes it.

    With `tenant_id`, streams of other tenants are as if they did not exist.
    """

    log: Log
    tenant_id: UUID | None = None
    wamids: dict[MessageName, KnownWamid | None] = field(default_factory=dict)
    contacts: dict[IdentityKey, UUID | None] = field(default_factory=dict)
    threads: dict[ThreadKey, UUID | None] = field(default_factory=dict)
    streams: dict[tuple[Evolve[Any], UUID], Loaded[Any]] = field(default_factory=dict)
    orphans: dict[MessageName, list[Orphan]] = field(default_factory=dict)
    erased: set[UUID] = field(default_factory=set)

    def fetch(
        self,
        named: Iterable[WamidKey] = (),
        arriving: Iterable[WamidKey] = (),
        identities: Iterable[IdentityKey] = (),
        threads: Iterable[ThreadKey] = (),
    ) -> None:
        """Look up the keys that are not known yet, in one round trip."""
        arriving = [key for key in arriving if name_of(key) not in self.wamids]
        arrived = set(map(name_of, arriving))
        named = [key for key in named if (name := name_of(key)) not in arrived and name not in self.wamids]
        identities = [key for key in identities if key not in self.contacts]
        threads = [key for key in threads if key not in self.threads]
        if not (arriving or named or identities or threads):
            return
        found = self.log.find(named, identities, threads, arriving)
        for wamid in (*arriving, *named):
            self.wamids[name_of(wamid)] = found.wamids.get(wamid)
        self.contacts.update((key, found.identities.get(key)) for key in identities)
        self.threads.update((key, found.threads.get(key)) for key in threads)

    def load(self, ids: Iterable[UUID], evolve: Evolve[Any]) -> None:
        """Load the streams that were not loaded before, in one query."""
        if missing := [id for id in dict.fromkeys(ids) if (evolve, id) not in self.streams]:
            self.reload(missing, evolve)

    def reload(self, ids: Iterable[UUID], evolve: Evolve[Any]) -> None:
        """Load these streams as they stand at one moment, in one query."""
        ids = list(ids)
        loaded = self.log.load(ids, evolve, self.tenant_id)
        self.streams.update(((evolve, id), loaded.get(id, NOTHING)) for id in ids)

    def seed(self, evolve: Evolve[S], loaded: Mapping[UUID, Loaded[S]]) -> None:
        """Add streams that were loaded elsewhere; if they have moved since, the append conflicts."""
        for id, known in loaded.items():
            self.streams.setdefault((evolve, id), known)

    def conversation(self, id: UUID | None) -> Conversation | None:
        """Return the conversation as it was loaded; None when it was not."""
        return self._state(id, streams.conversation)

    def contact(self, id: UUID) -> Contact | None:
        """Return the contact as it was loaded; None when it was not."""
        return self._state(id, streams.contact)

    def delivery(self, id: UUID | None) -> Delivery | None:
        """Return the delivery as it was loaded; None when it was not, or the stream is no delivery."""
        return self._state(id, streams.delivery)

    def _state(self, id: UUID | None, evolve: Evolve[S]) -> S | None:
        loaded = self.streams.get((evolve, id)) if id is not None else None
        return None if loaded is None else loaded.state

    def refresh(self, conflict: Conflict) -> None:
        """Drop what the conflict says has changed; only that is loaded again."""
        moved = conflict.streams
        self.streams = {key: loaded for key, loaded in self.streams.items() if key[1] not in moved}
        self.wamids.update((name_of(key), known) for key, known in conflict.wamids.items())
        self.contacts.update(conflict.identities)
        self.threads.update(conflict.threads)
        for orphan in conflict.orphans:
            held = self.orphans.setdefault((orphan.channel_id.int, orphan.wamid), [])
            if orphan not in held:
                held.append(orphan)
        if gone := set(conflict.contacts):
            self.erased |= gone
            self.contacts = {key: id for key, id in self.contacts.items() if id not in gone}
            self.threads = {key: id for key, id in self.threads.items() if key.contact_id not in gone}


def name_of(key: WamidKey) -> MessageName:
    """Return the key without its week."""
    return key.channel_id.int, key.wamid
