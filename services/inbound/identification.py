"""Which contact a message is from: addresses are resolved, and new ones registered or attached."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from domain import streams
from domain.contact.identity import LATER, Heard, become, identify, writer_of
from domain.contact.phone import lookups
from domain.contact.state import Contact, IdentityAttached
from domain.conversation.receive import WINDOW
from domain.event import Event
from domain.incoming import IncomingSender, IncomingSystemNotice
from domain.log.append import IdentityKey, Source, ThreadKey
from services.inbound.known_senders import KnownSenders, agree
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
    unit: UnitOfWork,
    sender: IncomingSender,
    at: datetime,
    channel: KnownChannel,
    source: Source | None,
    senders: KnownSenders,
    wrote: bool = True,
) -> tuple[UUID, Heard | None]:
    """Find or register the contact of a sender, and record new addresses and which ones are present.

    Also returns when the sender was heard relative to their newest message; None if the sender is known and
    says nothing new. With `wrote` false, as for a notice of WhatsApp, no address becomes present.
    """
    by_bsuid, by_phone = known_contacts(unit, sender, channel)
    writer = writer_of(by_bsuid, by_phone)
    if writer is not None and agree(sender, by_bsuid, by_phone) and senders.relied_on(unit, writer, sender):
        return writer, None
    newest = None if writer is None else _newest(unit, channel, writer)
    heard = Heard(at, newest if wrote else LATER.at)
    loaded = unit.contact(writer).state if writer else None
    new_id = unit.new_id()
    found = identify(sender, channel.portfolio, by_bsuid, by_phone, loaded, new_id, heard)
    if found.is_new:
        unit.mark_new(found.contact_id, streams.contact)
        unit.register(found.contact_id)
    _attach(unit, channel, found.contact_id, found.events, source)
    return found.contact_id, heard


def apply_identity_change(
    unit: UnitOfWork,
    notice: IncomingSystemNotice,
    channel: KnownChannel,
    contact_id: UUID,
    source: Source | None,
) -> None:
    """Record the new number or id of a customer, and mark the old one as past."""
    if notice.becomes is None:
        return
    contact = unit.contact(contact_id).state or Contact()
    after = notice.becomes
    holders = [
        _holder(unit, channel, "bsuid", [after.bsuid] if after.bsuid else []),
        _holder(unit, channel, "phone", [after.phone] if after.phone else []),
    ]
    facts = become(contact, contact_id, channel.portfolio, notice.sender, after, holders, notice.sent_at)
    _attach(unit, channel, contact_id, facts, source)


def _newest(unit: UnitOfWork, channel: KnownChannel, contact_id: UUID) -> datetime | None:
    """Return when the customer's newest message on this channel was sent, by WhatsApp's clock."""
    id = unit.conversation_of(ThreadKey(channel.tenant_id, channel.id, contact_id))
    conversation = None if id is None else unit.conversation(id).state
    if conversation is None or conversation.window_ends_at is None:
        return None
    return conversation.window_ends_at - WINDOW


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
