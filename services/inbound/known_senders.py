"""Senders whose contact needs no loading, because their messages say nothing new about it.

Any message may come from a new address or with a new profile name. Loading and decrypting the contact for
every one would cost a batch more than its conversations do. Kept here, without personal fields, are the
version of the contact's stream and a hash of the sender. The append depends on that version: if the contact
has moved, it conflicts, and the contact is loaded.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from domain.contact.card import profile
from domain.contact.identity import LATER, hear
from domain.contact.state import Contact
from domain.incoming import IncomingSender
from domain.log.port import Loaded
from services.runtime.recent import Recent
from services.write.unit_of_work import UnitOfWork

MAX_REMEMBERED = 50_000


def agree(sender: IncomingSender, by_bsuid: UUID | None, by_phone: UUID | None) -> bool:
    """Return whether all addresses of a sender lead to one contact."""
    if sender.bsuid is None:
        return by_phone is not None
    return by_bsuid is not None and (sender.phone is None or by_phone == by_bsuid)


@dataclass
class KnownSenders:
    """The last senders, by contact."""

    _known: Recent[UUID, tuple[int, int]] = field(default_factory=lambda: Recent(MAX_REMEMBERED))

    def knows(self, contact_id: UUID, sender: IncomingSender) -> bool:
        """Return whether the contact had nothing to learn from this sender after their last message."""
        known = self._known.get(contact_id)
        return known is not None and known[1] == hash(sender)

    def relied_on(self, unit: UnitOfWork, contact_id: UUID, sender: IncomingSender) -> bool:
        """Return whether the contact needs no loading; the unit then depends on its version."""
        known = self._known.get(contact_id)
        if known is None or known[1] != hash(sender) or unit.has_contact(contact_id):
            return False
        unit.rely_on(contact_id, known[0])
        return True

    def note(self, contact_id: UUID, known: Loaded[Contact], sender: IncomingSender) -> None:
        """Remember a sender from whom the contact, as it stands now, has nothing more to learn."""
        contact = known.state or Contact()
        if hear(contact, sender, LATER) or profile(contact, sender, LATER):
            return  # the message came late: the next one of the same sender may count
        self._known.keep(contact_id, (known.version, hash(sender)))

    def forget(self, ids: Iterable[UUID]) -> None:
        """Forget contacts that have moved."""
        self._known.forget(ids)
