"""Contact cards: read when a ticket opens, updated from profiles and from the hand-offs of a bot."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from domain import streams
from domain.contact.card import DisplayName, display_name, profile, reflect
from domain.contact.merge import main_of
from domain.contact.state import Contact
from domain.decision import Decision
from domain.incoming import IncomingSender
from domain.log.append import Source
from services.write.unit_of_work import UnitOfWork

NOBODY = DisplayName()


def display_name_of(unit: UnitOfWork, sender: IncomingSender, contact_id: UUID) -> DisplayName:
    """Find the name and phone that a new ticket shows."""
    contact = unit.contact_dependency(contact_id)
    main = unit.contact_dependency(contact.merged_into) if contact.merged_into is not None else None
    return display_name(contact, main, sender)


def update_profile(
    unit: UnitOfWork, sender: IncomingSender, tenant_id: UUID, contact_id: UUID, source: Source | None
) -> None:
    """Record the profile name that came with the message, if it has changed."""
    contact = unit.contact(contact_id).state or Contact()
    _record(
        unit,
        profile(contact, sender.name, sender.username),
        tenant_id,
        contact_id,
        f"contact:{contact_id}",
        source,
    )


def reflect_card(
    unit: UnitOfWork, card: Mapping[str, Any], tenant_id: UUID, contact_id: UUID, source: Source | None
) -> None:
    """Record what a bot knows of a contact on the card of the person that the contact belongs to."""
    person_id = main_of(contact_id, unit.contact(contact_id).state)
    person = unit.contact(person_id).state or Contact()
    _record(unit, reflect(person, card), tenant_id, person_id, "bot", source)


def _record(
    unit: UnitOfWork, facts: Decision, tenant_id: UUID, contact_id: UUID, actor: str, source: Source | None
) -> None:
    unit.record(
        contact_id,
        facts,
        streams.contact,
        tenant_id=tenant_id,
        conversation_id=None,
        contact_id=contact_id,
        actor=actor,
        source=source,
    )
