"""The reference number of a ticket, which a customer is told."""

from datetime import UTC, datetime
from hashlib import blake2b
from uuid import UUID

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter looks or sounds like a digit."""


def protocol_of(opened_at: datetime, first_message_id: UUID) -> str:
    """Return the day of the opening (UTC) and eight letters, such as `20260303-7K4Q-2MXP`.

    The letters are drawn from a random id: they tell nobody how many tickets there are.
    """
    drawn = int.from_bytes(blake2b(first_message_id.bytes, digest_size=5).digest())
    letters = "".join(LETTERS[drawn >> 5 * place & 31] for place in range(8))
    return f"{opened_at.astimezone(UTC):%Y%m%d}-{letters[:4]}-{letters[4:]}"
