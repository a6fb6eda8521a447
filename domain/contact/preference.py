"""Take note of what a person told WhatsApp of marketing messages."""

from datetime import datetime

from domain.contact.state import Contact, MarketingPreferred
from domain.decision import Decision, decided, nothing_to_do
from domain.refusals import OptedOut

MARKETING = "MARKETING"


def prefer_marketing(contact: Contact, stops: bool, at: datetime) -> Decision:
    """Record the choice; does nothing when it is known, or a newer one is."""
    known = contact.marketing
    if contact.erased or (known is not None and (at < known.heard_at or stops == known.stops)):
        return nothing_to_do
    return decided(MarketingPreferred(stops=stops, heard_at=at))


def require_wanted(contact: Contact, category: str) -> None:
    """Refuse a template of this category that the person does not want.

    Raises:
        OptedOut
    """
    if category == MARKETING and contact.stops_marketing:
        raise OptedOut
