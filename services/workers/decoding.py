"""Decoding records one by one: what cannot be read is parked in `<topic>.parked`, with the reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

import structlog

from domain.log.append import Source
from schemas.records import UnreadableRecord
from schemas.topics import ERASED_HEADER, Outgoing, Record, Topics, parked_topic

T = TypeVar("T")

log = structlog.get_logger("reader")

_MAX_REASON_BYTES = 500


@dataclass(frozen=True, slots=True)
class Decoded(Generic[T]):
    """A record with what it means, or (`value` None) the reason why it is parked.

    Without either its customer was erased, and it is passed over.
    """

    record: Record
    value: T | None
    reason: str = ""


def decode_each(records: Sequence[Record], decode: Callable[[Record], T]) -> list[Decoded[T]]:
    """Decode records, each in a guard of its own: one that cannot be read holds up no other.

    `decode` raises `UnreadableRecord` for what it expects to go wrong; anything else is a bug, and the
    record is parked all the same.
    """
    return [_decoded(record, decode) for record in records]


def _decoded(record: Record, decode: Callable[[Record], T]) -> Decoded[T]:
    if ERASED_HEADER in record.headers:
        return Decoded(record, None)
    where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
    try:
        return Decoded(record, decode(record))
    except UnreadableRecord as wrong:
        reason = f"not a record of {record.topic}: {wrong}"
        log.warning("record parked", **where, reason=reason)
    except Exception as bug:
        reason = f"cannot be read: {type(bug).__name__}: {bug}"
        log.error("record cannot be read, parked", **where, exc_info=bug)
    return Decoded(record, None, reason)


def source_of(record: Record) -> Source:
    """Return where a record stands, for the events that it causes."""
    return Source(record.topic, record.partition, record.offset)


def require_key(record: Record, conversation_id: UUID) -> None:
    """Require that a record has its conversation as key.

    Raises:
        UnreadableRecord
    """
    if record.key != str(conversation_id).encode():
        raise UnreadableRecord("the key is not the conversation: its order cannot be promised")


def park(topics: Topics, batch: Sequence[Decoded[T]]) -> None:
    """Produce what could not be decoded to `<topic>.parked`, with the reason; after a conflict, once more."""
    if parked := [_parked(item.record, item.reason) for item in batch if item.value is None and item.reason]:
        topics.produce(parked)


def _parked(record: Record, reason: str) -> Outgoing:
    headers = {
        "reason": reason.encode(errors="replace")[:_MAX_REASON_BYTES],
        "partition": str(record.partition).encode(),
        "offset": str(record.offset).encode(),
    }
    return Outgoing(parked_topic(record.topic), record.key or b"", record.value or b"", headers)
