"""The scheduler: fires what is due, once, however many schedulers run."""

import threading
import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from adapters.postgres.log.event_log import PostgresLog
from adapters.postgres.queries.timers import (
    DueTimer,
    due,
    end_sessions_of_leavers,
    held_by_leavers,
    present_owners,
)
from domain import streams
from domain.conversation import schedule
from domain.conversation.state import Conversation
from domain.conversation.ticket_events import MessageScheduled
from domain.conversation.timers import fire_due, returns
from domain.conversation.transfer import owner_left
from domain.decision import Decision, nothing_to_do
from domain.log.append import Conflict
from domain.log.port import LogUnavailable
from domain.streams import Evolve
from services.runtime.failpoint import failpoint
from services.runtime.ids import new_id
from services.write.bisection import process_with_bisection
from services.write.stream_cache import StreamCache
from services.write.unit_of_work import Origin, UnitOfWork

ACTOR = "system:scheduler"
DELIVERIES = ("attempt", "retry")
TICK_S = 0.1
GRACE = timedelta(seconds=30)
PAGE = 500
BROKEN_REST_S = 60.0
FIRED_REST_S = 5.0
LEAVERS_EVERY_S = 0.5
HOUSEKEEPING_EVERY_S = 600.0

DueMessages = Mapping[UUID, tuple[MessageScheduled, UUID]]
"""Scheduled messages by their id, each with the id of its event."""

log = structlog.get_logger("schedule")


