"""The port of the event log: append, find by keys, load aggregates, read events."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from domain.event import Event, Recorded
from domain.log.append import (
    Append,
    Appended,
    Conflict,
    Held,
    IdempotencyKey,
    IdentityKey,
    KnownWamid,
    Name,
    StoredResponse,
    ThreadKey,
    WamidKey,
)

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a look-up; what is absent is unknown."""

    wamids: Mapping[WamidKey, KnownWamid]
    identities: Mapping[IdentityKey, UUID]
    threads: Mapping[ThreadKey, UUID]


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """An aggregate and the version of its stream; 0 and no state when the stream does not exist."""

    state: S | None
    version: int


class LogUnavailable(Exception):
    """The database is unavailable or has no free connection; a retry may succeed."""


class NotStorable(ValueError):
    """A fact that cannot be written as JSON or sealed: a bug, or text that no edge normalised."""


class UnreadableEvent(Exception):
    """A stored event that this program cannot read; park it and continue after `position`.

    `before` are the events of the same batch before it, in order.
    """

    def __init__(
        self,
        reason: str,
        *,
        topic: str,
        position: int,
        event_id: UUID,
        stream_id: UUID,
        tenant_id: UUID,
        conversation_id: UUID | None,
        before: Sequence[Recorded] = (),
    ) -> None:
        super().__init__(f"event {event_id} ({topic}) at position {position}: {reason}")
        self.reason, self.topic, self.position = reason, topic, position
        self.event_id, self.stream_id, self.tenant_id = event_id, stream_id, tenant_id
        self.conversation_id, self.before = conversation_id, before


class UnknownEvent(UnreadableEvent):
    """Its topic or version is unknown here: written by a newer program."""


class Log(Protocol):
    """The event log of one cell. Safe for several threads; every call takes its own connection."""

    def append(self, what: Append) -> Appended | StoredResponse | Conflict:
        """Write everything of `what` in one transaction and one round trip.

        Events with personal fields about known contacts need a second one, which fetches their keys.

        Raises:
            LogUnavailable: also when the outcome of a COMMIT stays unknown.
            NotStorable: a fact cannot be written as JSON, or has nobody under whose key to seal it.
        """
        ...

    def find(
        self,
        wamids: Iterable[WamidKey] = (),
        identities: Iterable[IdentityKey] = (),
        threads: Iterable[ThreadKey] = (),
        arriving: Iterable[WamidKey] = (),
    ) -> Found:
        """Resolve keys in one round trip.

        `wamids` are named by others (reaction, quote, status): their own week is unknown, so the weeks near
        `at` are tried first, then all. `arriving` are incoming messages: each is in the week of its own time
        or nowhere, which stays quick however many weeks there are.
        """
        ...

    def owners_of_names(self, names: Iterable[Name]) -> Mapping[Name, tuple[UUID, UUID]]:
        """Return (tenant, owner) of each known name."""
        ...

    def stored_response(self, key: IdempotencyKey) -> StoredResponse | None:
        """Return the response stored under this key, if any."""
        ...

    def load(
        self,
        ids: Iterable[UUID],
        evolve: Callable[[S | None, Event], S | None],
        tenant_id: UUID | None = None,
    ) -> Mapping[UUID, Loaded[S]]:
        """Fold each stream (from its snapshot, where the kind has snapshots) in one query.

        Streams of another tenant than `tenant_id` do not exist.

        Raises:
            UnreadableEvent: a stream holds an event that this program does not know.
        """
        ...

    def message_events(self, messages: Iterable[KnownWamid]) -> Mapping[UUID, Event]:
        """Return the event that brought each message into its conversation, by message id.

        Events not found near the time in the message id, and unreadable ones, are absent.
        """
        ...

    def read(
        self,
        after: int,
        limit: int,
        tenant_id: UUID | None = None,
        conversation_id: UUID | None = None,
        until: int | None = None,
    ) -> Sequence[Recorded]:
        """Return events after position `after`, none after `until`, oldest first.

        Personal fields are unsealed, or `ERASED`.

        Raises:
            UnreadableEvent: with the events before it, so that the reader can park it and go on.
        """
        ...

    def events_at(self, positions: Collection[int]) -> Sequence[Recorded]:
        """Return the events at these positions, otherwise as `read`."""
        ...

    def streams(
        self, ids: Collection[UUID], tenant_id: UUID, after: int, limit: int, until: int | None = None
    ) -> Sequence[Recorded]:
        """Return events of these streams, otherwise as `read`."""
        ...

    def quarantined(
        self, phone_number_id: str | None, limit: int = 100, code: str | None = None
    ) -> Sequence[Held]:
        """Return what is quarantined for this number, of this code if one is given, oldest first."""
        ...

    def offsets(self, topic: str, partitions: int) -> Mapping[int, int]:
        """Return the tracked next offset of each partition."""
        ...

    def head(self) -> int:
        """Return the newest position."""
        ...

    def position_at(self, instant: datetime) -> int:
        """Return the newest position at that time; 0 before the first event."""
        ...

    def log_id(self) -> str:
        """Return the id of this log, drawn when it was created or restored; `<log>.<n>` is a position."""
        ...
