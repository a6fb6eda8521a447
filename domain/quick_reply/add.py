"""Add a quick reply."""

from collections.abc import Collection
from uuid import UUID

from domain.decision import Decision, decided
from domain.quick_reply.events import QuickReplyAdded
from domain.quick_reply.state import Content


def add(content: Content, teams: Collection[UUID], by: UUID | None) -> Decision:
    """Add a quick reply, approved at once because an admin writes it."""
    return decided(
        QuickReplyAdded(
            name=content.name, shortcut=content.shortcut, text=content.text, team_ids=sorted(teams), by=by
        )
    )
