"""What becomes of a person's answer: one that fails for good is none."""

from uuid import UUID

from domain.conversation.state import Conversation
from domain.conversation.ticket_events import AnswerFailed, AnswerRestored
from domain.conversation.unanswered import NOTHING_UNANSWERED, failed_last, waiting, with_outcome
from domain.decision import Decision, decided, nothing_to_do
from domain.delivery import Delivery


def answer_outcome(conversation: Conversation, message_id: UUID, delivery: Delivery) -> Decision:
    """Record that an answer has failed for good, or counts after all: it is tried again, or arrived.

    If it failed, what it was for waits again, unless a later answer stands. Does nothing when that is known,
    for what is no answer of a person, and for one that is no longer remembered.
    """
    failed = delivery.failed_for_good
    answer = next((answer for answer in conversation.answers if answer.message_id == message_id), None)
    if answer is None or answer.failed == failed or conversation.erased:
        return nothing_to_do
    ticket, answers = answer.ticket, with_outcome(conversation.answers, message_id, failed)
    # In a ticket that has ended nobody waits.
    waits = ticket == conversation.open_ticket
    since, unread = waiting(answers, ticket, conversation.after_answer) if waits else NOTHING_UNANSWERED
    failed_since = {each.message_id for each in failed_last(answers, ticket)}
    told = {"ticket": ticket, "message_id": message_id, "unanswered_since": since, "unread": unread}
    if failed:
        return decided(AnswerFailed(**told, failed=message_id in failed_since))
    return decided(AnswerRestored(**told, failed=bool(failed_since)))