@dataclass
class Scheduler:
    """Reads the due timers and lets each stream decide; a timer that no longer holds does nothing.

    So it may run twice, and be killed anywhere. A timer whose decision fails rests for a minute, and
    delays no other. One that fired rests until the read model knows; else it would be loaded again at each
    tick while the read model is behind. Tickets of agents who left are due at once. `chores` run every
    ten minutes; they delete what is old.
    """

    log: PostgresLog
    chores: tuple[Callable[[], object], ...] = ()
    grace: timedelta = GRACE
    _chores_at: float = field(default_factory=lambda: time.monotonic() + HOUSEKEEPING_EVERY_S)
    _leavers_at: float = 0.0
    _resting: dict[tuple[UUID, int], float] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Tick until `stop`."""
        while not stop.wait(TICK_S):
            try:
                self.step()
                self._housekeeping()
            except LogUnavailable as error:
                reason = type(error).__name__
                log.warning("database unavailable, retrying", reason=reason, again_in_s=TICK_S)

    def step(self) -> int:
        """Fire all due timers, each once; return their number."""
        fired, last = 0, None
        while True:
            page = due(self.log.datastore, self.grace, PAGE, after=last)
            fired += self._fire(page)
            if len(page) < PAGE:
                break
            last = page[-1]
        fired += self._unassign_leavers()
        self._wake_up()
        return fired

    def _unassign_leavers(self) -> int:
        """Put the tickets of agents who left back into their queues; return their number."""
        if time.monotonic() < self._leavers_at:
            return 0
        self._leavers_at = time.monotonic() + LEAVERS_EVERY_S
        end_sessions_of_leavers(self.log.datastore)
        return self._fire(held_by_leavers(self.log.datastore, PAGE))

    def _fire(self, page: Sequence[DueTimer]) -> int:
        """Fire those that do not rest in one append; one that fails rests alone and delays no other."""
        timers = [timer for timer in page if (timer.stream_id, timer.position) not in self._resting]
        if timers:
            process_with_bisection(self.log, timers, self._fire_together, self._broken, (LogUnavailable,))
        return len(timers)

    def _fire_together(self, timers: Sequence[DueTimer], cache: StreamCache) -> Conflict | None:
        cache.load([timer.stream_id for timer in timers if timer.kind in DELIVERIES], streams.delivery)
        cache.load([timer.conversation_id for timer in timers], streams.conversation)
        due_messages = self._due_messages([timer for timer in timers if timer.kind == "scheduled"])
        held = [cache.conversation(timer.conversation_id) for timer in timers if timer.kind == "left"]
        owners = [thread.owner for thread in held if thread is not None and thread.owner is not None]
        channels = [thread.channel_id for timer in timers if (thread := _of_ticket(timer, cache)) is not None]
        authors = (message.by for message, _ in due_messages.values())
        cache.load([*authors, *owners, *channels], streams.administered)
        present = self._present(timers, cache)
        unit = UnitOfWork(cache)
        for timer in timers:
            self._decide(unit, timer, due_messages, present)
        if unit.events:
            failpoint("before_timer")
            answer = unit.commit()
            failpoint("after_timer")
            if isinstance(answer, Conflict):
                return answer
        self._rest(timers, FIRED_REST_S)
        return None

    def _broken(self, timer: DueTimer, reason: Exception) -> None:
        log.error(
            "timer cannot be fired, it rests",
            again_in_s=BROKEN_REST_S,
            stream=str(timer.stream_id),
            exc_info=reason,
        )
        self._rest([timer], BROKEN_REST_S)

    def _due_messages(self, timers: Sequence[DueTimer]) -> DueMessages:
        """Load the messages that are due; again before each decision, so that an erasure holds."""
        if not timers:
            return {}
        events = {event.position: event for event in self.log.events_at([timer.position for timer in timers])}
        messages: dict[UUID, tuple[MessageScheduled, UUID]] = {}
        for timer in timers:
            event = events[timer.position]
            assert isinstance(event.fact, MessageScheduled), "the timer's position is that of the message"
            messages[timer.stream_id] = event.fact, event.event_id
        return messages

    def _present(self, timers: Sequence[DueTimer], cache: StreamCache) -> set[UUID]:
        """Return which owners of tickets that came back are there."""
        waited_for = {
            (timer.tenant_id, thread.owner)
            for timer in timers
            if (thread := _of_ticket(timer, cache)) is not None
            and thread.owner is not None
            and returns(thread, timer.now)
        }
        return present_owners(self.log.datastore, waited_for) if waited_for else set()

    def _decide(
        self, unit: UnitOfWork, timer: DueTimer, due_messages: DueMessages, present: Container[UUID | None]
    ) -> None:
        conversation = unit.conversation(timer.conversation_id).state
        if conversation is None:
            return
        evolve: Evolve[Any] = streams.conversation
        stream_id, caused_by = timer.conversation_id, None
        if timer.kind in DELIVERIES:
            facts, stream_id, evolve = self._delivery(unit, timer), timer.stream_id, streams.delivery
        elif timer.kind == "scheduled":
            message, caused_by = due_messages[timer.stream_id]
            # It is sent even if its author has left; but then they do not get the ticket.
            author = unit.active_agent(message.by)
            takes = author is not None and author.role == "agent"
            facts = schedule.send_due(conversation, message, new_id(), timer.now, takes)
        elif timer.kind == "left":
            held = conversation.owner is not None and unit.active_agent(conversation.owner) is None
            facts = owner_left(conversation) if held else nothing_to_do
        else:
            return_after = unit.return_after(conversation.channel_id)
            facts = fire_due(conversation, timer.now, return_after, conversation.owner in present)
        origin = Origin(timer.tenant_id, ACTOR, caused_by)
        unit.record(stream_id, facts, evolve, origin, timer.conversation_id, conversation.contact_id)

    def _delivery(self, unit: UnitOfWork, timer: DueTimer) -> Decision:
        delivery = unit.delivery(timer.stream_id).state
        if delivery is None:
            return nothing_to_do
        if timer.kind == "attempt":
            return delivery.sweep(timer.now, self.grace)
        return delivery.retry_now(timer.due_at)

    def _rest(self, timers: Sequence[DueTimer], seconds: float) -> None:
        until = time.monotonic() + seconds
        self._resting.update(((timer.stream_id, timer.position), until) for timer in timers)

    def _wake_up(self) -> None:
        now = time.monotonic()
        self._resting = {timer: until for timer, until in self._resting.items() if until > now}

    def _housekeeping(self) -> None:
        if time.monotonic() >= self._chores_at:
            self._chores_at = time.monotonic() + HOUSEKEEPING_EVERY_S
            for chore in self.chores:
                chore()


def _of_ticket(timer: DueTimer, cache: StreamCache) -> Conversation | None:
    """Return the conversation of a timer that is due for a ticket."""
    return cache.conversation(timer.conversation_id) if timer.kind == "ticket" else None
