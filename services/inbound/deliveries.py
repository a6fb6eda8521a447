"""Record deliveries, and in the same append whether the message still counts as an answer."""

from collections.abc import Sequence
from uuid import UUID

from domain import streams
from domain.contact.preference import prefer_marketing
from domain.conversation.answers import answer_outcome
from domain.decision import nothing_to_do
from domain.delivery import Failed
from domain.event import Event
from services.write.unit_of_work import Origin, UnitOfWork

STOPPED_MARKETING = "131050"
"""Meta's code for a customer who has stopped our marketing messages."""


def record_delivery(
    unit: UnitOfWork,
    message_id: UUID,
    facts: Sequence[Event],
    origin: Origin,
    conversation_id: UUID,
    contact_id: UUID,
) -> None:
    """Record facts of a delivery, and in the same append whether the message still counts as an answer.

    A refusal may also say that the customer wants no marketing messages.
    """
    before = unit.delivery(message_id).state
    after = unit.record(message_id, facts, streams.delivery, origin, conversation_id, contact_id).state
    for fact in facts:
        if isinstance(fact, Failed) and fact.code == STOPPED_MARKETING:
            contact = unit.contact(contact_id).state
            told = nothing_to_do if contact is None else prefer_marketing(contact, True, fact.failed_at)
            unit.record(contact_id, told, streams.contact, origin, contact_id=contact_id)
    if before is None or after is None or before.failed_for_good == after.failed_for_good:
        return  # most statuses: the conversation need not be loaded
    # A cached conversation may be older than the answer, and nothing would be recorded.
    conversation = unit.depend_on(conversation_id, streams.conversation).state
    if conversation is not None:
        told = answer_outcome(conversation, message_id, after)
        unit.record(conversation_id, told, streams.conversation, origin, conversation_id, contact_id)
