"""WhatsApp message ids (wamids) as they are stored: a hash of 16 bytes, partitioned by week."""

from datetime import UTC, datetime
from hashlib import blake2b
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def wamid_hash(channel_id: UUID, wamid: str) -> bytes:
    """Hash a message id of a channel to 16 bytes; works for ids with invalid characters too."""
    return blake2b(channel_id.bytes + wamid.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def week_of(at: datetime | None) -> int:
    """Return the number of the week since 1970; 0 without a time and for earlier ones."""
    return 0 if at is None else max(0, (at - EPOCH).days // 7)
