"""Identify the contact of an incoming sender: the business-scoped id decides, nothing is merged by guess."""

from dataclasses import dataclass, replace
from uuid import UUID

from domain.contact.state import Contact, ContactRegistered, IdentityAttached, IdentityConflictNoted
from domain.decision import Decision, nothing_to_do
from domain.incoming import IncomingSender


@dataclass(frozen=True, slots=True)
class Identified:
    """The contact of a message, and facts for its stream, among them each address that it gets."""

    contact_id: UUID
    is_new: bool
    events: Decision


def needs_contact(sender: IncomingSender, by_bsuid: UUID | None, by_phone: UUID | None) -> UUID | None:
    """Return the contact that `identify` needs; None when the addresses agree."""
    if sender.bsuid is None or sender.phone is None:
        return None
    if by_bsuid is not None:
        return None if by_phone == by_bsuid else by_bsuid
    return by_phone


def identify(
    sender: IncomingSender,
    portfolio: str,
    by_bsuid: UUID | None,
    by_phone: UUID | None,
    loaded: Contact | None,
    new_id: UUID,
) -> Identified:
    """Identify the contact of a sender.

    The business-scoped id decides. A phone is attached to its contact unless another contact has it; a
    business-scoped id is attached to the phone's contact only if that one has no other. A conflict is noted
    once, for an agent to decide.
    """
    if by_bsuid is not None:
        return _known_by_bsuid(sender, portfolio, by_bsuid, by_phone, loaded)
    if by_phone is not None:
        if sender.bsuid is None:
            return Identified(by_phone, False, nothing_to_do)
        if loaded is None or not loaded.bsuids:
            return Identified(by_phone, False, (_attached(portfolio, "bsuid", sender.bsuid),))
        noted = IdentityConflictNoted(kind="phone", value=sender.phone or "", held_by=by_phone)
        known = _register(replace(sender, phone=None), portfolio, new_id)
        return replace(known, events=(*known.events, noted))
    return _register(sender, portfolio, new_id)


def _known_by_bsuid(
    sender: IncomingSender, portfolio: str, by_bsuid: UUID, by_phone: UUID | None, loaded: Contact | None
) -> Identified:
    if sender.phone is None or by_phone == by_bsuid:
        return Identified(by_bsuid, False, nothing_to_do)
    if by_phone is None:
        attached = _attached(portfolio, "phone", sender.phone, sender.wa_id)
        return Identified(by_bsuid, False, (attached,))
    if loaded is not None and ("phone", sender.phone) in loaded.conflicts:
        return Identified(by_bsuid, False, nothing_to_do)
    noted = IdentityConflictNoted(kind="phone", value=sender.phone, held_by=by_phone)
    return Identified(by_bsuid, False, (noted,))


def _register(sender: IncomingSender, portfolio: str, new_id: UUID) -> Identified:
    events: Decision = (ContactRegistered(name=sender.name, username=sender.username),)
    if sender.bsuid is not None:
        events += (_attached(portfolio, "bsuid", sender.bsuid),)
    if sender.phone is not None:
        events += (_attached(portfolio, "phone", sender.phone, sender.wa_id),)
    return Identified(new_id, True, events)


def _attached(portfolio: str, kind: str, value: str, wa_id: str | None = None) -> IdentityAttached:
    return IdentityAttached(portfolio=portfolio, kind=kind, value=value, wa_id=wa_id)
