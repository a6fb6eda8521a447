"""Settings of both Kafka clients."""

from dataclasses import dataclass

from schemas.topics import MAX_RECORD_BYTES, RETENTION_DAYS

MAX_REQUEST_BYTES = MAX_RECORD_BYTES + 64 * 1024
READ_S = 3.0  # for a read without a group
READ_FETCH_BYTES = 64 * 1024  # of each partition; a larger record comes nevertheless
METADATA_S = 30.0  # partitions that were added are seen, and read, after this time
HEADERS_READ = 100  # a record of another producer may carry thousands
TOPIC_SETTINGS = {
    "retention.ms": str(RETENTION_DAYS * 24 * 3600 * 1000),
    "max.message.bytes": str(MAX_REQUEST_BYTES),
    "cleanup.policy": "delete",
}


@dataclass(frozen=True, slots=True)
class Timing:
    """Timeouts of clients. By default brokers refuse sessions below 6 s."""

    session_s: float = 6.0
    max_poll_interval_s: float = 60.0
    producer_patience_s: float = 10.0
