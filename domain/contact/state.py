"""A contact: a person with addresses, and their card."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
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

    heard_at: AwareDatetime | None = None
    """WhatsApp's time of what brought it; null in old events."""

    present: bool = True
    """Whether it is the present one of its kind from now on; not when something newer had come already from
    another one."""


class IdentityHeard(ContactEvent):
    """A known address became the present one of its kind: the person wrote from it, and not from it before.

    Also when WhatsApp writes the present number in another way.
    """

    TOPIC: ClassVar = "contact.identity_heard"

    kind: str
    """`bsuid` (a business-scoped id) or `phone`."""

    value: Personal[str]
    """The address."""

    wa_id: Personal[str | None] = None
    """The number as WhatsApp writes it."""

    heard_at: AwareDatetime
    """WhatsApp's time of the message."""


class IdentityReplaced(ContactEvent):
    """WhatsApp said that the person has another address of this kind: this one is past."""

    TOPIC: ClassVar = "contact.identity_replaced"

    kind: str
    """`bsuid` (a business-scoped id) or `phone`."""

    value: Personal[str]
    """The past address."""

    present: Personal[str | None]
    """The address of this kind that is present now; null without any."""

    wa_id: Personal[str | None] = None
    """The present number as WhatsApp writes it."""

    replaced_at: AwareDatetime
    """WhatsApp's time of its notice."""


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
    """The person has another name in their WhatsApp profile; noticed with a message."""

    TOPIC: ClassVar = "contact.profile_named"

    name: Personal[str]
    """The name in their WhatsApp profile."""

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


class MarketingPreferred(ContactEvent):
    """The person told WhatsApp to stop our marketing messages, or that they want them."""

    TOPIC: ClassVar = "contact.marketing_preferred"

    stops: bool
    """Whether they are to stop."""

    heard_at: AwareDatetime
    """WhatsApp's time of it; the newest counts."""


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
    IdentityHeard,
    IdentityReplaced,
    IdentityConflictNoted,
    ProfileNamed,
    ContactCardReflected,
    DetailsChanged,
    ContactsMerged,
    MergeUndone,
    AliasAdded,
    AliasRemoved,
    MarketingPreferred,
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
class Address:
    """A phone number or a business-scoped id of a person, by `kind`.

    `wa_id` is the number as WhatsApp writes it. `heard_at` is WhatsApp's time at which the address became
    known or present, None in old facts; `replaced_at` is when WhatsApp said that the person has another one.
    """

    kind: str
    value: str
    wa_id: str | None = None
    heard_at: datetime | None = None
    replaced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """What the rules and the sender of messages need to know of a person.

    `addresses` stand in the order in which they were attached or heard from, the newest last. `merged_into`
    is set while the contact is an alias of another one; `aliases` are its own. `conflicts` are addresses
    (kind, value) that another contact has. `marketing` is what they told WhatsApp of marketing messages last,
    and when: None for nothing. Of one that was `erased`, only its aliases are known.
    """

    card: Card = field(default_factory=Card)
    username: str | None = None
    addresses: tuple[Address, ...] = ()
    conflicts: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    merged_into: UUID | None = None
    aliases: frozenset[UUID] = frozenset()
    marketing: MarketingPreferred | None = None
    erased: bool = False

    @property
    def name(self) -> str | None:
        return self.card.name

    @property
    def stops_marketing(self) -> bool:
        """Whether they want no marketing messages."""
        return self.marketing is not None and self.marketing.stops

    @property
    def phone(self) -> str | None:
        """The present phone number in canonical form."""
        present = self.present("phone")
        return None if present is None else present.value

    @property
    def number(self) -> str | None:
        """The present phone number as WhatsApp writes it: what is dialled."""
        present = self.present("phone")
        return None if present is None else present.wa_id or present.value

    @property
    def bsuid(self) -> str | None:
        """The present business-scoped id."""
        present = self.present("bsuid")
        return None if present is None else present.value

    def present(self, kind: str) -> Address | None:
        """Return the present address of a kind: the newest one that was not replaced."""
        return next((a for a in reversed(self.addresses) if a.kind == kind and a.replaced_at is None), None)

    def address(self, kind: str, value: str) -> Address | None:
        """Return one of the addresses, present or past."""
        return next((a for a in self.addresses if (a.kind, a.value) == (kind, value)), None)


def evolve(contact: Contact | None, event: Event) -> Contact:
    """Return the contact after `event`; erased values are unknown."""
    contact = contact or Contact()
    match event:
        case IdentityAttached(kind=kind, value=str(value), wa_id=wa_id, heard_at=at, present=present):
            attached = Address(kind, value, unsealed(wa_id), at)
            return replace(contact, addresses=_with(contact, attached, present))
        case IdentityHeard(kind=kind, value=str(value), wa_id=wa_id, heard_at=at):
            return replace(contact, addresses=_with(contact, Address(kind, value, unsealed(wa_id), at)))
        case IdentityReplaced(kind=kind, value=str(value), replaced_at=at):
            return replace(
                contact,
                addresses=tuple(
                    replace(each, replaced_at=at) if (each.kind, each.value) == (kind, value) else each
                    for each in contact.addresses
                ),
            )
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
        case MarketingPreferred():
            return replace(contact, marketing=event)
        case ContactErased():
            card = Card(version=contact.card.version)
            return Contact(card, merged_into=contact.merged_into, aliases=contact.aliases, erased=True)
        case ContactRegistered(username=username):
            return replace(contact, card=evolve_card(contact.card, event), username=unsealed(username))
        case ProfileNamed(username=username):
            known_as = unsealed(username) or contact.username
            return replace(contact, card=evolve_card(contact.card, event), username=known_as)
        case _:
            return replace(contact, card=evolve_card(contact.card, event))


def _with(contact: Contact, address: Address, present: bool = True) -> tuple[Address, ...]:
    """Return the addresses with this one as the newest, or right before the present one of its kind."""
    others = [a for a in contact.addresses if (a.kind, a.value) != (address.kind, address.value)]
    newest = contact.present(address.kind)
    place = len(others) if present or newest not in others else others.index(newest)
    return (*others[:place], address, *others[place:])


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
