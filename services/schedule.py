"""The scheduler: what has to happen at an hour happens then, once, however many schedulers there are."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from adapters.postgres.log import PostgresLog
from adapters.postgres.timers import DueTimer, due
from domain import conversation as conversations
from domain import hours
from domain.append import Lost
from domain.decision import Decision, nothing_to_do
from domain.log import LogUnavailable
from services.draft import Draft, Evolve, Known, delivered

ACTOR = "system:scheduler"
DELIVERIES = ("attempt", "retry")
TICK_S = 0.5
GRACE = timedelta(seconds=30)
PAGE = 500
HOUSEKEEPING_EVERY = 1_200  # ticks: ten minutes

log = structlog.get_logger("schedule")


@dataclass
class Scheduler:
    """Reads the due timers and lets each stream decide; a timer that is no longer true does nothing.

    `chores` are done every ten minutes: what is old is thrown away there.
    """

    log: PostgresLog
    chores: tuple[Callable[[], object], ...] = ()
    grace: timedelta = GRACE
    _ticks: int = field(default=0)

    def run(self, stop: threading.Event) -> None:
        """Tick until `stop`."""
        while not stop.wait(TICK_S):
            try:
                while self.step() == PAGE:
                    pass
                self._housekeeping()
            except LogUnavailable:
                log.warning("the log is away")

    def step(self) -> int:
        """Do what is due; return how many timers that were."""
        timers = due(self.log.datastore, self.grace, PAGE)
        if timers:
            self._fire(timers)
        return len(timers)

    def _fire(self, timers: list[DueTimer]) -> None:
        known = Known(self.log)
        while True:
            known.load([timer.stream_id for timer in timers if timer.kind in DELIVERIES], delivered)
            known.load([timer.conversation_id for timer in timers], conversations.evolve)
            draft = Draft(known)
            for timer in timers:
                self._decide(draft, timer)
            if not draft.events:
                return
            answer = self.log.append(draft.append())
            if not isinstance(answer, Lost):
                break
            known.correct(answer)

    def _decide(self, draft: Draft, timer: DueTimer) -> None:
        conversation = draft.conversation(timer.conversation_id).state
        if conversation is None:
            return
        evolve: Evolve
        if timer.kind in DELIVERIES:
            facts, evolve = self._delivery(draft, timer), delivered
        else:
            facts, evolve = hours.due(conversation, timer.now), conversations.evolve
        if facts:
            draft.state(
                timer.stream_id,
                facts,
                evolve,
                tenant_id=timer.tenant_id,
                conversation_id=timer.conversation_id,
                contact_id=conversation.contact_id,
                actor=ACTOR,
            )

    def _delivery(self, draft: Draft, timer: DueTimer) -> Decision:
        delivery = draft.delivery(timer.stream_id).state
        if delivery is None:
            return nothing_to_do
        if timer.kind == "attempt":
            return delivery.sweep(timer.now, self.grace)
        return delivery.retry_now(timer.due_at)

    def _housekeeping(self) -> None:
        self._ticks += 1
        if self._ticks % HOUSEKEEPING_EVERY == 0:
            for chore in self.chores:
                chore()
