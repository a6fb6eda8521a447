"""Contact cards: read when a ticket opens, updated from profiles and from the hand-offs of a bot."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from domain import streams
from domain.contact.card import DisplayName, display_name, profile, reflect
from domain.contact.identity import Heard
from domain.contact.merge import main_of
from domain.contact.state import Contact
from domain.incoming import IncomingSender
from domain.log.append import Source
from services.write.unit_of_work import Origin, UnitOfWork

NOBODY = DisplayName()


def display_name_of(unit: UnitOfWork, contact_id: UUID) -> DisplayName:
    """Find the name and phone that a new ticket shows."""
    contact = unit.contact_dependency(contact_id)
    main = unit.contact_dependency(contact.merged_into) if contact.merged_into is not None else None
    return display_name(contact, main)


def update_profile(
    unit: UnitOfWork,
    sender: IncomingSender,
    heard: Heard,
    tenant_id: UUID,
    contact_id: UUID,
    source: Source | None,
) -> None:
    """Record the profile name that came with the message, if it has changed."""
    contact = unit.contact(contact_id).state or Contact()
    facts = profile(contact, sender, heard)
    origin = Origin(tenant_id, f"contact:{contact_id}", source=source)
    unit.record(contact_id, facts, streams.contact, origin, contact_id=contact_id)


def reflect_card(
    unit: UnitOfWork, card: Mapping[str, Any], tenant_id: UUID, contact_id: UUID, source: Source | None
) -> None:
    """Record what a bot knows of a contact on the card of the person that the contact belongs to."""
    person_id = main_of(contact_id, unit.contact(contact_id).state)
    person = unit.contact(person_id).state or Contact()
    origin = Origin(tenant_id, "bot", source=source)
    unit.record(person_id, reflect(person, card), streams.contact, origin, contact_id=person_id)
