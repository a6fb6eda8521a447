"""Withdraw a suggestion."""

from uuid import UUID

from domain.decision import Decision, decided, nothing_to_do
from domain.quick_reply.events import QuickReplyWithdrawn
from domain.quick_reply.state import QuickReply
from domain.refusals import Forbidden, NoSuggestion


def withdraw(reply: QuickReply, by: UUID) -> Decision:
    """Withdraw the suggestion; does nothing when it is withdrawn.

    Raises:
        NoSuggestion: there is none, or it was decided.
        Forbidden: somebody else suggested it.
    """
    if (suggestion := reply.suggestion) is None:
        raise NoSuggestion
    if suggestion.by != by:
        raise Forbidden
    if suggestion.state == "withdrawn":
        return nothing_to_do
    reply.require_waiting()
    return decided(QuickReplyWithdrawn())
