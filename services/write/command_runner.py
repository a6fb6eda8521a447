"""How a command is done: load the conversation, let it decide, append; again when somebody was faster."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from domain.conversation.message_events import ConversationStarted
from domain.conversation.state import Conversation, evolve
from domain.conversation.ticket_events import team_of
from domain.decision import Decision
from domain.event import Event
from domain.log.append import Append, Appended, Conflict, IdempotencyKey, Idempotent, NewEvent, StoredResponse
from domain.log.port import Loaded, Log
from domain.refusals import ControlMoved, DomainError, NotFound
from services.runtime.failpoint import failpoint
from services.write.actor import CommandResponse, Outcome, Person, Request
from services.write.staff import Staff

DECIDED_AGAIN = 2

Decide = Callable[[Conversation, int], Decision]
"""What is asked of a ticket, by somebody who saw a control version of it."""

Relying = Callable[[Conversation, Staff], Decision]
"""What is asked of a ticket, by somebody who relies on who works here."""

ANY = -1
"""A version that nobody ever saw, for what asks for none."""

Requires = Callable[[Staff], None]
"""What must be so of those who work here; else nothing is asked."""


class ConcurrentChange(DomainError):
    """Others changed the conversation each time that this was decided."""

    code = "concurrent_change"


class ContactErased(DomainError):
    """The customer's data was erased: nothing more can be said in this conversation."""

    code = "contact_erased"


class KeyReused(DomainError):
    """This idempotency key was used with another body."""

    code = "idempotency_mismatch"


class CommandRunner:
    """Does commands. Rights are checked here, on the state that the decision is taken on.

    Whoever gets a ticket works here, and the team that gets it is there, at the moment when it is written.
    """

    def __init__(self, log: Log) -> None:
        self.log = log

    def run_idempotent(
        self,
        conversation_id: UUID,
        request: Request,
        by: Person,
        status: int,
        answer: dict[str, Any],
        decide: Callable[[Conversation], Decision],
    ) -> CommandResponse:
        """What creates: a repeated request gets the first one's answer, whatever changed since.

        Raises:
            KeyReused, ConcurrentChange, NotFound, UnknownAgent, and what `decide` refuses
        """
        key = IdempotencyKey(by.tenant_id, by.actor, request.key)
        kept = Idempotent(key, request.body_hash, status, answer)

        def checked(thread: Conversation, _: Staff) -> Decision:
            _require_seen_or_sight(thread, conversation_id, ANY, by)
            return decide(thread)

        try:
            done = self._decided(conversation_id, by, checked, kept)
        except DomainError:
            # Refused now, but perhaps done before.
            if (before := self.log.stored_response(key)) is None:
                raise
            done = before
        if isinstance(done, StoredResponse):
            if done.body_hash != request.body_hash:
                raise KeyReused
            return CommandResponse(done.status, dict(done.answer), done.position)
        return CommandResponse(kept.status, dict(kept.answer), done.position)

    def run(
        self, conversation_id: UUID, seen: int, by: Person, decide: Decide, requires: Requires | None = None
    ) -> Outcome:
        """What raises the control version: asked for by somebody who saw `seen`.

        Raises:
            UnknownAgent, UnknownTeam, NotFound, ControlMoved, ConcurrentChange, and what `decide` and
            `requires` refuse
        """
        answer = self.run_many({conversation_id: seen}, by, decide, requires)[conversation_id]
        if isinstance(answer, DomainError):
            raise answer
        return answer

    def run_any_version(self, conversation_id: UUID, by: Person, decide: Decide) -> Outcome:
        """What whoever sees the ticket may do, whichever version they saw; raises as `moved`."""
        return self.run(conversation_id, ANY, by, decide)

    def run_undo(self, conversation_id: UUID, seen: int, by: Person, decide: Relying) -> Outcome:
        """What only the author of the newest move may do, though the move took it out of their visibility.

        Whoever holds the version that a move of theirs made, a few moves ago, learns who was faster.
        """

        def checked(thread: Conversation, staff: Staff) -> Decision:
            moved = {stood.undoable_by for stood in thread.recent_versions if stood.control == seen}
            if by.id not in moved and not (thread.undoable is not None and thread.undoable.by == by.id):
                _require_seen_or_sight(thread, conversation_id, seen, by)
            return decide(thread, staff)

        done = self._decided(conversation_id, by, checked, None)
        assert isinstance(done, Outcome), "only a command with a key can be a repetition"
        return done

    def run_many(
        self, seen: Mapping[UUID, int], by: Person, decide: Decide, requires: Requires | None = None
    ) -> dict[UUID, Outcome | DomainError]:
        """The same asked of many tickets, by somebody who saw these control versions; written together.

        What is refused for one of them is its answer, and the others do not feel it.

        Raises:
            UnknownAgent, UnknownTeam: whoever is to get them does not work here; and what `requires` refuses
        """
        answers: dict[UUID, Outcome | DomainError] = {}
        lost_by: Counter[UUID] = Counter()
        while waiting := [id for id in seen if id not in answers]:
            staff = self.staff(by)
            if requires is not None:
                requires(staff)
            loaded = self.log.load(waiting, thread_of, by.tenant_id)
            decided: dict[UUID, tuple[Conversation, Decision]] = {}
            for id in waiting:
                try:
                    decided[id] = _decided_one(loaded.get(id), id, seen[id], by, decide)
                except DomainError as refused:
                    answers[id] = refused
            for thread, facts in decided.values():
                staff.require_places(thread, facts)
            new = [
                event
                for id, (thread, facts) in decided.items()
                for event in _of_thread(facts, id, loaded[id].version, thread, by)
            ]
            failpoint("before_append_command")
            done = self.log.append(Append(events=new, expected_versions=staff.unmoved if new else {}))
            if isinstance(done, Appended):
                answers |= {id: _outcome(*of, done) for id, of in decided.items()}
            elif isinstance(done, Conflict):
                lost_by.update(done.streams.keys())
                moved = max((lost_by[id] for id in staff.unmoved), default=0)
                for id, (thread, _) in decided.items():
                    if thread.contact_id in done.contacts:
                        answers[id] = ContactErased()
                    elif max(lost_by[id], moved) > DECIDED_AGAIN:
                        answers[id] = ConcurrentChange()
        return answers

    def staff(self, by: Person) -> Staff:
        """Who works here at this moment."""
        return Staff(self.log, by.tenant_id)

    def _decided(
        self, conversation_id: UUID, by: Person, decide: Relying, kept: Idempotent | None
    ) -> Outcome | StoredResponse:
        for _ in range(1 + DECIDED_AGAIN):
            staff = self.staff(by)
            thread, version = self._load(conversation_id, by)
            events = decide(thread, staff)
            if not events and kept is None:
                return Outcome(self.log.head(), thread)
            staff.require_places(thread, events)
            new = _of_thread(events, conversation_id, version, thread, by)
            append = Append(events=new, idempotent=kept, expected_versions=staff.unmoved)
            failpoint("before_append_command")
            done = self.log.append(append)
            if isinstance(done, StoredResponse):
                return done
            if isinstance(done, Conflict) and thread.contact_id in done.contacts:
                raise ContactErased
            if isinstance(done, Appended):
                return _outcome(thread, events, done)
        raise ConcurrentChange

    def _load(self, conversation_id: UUID, by: Person) -> tuple[Conversation, int]:
        loaded = self.log.load([conversation_id], thread_of, by.tenant_id).get(conversation_id)
        if loaded is None or loaded.state is None:
            raise NotFound("conversation", conversation_id)
        return loaded.state, loaded.version


