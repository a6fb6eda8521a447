"""Identify the contact of an incoming sender: the business-scoped id decides, nothing is merged by guess.

The present address of a contact, per kind, is the last one attached or heard from by WhatsApp's time (in the
same second: the last to arrive); one that WhatsApp says was replaced is past. A fact is recorded only when
another address becomes present, not for every message.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from domain.contact.phone import lookups
from domain.contact.state import (
    Address,
    Contact,
    ContactRegistered,
    IdentityAttached,
    IdentityConflictNoted,
    IdentityHeard,
    IdentityReplaced,
    evolve,
)
from domain.decision import Decision, nothing_to_do
from domain.event import Event
from domain.incoming import IncomingSender


@dataclass(frozen=True, slots=True)
class Heard:
    """When a customer said something, and `newest`, when they last had before; by WhatsApp's clock."""

    at: datetime
    newest: datetime | None = None

    @property
    def is_newest(self) -> bool:
        return self.newest is None or self.at >= self.newest

    def moves(self, present: Address | None) -> bool:
        """Return whether an address heard from now replaces `present` as the present one."""
        if present is None:
            return True
        return self.is_newest and (present.heard_at is None or self.at >= present.heard_at)


LATER = Heard(datetime.max.replace(tzinfo=UTC))
"""Later than everything said so far."""


@dataclass(frozen=True, slots=True)
class Identified:
    """The contact of a message, and the facts for its stream, such as new addresses."""

    contact_id: UUID
    is_new: bool
    events: Decision


def writer_of(by_bsuid: UUID | None, by_phone: UUID | None) -> UUID | None:
    """Return the contact that `identify` loads: the business-scoped id's, else the phone's."""
    return by_bsuid or by_phone


def identify(
    sender: IncomingSender,
    portfolio: str,
    by_bsuid: UUID | None,
    by_phone: UUID | None,
    loaded: Contact | None,
    new_id: UUID,
    heard: Heard,
) -> Identified:
    """Identify the contact of a sender; `loaded` is the contact that `writer_of` returns.

    The business-scoped id decides. A phone is attached to its contact unless another contact has it; a
    business-scoped id is attached to the phone's contact only if that one has no other. A conflict is noted
    once, for an agent to decide.
    """
    contact = loaded or Contact()
    if by_bsuid is not None:
        facts = _with_phone(sender, portfolio, by_bsuid, by_phone, contact, heard)
        return Identified(by_bsuid, False, (*facts, *hear(contact, sender, heard)))
    if by_phone is not None:
        if sender.bsuid is None:
            return Identified(by_phone, False, hear(contact, sender, heard))
        if not any(address.kind == "bsuid" for address in contact.addresses):
            attached = attach(contact, portfolio, "bsuid", sender.bsuid, None, heard)
            return Identified(by_phone, False, (attached, *hear(contact, sender, heard)))
        noted = IdentityConflictNoted(kind="phone", value=sender.phone or "", held_by=by_phone)
        known = _register(replace(sender, phone=None), portfolio, new_id, heard)
        return replace(known, events=(*known.events, noted))
    return _register(sender, portfolio, new_id, heard)


def attach(
    contact: Contact, portfolio: str, kind: str, value: str, wa_id: str | None, heard: Heard
) -> IdentityAttached:
    """Return the fact that attaches a new address to the contact."""
    present = heard.moves(contact.present(kind))
    return IdentityAttached(
        portfolio=portfolio, kind=kind, value=value, wa_id=wa_id, heard_at=heard.at, present=present
    )


def hear(contact: Contact, sender: IncomingSender, heard: Heard) -> Decision:
    """Return the facts for those of the sender's addresses that become present; unknown ones are skipped."""
    facts: list[Event] = []
    for known, wa_id in _known(contact, sender):
        present = contact.present(known.kind)
        if known == present and wa_id in (None, known.wa_id):
            continue
        was_replaced = known.replaced_at is not None and heard.at <= known.replaced_at
        if not was_replaced and heard.moves(present):
            written = wa_id or known.wa_id
            facts.append(IdentityHeard(kind=known.kind, value=known.value, wa_id=written, heard_at=heard.at))
    return tuple(facts)


