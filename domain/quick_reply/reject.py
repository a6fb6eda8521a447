"""Reject a suggestion."""

from uuid import UUID

from domain.decision import Decision, decided, nothing_to_do
from domain.quick_reply.events import QuickReplyRejected
from domain.quick_reply.state import QuickReply
from domain.refusals import NoSuggestion, OwnSuggestion


def reject(reply: QuickReply, reason: str, by: UUID, expected_revision: int) -> Decision:
    """Reject the suggestion with a reason.

    Does nothing when the suggestion that the caller saw was rejected for this reason.

    Raises:
        NoSuggestion, Archived
        OwnSuggestion: who suggested it withdraws it.
        QuickReplyMoved: the suggestion is another one, or was decided otherwise.
    """
    if (suggestion := reply.suggestion) is None:
        raise NoSuggestion
    if suggestion.by == by:
        raise OwnSuggestion
    reply.require_not_archived()
    rejected = suggestion.state == "rejected" and suggestion.reason == reason
    if rejected and expected_revision == reply.revision - 1:
        return nothing_to_do
    reply.require_revision(expected_revision)
    reply.require_waiting()
    return decided(QuickReplyRejected(reason=reason, by=by))
