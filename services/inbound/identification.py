"""Which contact a message is from: addresses are resolved, and new ones registered or attached."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from domain import streams
from domain.contact.identity import identify, needs_contact
from domain.contact.phone import lookups
from domain.contact.state import IdentityAttached, IdentityConflictNoted
from domain.event import Event
from domain.incoming import IncomingSender, IncomingSystemNotice
from domain.log.append import IdentityKey, Source
from services.queries.channels import KnownChannel
from services.write.unit_of_work import Origin, UnitOfWork


def known_contacts(
    unit: UnitOfWork, sender: IncomingSender, channel: KnownChannel
) -> tuple[UUID | None, UUID | None]:
    """Find the contacts that have the sender's business-scoped id and the sender's phone."""
    by_bsuid = _holder(unit, channel, "bsuid", [sender.bsuid] if sender.bsuid else [])
    by_phone = _holder(unit, channel, "phone", lookups(sender.phone) if sender.phone else [])
    return by_bsuid, by_phone


def resolve_contact(
    unit: UnitOfWork, sender: IncomingSender, channel: KnownChannel, source: Source | None
) -> UUID:
    """Find the contact of a sender; register a new one, and attach new addresses."""
    by_bsuid, by_phone = known_contacts(unit, sender, channel)
    needed = needs_contact(sender, by_bsuid, by_phone)
    loaded = unit.contact(needed).state if needed else None
    new_id = unit.new_id()
    known = identify(sender, channel.portfolio, by_bsuid, by_phone, loaded, new_id)
    if known.is_new:
        unit.mark_new(known.contact_id, streams.contact)
        unit.register(known.contact_id)
    _attach(unit, channel, known.contact_id, known.events, source)
    return known.contact_id


def apply_identity_change(
    unit: UnitOfWork,
    notice: IncomingSystemNotice,
    channel: KnownChannel,
    contact_id: UUID,
    source: Source | None,
) -> None:
    """Attach the new number or id of a customer; note a conflict when another contact has it."""
    if notice.becomes is None:
        return
    contact = unit.contact(contact_id).state
    for kind, value in (("bsuid", notice.becomes.bsuid), ("phone", notice.becomes.phone)):
        if value is None:
            continue
        holder = _holder(unit, channel, kind, [value])
        if holder is None:
            wa_id = notice.becomes.wa_id if kind == "phone" else None
            fact: Event = IdentityAttached(portfolio=channel.portfolio, kind=kind, value=value, wa_id=wa_id)
        elif holder == contact_id or (contact is not None and (kind, value) in contact.conflicts):
            continue
        else:
            fact = IdentityConflictNoted(kind=kind, value=value, held_by=holder)
        _attach(unit, channel, contact_id, (fact,), source)


def _attach(
    unit: UnitOfWork, channel: KnownChannel, contact_id: UUID, facts: Sequence[Event], source: Source | None
) -> None:
    for fact in facts:
        if isinstance(fact, IdentityAttached) and isinstance(fact.value, str):
            address = IdentityKey(channel.tenant_id, channel.portfolio, fact.kind, fact.value)
            unit.attach(address, contact_id)
    if facts:  # without any the contact need not be loaded
        origin = Origin(channel.tenant_id, f"contact:{contact_id}", source=source)
        unit.record(contact_id, facts, streams.contact, origin, contact_id=contact_id)


def _holder(unit: UnitOfWork, channel: KnownChannel, kind: str, values: Iterable[str]) -> UUID | None:
    for value in values:
        key = IdentityKey(channel.tenant_id, channel.portfolio, kind, value)
        if (holder := unit.contact_of(key)) is not None:
            return holder
    return None
