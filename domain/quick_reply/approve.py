"""Approve a suggestion."""

from collections.abc import Collection
from uuid import UUID

from domain.decision import Decision, decided, nothing_to_do
from domain.quick_reply.events import QuickReplyApproved
from domain.quick_reply.state import Content, QuickReply
from domain.refusals import NoSuggestion, OwnSuggestion


def approve(
    reply: QuickReply, content: Content, teams: Collection[UUID], by: UUID, expected_revision: int
) -> Decision:
    """Approve the suggestion as this content, which becomes the next version.

    Does nothing when the suggestion that the caller saw was approved as exactly this.

    Raises:
        NoSuggestion, Archived
        OwnSuggestion: nobody approves what they suggested.
        QuickReplyMoved: the suggestion is another one, or was decided otherwise.
    """
    if (suggestion := reply.suggestion) is None:
        raise NoSuggestion
    if suggestion.by == by:
        raise OwnSuggestion
    reply.require_not_archived()
    approved = suggestion.state == "approved" and reply.content == content and reply.teams == frozenset(teams)
    if approved and expected_revision == reply.revision - 1:
        return nothing_to_do
    reply.require_revision(expected_revision)
    reply.require_waiting()
    return decided(
        QuickReplyApproved(
            version=reply.version + 1,
            name=content.name,
            shortcut=content.shortcut,
            text=content.text,
            team_ids=sorted(teams),
            suggested_by=suggestion.by,
            by=by,
        )
    )
