"""Edit a contact's card: by an agent, by a bot's hand-off, or from the WhatsApp profile."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from uuid import UUID

from domain.contact.identity import Heard
from domain.contact.state import Card, Contact, ContactCardReflected, DetailsChanged, ProfileNamed
from domain.decision import Decision, decided, nothing_to_do
from domain.incoming import IncomingSender
from domain.refusals import ContactAttributes, ContactEmail, ContactMoved, ContactName, DataErased
from domain.text import caseless, clean_name, clean_text

MAX_NAME = 200
MAX_EMAIL = 254
MAX_ATTRIBUTES = 50
MAX_KEY = 50
MAX_VALUE = 1000

_EMAIL = re.compile(r"[^\s@<>\"(),:;]{1,64}@[^\s@<>\"(),:;.]+(?:\.[^\s@<>\"(),:;.]+)+")


@dataclass(frozen=True, slots=True)
class Details:
    """What an agent can write on a card; None and an empty text are the same."""

    name: str | None
    email: str | None
    attributes: Mapping[str, str]

    @classmethod
    def of(cls, card: Card) -> "Details":
        return cls(card.name, card.email, card.attributes)


class CardLine(NamedTuple):
    """An e-mail address or an attribute (`key`), with the contact on whose card it stands."""

    key: str | None
    value: str
    contact_id: UUID


@dataclass(frozen=True, slots=True)
class DisplayName:
    """The name and phone that a new ticket shows; for an alias also the contact that it is merged into."""

    name: str | None = None
    phone: str | None = None
    main_id: UUID | None = None
    main_name: str | None = None


def change(contact: Contact, wanted: Details, by: UUID, expected_version: int | None = None) -> Decision:
    """Edit the card by hand; does nothing when it is the same. `expected_version` is the card's (None: any).

    Raises:
        ContactName, ContactEmail, ContactAttributes: a value is not allowed.
        ContactMoved: the card has another version; carries the present card.
        DataErased
    """
    if contact.erased:
        raise DataErased
    details = Details(_name(wanted.name), _email(wanted.email), _attributes(wanted.attributes))
    card = contact.card
    if details == Details.of(card):
        return nothing_to_do
    if expected_version is not None and expected_version != card.version:
        raise ContactMoved(card.version, card.name, card.email, card.attributes)
    return decided(
        DetailsChanged(name=details.name, email=details.email, attributes=dict(details.attributes), by=by)
    )


def reflect(contact: Contact, card: Mapping[str, Any]) -> Decision:
    """Add what a bot learned; what an agent wrote stays, and what cannot be read is left out.

    `card` has any of `name`, `email`, and `attributes` (keys with a text, a number or a boolean).
    """
    told, present = readable(card), contact.card
    name = told.name if present.named_by != "person" and told.name != present.name else None
    email = told.email if not present.keeps_email and told.email != present.email else None
    attributes = dict(_fillable(present, told.attributes))
    if name is None and email is None and not attributes:
        return nothing_to_do
    return decided(ContactCardReflected(name=name, email=email, attributes=attributes))


def profile(contact: Contact, sender: IncomingSender, heard: Heard) -> Decision:
    """Take over the name of the WhatsApp profile, unless an agent or a bot has set one.

    Messages that are older than the newest one change nothing.
    """
    name, username = sender.name or contact.name, sender.username or contact.username
    if name is None or contact.card.named_by != "profile" or not heard.is_newest:
        return nothing_to_do
    if (name, username) == (contact.name, contact.username):
        return nothing_to_do
    return decided(ProfileNamed(name=name, username=username))


def display_name(contact: Contact, main: Contact | None) -> DisplayName:
    """Return the name and phone for a ticket that opens now, as they stand on the contact's row.

    `main` is the contact that an alias is merged into.
    """
    known = DisplayName(contact.name, contact.phone)
    if contact.merged_into is None:
        return known
    return replace(known, main_id=contact.merged_into, main_name=main.name if main is not None else None)


def lines_of(cards: Iterable[tuple[UUID, Details]]) -> list[CardLine]:
    """List the fields on the cards of merged contacts, the main contact's first, without repeats.

    E-mail addresses come before attributes.
    """
    cards = list(cards)
    lines = [CardLine(None, details.email, id) for id, details in cards if details.email is not None]
    lines += [CardLine(key, value, id) for id, details in cards for key, value in details.attributes.items()]
    first: dict[tuple[str | None, str], CardLine] = {}
    for line in lines:
        first.setdefault((line.key and caseless(line.key), line.value), line)
    return list(first.values())


def together(cards: Iterable[Details]) -> Details:
    """Combine the cards of merged contacts: each field is the first card's that has it."""
    cards = list(cards)
    attributes: dict[str, str] = {}
    for details in cards:
        for key, value in details.attributes.items():
            attributes.setdefault(_same(key, attributes), value)
    name = next((details.name for details in cards if details.name is not None), None)
    email = next((details.email for details in cards if details.email is not None), None)
    return Details(name, email, attributes)


