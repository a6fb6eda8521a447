"""Ids of messages and other things that are made here."""

from uuid import UUID

from uuid_utils.compat import uuid7

from services.runtime.clock import utc_now


def new_id() -> UUID:
    """Make an id that holds the time of the database's clock, by which events of a message are found."""
    if not utc_now.correction:
        return uuid7()
    return uuid7(nanoseconds=int(utc_now().timestamp() * 1_000_000) * 1_000)
