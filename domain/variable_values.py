"""The values of variables: what they stand for in a conversation, now and for the agent who writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unicodedata import category, normalize

from domain.contact.card import Details, readable_text
from domain.contact.phone import spoken_phone
from domain.tenant_variables import ATTRIBUTE, BOT, Source
from domain.text import MAX_TEXT, caseless

_TITLES = frozenset({"dr", "dra", "sr", "sra", "srta", "prof", "profa"})
MORNING, AFTERNOON, EVENING = 5, 12, 18
"""The hours from which one says good morning, good afternoon and good evening."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What variables are taken from: the contact, the agent who writes, and the ticket. `at` is local."""

    contact: Details
    phone: str | None
    bot_variables: Mapping[str, Any]
    agent: str | None
    protocol: str
    team: str | None
    channel: str | None
    at: datetime


def value_of(source: Source, occasion: Occasion) -> str | None:
    """Return what a variable stands for; None if there is nothing now."""
    match source.kind, source.field:
        case "fixed", _:
            return source.value
        case "contact", str(field):
            return _of_contact(field, occasion)
        case "agent", "first_name":
            return first_name(occasion.agent)
        case "agent", "name":
            return occasion.agent
        case "ticket", "protocol":
            return occasion.protocol
        case "ticket", "team":
            return occasion.team
        case "ticket", "channel":
            return occasion.channel
        case "ticket", "greeting":
            return greeting(occasion.at)
        case _:
            return None


def first_name(name: str | None) -> str | None:
    """Return the first word of a name that has a letter, without titles and the symbols around it."""
    words = [word for word in map(_bare, normalize("NFC", name or "").split()) if any(map(str.isalpha, word))]
    return next((word for word in words if word.casefold() not in _TITLES), next(iter(words), None))


def greeting(at: datetime) -> str:
    """Return what one says at this hour."""
    if MORNING <= at.hour < AFTERNOON:
        return "Bom dia"
    return "Boa tarde" if AFTERNOON <= at.hour < EVENING else "Boa noite"


def _of_contact(field: str, occasion: Occasion) -> str | None:
    contact = occasion.contact
    match field:
        case "first_name":
            return first_name(contact.name)
        case "name":
            return contact.name
        case "phone":
            return None if occasion.phone is None else spoken_phone(occasion.phone)
        case "email":
            return contact.email
    if field.startswith(ATTRIBUTE):
        return readable_text(_named(contact.attributes, field.removeprefix(ATTRIBUTE)))
    return readable_text(_named(occasion.bot_variables, field.removeprefix(BOT)), MAX_TEXT)


def _named(values: Mapping[str, Any], key: str) -> Any:
    """Return what has this name, else a name that differs in case or width alone."""
    if key in values:
        return values[key]
    return next((value for name, value in values.items() if caseless(name) == caseless(key)), None)


def _bare(word: str) -> str:
    """Return a word from its first letter or digit to its last, with the marks of that."""
    inside = [at for at, character in enumerate(word) if character.isalnum()]
    if not inside:
        return ""
    end = inside[-1] + 1
    while end < len(word) and category(word[end])[0] == "M":
        end += 1
    return word[inside[0] : end]
