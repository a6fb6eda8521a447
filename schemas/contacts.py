"""Contacts in the HTTP API: the customers and the contents of their cards."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from schemas.history import FromWhere, Who
from schemas.http import CardLine, CleanText, Id, Instant, LogPosition, Person, RequestModel, ResponseModel

TicketState = Literal["bot", "queue", "open", "snoozed", "closed"]


class ChangeContact(RequestModel):
    """The contact's card. Fields left out stay as they are; null or an empty text clears a field.

    A contact without a name is shown by phone number until a message brings a WhatsApp profile name.
    """

    name: CleanText | None = None
    """At most 200 characters, on one line."""

    email: CleanText | None = None

    attributes: dict[CleanText, CleanText] = Field(default_factory=dict)
    """All attributes by name: at most 50, with distinct names of up to 50 characters (case and width do not
    count) and values of up to 1,000 characters."""


class MergeInto(RequestModel):
    """The contact to merge into; an alias stands for its main contact."""

    into: Id


class EraseContact(RequestModel):
    """How to erase. A dry run changes nothing, and says what would be removed."""

    dry_run: bool = False


class Removed(ResponseModel):
    """Something that is deleted, or whose words are removed."""

    place: str
    """Where it stands: a table, a read model, or `topic <name>`."""

    count: int


class Remaining(ResponseModel):
    """Something that stays, and why."""

    place: str
    why: str
    until: Instant | None
    """When it goes by itself; null: it stays."""


class ErasureReceipt(ResponseModel):
    """What an erasure removed, and what stays; the same each time that it is asked for."""

    id: UUID
    """The contact that was erased: the main one."""

    contacts: list[UUID]
    """The contact and its aliases."""

    dry_run: bool
    erased_at: Instant
    position: LogPosition | None
    """The position of the erasure in the log; null in a dry run."""

    finished_at: Instant | None
    """When no read model and no topic in the database held a word any more; null: not yet, ask again."""

    removed: list[Removed]
    remains: list[Remaining]


class ContactSummary(ResponseModel):
    """A contact in a list."""

    id: UUID
    name: str
    """The name, else the phone number; empty once erased."""

    initials: str
    phone: str | None
    """Digits with the country code, without `+`; Brazilian numbers with the ninth digit."""

    email: str | None
    username: str | None
    erased: bool = False
    """The contact's data was erased."""


class Contacts(ResponseModel):
    """A page of contacts; merged contacts are listed once."""

    items: list[ContactSummary]
    next: str | None
    """The `cursor` of the next page, valid for this query and caller for seven days."""

    stale: bool = False


class Identity(ResponseModel):
    """An identity of the contact: a `phone` number, or WhatsApp's business-scoped user id (`bsuid`)."""

    kind: Literal["phone", "bsuid"]
    value: str
    """The number, or the last characters of a `bsuid`."""

    wa_id: str | None
    """The phone number as WhatsApp writes it."""

    contact_id: UUID
    """The contact that holds it: the main contact or an alias."""

    present: bool
    """Whether it is the contact's newest one of its kind; messages go there. One that WhatsApp says was
    replaced is not."""


class ContactConflict(ResponseModel):
    """The customer wrote with an identity of another contact: both may be the same person; merging is
    manual."""

    kind: Literal["phone", "bsuid"]
    value: str
    contact: ContactSummary | None
    """The contact that holds it; null if the caller may not see that contact."""


class ServedTicket(ResponseModel):
    """A ticket of the contact, on any channel."""

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


class ServedTickets(ResponseModel):
    """A page of the contact's tickets that the caller may see, newest first."""

    items: list[ServedTicket]
    next: str | None
    stale: bool = False


class ContactPage(ResponseModel):
    """A contact with all that is known. `"<version>"` is the ETag of the card.

    For an alias, this is the page of its main contact.
    """

    id: UUID
    version: int
    name: str
    """The name, else the phone number; empty once erased."""

    named_by: Literal["profile", "hand_off", "person"]
    """Source of the name: the WhatsApp profile, a bot's hand-off, or a person who entered it."""

    initials: str
    email: str | None
    phone: str | None
    username: str | None
    """WhatsApp user name; for display only."""

    attributes: dict[str, str]
    """Email and attributes as on the contact's own card; with those of its aliases they are in `lines`."""

    lines: list[CardLine]
    identities: list[Identity]
    aliases: list[ContactSummary]
    """Contacts that are merged into this one."""

    conflicts: list[ContactConflict]
    tickets: list[ServedTicket]
    """The newest tickets; `GET /v1/contacts/{id}/tickets` lists all."""

    hand_off_reason: str | None
    bot_variables: dict[str, Any] | None
    """Variables from the bot's hand-off of the newest ticket."""

    created_at: Instant
    erased: bool = False
    """The contact's data was erased; `GET …/events` says when and by whom."""

    stale: bool = False
    """`min_position` was not reached in time, or an event of this contact is parked."""


class ContactDone(ResponseModel):
    """Result of a command: the id under which the contact is shown, and the version of its card."""

    position: LogPosition
    id: UUID
    version: int


class CardChange(ResponseModel):
    """A changed field of the card."""

    field: Literal["name", "email", "attribute"]
    key: str | None
    """Name of the attribute."""

    before: str | None
    after: str | None


class ContactEvent(ResponseModel):
    """An event of a contact or of one of its aliases."""

    id: UUID
    position: LogPosition
    at: Instant
    type: str
    """Event type, as in the topic `conversation.events.v1`."""

    contact_id: UUID
    who: Who
    from_where: FromWhere
    changes: list[CardChange]
    other: ContactSummary | None
    """The other contact of a merge or conflict, if the caller may see it."""


class ContactEvents(ResponseModel):
    """A page of events, oldest first; erased values are null."""

    items: list[ContactEvent]
    next: LogPosition | None
    """`after` of the next page; null at the end."""

    position: LogPosition
