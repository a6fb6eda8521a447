"""Write to a customer first: a template opens a ticket, and the answer comes back to who wrote it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.conversation.message_events import ConversationStarted
from domain.conversation.protocol import protocol_of
from domain.conversation.reply import send_template, sent_template
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import DEFAULT_QUEUE, Assigned, TicketOpened
from domain.decision import Decision, decided, nothing_to_do
from domain.template.content import SentTemplate


@dataclass(frozen=True, slots=True)
class Opening:
    """Data for opening a ticket; the caller provides ids and time. `queue` gets it back from its owner.

    `name` and `phone` are what its row shows, with `person_id` and `person_name` of the contact that an alias
    is merged into.
    """

    channel_id: UUID
    contact_id: UUID
    message_id: UUID
    at: datetime
    queue: str = DEFAULT_QUEUE
    name: str | None = None
    phone: str | None = None
    person_id: UUID | None = None
    person_name: str | None = None


def write_first(
    conversation: Conversation | None,
    template_id: UUID,
    filled: SentTemplate,
    opening: Opening,
    by: UUID,
    takes: bool = True,
) -> Decision:
    """Send a template to a customer: in a new ticket of its author, or as an answer in the open one."""
    if conversation is not None and conversation.is_open:
        return send_template(
            conversation, template_id, filled, opening.message_id, by, opening.at, takes=takes
        )
    started = nothing_to_do
    if conversation is None:
        conversation = Conversation(opening.channel_id, opening.contact_id)
        started = decided(ConversationStarted(channel_id=opening.channel_id, contact_id=opening.contact_id))
    ticket = conversation.ticket + 1
    opened = TicketOpened(
        ticket=ticket,
        channel_id=opening.channel_id,
        contact_id=opening.contact_id,
        name=opening.name,
        phone=opening.phone,
        with_bot=False,
        window_ends_at=conversation.window_ends_at,
        opened_at=opening.at,
        control=conversation.control + 1,
        queue=opening.queue,
        person_id=opening.person_id,
        person_name=opening.person_name,
        protocol=protocol_of(opening.at, opening.message_id),
    )
    assigned = Assigned(ticket=ticket, agent_id=by, by=by)
    sent = sent_template(
        conversation, ticket, template_id, filled, opening.message_id, by, opening.at, opens=True
    )
    return started + decided(opened, assigned, sent)
