"""Parking: records that cannot be processed are produced to `<topic>.parked`, with the reason."""

from collections.abc import Sequence

from schemas.topics import Outgoing, Record, Topics, parked_topic

_MAX_REASON_BYTES = 500


def park(topics: Topics, records: Sequence[tuple[Record, str]]) -> None:
    """Produce records to the parked topic, each with its reason; after a conflict, once more."""
    if records:
        topics.produce([_parked(record, reason) for record, reason in records])


def _parked(record: Record, reason: str) -> Outgoing:
    headers = {
        "reason": reason.encode(errors="replace")[:_MAX_REASON_BYTES],
        "partition": str(record.partition).encode(),
        "offset": str(record.offset).encode(),
    }
    return Outgoing(parked_topic(record.topic), record.key or b"", record.value or b"", headers)
