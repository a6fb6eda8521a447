"""One append to the event log, and its outcome.

An append is one transaction: events, keys that name conversations, deduplication, tracking and the
idempotency record are written together or not at all. It does not raise on a conflict: it writes nothing and
says which keys are taken and which streams have moved, so that the caller can decide again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from domain.event import Event


@dataclass(frozen=True, slots=True)
class Source:
    """The record of a topic that an event came from."""

    topic: str
    partition: int
    offset: int


class NewEvent(NamedTuple):
    """A decided fact with its version in its stream, counted from 1."""

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

    A conflict when another owner has moved it. A new source is at 0.
    """

    source: str
    expected: int
    next: int


class WamidKey(NamedTuple):
    """A message id of a channel; its time says in which week it is stored (None: unusable, week 0)."""

    channel_id: UUID
    wamid: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class NewWamid:
    """Claims a message id for good. It resolves to `conversation_id` and `message_id`."""

    key: WamidKey
    tenant_id: UUID
    message_id: UUID
    conversation_id: UUID


@dataclass(frozen=True, slots=True)
class Orphan:
    """An item that names an unknown wamid; adopted by the append that brings that wamid.

    `item` is the encoded inbound item (sealed at rest by the adapter under the installation's key).
    """

    tenant_id: UUID
    channel_id: UUID
    wamid: str
    digest: bytes
    item: bytes
    received_at: datetime


class IdentityKey(NamedTuple):
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


class ThreadKey(NamedTuple):
    """Identifies the one conversation of a contact on a channel."""

    tenant_id: UUID
    channel_id: UUID
    contact_id: UUID


@dataclass(frozen=True, slots=True)
class NewThread:
    """Names the conversation of a contact on a channel."""

    key: ThreadKey
    conversation_id: UUID


class Name(NamedTuple):
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
    """A body or item that cannot be processed now, with the reason; stored raw (sealed at rest)."""

    code: str
    reason: str
    raw: bytes
    received_at: datetime
    phone_number_id: str | None = None
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class Held:
    """A stored quarantined item; pass its `id` in `Append.released` when it is replayed."""

    id: UUID
    item: Quarantined


@dataclass(frozen=True, slots=True)
class KeptNotice:
    """The raw value of a webhook field that no rule reads yet; repeats have one `digest` and are one row."""

    tenant_id: UUID | None
    channel_id: UUID | None
    field: str
    digest: bytes
    raw: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The idempotency key of one command, made by the client."""

    tenant_id: UUID
    actor: str
    key: str


@dataclass(frozen=True, slots=True)
class Idempotent:
    """The response stored for a repeated command; the append fills in the `position` of its last event."""

    key: IdempotencyKey
    body_hash: bytes
    status: int
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QueueUnchanged:
    """Requires that no ticket, and no number that sends some, came to a tenant's queue after a position."""

    tenant_id: UUID
    queue: str
    after: int


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """A record of a topic that is kept in the database, and what it is replaced with (empty: nothing)."""

    topic: str
    partition: int
    offset: int
    value: bytes = b""
    keeps_key: bool = True


@dataclass(frozen=True, slots=True)
class InboundKey:
    """The key of a customer's records in a topic of the database, which were searched before offset `after`.

    `source` is the name under which the offset of its reader is tracked.
    """

    topic: str
    source: str
    partition: int
    key: bytes
    after: int


@dataclass(frozen=True, slots=True)
class Erasure:
    """Deletes what is kept of contacts beside their events, with their keys.

    `conversations` are all that they have, else the append conflicts. `orphans` (hash and digest),
    `quarantined`, `notices` (digests), `responses` and `records` are what a search found to be theirs;
    `counted` is what it found in other places, for the receipt.
    """

    tenant_id: UUID
    person_id: UUID
    contacts: Sequence[UUID]
    conversations: Sequence[UUID]
    at: datetime
    orphans: Sequence[tuple[UUID, bytes]] = ()
    quarantined: Sequence[UUID] = ()
    notices: Sequence[bytes] = ()
    responses: Sequence[IdempotencyKey] = ()
    records: Sequence[RecordPlace] = ()
    inbound: Sequence[InboundKey] = ()
    counted: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Append:
    """Everything that is written together. `new_contacts` get a fresh sealing key.

    `expected_versions` are streams that must stand at these versions, though nothing is written to them, and
    `queue_unchanged_since` must hold; else the append conflicts.
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
    erasure: Erasure | None = None
    expected_versions: Mapping[UUID, int] = field(default_factory=dict)
    queue_unchanged_since: QueueUnchanged | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """The append was written. One position per event, in order; `head` is the newest position after it."""

    positions: Sequence[int]
    head: int


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """The idempotency key was used before: nothing was written, this is the stored response."""

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
    """Nothing was written: these keys are taken, these streams and sources are at other versions.

    `orphans` wait for a wamid that the append brought: decide them too and pass them as `adopted`.
    `contacts` were erased meanwhile: nothing personal can be written about them. A wamid that an orphan of
    the append names and that has become known is reported under the orphan's channel, wamid and
    `received_at`.
    """

    streams: Mapping[UUID, int] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)
    wamids: Mapping[WamidKey, KnownWamid] = field(default_factory=dict)
    identities: Mapping[IdentityKey, UUID] = field(default_factory=dict)
    threads: Mapping[ThreadKey, UUID] = field(default_factory=dict)
    names: Mapping[Name, UUID] = field(default_factory=dict)
    orphans: Sequence[Orphan] = ()
    contacts: Collection[UUID] = frozenset()
