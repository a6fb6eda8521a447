"""Responses about contacts, built from rows and events: names added, WhatsApp ids shortened."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from adapters.postgres.connection.pool import Row
from domain.contact.card import Details, lines_of
from domain.contact.state import (
    AliasAdded,
    AliasRemoved,
    Card,
    ContactsMerged,
    IdentityConflictNoted,
    MergeUndone,
)
from domain.event import Event
from projections.contacts import ContactRow
from schemas.contacts import (
    CardChange,
    ContactConflict,
    ContactEvent,
    ContactPage,
    ContactSummary,
    Identity,
    ServedTicket,
)
from schemas.http import CardLine, ContactCard
from services.http.answers.actors import from_where_answer, who_answer
from services.http.answers.tickets import person_answer, team_answer
from services.http.edge.position_codec import PositionCodec
from services.http.edge.problems import NameOf
from services.queries.contact_history import CardVersion

END_OF_BSUID = 6


def summary_answer(row: ContactRow) -> ContactSummary:
    """Build a list entry from a row of `contacts`."""
    return ContactSummary(
        id=row.contact_id,
        name=row.name or row.phone or "",
        initials=row.initials,
        phone=row.phone,
        email=row.email,
        username=row.username,
        erased=row.erased,
    )


def page_answer(
    group: Sequence[ContactRow],
    holders: Mapping[UUID, ContactRow],
    tickets: Sequence[Row],
    handed_off: Row | None,
    name_of: NameOf,
    stale: bool,
) -> ContactPage:
    """Build a contact's page; `holders` are the contacts in conflict with it."""
    person = group[0]
    phones = [row.phone for row in group if row.phone is not None]
    phone = next(iter(phones), None)
    return ContactPage(
        id=person.contact_id,
        version=person.version,
        name=person.name or phone or "",
        named_by=person.named_by,
        initials=person.initials,
        email=person.email,
        phone=phone,
        username=next((row.username for row in group if row.username), None),
        attributes=person.attributes,
        lines=lines_answer((row.contact_id, Details(row.name, row.email, row.attributes)) for row in group),
        identities=[identity for row in group for identity in _identities(row)],
        aliases=[summary_answer(row) for row in group[1:]],
        conflicts=_conflicts(group, holders),
        tickets=[served_answer(row, name_of) for row in tickets],
        hand_off_reason=handed_off and handed_off.hand_off_reason,
        bot_variables=handed_off and handed_off.bot_variables,
        created_at=min(row.created_at for row in group),
        erased=person.erased,
        stale=stale,
    )


def holders_of(group: Sequence[ContactRow]) -> list[UUID]:
    """Return the contacts that hold an identity of one of these, except those merged with it."""
    own = {row.contact_id for row in group}
    return sorted({UUID(c["held_by"]) for row in group for c in row.conflicts} - own)


def served_answer(row: Row, name_of: NameOf) -> ServedTicket:
    """Build a contact's ticket from a row of `workspace`."""
    return ServedTicket(
        conversation_id=row.conversation_id,
        number=row.number,
        protocol=row.protocol,
        state=row.state,
        owner=person_answer(row.owner, name_of),
        team=team_answer(row.team, name_of),
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        close_reason=row.close_reason,
        tags=row.tags,
    )


def lines_answer(cards: Iterable[tuple[UUID, Details]]) -> list[CardLine]:
    """Build the lines of merged contacts, the main one's first."""
    return [
        CardLine(field="email" if key is None else "attribute", key=key, value=value, contact_id=contact_id)
        for key, value, contact_id in lines_of(cards)
    ]


def card_answer(row: Row) -> ContactCard:
    """Build the contact's card beside a ticket."""
    own = Details(row.name, row.email, row.attributes or {})
    others = [(UUID(one["id"]), Details(None, one["email"], one["attributes"])) for one in row.aliases or ()]
    return ContactCard(
        id=row.person_id,
        version=row.version or 0,
        name=row.name,
        phone=row.phone,
        email=row.email,
        attributes=row.attributes or {},
        lines=lines_answer([(row.person_id, own), *others]),
        hand_off_reason=row.hand_off_reason,
        variables=row.bot_variables,
    )


def event_answer(
    told: CardVersion,
    others: Mapping[UUID, ContactRow],
    places: PositionCodec,
    name_of: NameOf,
    customer: str | None,
) -> ContactEvent:
    """Build an event of a contact's history."""
    recorded = told.recorded
    other = other_of(recorded.fact)
    return ContactEvent(
        id=recorded.event_id,
        position=places.write(recorded.position),
        at=recorded.recorded_at,
        type=recorded.fact.TOPIC,
        contact_id=recorded.stream_id,
        who=who_answer(recorded.actor, name_of, customer),
        from_where=from_where_answer(recorded),
        changes=_changes(told.before, told.after),
        other=summary_answer(others[other]) if other is not None and other in others else None,
    )


def other_of(fact: Event) -> UUID | None:
    """Return the other contact of a merge or conflict."""
    match fact:
        case ContactsMerged(into=other) | MergeUndone(into=other):
            return other
        case AliasAdded(alias=other) | AliasRemoved(alias=other):
            return other
        case IdentityConflictNoted(held_by=other):
            return other
        case _:
            return None


def _identities(row: ContactRow) -> list[Identity]:
    phones = [
        Identity(
            kind="phone",
            value=phone,
            wa_id=row.wa_id if phone == row.phone else None,
            contact_id=row.contact_id,
            present=phone == row.phone,
        )
        for phone in row.phones
    ]
    return phones + [
        Identity(
            kind="bsuid",
            value=_shortened(bsuid),
            wa_id=None,
            contact_id=row.contact_id,
            present=bsuid == row.bsuid,
        )
        for bsuid in row.bsuids
    ]


def _conflicts(group: Sequence[ContactRow], holders: Mapping[UUID, ContactRow]) -> list[ContactConflict]:
    own = {row.contact_id for row in group}
    found = []
    for noted in (noted for row in group for noted in row.conflicts):
        held_by = UUID(noted["held_by"])
        if held_by in own:
            continue
        value = noted["value"] if noted["kind"] == "phone" else _shortened(noted["value"])
        if (holder := holders.get(held_by)) is not None and holder.erased:
            continue  # nobody has that address any more
        found.append(
            ContactConflict(
                kind=noted["kind"], value=value, contact=None if holder is None else summary_answer(holder)
            )
        )
    return found


def _changes(before: Card, after: Card) -> list[CardChange]:
    changes = []
    if before.name != after.name:
        changes.append(CardChange(field="name", key=None, before=before.name, after=after.name))
    if before.email != after.email:
        changes.append(CardChange(field="email", key=None, before=before.email, after=after.email))
    for key in dict.fromkeys([*before.attributes, *after.attributes]):
        was, became = before.attributes.get(key), after.attributes.get(key)
        if was != became:
            changes.append(CardChange(field="attribute", key=key, before=was, after=became))
    return changes


def _shortened(bsuid: str) -> str:
    return bsuid if len(bsuid) <= END_OF_BSUID else f"…{bsuid[-END_OF_BSUID:]}"
