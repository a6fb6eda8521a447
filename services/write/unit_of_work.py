"""A unit of work: what is decided together, and the one place that appends to the log."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from domain import streams
from domain.administration import RETURN_AFTER, Agent, Channel, Tenant
from domain.contact.state import Contact
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import team_of
from domain.conversation.transfer import new_holders
from domain.decision import Decision
from domain.delivery import Delivery
from domain.event import Event
from domain.log.append import (
    Advance,
    Append,
    Appended,
    Conflict,
    Erasure,
    Held,
    Idempotent,
    IdentityKey,
    KeptNotice,
    KnownWamid,
    NewEvent,
    NewIdentity,
    NewName,
    NewThread,
    NewWamid,
    Orphan,
    Quarantined,
    QueueUnchanged,
    Source,
    StoredResponse,
    ThreadKey,
    WamidKey,
)
from domain.log.port import Loaded
from domain.refusals import UnknownAgent, UnknownTeam
from domain.streams import Evolve
from services.runtime.ids import new_id
from services.write.stream_cache import NOTHING, MessageName, StreamCache, name_of

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where events come from: who decides, and the event or the record of a topic that made them."""

    tenant_id: UUID
    actor: str
    causation_id: UUID | None = None
    source: Source | None = None


@dataclass
class UnitOfWork:
    """Events to append in one transaction, decided on streams read before.

    Decisions follow one another, each on the state that those before it made. What a decision relies on
    beyond its own stream is read as a dependency: if that stream moves before the commit, the commit
    conflicts. After a conflict throw the unit away and decide again on the same cache, which the conflict
    has refreshed.

    Without `claims_message_ids` (a sabotage of tests) repeats of messages are not recognised.
    """

    cache: StreamCache
    new_id: Callable[[], UUID] = new_id
    claims_message_ids: bool = True
    idempotent: Idempotent | None = None
    queue_unchanged_since: QueueUnchanged | None = None
    erasure: Erasure | None = None
    events: list[NewEvent] = field(default_factory=list, init=False)
    _advances: list[Advance] = field(default_factory=list)
    _names: list[NewName] = field(default_factory=list)
    _quarantined: list[Quarantined] = field(default_factory=list)
    _released: list[UUID] = field(default_factory=list)
    _notices: list[KeptNotice] = field(default_factory=list)
    _dependencies: dict[UUID, int] = field(default_factory=dict)
    _wamids: dict[MessageName, NewWamid] = field(default_factory=dict)
    _identities: dict[IdentityKey, UUID] = field(default_factory=dict)
    _threads: dict[ThreadKey, UUID] = field(default_factory=dict)
    _streams: dict[tuple[Evolve[Any], UUID], Loaded[Any]] = field(default_factory=dict)
    _new_contacts: dict[UUID, None] = field(default_factory=dict)  # in their order
    _orphans: dict[MessageName, list[Orphan]] = field(default_factory=dict)
    _adopted: list[Orphan] = field(default_factory=list)

    # Streams

    def load(self, stream_id: UUID, evolve: Evolve[S]) -> Loaded[S]:
        """Return a stream as the decisions of this unit have left it; loads it at the first call."""
        if (here := self._streams.get((evolve, stream_id))) is not None:
            return here
        if (evolve, stream_id) not in self.cache.streams:
            self.cache.load([stream_id], evolve)
        return self.cache.streams[evolve, stream_id]

    def depend_on(self, stream_id: UUID, evolve: Evolve[S]) -> Loaded[S]:
        """Return a stream that a decision relies on: the commit conflicts if it has moved by then."""
        loaded = self.load(stream_id, evolve)
        if (stored := self.cache.streams.get((evolve, stream_id))) is not None:
            self.rely_on(stream_id, stored.version)
        return loaded

    def rely_on(self, stream_id: UUID, version: int) -> None:
        """Make the commit conflict if a stream has another version by then; the first one told counts."""
        self._dependencies.setdefault(stream_id, version)

    def record(
        self,
        stream_id: UUID,
        facts: Sequence[Event],
        evolve: Evolve[S],
        origin: Origin,
        conversation_id: UUID | None = None,
        contact_id: UUID | None = None,
    ) -> Loaded[S]:
        """Add facts as the next events of a stream, and return it as it then stands."""
        loaded = self.load(stream_id, evolve)
        if not facts:
            return loaded
        state, version = loaded.state, loaded.version
        for fact in facts:
            version += 1
            self.events.append(
                NewEvent(
                    fact,
                    stream_id,
                    version,
                    self.new_id(),
                    origin.tenant_id,
                    conversation_id,
                    contact_id,
                    origin.actor,
                    origin.causation_id,
                    source=origin.source,
                )
            )
            state = evolve(state, fact)
        self._streams[evolve, stream_id] = loaded = Loaded(state, version)
        return loaded

    def mark_new(self, stream_id: UUID, evolve: Evolve[Any]) -> None:
        """Mark a stream as begun by this unit, so that it is not looked for in the log."""
        self._streams[evolve, stream_id] = NOTHING

    def conversation(self, id: UUID) -> Loaded[Conversation]:
        return self.load(id, streams.conversation)

    def contact(self, id: UUID) -> Loaded[Contact]:
        return self.load(id, streams.contact)

    def has_contact(self, id: UUID) -> bool:
        """Return whether a contact was loaded already, or begun here."""
        key = (streams.contact, id)
        return key in self._streams or key in self.cache.streams

    def delivery(self, id: UUID) -> Loaded[Delivery]:
        return self.load(id, streams.delivery)

    def return_after(self, channel_id: UUID) -> timedelta:
        """Return after which time work that came back goes to its queue, as the channel is set now."""
        channel = self.load(channel_id, streams.administered).state
        return channel.return_after if isinstance(channel, Channel) else RETURN_AFTER

    def changed_conversations(self) -> dict[UUID, Loaded[Conversation]]:
        """Return the conversations that this unit has changed, as they stand once it is committed."""
        changed = self._streams.items()
        return {id: loaded for (evolve, id), loaded in changed if evolve is streams.conversation}

    # Dependencies

    @property
    def dependencies(self) -> Iterable[UUID]:
        """The streams that decisions relied on beyond their own."""
        return self._dependencies.keys()

    def contact_dependency(self, contact_id: UUID) -> Contact:
        """Return a contact, as a dependency."""
        return self.depend_on(contact_id, streams.contact).state or Contact()

    def tenant(self, tenant_id: UUID) -> Tenant | None:
        """Return a tenant with its teams, as a dependency."""
        tenant = self.depend_on(tenant_id, streams.administered).state
        return tenant if isinstance(tenant, Tenant) else None

    def active_agent(self, agent_id: UUID) -> Agent | None:
        """Return an active agent, as a dependency; None for anybody else."""
        agent = self.depend_on(agent_id, streams.administered).state
        return agent if isinstance(agent, Agent) and agent.active else None

    def has_team(self, tenant_id: UUID, team_id: UUID) -> bool:
        """Return whether tickets may go to a team, as a dependency."""
        tenant = self.tenant(tenant_id)
        return tenant is not None and tenant.has_team(team_id)

    def has_queue(self, tenant_id: UUID, queue: str) -> bool:
        """Return whether tickets may wait in a queue, as a dependency; the default queue always exists."""
        team = team_of(queue)
        return team is None or self.has_team(tenant_id, UUID(team))

    def require_agent(self, agent_id: UUID) -> Agent:
        """Return an active agent, as a dependency.

        Raises:
            UnknownAgent
        """
        if (agent := self.active_agent(agent_id)) is None:
            raise UnknownAgent
        return agent

    def require_team(self, tenant_id: UUID, team_id: UUID) -> None:
        """Refuse a team that cannot be given a ticket.

        Raises:
            UnknownTeam
        """
        if not self.has_team(tenant_id, team_id):
            raise UnknownTeam

    def require_holders(self, tenant_id: UUID, conversation: Conversation, facts: Decision) -> None:
        """Refuse facts that give a ticket to an inactive or unknown agent, or to an archived or unknown team.

        Raises:
            UnknownAgent, UnknownTeam
        """
        agents, teams = new_holders(conversation, facts)
        self.cache.load(agents, streams.administered)
        for agent_id in agents:
            self.require_agent(agent_id)
        for team_id in teams:
            self.require_team(tenant_id, UUID(team_id))

    # Keys

    def wamid(self, key: WamidKey, arriving: bool = False) -> KnownWamid | None:
        """Resolve a message id; `arriving` when it is the message's own."""
        name = name_of(key)
        if (claimed := self._wamids.get(name)) is not None:
            return KnownWamid(claimed.message_id, claimed.conversation_id)
        if name not in self.cache.wamids:
            if arriving:
                self.cache.fetch(arriving=[key])
            else:
                self.cache.fetch(named=[key])
        return self.cache.wamids[name]

    def claim_message_id(self, wamid: NewWamid) -> list[Orphan]:
        """Claim a message id; return the orphans that waited for it, to be decided now."""
        name = name_of(wamid.key)
        self._wamids[name] = wamid
        stored = self.cache.orphans.get(name, [])
        self._adopted += stored
        return [*stored, *self._orphans.pop(name, [])]

    def hold_orphan(self, orphan: Orphan) -> None:
        """Keep an item until the message that it names is known."""
        held = self._orphans.setdefault((orphan.channel_id.int, orphan.wamid), [])
        if all(orphan.digest != other.digest for other in held):
            held.append(orphan)

    def contact_of(self, key: IdentityKey) -> UUID | None:
        """Return the contact that has this address."""
        if key in self._identities:
            return self._identities[key]
        if key not in self.cache.contacts:
            self.cache.fetch(identities=[key])
        return self.cache.contacts[key]

    def conversation_of(self, key: ThreadKey) -> UUID | None:
        """Return the conversation of a contact on a channel."""
        if key in self._threads:
            return self._threads[key]
        if key.contact_id in self._new_contacts:
            return None
        if key not in self.cache.threads:
            self.cache.fetch(threads=[key])
        return self.cache.threads[key]

    def register(self, contact_id: UUID) -> None:
        """Give a contact that this unit registers its sealing key."""
        self._new_contacts[contact_id] = None

    def attach(self, key: IdentityKey, contact_id: UUID) -> None:
        """Tie an address to a contact."""
        self._identities[key] = contact_id

    def name_thread(self, key: ThreadKey, conversation_id: UUID) -> None:
        """Tie a contact on a channel to their conversation."""
        self._threads[key] = conversation_id

    def claim_name(self, name: NewName) -> None:
        """Claim a unique name for its owner."""
        self._names.append(name)

    # What came from topics

    def advance(self, steps: Iterable[Advance]) -> None:
        """Move tracked offsets."""
        self._advances += steps

    def quarantine(self, item: Quarantined) -> None:
        """Keep an item that cannot be processed now."""
        self._quarantined.append(item)

    def release(self, items: Iterable[Held]) -> None:
        """Delete quarantined items, which are replayed."""
        self._released += (item.id for item in items)

    def keep_notice(self, notice: KeptNotice) -> None:
        """Keep what no rule reads yet."""
        self._notices.append(notice)

    def commit(self) -> Appended | StoredResponse | Conflict:
        """Append all of it in one transaction.

        On a conflict nothing is written, and the cache has forgotten what has changed.

        Raises:
            LogUnavailable, NotStorable
        """
        answer = self.cache.log.append(self.pending())
        if isinstance(answer, Conflict):
            self.cache.refresh(answer)
        return answer

    def pending(self) -> Append:
        """Return what `commit` appends."""
        return Append(
            events=self.events,
            advances=self._advances,
            wamids=list(self._wamids.values()) if self.claims_message_ids else (),
            orphans=[orphan for held in self._orphans.values() for orphan in held],
            adopted=self._adopted,
            identities=[NewIdentity(key, contact) for key, contact in self._identities.items()],
            threads=[NewThread(key, conversation) for key, conversation in self._threads.items()],
            names=self._names,
            new_contacts=list(self._new_contacts),
            quarantined=self._quarantined,
            released=self._released,
            notices=self._notices,
            idempotent=self.idempotent,
            erasure=self.erasure,
            expected_versions=self._dependencies if self.events or self._notices or self.idempotent else {},
            queue_unchanged_since=self.queue_unchanged_since,
        )
