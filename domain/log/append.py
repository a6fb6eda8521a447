"""What one append to the event log carries, and what it answers.

One append is one transaction: events, the keys that found conversations, deduplication, tracking and the
idempotency record happen together or not at all. It never raises for a lost race: it writes nothing and
says which keys are held by whom and which streams have moved, so that the caller decides again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.event import Event


@dataclass(frozen=True, slots=True)
class Source:
    """The record of a topic that an event came from."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A decided fact with the version that it must get in its stream (counted from 1)."""

    fact: Event
    stream_id: UUID
    stream_version: int
    event_id: UUID
    tenant_id: UUID
    conversation_id: UUID | None
    contact_id: UUID | None
    actor: str
    causation_id: UUID | None = None
    correlation_id: UUID | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Advance:
    """Moves the tracked offset of `source` (`<topic>/<partition>`) from `expected` to `next` (next to read).

    Refused when another owner has moved it meanwhile. A source never seen stands at 0.
    """

    source: str
    expected: int
    next: int


@dataclass(frozen=True, slots=True)
class WamidKey:
    """A message id of a channel; its time says in which week it is kept (None: unusable, week 0)."""

    channel_id: UUID
    wamid: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class NewWamid:
    """Claims a message id for ever. `conversation_id` and `message_id` are what it resolves to."""

    key: WamidKey
    tenant_id: UUID
    message_id: UUID
    conversation_id: UUID


@dataclass(frozen=True, slots=True)
class Orphan:
    """An item that names a wamid we do not know yet; taken up by the append that brings that wamid.

    `item` is the encoded inbound item (sealed at rest by the adapter under the installation's key).
    """

    tenant_id: UUID
    channel_id: UUID
    wamid: str
    digest: bytes
    item: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class IdentityKey:
    """An address of a person: `kind` is `bsuid` or `phone` (canonical digits)."""

    tenant_id: UUID
    portfolio: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class NewIdentity:
    """Ties an address to a contact."""

    key: IdentityKey
    contact_id: UUID


@dataclass(frozen=True, slots=True)
class ThreadKey:
    """The one conversation of a contact on a channel."""

    tenant_id: UUID
    channel_id: UUID
    contact_id: UUID


@dataclass(frozen=True, slots=True)
class NewThread:
    """Names the conversation of a contact on a channel."""

    key: ThreadKey
    conversation_id: UUID


@dataclass(frozen=True, slots=True)
class Name:
    """A name that is unique in the cell: `kind` is `agent_email`, `phone_number_id` or `tenant`."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class NewName:
    """Claims a name for its owner."""

    name: Name
    tenant_id: UUID
    owner_id: UUID


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A body or item that cannot be processed now, with the reason in words; kept raw (sealed at rest)."""

    code: str
    reason: str
    raw: bytes
    received_at: datetime
    phone_number_id: str | None = None
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class Held:
    """A quarantined item as it waits; pass its `id` in `Append.released` when it is taken up."""

    id: UUID
    item: Quarantined


@dataclass(frozen=True, slots=True)
class KeptNotice:
    """The raw value of a webhook field that no rule reads yet; `digest` makes repeats one row."""

    tenant_id: UUID | None
    channel_id: UUID | None
    field: str
    digest: bytes
    raw: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The key that a client drew for one command."""

    tenant_id: UUID
    actor: str
    key: str


@dataclass(frozen=True, slots=True)
class Idempotent:
    """The answer kept for a repeated command; the append fills in `position` of the last event."""

    key: IdempotencyKey
    body_hash: bytes
    status: int
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QueueUnchanged:
    """Nothing of a tenant came to a queue behind a position: no ticket, and no number that brings it some."""

    tenant_id: UUID
    queue: str
    after: int


@dataclass(frozen=True, slots=True)
class Append:
    """Everything that happens together. `new_contacts` get a fresh sealing key.

    `unmoved` are streams that must stand at these versions, though nothing is written to them, and
    `no_arrivals` must hold; else the append is lost.
    """

    events: Sequence[NewEvent] = ()
    advances: Sequence[Advance] = ()
    wamids: Sequence[NewWamid] = ()
    orphans: Sequence[Orphan] = ()
    adopted: Sequence[Orphan] = ()
    identities: Sequence[NewIdentity] = ()
    threads: Sequence[NewThread] = ()
    names: Sequence[NewName] = ()
    new_contacts: Sequence[UUID] = ()
    quarantined: Sequence[Quarantined] = ()
    released: Sequence[UUID] = ()
    notices: Sequence[KeptNotice] = ()
    idempotent: Idempotent | None = None
    expected_versions: Mapping[UUID, int] = field(default_factory=dict)
    queue_unchanged_since: QueueUnchanged | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """It happened. One position per event, in their order; `head` is the log's newest after it."""

    positions: Sequence[int]
    head: int


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """The idempotency key was used before: nothing was written, this is what was answered."""

    body_hash: bytes
    status: int
    answer: Mapping[str, Any]
    position: int


@dataclass(frozen=True, slots=True)
class KnownWamid:
    """What a message id resolves to."""

    message_id: UUID
    conversation_id: UUID


@dataclass(frozen=True, slots=True)
class Conflict:
    """Nothing was written: these keys are held, these streams and sources stand elsewhere.

    `orphans` wait for a wamid that the append brought: decide them too and pass them as `adopted`.
    `contacts` have no key any more (erased meanwhile): nothing personal can be written about them. A wamid
    that an orphan of the append names and that has become known is reported under the orphan's channel,
    wamid and `received_at`.
    """

    streams: Mapping[UUID, int] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)
    wamids: Mapping[WamidKey, KnownWamid] = field(default_factory=dict)
    identities: Mapping[IdentityKey, UUID] = field(default_factory=dict)
    threads: Mapping[ThreadKey, UUID] = field(default_factory=dict)
    names: Mapping[Name, UUID] = field(default_factory=dict)
    orphans: Sequence[Orphan] = ()
    contacts: Collection[UUID] = frozenset()
