"""The contacts: one row per contact, for lists, search and the contact's page."""

from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple
from uuid import UUID

from domain.contact import state as contacts
from domain.contact.state import (
    Card,
    ContactCardReflected,
    ContactErased,
    ContactRegistered,
    ContactsMerged,
    DetailsChanged,
    IdentityAttached,
    IdentityConflictNoted,
    IdentityHeard,
    IdentityReplaced,
    MergeUndone,
    ProfileNamed,
)
from domain.event import ERASED, Recorded, unsealed
from projections.names import folded, initials, pieces_of, words_of
from projections.projection import Key, Projection, Where


class ContactRow(NamedTuple):
    """One contact. `person_id` is the contact that it is shown as: another one while it is an alias.

    `phone` and `bsuid` are the present addresses, numbers in canonical form; `phones` and `bsuids` are all,
    the newest first. `phone_reversed` is the phone backwards, for a search by the last digits; `wa_id` is how
    WhatsApp writes it. `search_words` are the words of the name and pieces of the numbers, between spaces.
    `conflicts` are addresses that another contact has.
    """

    tenant_id: UUID
    contact_id: UUID
    person_id: UUID
    attributes: dict[str, str]
    kept_attributes: list[str]
    username: str | None
    phones: list[str]
    bsuids: list[str]
    conflicts: list[dict[str, Any]]
    created_at: datetime
    erased: bool
    position: int
    name: str | None = None
    named_by: Literal["profile", "hand_off", "person"] = "profile"
    name_key: str = ""
    initials: str = ""
    email: str | None = None
    email_key: str | None = None
    keeps_email: bool = False
    version: int = 0
    phone: str | None = None
    phone_reversed: str | None = None
    wa_id: str | None = None
    bsuid: str | None = None
    search_words: str = ""


class ContactsProjection(Projection[ContactRow]):
    """One row per contact, alias or not."""

    name: ClassVar = "contacts"
    version: ClassVar = 2
    key_size: ClassVar = 2
    facts: ClassVar = frozenset(
        {
            *(ContactRegistered, IdentityAttached, IdentityHeard, IdentityReplaced, IdentityConflictNoted),
            ProfileNamed,
            *(ContactCardReflected, DetailsChanged, ContactsMerged, MergeUndone, ContactErased),
        }
    )
    founding: ClassVar = frozenset({ContactRegistered})
    row = ContactRow

    def key(self, event: Recorded) -> Key | Where | None:
        return event.tenant_id, event.stream_id

    def fold(self, row: ContactRow | None, event: Recorded) -> ContactRow | None:
        if type(event.fact) is ContactRegistered:
            return _with_card(_registered(event, event.fact), Card(), event)
        if row is None:
            return None
        if type(event.fact) is ContactErased:
            return _erased(row)._replace(position=event.position)
        return _with_card(_identified(row, event), _card(row), event)._replace(position=event.position)


def _registered(event: Recorded, fact: ContactRegistered) -> ContactRow:
    return ContactRow(
        tenant_id=event.tenant_id,
        contact_id=event.stream_id,
        person_id=event.stream_id,
        attributes={},
        kept_attributes=[],
        username=unsealed(fact.username),
        phones=[],
        bsuids=[],
        conflicts=[],
        created_at=event.recorded_at,
        erased=fact.name is ERASED,
        position=event.position,
    )


def _erased(row: ContactRow) -> ContactRow:
    """Return what is left of a contact: that it was there, and with whom it was merged."""
    left = ContactRow(
        tenant_id=row.tenant_id,
        contact_id=row.contact_id,
        person_id=row.person_id,
        attributes={},
        kept_attributes=[],
        username=None,
        phones=[],
        bsuids=[],
        conflicts=[],
        created_at=row.created_at,
        erased=True,
        position=row.position,
        version=row.version,
    )
    return left._replace(initials=initials(None, None))


def _identified(row: ContactRow, event: Recorded) -> ContactRow:
    match event.fact:
        case IdentityAttached(kind="phone", value=str(phone), wa_id=wa_id, present=present):
            known = row._replace(phones=_newest_first(row.phones, phone, present))
            return _dialled(known, phone, unsealed(wa_id)) if present else known
        case IdentityHeard(kind="phone", value=str(phone), wa_id=wa_id):
            known = row._replace(phones=_newest_first(row.phones, phone))
            return _dialled(known, phone, unsealed(wa_id))
        case IdentityReplaced(kind="phone", present=present, wa_id=wa_id):
            return _dialled(row, unsealed(present), unsealed(wa_id))
        case IdentityAttached(kind="bsuid", value=str(bsuid), present=present):
            known = row._replace(bsuids=_newest_first(row.bsuids, bsuid, present))
            return known._replace(bsuid=bsuid) if present else known
        case IdentityHeard(kind="bsuid", value=str(bsuid)):
            return row._replace(bsuid=bsuid, bsuids=_newest_first(row.bsuids, bsuid))
        case IdentityReplaced(kind="bsuid", present=present):
            return row._replace(bsuid=unsealed(present))
        case IdentityConflictNoted(kind=kind, value=str(value), held_by=held_by):
            noted = {"kind": kind, "value": value, "held_by": str(held_by)}
            return row._replace(conflicts=[*(other for other in row.conflicts if other != noted), noted])
        case ProfileNamed(username=str(username)):
            return row._replace(username=username)
        case ContactsMerged(into=into):
            return row._replace(person_id=into)
        case MergeUndone():
            return row._replace(person_id=row.contact_id)
        case _:
            return row


def _dialled(row: ContactRow, phone: str | None, wa_id: str | None) -> ContactRow:
    return row._replace(phone=phone, phone_reversed=phone and phone[::-1], wa_id=wa_id)


def _newest_first(known: list[str], address: str, present: bool = True) -> list[str]:
    others = [other for other in known if other != address]
    return [address, *others] if present else [*others[:1], address, *others[1:]]


def _search_words(name: str | None, phones: list[str]) -> str:
    """Return the words by which a search finds a contact, between single spaces."""
    pieces = [piece for phone in phones for piece in pieces_of(phone)]
    return " ".join(dict.fromkeys([*words_of(name), *pieces]))


def _card(row: ContactRow) -> Card:
    return Card(
        name=row.name,
        email=row.email,
        attributes=row.attributes,
        named_by=row.named_by,
        keeps_email=row.keeps_email,
        kept_attributes=frozenset(row.kept_attributes),
        version=row.version,
    )


def _with_card(row: ContactRow, before: Card, event: Recorded) -> ContactRow:
    """Return the row with the card after the event, by the contact's own rule."""
    card = contacts.evolve_card(before, event.fact)
    return row._replace(
        name=card.name,
        named_by=card.named_by,
        name_key=folded(card.name),
        search_words=_search_words(card.name, row.phones),
        initials=initials(card.name, row.phone),
        email=card.email,
        email_key=card.email and card.email.casefold(),
        keeps_email=card.keeps_email,
        attributes=dict(card.attributes),
        kept_attributes=sorted(card.kept_attributes),
        version=card.version,
    )
