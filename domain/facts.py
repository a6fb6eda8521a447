"""All events by name: the registry that stored topics are read with."""

from domain import administration, contact, conversation_events, delivery, ticket_events
from domain.event import Event

FACTS: tuple[type[Event], ...] = (
    *conversation_events.EVENTS,
    *ticket_events.EVENTS,
    *delivery.EVENTS,
    *contact.EVENTS,
    *administration.EVENTS,
)
