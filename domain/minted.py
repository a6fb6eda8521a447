"""The time in a UUIDv7: when the id was drawn."""

from uuid import UUID


def minted_ms(id: UUID) -> int:
    """Return when a UUIDv7 was drawn, in milliseconds since 1970; of any other id a number of no meaning."""
    return id.int >> 80
