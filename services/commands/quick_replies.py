"""Commands on quick replies: admins add, edit, decide and archive, agents suggest."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from adapters.postgres.queries.visibility import Visibility
from domain import streams
from domain.conversation.message_events import QuickReplyUse
from domain.decision import Decision
from domain.quick_reply.add import add
from domain.quick_reply.approve import approve
from domain.quick_reply.archive import archive
from domain.quick_reply.edit import edit
from domain.quick_reply.known_values import KnownValues, require_none_known
from domain.quick_reply.reject import reject
from domain.quick_reply.send import require_sendable
from domain.quick_reply.state import Content, QuickReply
from domain.quick_reply.suggest import suggest
from domain.quick_reply.withdraw import withdraw
from domain.refusals import DataErased, NotFound
from domain.variables import require_known
from services.commands.variables import variables_of
from services.runtime.ids import new_id
from services.write.actor import Administrator, CommandAuthor, CommandResponse, Person, Request
from services.write.command_runner import CommandRunner
from services.write.unit_of_work import Origin, UnitOfWork

CREATED = 201
BEFORE_APPEND = "before_append_quick_reply"

CanReadMessage = Callable[[Visibility, UUID, UUID], bool]
"""Whether somebody reads a message that was sent to the customer, by conversation and message."""

ValuesNow = Callable[[], Sequence[str]]
"""Reads what variables stand for in the conversation now; asked only where a text may still name one."""

KnownValuesOf = Callable[[Visibility, UUID], KnownValues]
"""Returns what is known of the customer of a conversation, as far as somebody may read it."""


@dataclass(frozen=True, slots=True)
class ContentChange:
    """Changes to the content of a suggestion on its approval; None leaves a part as it was suggested.

    `changes_shortcut` tells a shortcut that was taken away from one that stays.
    """

    name: str | None = None
    shortcut: str | None = None
    changes_shortcut: bool = False
    text: str | None = None

    def of(self, content: Content) -> Content:
        return Content(
            name=content.name if self.name is None else self.name,
            shortcut=self.shortcut if self.changes_shortcut else content.shortcut,
            text=content.text if self.text is None else self.text,
        )


@dataclass(frozen=True, slots=True)
class QuickReplyCommands:
    """Changes quick replies of a tenant. For what admins do the caller has checked the permission."""

    runner: CommandRunner
    can_read_message: CanReadMessage
    known_values: KnownValuesOf
    new_id: Callable[[], UUID] = new_id

    def add(
        self, content: Content, teams: Collection[UUID], by: Administrator, request: Request
    ) -> CommandResponse:
        """Add a quick reply; a repeated request gets the first one's response.

        Raises:
            UnknownTeam, UnknownVariable, KeyReused, ConcurrentChange
        """
        id = self.new_id()

        def decide(unit: UnitOfWork) -> None:
            unit.mark_new(id, streams.quick_reply)
            _require_usable(unit, by.tenant_id, content, teams)
            _record(unit, id, add(content, teams, by.agent_id), by)

        return self._created(id, by, request, decide)

    def suggest(
        self,
        content: Content,
        conversation_id: UUID,
        message_id: UUID,
        quick_reply_id: UUID | None,
        by: Person,
        request: Request,
    ) -> CommandResponse:
        """Suggest a quick reply from a message; a repeated request gets the first one's response.

        Raises:
            NotFound: the caller cannot read such a message to the customer, or may not use the quick reply.
            HoldsKnownValues: of the customer, in any of its fields.
            DataErased, UnknownVariable, Archived, SuggestionWaits, KeyReused, ConcurrentChange
        """
        id = self.new_id() if quick_reply_id is None else quick_reply_id

        def decide(unit: UnitOfWork) -> None:
            self._require_message(unit, conversation_id, message_id, by)
            known = self.known_values(by.visibility, conversation_id)
            require_none_known(content.name, content.shortcut, content.text, known)
            reply = None
            if quick_reply_id is None:
                unit.mark_new(id, streams.quick_reply)
            else:
                reply = _seen(unit, quick_reply_id, by)
            _require_usable(unit, by.tenant_id, content, ())
            _record(unit, id, suggest(reply, content, conversation_id, message_id, by.id), by)

        return self._created(id, by, request, decide)

    def edit(
        self,
        quick_reply_id: UUID,
        content: Content,
        teams: Collection[UUID],
        expected_revision: int,
        by: Administrator,
    ) -> tuple[QuickReply, int]:
        """Edit a quick reply; return it and the position of the change.

        Raises:
            NotFound, Archived, NotApproved, QuickReplyMoved, UnknownTeam, UnknownVariable, ConcurrentChange
        """

        def decide(reply: QuickReply, unit: UnitOfWork) -> Decision:
            facts = edit(reply, content, teams, by.agent_id, expected_revision)
            if facts:
                new_content = None if content == reply.content else content
                _require_usable(unit, by.tenant_id, new_content, frozenset(teams) - reply.teams)
            return facts

        return self._changed(quick_reply_id, by, decide)

    def archive(self, quick_reply_id: UUID, by: Administrator) -> tuple[QuickReply, int]:
        """Archive a quick reply.

        Raises:
            NotFound, SuggestionWaits, ConcurrentChange
        """
        return self._changed(quick_reply_id, by, lambda reply, _: archive(reply, by.agent_id))

    def approve(
        self,
        quick_reply_id: UUID,
        change: ContentChange,
        teams: Collection[UUID] | None,
        expected_revision: int,
        by: Person,
    ) -> tuple[QuickReply, int]:
        """Approve a suggestion, with changes.

        Raises:
            NotFound, NoSuggestion, OwnSuggestion, Archived, QuickReplyMoved, UnknownTeam, UnknownVariable,
            ConcurrentChange
        """

        def decide(reply: QuickReply, unit: UnitOfWork) -> Decision:
            suggested = reply.suggestion
            if suggested is None:
                raise NotFound("suggestion", quick_reply_id)
            content = change.of(suggested.content)
            wanted = reply.teams if teams is None else frozenset(teams)
            facts = approve(reply, content, wanted, by.id, expected_revision)
            if facts:
                _require_usable(unit, by.tenant_id, content, wanted - reply.teams)
            return facts

        return self._changed(quick_reply_id, by, decide)

    def reject(
        self, quick_reply_id: UUID, reason: str, expected_revision: int, by: Person
    ) -> tuple[QuickReply, int]:
        """Reject a suggestion.

        Raises:
            NotFound, NoSuggestion, OwnSuggestion, Archived, QuickReplyMoved, ConcurrentChange
        """
        return self._changed(
            quick_reply_id, by, lambda reply, _: reject(reply, reason, by.id, expected_revision)
        )

    def withdraw(self, quick_reply_id: UUID, by: Person) -> tuple[QuickReply, int]:
        """Withdraw one's own suggestion.

        Raises:
            NotFound, NoSuggestion, Forbidden, ConcurrentChange
        """

        def decide(reply: QuickReply, unit: UnitOfWork) -> Decision:
            return withdraw(_seen(unit, quick_reply_id, by), by.id)

        return self._changed(quick_reply_id, by, decide)

    def _require_message(self, unit: UnitOfWork, conversation_id: UUID, message_id: UUID, by: Person) -> None:
        conversation = unit.conversation(conversation_id).state
        if conversation is None:
            raise NotFound("conversation", conversation_id)
        if not self.can_read_message(by.visibility, conversation_id, message_id):
            raise NotFound("message", message_id)
        if conversation.erased:
            raise DataErased

    def _created(
        self, id: UUID, by: CommandAuthor, request: Request, decide: Callable[[UnitOfWork], None]
    ) -> CommandResponse:
        answer = {"id": str(id)}
        return self.runner.execute_idempotent(by, request, CREATED, answer, decide, BEFORE_APPEND)

    def _changed(
        self, id: UUID, by: CommandAuthor, decide: Callable[[QuickReply, UnitOfWork], Decision]
    ) -> tuple[QuickReply, int]:
        def change(unit: UnitOfWork) -> QuickReply:
            reply = unit.load(id, streams.quick_reply).state
            if reply is None:
                raise NotFound("quick_reply", id)
            return _record(unit, id, decide(reply, unit), by)

        return self.runner.execute(by.tenant_id, change, BEFORE_APPEND)


def require_uses(
    unit: UnitOfWork, uses: Sequence[QuickReplyUse], text: str, by: Person, values: ValuesNow
) -> None:
    """Refuse a message with quick replies that its author could not have used, or that are not filled in.

    Raises:
        NotFound, MissingValue
    """
    unit.cache.load([use.id for use in uses], streams.quick_reply)
    standing = values() if uses and "$" in text else ()
    for use in uses:
        reply = unit.load(use.id, streams.quick_reply).state
        require_sendable(reply, use, text, _teams_of(by), standing)


def _seen(unit: UnitOfWork, id: UUID, by: Person) -> QuickReply:
    """Return a quick reply that somebody may use, or suggested, or decides about.

    Raises:
        NotFound
    """
    reply = unit.load(id, streams.quick_reply).state
    teams = _teams_of(by)
    if reply is None:
        raise NotFound("quick_reply", id)
    is_own = reply.suggestion is not None and reply.suggestion.by == by.id
    if not (teams is None or is_own or (reply.version and reply.is_offered_to(teams))):
        raise NotFound("quick_reply", id)
    return reply


def _teams_of(by: Person) -> frozenset[UUID] | None:
    return None if by.role == "admin" else by.teams


def _require_usable(
    unit: UnitOfWork, tenant_id: UUID, new_content: Content | None, new_teams: Collection[UUID]
) -> None:
    """Refuse teams that do not exist, and variables that do not.

    Raises:
        UnknownTeam, UnknownVariable
    """
    if new_content is not None:
        require_known(new_content.text, variables_of(unit, tenant_id).names)
    for team_id in new_teams:
        unit.require_team(tenant_id, team_id)


def _record(unit: UnitOfWork, id: UUID, facts: Decision, by: CommandAuthor) -> QuickReply:
    changed = unit.record(id, facts, streams.quick_reply, Origin(by.tenant_id, by.actor)).state
    assert changed is not None, "a quick reply does not end"
    return changed