def readable(card: Mapping[str, Any]) -> Details:
    """Return what can be read of a card from outside, within our limits."""
    email, attributes = card.get("email"), card.get("attributes")
    kept: dict[str, str] = {}
    for written, value in attributes.items() if isinstance(attributes, Mapping) else ():
        key, text = _line(written, MAX_KEY), readable_text(value)
        if key is not None and text is not None and len(kept) < MAX_ATTRIBUTES:
            kept.setdefault(_same(key, kept), text)
    return Details(
        name=_line(card.get("name"), MAX_NAME),
        email=email.strip() if isinstance(email, str) and is_email(email.strip()) else None,
        attributes=kept,
    )


def is_email(text: str) -> bool:
    """Return whether the text looks like an e-mail address."""
    return len(text) <= MAX_EMAIL and text.isprintable() and _EMAIL.fullmatch(text) is not None


def _fillable(present: Card, told: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the attributes that a bot may add or change, as many as there is room for."""
    fillable = []
    room = MAX_ATTRIBUTES - len(present.attributes)
    for written, value in told.items():
        key = _same(written, present.attributes)
        if key in present.kept_attributes or present.attributes.get(key) == value:
            continue
        if key not in present.attributes:
            if room == 0:
                continue
            room -= 1
        fillable.append((key, value))
    return fillable


def _same(key: str, attributes: Mapping[str, str]) -> str:
    """Return the key in its present spelling, if there is one."""
    if key in attributes:
        return key
    return next((known for known in attributes if caseless(known) == caseless(key)), key)


def _name(name: str | None) -> str | None:
    if not name:
        return None
    cleaned = None if len(name) > MAX_NAME else _line(name, MAX_NAME)
    if cleaned is None:
        raise ContactName
    return cleaned


def _email(email: str | None) -> str | None:
    if not email:
        return None
    if not is_email(written := email.strip()):
        raise ContactEmail
    return written


def _attributes(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes with names on one line, in order; those without a value are left out."""
    kept: dict[str, str] = {}
    for written, value in attributes.items():
        key = None if len(written) > MAX_KEY else _line(written, MAX_KEY)
        if key is None or len(value) > MAX_VALUE:
            raise ContactAttributes
        text, _ = clean_text(value, MAX_VALUE)
        if text is not None:
            kept[key] = text
    if len(kept) > MAX_ATTRIBUTES or len({caseless(key) for key in kept}) < len(kept):
        raise ContactAttributes
    return kept


def _line(value: Any, cap: int) -> str | None:
    """Return a name with single spaces; None if nothing of it is visible."""
    cleaned = clean_name(value, cap)
    return None if cleaned is None else " ".join(cleaned.split())


def readable_text(value: Any, cap: int = MAX_VALUE) -> str | None:
    """Return a text, number or boolean from outside as words; None for anything else, and if it is blank."""
    if isinstance(value, bool):
        return "sim" if value else "não"
    if isinstance(value, int | float):
        value = repr(value)
    return clean_text(value, cap)[0]
