"""All event classes: stored topics are resolved with them."""

from domain import administration, delivery
from domain.contact import state as contact
from domain.conversation import message_events, ticket_events
from domain.event import Event
from domain.quick_reply import events as quick_reply
from domain.template import state as template

FACTS: tuple[type[Event], ...] = (
    *message_events.EVENTS,
    *ticket_events.EVENTS,
    *delivery.EVENTS,
    *contact.EVENTS,
    *administration.EVENTS,
    *template.EVENTS,
    *quick_reply.EVENTS,
)
