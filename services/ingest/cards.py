"""Who a customer is for the people who serve them: asked as a ticket opens, and told by a hand-off."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain import contact as contacts
from domain.append import Source
from domain.contact import Contact
from domain.contact_card import profile, reflect
from domain.decision import Decision
from domain.incoming import Sender
from domain.merging import main_of
from services.draft import Draft


@dataclass(frozen=True, slots=True)
class Called:
    """Name and phone that a new ticket shows; of an alias also the contact that it is merged into."""

    name: str | None = None
    phone: str | None = None
    main_id: UUID | None = None
    main_name: str | None = None


NOBODY = Called()


def called(draft: Draft, sender: Sender, contact_id: UUID) -> Called:
    """What a ticket that opens now shows. A name that a person or a bot told goes before the sender's own."""
    contact = draft.contact(contact_id).state or Contact()
    name = sender.name if contact.card.named_by == "profile" else contact.name
    phone = sender.wa_id or sender.phone or contact.wa_id or min(contact.phones, default=None)
    if contact.merged_into is None:
        return Called(name or contact.name, phone)
    main = draft.contact(contact.merged_into).state or Contact()
    return Called(name or contact.name, phone, contact.merged_into, main.name)


def named(draft: Draft, sender: Sender, tenant_id: UUID, contact_id: UUID, source: Source | None) -> None:
    """A ticket opens: the person may call themselves otherwise by now."""
    contact = draft.contact(contact_id).state or Contact()
    _state(
        draft,
        profile(contact, sender.name, sender.username),
        tenant_id,
        contact_id,
        f"contact:{contact_id}",
        source,
    )


def reflected(
    draft: Draft, card: Mapping[str, Any], tenant_id: UUID, contact_id: UUID, source: Source | None
) -> None:
    """A bot handed over what it knows of the contact: it is written down for the person they belong to."""
    person_id = main_of(contact_id, draft.contact(contact_id).state)
    person = draft.contact(person_id).state or Contact()
    _state(draft, reflect(person, card), tenant_id, person_id, "bot", source)


def _state(
    draft: Draft, facts: Decision, tenant_id: UUID, contact_id: UUID, actor: str, source: Source | None
) -> None:
    if facts:
        draft.state(
            contact_id,
            facts,
            contacts.evolve,
            tenant_id=tenant_id,
            conversation_id=None,
            contact_id=contact_id,
            actor=actor,
            source=source,
        )
