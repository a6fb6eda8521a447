"""A contact: a person with addresses, and their card."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from domain.event import Event, Personal, unsealed


class ContactEvent(Event):
    """A fact of one contact."""


class ContactRegistered(ContactEvent):
    """A person wrote for the first time."""

    TOPIC: ClassVar = "contact.registered"

    name: Personal[str | None]
    """Name of their WhatsApp profile."""

    username: Personal[str | None] = None
    """Username on WhatsApp, without meaning as an address."""


class IdentityAttached(ContactEvent):
    """An address of the person became known."""

    TOPIC: ClassVar = "contact.identity_attached"

    portfolio: str
    """The scope of business-scoped ids: the business portfolio, or the account if unknown."""

    kind: str
    """`bsuid` (a business-scoped id) or `phone`."""

    value: Personal[str]
    """The address."""

    wa_id: Personal[str | None] = None
    """The number as WhatsApp writes it."""


class IdentityConflictNoted(ContactEvent):
    """The person wrote from an address that another contact has; an agent must decide."""

    TOPIC: ClassVar = "contact.identity_conflict_noted"

    kind: str
    """`bsuid` (a business-scoped id) or `phone`."""

    value: Personal[str]
    """The address."""

    held_by: UUID
    """The contact that has this address."""


class ProfileNamed(ContactEvent):
    """The person changed the name of their WhatsApp profile; noticed when a ticket was opened."""

    TOPIC: ClassVar = "contact.profile_named"

    name: Personal[str]
    """The new name of their WhatsApp profile."""

    username: Personal[str | None]
    """Username on WhatsApp, without meaning as an address."""


class ContactCardReflected(ContactEvent):
    """A bot's hand-off filled fields of the card; never one that an agent had written."""

    TOPIC: ClassVar = "contact.card_reflected"

    name: Personal[str | None]
    """The name after it."""

    email: Personal[str | None]
    """The e-mail address after it."""

    attributes: Personal[dict[str, str]]
    """Further fields of the card, by name."""


class DetailsChanged(ContactEvent):
    """An agent edited the card: name, e-mail and attributes as they are afterwards."""

    TOPIC: ClassVar = "contact.details_changed"

    name: Personal[str | None]
    """The name."""

    email: Personal[str | None]
    """The e-mail address."""

    attributes: Personal[dict[str, str]]
    """The other fields of the card, by name."""

    by: UUID
    """The agent who did it."""


class ContactsMerged(ContactEvent):
    """The contact was merged: it is an alias of another one, and shown as one with it.

    Streams, conversations and windows of both stay as they are.
    """

    TOPIC: ClassVar = "contact.merged"

    into: UUID
    """The contact that it is shown as one with."""

    name: Personal[str | None]
    """The name that both are shown under."""

    by: UUID
    """The agent who did it."""


class MergeUndone(ContactEvent):
    """The merge was undone: the contact is shown by itself again."""

    TOPIC: ClassVar = "contact.merge_undone"

    into: UUID
    """The contact that it is shown as one with."""

    by: UUID
    """The agent who did it."""


class AliasAdded(ContactEvent):
    """Another contact was merged into this one."""

    TOPIC: ClassVar = "contact.alias_added"

    alias: UUID
    """The other contact."""

    by: UUID
    """The agent who did it."""


class AliasRemoved(ContactEvent):
    """The merge of another contact into this one was undone."""

    TOPIC: ClassVar = "contact.alias_removed"

    alias: UUID
    """The other contact."""

    by: UUID
    """The agent who did it."""


class ContactErased(ContactEvent):
    """The person's data was erased on request.

    Their key is deleted in the same transaction, so that every personal field of their events reads erased.
    """

    TOPIC: ClassVar = "contact.erased"

    by: UUID | None
    """The agent who erased it, null for the operator."""

    erased_at: AwareDatetime
    """When it was erased."""


