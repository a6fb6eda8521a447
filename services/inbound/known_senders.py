"""Senders whose messages tell nothing new of their contact, so that it need not be loaded for each.

Each message may come from another address than the last one, or with another profile name. Loading and
opening the contact for every one of them would cost a batch more than its conversations do. What is kept here
holds no personal field: the version of the contact's stream, and a hash of what the sender looked like. An
append relies on that version; when the contact has moved, it conflicts and the contact is loaded.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from domain.contact.card import profile
from domain.contact.identity import LATER, hear
from domain.contact.state import Contact
from domain.incoming import IncomingSender
from domain.log.port import Loaded
from services.write.unit_of_work import UnitOfWork

MAX_REMEMBERED = 50_000


def agree(sender: IncomingSender, by_bsuid: UUID | None, by_phone: UUID | None) -> bool:
    """Return whether all addresses of a sender lead to one contact."""
    if sender.bsuid is None:
        return by_phone is not None
    return by_bsuid is not None and (sender.phone is None or by_phone == by_bsuid)


@dataclass
class KnownSenders:
    """The senders seen last, a bounded number."""

    most: int = MAX_REMEMBERED
    _known: OrderedDict[UUID, tuple[int, int]] = field(default_factory=OrderedDict)

    def knows(self, contact_id: UUID, sender: IncomingSender) -> bool:
        """Return whether a message of this sender told nothing new when one was decided last."""
        known = self._known.get(contact_id)
        return known is not None and known[1] == hash(sender)

    def relied_on(self, unit: UnitOfWork, contact_id: UUID, sender: IncomingSender) -> bool:
        """Return whether the contact need not be loaded; then the unit relies on its version."""
        known = self._known.get(contact_id)
        if known is None or known[1] != hash(sender) or unit.has_contact(contact_id):
            return False
        unit.rely_on(contact_id, known[0])
        return True

    def note(self, contact_id: UUID, known: Loaded[Contact], sender: IncomingSender) -> None:
        """Remember a sender of whom the contact, as it now stands, has nothing more to learn."""
        contact = known.state or Contact()
        if hear(contact, sender, LATER) or profile(contact, sender, LATER):
            return  # it came late: the same sender tells something new with the next message
        self._known[contact_id] = known.version, hash(sender)
        self._known.move_to_end(contact_id)
        if len(self._known) > self.most:
            self._known.popitem(last=False)

    def forget(self, ids: Iterable[UUID]) -> None:
        """Forget contacts that have moved."""
        for id in ids:
            self._known.pop(id, None)