def become(
    contact: Contact,
    contact_id: UUID,
    portfolio: str,
    before: IncomingSender,
    after: IncomingSender,
    holders: Iterable[UUID | None],
    at: datetime,
) -> Decision:
    """Apply a change of address told by WhatsApp: attach the new addresses, and mark the old ones as past.

    `holders` are the contacts that have the new business-scoped id and the new phone. A conflict is noted
    once.
    """
    facts: list[Event] = []
    heard = Heard(at)
    for kind, old, new, wa_id, holder in zip(
        ("bsuid", "phone"),
        (before.bsuid, before.phone),
        (after.bsuid, after.phone),
        (None, after.wa_id),
        holders,
        strict=True,
    ):
        if new is None:
            continue
        changed: list[Event] = []
        if holder is None:
            changed = [attach(contact, portfolio, kind, new, wa_id, heard)]
        elif holder == contact_id:
            changed += hear(contact, _only(kind, new, wa_id), heard)
        elif (kind, new) not in contact.conflicts:
            changed = [IdentityConflictNoted(kind=kind, value=new, held_by=holder)]
        for fact in changed:
            contact = evolve(contact, fact)
        if old is not None and old != new and (past := replaced(contact, kind, old, at)) is not None:
            contact = evolve(contact, past)
            changed.append(past)
        facts += changed
    return tuple(facts)


def replaced(contact: Contact, kind: str, value: str, at: datetime) -> IdentityReplaced | None:
    """Return the fact that an address is past; None if it is already, or was heard from later."""
    known = contact.address(kind, value)
    if known is None or known.replaced_at is not None or (known.heard_at is not None and known.heard_at > at):
        return None
    fact = IdentityReplaced(kind=kind, value=value, present=None, replaced_at=at)
    if (present := evolve(contact, fact).present(kind)) is None:
        return fact
    return fact.model_copy(update={"present": present.value, "wa_id": present.wa_id})


def _known(contact: Contact, sender: IncomingSender) -> Iterator[tuple[Address, str | None]]:
    """Yield those of the contact's addresses that the sender wrote from, with the number's form."""
    if sender.bsuid is not None and (known := contact.address("bsuid", sender.bsuid)) is not None:
        yield known, None
    for phone in lookups(sender.phone) if sender.phone is not None else ():
        if (known := contact.address("phone", phone)) is not None:
            yield known, sender.wa_id
            return


def _only(kind: str, value: str, wa_id: str | None) -> IncomingSender:
    return IncomingSender(bsuid=value) if kind == "bsuid" else IncomingSender(phone=value, wa_id=wa_id)


def _with_phone(
    sender: IncomingSender,
    portfolio: str,
    by_bsuid: UUID,
    by_phone: UUID | None,
    contact: Contact,
    heard: Heard,
) -> Decision:
    """Return the facts of a phone for the contact of the business-scoped id: attached, or a conflict."""
    if sender.phone is None or by_phone == by_bsuid:
        return nothing_to_do
    if by_phone is None:
        return (attach(contact, portfolio, "phone", sender.phone, sender.wa_id, heard),)
    if ("phone", sender.phone) in contact.conflicts:
        return nothing_to_do
    return (IdentityConflictNoted(kind="phone", value=sender.phone, held_by=by_phone),)


def _register(sender: IncomingSender, portfolio: str, new_id: UUID, heard: Heard) -> Identified:
    events: Decision = (ContactRegistered(name=sender.name, username=sender.username),)
    nobody = Contact()
    if sender.bsuid is not None:
        events += (attach(nobody, portfolio, "bsuid", sender.bsuid, None, heard),)
    if sender.phone is not None:
        events += (attach(nobody, portfolio, "phone", sender.phone, sender.wa_id, heard),)
    return Identified(new_id, True, events)
