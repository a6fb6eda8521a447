"""An append in the making: what is known, what was decided on it, and what goes back into the log."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from uuid_utils.compat import uuid7

from domain import administration
from domain import delivery as deliveries
from domain.administration import Agent, Tenant
from domain.contact import state as contacts
from domain.contact.state import Contact
from domain.conversation import state as conversations
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import team_of
from domain.delivery import AttemptStarted, Delivery
from domain.event import Event
from domain.log.append import (
    Advance,
    Append,
    Conflict,
    IdentityKey,
    KeptNotice,
    KnownWamid,
    NewEvent,
    NewIdentity,
    NewThread,
    NewWamid,
    Orphan,
    Quarantined,
    Source,
    ThreadKey,
    WamidKey,
)
from domain.log.port import Loaded, Log
from services.write.staff import agent_of

S = TypeVar("S")
Evolve = Callable[[Any, Event], Any]
Named = tuple[int, str]
"""A wamid on its channel, whatever week it is kept in. An int hashes ten times faster than a UUID."""

_NOTHING: Loaded[Any] = Loaded(None, 0)


@dataclass
class StreamCache:
    """What the log has told so far. It outlives a lost append, which corrects it."""

    log: Log
    wamids: dict[Named, KnownWamid | None] = field(default_factory=dict)
    contacts: dict[IdentityKey, UUID | None] = field(default_factory=dict)
    threads: dict[ThreadKey, UUID | None] = field(default_factory=dict)
    streams: dict[tuple[Evolve, UUID], Loaded[Any]] = field(default_factory=dict)
    orphans: dict[Named, list[Orphan]] = field(default_factory=dict)
    erased: set[UUID] = field(default_factory=set)

    def fetch(
        self,
        named: Iterable[WamidKey] = (),
        arriving: Iterable[WamidKey] = (),
        identities: Iterable[IdentityKey] = (),
        threads: Iterable[ThreadKey] = (),
    ) -> None:
        """Look up what was not asked before, in one round trip."""
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

    def load(self, ids: Iterable[UUID], evolve: Evolve) -> None:
        """Load the streams that were not loaded before, in one query."""
        missing = [id for id in dict.fromkeys(ids) if (evolve, id) not in self.streams]
        if missing:
            loaded = self.log.load(missing, evolve)
            self.streams.update(((evolve, id), loaded.get(id, _NOTHING)) for id in missing)

    def seed(self, loaded: dict[UUID, Loaded[Conversation]]) -> None:
        """Take conversations as loaded; when they have moved since, the append says so."""
        for id, known in loaded.items():
            self.streams.setdefault((conversations.evolve, id), known)

    def conversation(self, id: UUID | None) -> Conversation | None:
        """As it was loaded, if it was."""
        return self._state(id, conversations.evolve, Conversation)

    def contact(self, id: UUID) -> Contact | None:
        """As it was loaded, if it was."""
        return self._state(id, contacts.evolve, Contact)

    def delivery(self, id: UUID | None) -> Delivery | None:
        """As it was loaded, if it was, and if the stream is one of a delivery."""
        return self._state(id, delivered, Delivery)

    def _state(self, id: UUID | None, evolve: Evolve, kind: type[S]) -> S | None:
        loaded = self.streams.get((evolve, id)) if id is not None else None
        return loaded.state if loaded is not None and isinstance(loaded.state, kind) else None

    def refresh(self, lost: Conflict) -> None:
        """Forget what the log says has changed; only that is asked again."""
        self.streams = {key: loaded for key, loaded in self.streams.items() if key[1] not in lost.streams}
        self.wamids.update((name_of(key), known) for key, known in lost.wamids.items())
        self.contacts.update(lost.identities)
        self.threads.update(lost.threads)
        for orphan in lost.orphans:
            waiting = self.orphans.setdefault((orphan.channel_id.int, orphan.wamid), [])
            if orphan not in waiting:
                waiting.append(orphan)
        if gone := set(lost.contacts):
            self.erased |= gone
            self.contacts = {key: id for key, id in self.contacts.items() if id not in gone}
            self.threads = {key: id for key, id in self.threads.items() if key.contact_id not in gone}


@dataclass
class UnitOfWork:
    """Decisions one after the other, each on the state that those before it made; then one append.

    Nothing here writes: throw it away and decide again on a corrected `StreamCache`.
    """

    known: StreamCache
    new_id: Callable[[], UUID] = uuid7
    events: list[NewEvent] = field(default_factory=list)
    advances: list[Advance] = field(default_factory=list)
    adopted: list[Orphan] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    notices: list[KeptNotice] = field(default_factory=list)
    _wamids: dict[Named, NewWamid] = field(default_factory=dict)
    _identities: dict[IdentityKey, UUID] = field(default_factory=dict)
    _threads: dict[ThreadKey, UUID] = field(default_factory=dict)
    _streams: dict[tuple[Evolve, UUID], Loaded[Any]] = field(default_factory=dict)
    _new_contacts: dict[UUID, None] = field(default_factory=dict)  # in their order
    _orphans: dict[Named, list[Orphan]] = field(default_factory=dict)
    _unmoved: dict[UUID, int] = field(default_factory=dict)

    def wamid(self, key: WamidKey, arriving: bool = False) -> KnownWamid | None:
        """What this message id resolves to; `arriving` when it is the message's own."""
        name = name_of(key)
        if (brought := self._wamids.get(name)) is not None:
            return KnownWamid(brought.message_id, brought.conversation_id)
        if name not in self.known.wamids:
            if arriving:
                self.known.fetch(arriving=[key])
            else:
                self.known.fetch(named=[key])
        return self.known.wamids[name]

    def contact_of(self, key: IdentityKey) -> UUID | None:
        """Who has this address."""
        if key in self._identities:
            return self._identities[key]
        if key not in self.known.contacts:
            self.known.fetch(identities=[key])
        return self.known.contacts[key]

    def conversation_of(self, key: ThreadKey) -> UUID | None:
        """The thread of this contact on this channel."""
        if key in self._threads:
            return self._threads[key]
        if key.contact_id in self._new_contacts:
            return None
        if key not in self.known.threads:
            self.known.fetch(threads=[key])
        return self.known.threads[key]

    def changed_conversations(self) -> dict[UUID, Loaded[Conversation]]:
        """As they stand when this is written."""
        changed = self._streams.items()
        return {id: loaded for (evolve, id), loaded in changed if evolve is conversations.evolve}

    def contact(self, id: UUID) -> Loaded[Contact]:
        return self._loaded(id, contacts.evolve)

    def serving(self, agent_id: UUID) -> Agent | None:
        """Somebody, while they work here; if that changes before this is written, it is decided again."""
        agent: Agent | None = self.depend_on(agent_id, agent_of).state
        return agent if agent is not None and agent.active else None

    def has_queue(self, tenant_id: UUID, queue: str) -> bool:
        """Whether tickets may wait there."""
        if (team := team_of(queue)) is None:
            return True
        tenant = self.tenant(tenant_id)
        return tenant is not None and tenant.has_team(UUID(team))

    def tenant(self, id: UUID) -> Tenant | None:
        """A company and its teams; if they change before this is written, it is decided again."""
        tenant = self.depend_on(id, administration.evolve).state
        return tenant if isinstance(tenant, Tenant) else None

    def contact_dependency(self, contact_id: UUID) -> Contact:
        """What is known of somebody; if that changes before this is written, it is decided again."""
        return self.depend_on(contact_id, contacts.evolve).state or Contact()

    def conversation(self, id: UUID) -> Loaded[Conversation]:
        return self._loaded(id, conversations.evolve)

    def delivery(self, id: UUID) -> Loaded[Delivery]:
        loaded = self._loaded(id, delivered)
        return loaded if isinstance(loaded.state, Delivery) else Loaded(None, loaded.version)

    def record(
        self,
        stream_id: UUID,
        facts: Sequence[Event],
        evolve: Evolve,
        *,
        tenant_id: UUID,
        conversation_id: UUID | None,
        contact_id: UUID | None,
        actor: str,
        causation_id: UUID | None = None,
        source: Source | None = None,
    ) -> None:
        """Add facts as the next ones of their stream; what is decided afterwards sees them."""
        loaded = self._loaded(stream_id, evolve)
        state, version = loaded.state, loaded.version
        for fact in facts:
            version += 1
            self.events.append(
                NewEvent(
                    fact,
                    stream_id,
                    version,
                    self.new_id(),
                    tenant_id,
                    conversation_id,
                    contact_id,
                    actor,
                    causation_id,
                    None,
                    source,
                )
            )
            state = evolve(state, fact)
        self._streams[evolve, stream_id] = Loaded(state, version)

    def mark_new(self, stream_id: UUID, evolve: Evolve) -> None:
        """This stream is new: nobody needs to ask the log for it."""
        self._streams[evolve, stream_id] = _NOTHING

    def register(self, contact_id: UUID) -> None:
        """A contact that comes with this append and needs a sealing key."""
        self._new_contacts[contact_id] = None

    def attach(self, key: IdentityKey, contact_id: UUID) -> None:
        self._identities[key] = contact_id

    def thread(self, key: ThreadKey, conversation_id: UUID) -> None:
        self._threads[key] = conversation_id

    def claim_message_id(self, wamid: NewWamid) -> list[Orphan]:
        """Claim a message id; return what waited for it, to be decided now, and marked as adopted."""
        name = name_of(wamid.key)
        self._wamids[name] = wamid
        stored = self.known.orphans.get(name, [])
        self.adopted += stored
        return [*stored, *self._orphans.pop(name, [])]

    def hold_orphan(self, orphan: Orphan) -> None:
        """Keep an item until the message that it names is known."""
        waiting = self._orphans.setdefault((orphan.channel_id.int, orphan.wamid), [])
        if all(orphan.digest != other.digest for other in waiting):
            waiting.append(orphan)

    def append(self, dedupe: bool = True) -> Append:
        """All of it, to be written together. Without `dedupe` (a sabotage of tests) no wamid is claimed."""
        return Append(
            events=self.events,
            advances=self.advances,
            wamids=list(self._wamids.values()) if dedupe else (),
            orphans=[orphan for waiting in self._orphans.values() for orphan in waiting],
            adopted=self.adopted,
            identities=[NewIdentity(key, contact) for key, contact in self._identities.items()],
            threads=[NewThread(key, conversation) for key, conversation in self._threads.items()],
            new_contacts=list(self._new_contacts),
            quarantined=self.quarantined,
            notices=self.notices,
            expected_versions=self._unmoved,
        )

    def depend_on(self, id: UUID, evolve: Evolve) -> Loaded[Any]:
        """A stream that is only read: the append holds while it stands as the log told it."""
        loaded = self._loaded(id, evolve)
        if (told := self.known.streams.get((evolve, id))) is not None:
            self._unmoved[id] = told.version
        return loaded

    def _loaded(self, id: UUID, evolve: Evolve) -> Loaded[Any]:
        here = self._streams.get((evolve, id))
        if here is not None:
            return here
        if (evolve, id) not in self.known.streams:
            self.known.load([id], evolve)
        return self.known.streams[evolve, id]


def name_of(key: WamidKey) -> Named:
    """The key without its week."""
    return key.channel_id.int, key.wamid


def delivered(delivery: Delivery | None, event: Event) -> Delivery | None:
    """`deliveries.evolve` for an id that may be that of anything: somebody outside told it to us."""
    if delivery is None and not isinstance(event, AttemptStarted):
        return None
    return deliveries.evolve(delivery, event)
