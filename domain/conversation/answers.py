"""Outcomes of answers: one that fails for good does not count as an answer."""

from uuid import UUID

from domain.conversation.state import Conversation
from domain.conversation.ticket_events import AnswerFailed, AnswerRestored
from domain.conversation.unanswered import NOTHING_UNANSWERED, failed_last, waiting, with_outcome
from domain.decision import Decision, decided, nothing_to_do
from domain.delivery import Delivery


def answer_outcome(conversation: Conversation, message_id: UUID, delivery: Delivery) -> Decision:
    """Record that an answer failed for good, or counts again because it is retried or was delivered.

    The messages that a failed answer was for are unanswered again, unless a later answer stands. Does nothing
    when the outcome is recorded already, for messages that are no answer of a person, and for answers that
    are no longer remembered.
    """
    failed = delivery.failed_for_good
    answer = next((answer for answer in conversation.answers if answer.message_id == message_id), None)
    if answer is None or answer.failed == failed or conversation.erased:
        return nothing_to_do
    ticket, answers = answer.ticket, with_outcome(conversation.answers, message_id, failed)
    # In a closed ticket nothing is unanswered.
    waits = ticket == conversation.open_ticket
    since, unread = waiting(answers, ticket, conversation.after_answer) if waits else NOTHING_UNANSWERED
    failed_since = {each.message_id for each in failed_last(answers, ticket)}
    told = {"ticket": ticket, "message_id": message_id, "unanswered_since": since, "unread": unread}
    if failed:
        return decided(AnswerFailed(**told, failed=message_id in failed_since))
    return decided(AnswerRestored(**told, failed=bool(failed_since)))