def thread_of(state: Conversation | None, event: Event) -> Conversation | None:
    """The conversation after `event`; a stream of any other kind is none."""
    if state is None and not isinstance(event, ConversationStarted):
        return None
    return evolve(state, event)


def _decided_one(
    loaded: Loaded[Conversation | None] | None, id: UUID, seen: int, by: Person, decide: Decide
) -> tuple[Conversation, Decision]:
    if loaded is None or loaded.state is None:
        raise NotFound("conversation", id)
    _require_seen_or_sight(loaded.state, id, seen, by)
    return loaded.state, decide(loaded.state, seen)


def _outcome(thread: Conversation, facts: Decision, done: Appended) -> Outcome:
    for fact in facts:
        thread = evolve(thread, fact)
    return Outcome(done.positions[-1] if done.positions else done.head, thread)


def _require_seen_or_sight(thread: Conversation, conversation_id: UUID, seen: int, by: Person) -> None:
    """Whoever saw the ticket at the version that they hold, a few moves ago, learns who was faster."""
    if by.visibility.sees(by.tenant_id, thread.owner, thread.team, thread.state):
        return
    for stood in thread.recent_versions:
        if stood.control == seen and by.visibility.sees(
            by.tenant_id, stood.owner, team_of(stood.queue), stood.state
        ):
            raise ControlMoved(thread.control, thread.owner)
    raise NotFound("conversation", conversation_id)


def numbered(
    facts: Decision,
    stream_id: UUID,
    version: int,
    by: Person,
    *,
    conversation_id: UUID | None,
    contact_id: UUID,
) -> list[NewEvent]:
    """The facts as the next events of a stream that stands at `version`."""
    return [
        NewEvent(
            fact=fact,
            stream_id=stream_id,
            stream_version=number,
            event_id=uuid7(),
            tenant_id=by.tenant_id,
            conversation_id=conversation_id,
            contact_id=contact_id,
            actor=by.actor,
        )
        for number, fact in enumerate(facts, version + 1)
    ]


def _of_thread(
    facts: Decision, conversation_id: UUID, version: int, thread: Conversation, by: Person
) -> list[NewEvent]:
    return numbered(
        facts,
        conversation_id,
        version,
        by,
        conversation_id=conversation_id,
        contact_id=thread.contact_id,
    )
