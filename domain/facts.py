"""All events by name: the registry that stored topics are read with."""

from domain import administration, contact, conversation, delivery
from domain.event import Event

FACTS: tuple[type[Event], ...] = (
    *conversation.EVENTS,
    *delivery.EVENTS,
    *contact.EVENTS,
    *administration.EVENTS,
)
