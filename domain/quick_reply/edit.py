"""Edit a quick reply."""

from collections.abc import Collection
from uuid import UUID

from domain.decision import Decision, decided, nothing_to_do
from domain.quick_reply.events import QuickReplyEdited
from domain.quick_reply.state import Content, QuickReply
from domain.refusals import NotApproved


def edit(
    reply: QuickReply, content: Content, teams: Collection[UUID], by: UUID | None, expected_revision: int
) -> Decision:
    """Edit a quick reply: another content is the next version, other teams alone are not.

    Does nothing when it is so already.

    Raises:
        Archived
        NotApproved: no text of it was approved; approve the suggestion instead.
        QuickReplyMoved: others changed it meanwhile.
    """
    reply.require_not_archived()
    if reply.content is None:
        raise NotApproved
    if reply.content == content and reply.teams == frozenset(teams):
        return nothing_to_do
    reply.require_revision(expected_revision)
    return decided(
        QuickReplyEdited(
            version=reply.version if reply.content == content else reply.version + 1,
            name=content.name,
            shortcut=content.shortcut,
            text=content.text,
            team_ids=sorted(teams),
            by=by,
        )
    )
