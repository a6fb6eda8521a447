"""Archive a quick reply."""

from uuid import UUID

from domain.decision import Decision, decided, nothing_to_do
from domain.quick_reply.events import QuickReplyArchived
from domain.quick_reply.state import QuickReply
from domain.refusals import SuggestionWaits


def archive(reply: QuickReply, by: UUID | None) -> Decision:
    """Archive a quick reply, so that nobody is offered it any more; does nothing when it is archived.

    Raises:
        SuggestionWaits: whoever suggested a change is owed a decision first.
    """
    if reply.archived:
        return nothing_to_do
    if reply.waiting is not None:
        raise SuggestionWaits
    return decided(QuickReplyArchived(by=by))
