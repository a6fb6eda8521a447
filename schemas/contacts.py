"""Contacts as they cross HTTP: who the customers are, and what is written down about them."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from schemas.history import FromWhere, Who
from schemas.http import Answer, Asked, CleanText, Instant, Person, Place

TicketState = Literal["bot", "queue", "open", "snoozed", "closed"]


class ChangeContact(Asked):
    """Who the person is. What is left out stays as it is; null or an empty text empties it.

    Without a name they are called by their phone, until a ticket opens with the name that WhatsApp tells.
    """

    name: CleanText | None = None
    """At most 200 characters, on one line."""

    email: CleanText | None = None

    attributes: dict[CleanText, CleanText] = Field(default_factory=dict)
    """All of them, by name: at most 50, with names of up to 50 characters that are all different (case and
    width of letters make no difference) and values of up to 1,000 characters."""


class MergeInto(Asked):
    """The contact that this one is to be shown as; an alias stands for its main contact."""

    into: UUID = Field(strict=False)


class ContactSummary(Answer):
    """A person in a list."""

    id: UUID
    name: str
    """Else the phone; empty once erased."""

    initials: str
    phone: str | None
    """Digits with the country code, without `+`, Brazil's ninth digit put in."""

    email: str | None
    username: str | None


class Contacts(Answer):
    """A page of people; those who are shown as one stand in it once."""

    items: list[ContactSummary]
    next: str | None
    """The `cursor` of the next page; it is good for this query and this viewer, for seven days."""

    stale: bool = False


class Identity(Answer):
    """An address of the person: a `phone`, or an id that WhatsApp gave them for this business (`bsuid`)."""

    kind: Literal["phone", "bsuid"]
    value: str
    """Of a `bsuid` only its end."""

    wa_id: str | None
    """The phone as WhatsApp writes it."""

    contact_id: UUID
    """Whose it is: the main contact's, or an alias's."""


class ContactConflict(Answer):
    """The person wrote with an address that another contact holds: they may be one, a person must say so."""

    kind: Literal["phone", "bsuid"]
    value: str
    contact: ContactSummary | None
    """Who holds it; null when the asker may not see them."""


class ServedTicket(Answer):
    """One service of the person, on whichever channel."""

    conversation_id: UUID
    number: int
    protocol: str
    state: TicketState
    owner: Person | None
    team: Person | None
    opened_at: Instant
    closed_at: Instant | None
    close_reason: str | None
    tags: list[str]


class ServedTickets(Answer):
    """A page of the person's tickets that the asker may see, newest first."""

    items: list[ServedTicket]
    next: str | None
    stale: bool = False


class ContactPage(Answer):
    """A person, and all that is known of them. `"<version>"` is the ETag of what is written down.

    Asked for an alias, it is the page of its main contact.
    """

    id: UUID
    version: int
    name: str
    """Else the phone; empty once erased."""

    named_by: Literal["profile", "hand_off", "person"]
    """Whose word the name is: their own on WhatsApp, a bot's, or somebody's who wrote it down."""

    initials: str
    email: str | None
    phone: str | None
    username: str | None
    """Shown, never looked up."""

    attributes: dict[str, str]
    identities: list[Identity]
    aliases: list[ContactSummary]
    """Contacts that are merged into this one."""

    conflicts: list[ContactConflict]
    tickets: list[ServedTicket]
    """The newest of all that `GET /v1/contacts/{id}/tickets` pages through."""

    hand_off_reason: str | None
    bot_variables: dict[str, Any] | None
    """What the bot knew when it handed over the newest ticket."""

    created_at: Instant
    stale: bool = False
    """`min_position` was not reached in time, or a part of this waits for a person to look at it."""


class ContactDone(Answer):
    """It is so now: under which id the person is shown, and the version of what is written down."""

    position: Place
    id: UUID
    version: int


class CardChange(Answer):
    """One field that became another."""

    field: Literal["name", "email", "attribute"]
    key: str | None
    """Which attribute."""

    before: str | None
    after: str | None


class ContactEvent(Answer):
    """Something that happened to a contact, or to an alias of it."""

    id: UUID
    position: Place
    at: Instant
    type: str
    """The stable name of the fact, as in the topic `conversation.events.v1`."""

    contact_id: UUID
    who: Who
    from_where: FromWhere
    changes: list[CardChange]
    other: ContactSummary | None
    """The other contact of a merge or a conflict, if the asker may see it."""


class ContactEvents(Answer):
    """A page of what happened, oldest first; what was erased is null."""

    items: list[ContactEvent]
    next: Place | None
    """The `after` of the next page; null at the end."""

    position: Place
