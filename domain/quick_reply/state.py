"""The state of a quick reply, folded from its events."""

from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from domain.event import Event
from domain.quick_reply.events import (
    QuickReplyAdded,
    QuickReplyApproved,
    QuickReplyArchived,
    QuickReplyEdited,
    QuickReplyRejected,
    QuickReplySuggested,
    QuickReplyWithdrawn,
)
from domain.refusals import Archived, NoSuggestion, QuickReplyMoved

SuggestionState = Literal["waiting", "approved", "rejected", "withdrawn"]
QuickReplyState = Literal["approved", "suggested", "rejected", "withdrawn", "archived"]


@dataclass(frozen=True, slots=True)
class Content:
    """What a quick reply says: its name, what one types after `/` for it, and its text with variables."""

    name: str
    shortcut: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The newest suggestion, and what became of it.

    `on_version` is the version that it changes, 0 for a new quick reply. `reason` is that of a rejection.
    """

    content: Content
    by: UUID
    conversation_id: UUID
    message_id: UUID
    on_version: int
    state: SuggestionState = "waiting"
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class QuickReply:
    """A quick reply: all approved versions, oldest first, its teams and the newest suggestion.

    `revision` grows with every event. Callers send the one that they saw; whoever decides on an older one
    gets `QuickReplyMoved`.
    """

    versions: tuple[Content, ...] = ()
    teams: frozenset[UUID] = frozenset()
    suggestion: Suggestion | None = None
    archived: bool = False
    revision: int = 0

    @property
    def version(self) -> int:
        """The number of the approved version in use, 0 before the first one."""
        return len(self.versions)

    @property
    def content(self) -> Content | None:
        """What is approved now."""
        return self.versions[-1] if self.versions else None

    @property
    def state(self) -> QuickReplyState:
        return state_of(
            self.archived, self.version, None if self.suggestion is None else self.suggestion.state
        )

    @property
    def waiting(self) -> Suggestion | None:
        """The suggestion that nobody has decided yet."""
        found = self.suggestion
        return found if found is not None and found.state == "waiting" else None

    def is_offered_to(self, teams: frozenset[UUID] | None) -> bool:
        """Return whether it is for everybody, or for one of these teams; None are all teams."""
        return teams is None or not self.teams or bool(self.teams & teams)

    def require_waiting(self) -> Suggestion:
        """Return the suggestion that nobody has decided yet.

        Raises:
            NoSuggestion
        """
        if (waiting := self.waiting) is None:
            raise NoSuggestion
        return waiting

    def require_revision(self, expected: int) -> None:
        """Refuse a caller who saw another revision.

        Raises:
            QuickReplyMoved
        """
        if self.revision != expected:
            raise QuickReplyMoved(self.revision)

    def require_not_archived(self) -> None:
        """Refuse to change what nobody is offered any more.

        Raises:
            Archived
        """
        if self.archived:
            raise Archived


def state_of(archived: bool, version: int, suggested: SuggestionState | None) -> QuickReplyState:
    """Return the state that a quick reply is shown in. Approved text counts more than a suggestion."""
    if archived:
        return "archived"
    if version or suggested is None:
        return "approved"
    return "suggested" if suggested == "waiting" else suggested


def evolve(state: QuickReply | None, event: Event) -> QuickReply:
    """Return the quick reply after `event`."""
    reply = state or QuickReply()
    reply = replace(reply, revision=reply.revision + 1)
    match event:
        case QuickReplyAdded() | QuickReplyEdited():
            return _approved(reply, event)
        case QuickReplyApproved():
            return _decided(_approved(reply, event), "approved")
        case QuickReplySuggested():
            suggestion = Suggestion(
                content=content_of(event),
                by=event.by,
                conversation_id=event.conversation_id,
                message_id=event.message_id,
                on_version=reply.version,
            )
            return replace(reply, suggestion=suggestion)
        case QuickReplyRejected(reason=reason):
            return _decided(reply, "rejected", reason)
        case QuickReplyWithdrawn():
            return _decided(reply, "withdrawn")
        case QuickReplyArchived():
            return replace(reply, archived=True)
        case _:
            return reply


def content_of(
    event: QuickReplyAdded | QuickReplySuggested | QuickReplyEdited | QuickReplyApproved,
) -> Content:
    """Return the content that an event states."""
    return Content(event.name, event.shortcut, event.text)


def _approved(
    reply: QuickReply, event: QuickReplyAdded | QuickReplyEdited | QuickReplyApproved
) -> QuickReply:
    number = 1 if isinstance(event, QuickReplyAdded) else event.version
    versions = (*reply.versions[: number - 1], content_of(event))
    return replace(reply, versions=versions, teams=frozenset(event.team_ids))


def _decided(reply: QuickReply, state: SuggestionState, reason: str | None = None) -> QuickReply:
    if reply.suggestion is None:
        return reply
    return replace(reply, suggestion=replace(reply.suggestion, state=state, reason=reason))