EVENTS: tuple[type[Event], ...] = (
    ContactRegistered,
    IdentityAttached,
    IdentityConflictNoted,
    ProfileNamed,
    ContactCardReflected,
    DetailsChanged,
    ContactsMerged,
    MergeUndone,
    AliasAdded,
    AliasRemoved,
    ContactErased,
)


@dataclass(frozen=True, slots=True)
class Card:
    """Who a person is, for the agents.

    `named_by` says who set the name. What an agent wrote, no hand-off changes: the name, the e-mail where
    `keeps_email`, and `kept_attributes`. `version` counts the changes.
    """

    name: str | None = None
    email: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    named_by: Literal["profile", "hand_off", "person"] = "profile"
    keeps_email: bool = False
    kept_attributes: frozenset[str] = frozenset()
    version: int = 0


@dataclass(frozen=True, slots=True)
class Contact:
    """What the rules and the sender of messages need to know of a person.

    `merged_into` is set while the contact is an alias of another one; `aliases` are its own. `conflicts` are
    addresses (kind, value) that another contact has. Of one that was `erased`, only its aliases are known.
    """

    card: Card = field(default_factory=Card)
    bsuids: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    wa_id: str | None = None
    conflicts: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    merged_into: UUID | None = None
    aliases: frozenset[UUID] = frozenset()
    erased: bool = False

    @property
    def name(self) -> str | None:
        return self.card.name


def evolve(contact: Contact | None, event: Event) -> Contact:
    """Return the contact after `event`; erased values are unknown."""
    contact = contact or Contact()
    match event:
        case IdentityAttached(kind="bsuid", value=str(value)):
            return replace(contact, bsuids=contact.bsuids | {value})
        case IdentityAttached(kind="phone", value=str(value), wa_id=wa_id):
            return replace(contact, phones=contact.phones | {value}, wa_id=unsealed(wa_id) or contact.wa_id)
        case IdentityConflictNoted(kind=kind, value=str(value)):
            return replace(contact, conflicts=contact.conflicts | {(kind, value)})
        case ContactsMerged(into=into):
            return replace(contact, merged_into=into)
        case MergeUndone():
            return replace(contact, merged_into=None)
        case AliasAdded(alias=alias):
            return replace(contact, aliases=contact.aliases | {alias})
        case AliasRemoved(alias=alias):
            return replace(contact, aliases=contact.aliases - {alias})
        case ContactErased():
            card = Card(version=contact.card.version)
            return Contact(card, merged_into=contact.merged_into, aliases=contact.aliases, erased=True)
        case _:
            return replace(contact, card=evolve_card(contact.card, event))


def evolve_card(card: Card, event: Event) -> Card:
    """Return the card after `event`; the read model of contacts uses the same rule."""
    match event:
        case ContactRegistered(name=name):
            return Card(name=unsealed(name), version=1)
        case ProfileNamed(name=name):
            return replace(card, name=unsealed(name), named_by="profile", version=card.version + 1)
        case ContactCardReflected(name=name, email=email, attributes=attributes):
            return replace(
                card,
                name=unsealed(name) or card.name,
                named_by="hand_off" if unsealed(name) else card.named_by,
                email=unsealed(email) or card.email,
                attributes={**card.attributes, **(unsealed(attributes) or {})},
                version=card.version + 1,
            )
        case DetailsChanged():
            return _changed(card, event)
        case _:
            return card


def _changed(card: Card, event: DetailsChanged) -> Card:
    """Return the edited card: hand-offs never change what the agent wrote, but may fill what is empty."""
    name, email, attributes = unsealed(event.name), unsealed(event.email), unsealed(event.attributes) or {}
    changed = {key for key, value in attributes.items() if card.attributes.get(key) != value}
    return Card(
        name=name,
        email=email,
        attributes=attributes,
        named_by="profile" if name is None else "person" if name != card.name else card.named_by,
        keeps_email=email is not None and (card.keeps_email or email != card.email),
        kept_attributes=frozenset(changed | (card.kept_attributes & attributes.keys())),
        version=card.version + 1,
    )
