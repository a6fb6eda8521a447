"""Message ids as they are kept: 16 bytes in the week of their own time, never the id itself."""

from datetime import UTC, datetime
from hashlib import blake2b
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def wamid_hash(channel_id: UUID, wamid: str) -> bytes:
    """16 bytes that stand for the id on this channel; a damaged id has one too."""
    return blake2b(channel_id.bytes + wamid.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def week_of(at: datetime | None) -> int:
    """The number of its week since 1970; 0 for no time and for times before that."""
    return 0 if at is None else max(0, (at - EPOCH).days // 7)
