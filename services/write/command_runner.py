"""Runs commands: load, decide, append; retry on a version conflict."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from domain import streams
from domain.conversation.state import Conversation, PastVersion
from domain.conversation.ticket_events import team_of
from domain.decision import Decision
from domain.log.append import Appended, Conflict, IdempotencyKey, Idempotent, StoredResponse
from domain.log.port import Log
from domain.refusals import ControlMoved, DataErased, DomainError, NotFound, TakesPart
from services.runtime.failpoint import failpoint
from services.write.actor import CommandAuthor, CommandResponse, Outcome, Person, Request
from services.write.stream_cache import StreamCache
from services.write.unit_of_work import Origin, UnitOfWork

BEFORE_APPEND = "before_append_command"
RETRIES = 2
"""How often a command is decided again after a conflict, before its caller gets 409."""

T = TypeVar("T")

Decide = Callable[[Conversation, int | None, UnitOfWork], Decision]
"""A command for one conversation: its state, the control version that the caller saw, and the unit of work
through which the decision reads what else it relies on."""


class ConcurrentChange(DomainError, code="concurrent_change"):
    """Others changed the streams of this command each time that it was decided."""


class KeyReused(DomainError, code="idempotency_mismatch"):
    """This idempotency key was used with another body."""


class CommandRunner:
    """Runs commands on the event log.

    Permissions are checked here, on the state that the decision is taken on. An agent or a team that gets a
    ticket is active at the moment of the append.
    """

    def __init__(self, log: Log) -> None:
        self.log = log

    def run(self, conversation_id: UUID, expected_version: int, by: Person, decide: Decide) -> Outcome:
        """Run a command that raises the control version, for a caller who saw `expected_version`.

        Raises:
            NotFound: the caller may not see the ticket.
            TakesPart: the ticket is in none of their lists; they only take part in it.
            ControlMoved, UnknownAgent, UnknownTeam, ConcurrentChange, DataErased, and what `decide` raises
        """
        return self._run(conversation_id, expected_version, by, decide)

    def run_any_version(self, conversation_id: UUID, by: Person, decide: Decide) -> Outcome:
        """Run a command whatever version of the ticket its caller saw; raises as `run`."""
        return self._run(conversation_id, None, by, decide)

    def run_undo(self, conversation_id: UUID, expected_version: int, by: Person, decide: Decide) -> Outcome:
        """Run a command that only the author of the newest move may give; raises as `run`.

        They may give it even if the move made the ticket invisible to them; on a version conflict they get
        `ControlMoved` with the present owner.
        """
        return self._run(conversation_id, expected_version, by, decide, undo=True)

    def run_many(
        self, expected_versions: Mapping[UUID, int | None], by: Person, decide: Decide
    ) -> dict[UUID, Outcome | DomainError]:
        """Run the same command on many tickets, appended together.

        A refusal is the answer of its ticket alone; a ticket that others change at each of three tries gets
        `ConcurrentChange`, and the rest goes on.
        """
        answers: dict[UUID, Outcome | DomainError] = {}
        conflicts: Counter[UUID] = Counter()
        while pending := [id for id in expected_versions if id not in answers]:
            unit = self.unit(by.tenant_id)
            unit.cache.load(pending, streams.conversation)
            decided: dict[UUID, Conversation] = {}
            for id in pending:
                try:
                    decided[id] = _decide(unit, id, expected_versions[id], by, decide)
                except DomainError as refused:
                    answers[id] = refused
            failpoint(BEFORE_APPEND)
            answer = unit.commit()
            if isinstance(answer, Appended):
                position = _position(answer)
                answers |= {id: Outcome(position, conversation) for id, conversation in decided.items()}
            elif isinstance(answer, Conflict):
                conflicts.update(answer.streams.keys())
                of_dependencies = max((conflicts[id] for id in unit.dependencies), default=0)
                for id, conversation in decided.items():
                    if conversation.contact_id in answer.contacts:
                        answers[id] = DataErased()
                    elif max(conflicts[id], of_dependencies) > RETRIES:
                        answers[id] = ConcurrentChange()
        return answers

    def run_idempotent(
        self,
        conversation_id: UUID,
        request: Request,
        by: Person,
        status: int,
        answer: dict[str, Any],
        decide: Decide,
        for_participants: bool = False,
    ) -> CommandResponse:
        """Run a command that creates something: a repeated request gets the first one's response.

        With `for_participants` also those may give it who only take part in the open ticket.

        Raises:
            KeyReused, and as `run`
        """

        def decided(unit: UnitOfWork) -> Conversation:
            return _decide(unit, conversation_id, None, by, decide, for_participants=for_participants)

        return self.execute_idempotent(by, request, status, answer, decided)

    def execute_idempotent(
        self,
        by: CommandAuthor,
        request: Request,
        status: int,
        answer: dict[str, Any],
        decide: Callable[[UnitOfWork], object],
        before_append: str | None = BEFORE_APPEND,
    ) -> CommandResponse:
        """Run `execute` once for each key: a repeated request gets the first one's response.

        Raises:
            KeyReused, ConcurrentChange, DataErased, and what `decide` raises
        """
        key = IdempotencyKey(by.tenant_id, by.actor, request.key)
        idempotent = Idempotent(key, request.body_hash, status, answer)
        try:
            done = self._attempt(by.tenant_id, decide, before_append, idempotent)[1]
        except DomainError:
            # Refused now, but perhaps done before.
            if (before := self.log.stored_response(key)) is None:
                raise
            done = before
        if isinstance(done, int):
            return CommandResponse(status, dict(answer), done)
        if done.body_hash != request.body_hash:
            raise KeyReused
        return CommandResponse(done.status, dict(done.answer), done.position)

    def execute(
        self,
        tenant_id: UUID | None,
        decide: Callable[[UnitOfWork], T],
        before_append: str | None = BEFORE_APPEND,
    ) -> tuple[T, int]:
        """Decide on a unit of work and append it; start over on a conflict, at most twice.

        Returns what `decide` returned, and the position from which on queries show it. `before_append` is a
        failpoint. Without a tenant, the streams of all are found.

        Raises:
            ConcurrentChange, DataErased, and what `decide` raises
        """
        result, position = self._attempt(tenant_id, decide, before_append, None)
        assert isinstance(position, int), "only a request with a key can be a repetition"
        return result, position

    def _attempt(
        self,
        tenant_id: UUID | None,
        decide: Callable[[UnitOfWork], T],
        before_append: str | None,
        idempotent: Idempotent | None,
    ) -> tuple[T, int | StoredResponse]:
        for _ in range(1 + RETRIES):
            unit = self.unit(tenant_id)
            result = decide(unit)
            if not unit.events and idempotent is None:
                return result, self.log.head()
            unit.idempotent = idempotent
            if before_append is not None:
                failpoint(before_append)
            answer = unit.commit()
            if isinstance(answer, Conflict):
                if answer.contacts:
                    raise DataErased
                continue
            return result, answer if isinstance(answer, StoredResponse) else _position(answer)
        raise ConcurrentChange

    def _run(
        self, conversation_id: UUID, expected: int | None, by: Person, decide: Decide, undo: bool = False
    ) -> Outcome:
        conversation, position = self.execute(
            by.tenant_id, lambda unit: _decide(unit, conversation_id, expected, by, decide, undo)
        )
        return Outcome(position, conversation)

    def unit(self, tenant_id: UUID | None) -> UnitOfWork:
        """Create a unit of work that has read nothing yet; streams of other tenants are not found."""
        # A new cache for each try: what is refused on half of the truth would be refused for a wrong reason.
        return UnitOfWork(StreamCache(self.log, tenant_id))


def _decide(
    unit: UnitOfWork,
    id: UUID,
    expected: int | None,
    by: Person,
    decide: Decide,
    undo: bool = False,
    for_participants: bool = False,
) -> Conversation:
    """Decide a command of one conversation on the unit; return the conversation after it."""
    conversation = unit.conversation(id).state
    if conversation is None:
        raise NotFound("conversation", id)
    if not (undo and _is_author(conversation, expected, by)):
        _require_visible(conversation, id, expected, by, for_participants)
    if conversation.erased:
        raise DataErased
    facts = decide(conversation, expected, unit)
    unit.require_holders(by.tenant_id, conversation, facts)
    origin = Origin(by.tenant_id, by.actor)
    changed = unit.record(id, facts, streams.conversation, origin, id, conversation.contact_id).state
    assert changed is not None, "a conversation does not end"
    return changed


def _is_author(conversation: Conversation, expected: int | None, by: Person) -> bool:
    """Return whether they made the newest move, or the one that made the version that they saw."""
    if conversation.undoable is not None and conversation.undoable.by == by.id:
        return True
    return any(past.undoable_by == by.id for past in _expected(conversation, expected))


def _expected(conversation: Conversation, version: int | None) -> list[PastVersion]:
    """Return what the caller saw of the newest ticket; an earlier one tells nothing of who has this one."""
    recent, ticket = conversation.recent_versions, conversation.ticket
    return [past for past in recent if (past.control, past.ticket) == (version, ticket)]


def _require_visible(
    conversation: Conversation, id: UUID, expected: int | None, by: Person, for_participants: bool
) -> None:
    """Refuse a ticket that the caller may not see, and one that they only take part in.

    Raises:
        ControlMoved: they could see this very ticket at the version that they expect, a few moves ago.
        TakesPart, NotFound
    """
    visibility = by.visibility
    if visibility.sees(by.tenant_id, conversation.owner, conversation.team, conversation.state):
        return
    for past in _expected(conversation, expected):
        if visibility.sees(by.tenant_id, past.owner, team_of(past.queue), past.state):
            raise ControlMoved(conversation.control, conversation.owner)
    if by.id not in conversation.participants:
        raise NotFound("conversation", id)
    if not (for_participants and conversation.is_open):
        raise TakesPart


def _position(done: Appended) -> int:
    return done.positions[-1] if done.positions else done.head
