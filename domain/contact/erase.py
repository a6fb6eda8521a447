"""Erase a person: the facts for the streams of the contact and of its aliases."""

from datetime import datetime
from uuid import UUID

from domain.contact.state import Contact, ContactErased
from domain.decision import Decision, decided, nothing_to_do


def erase(contact: Contact, by: UUID | None, at: datetime) -> Decision:
    """Erase a contact; does nothing when it is erased. `by` is None for the operator."""
    if contact.erased:
        return nothing_to_do
    return decided(ContactErased(by=by, erased_at=at))
