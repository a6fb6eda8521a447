"""The assigner: gives waiting tickets to those who are there, one assigner at a time."""

import threading
from dataclasses import dataclass
from uuid import UUID

import structlog

from adapters.postgres import assigning
from adapters.postgres.assigning import Db
from adapters.postgres.follower import PROJECTED
from adapters.postgres.pool import QueryPool
from adapters.postgres.wakeups import Wakeups
from domain import conversation as conversations
from domain.append import Advance, Appended, Lost
from domain.assignment import Waiting, choose, give
from domain.log import Log, LogUnavailable
from services.draft import Draft, Known
from services.process.failpoint import failpoint

ACTOR = "system:assigner"
TURNS = "assign"
PAGE = 100
POLL_S, PAUSE_S = 1.0, 0.1
DECIDED_AGAIN = 3

log = structlog.get_logger("assign")


@dataclass(frozen=True, slots=True)
class Assigner:
    """Gives tickets by rule, so that nobody is brought above their limit.

    Every append counts a turn, from the number that was read before the tickets were: of two assigners that
    both think it is their turn, one writes. Each turn begins when the read models show all turns before it,
    so the counts hold whatever was killed in between. People take tickets meanwhile as they like.
    """

    log: Log
    pool: QueryPool
    url: str

    def run(self, stop: threading.Event) -> None:
        """Give until `stop`."""
        with Wakeups(self.url, PROJECTED) as wakeups:
            while not stop.is_set():
                try:
                    given = self.step()
                except LogUnavailable:
                    log.warning("the log is away")
                    given = None
                if given is None:
                    stop.wait(POLL_S)
                elif given == 0 and not stop.wait(PAUSE_S):
                    wakeups.wait(POLL_S)

    def step(self) -> int | None:
        """Give what can be given now; how many tickets that were.

        None when it is another's turn, nothing is given by rule, or the read models are behind.

        Raises:
            LogUnavailable
        """
        return self.pool.write(self._turn)

    def _turn(self, db: Db) -> int | None:
        if not assigning.locked(db) or not (channels := assigning.channels(db)):
            return None
        turn = self.log.offsets(TURNS, 1)[0]
        if not assigning.caught_up(db, self.log.head()):
            return None
        given: list[tuple[UUID, Waiting, UUID]] = []
        for tenant_id, takers in assigning.takers(db, channels).items():
            teams = {team for taker in takers if taker.is_free for team in taker.teams}
            if any(taker.is_free for taker in takers):
                waiting = assigning.waiting(db, tenant_id, teams, channels[tenant_id], PAGE)
                given += [(tenant_id, ticket, agent) for ticket, agent in choose(waiting, takers)]
        agents = self._append(given[:PAGE], turn)
        failpoint("after_assign")
        if agents:
            assigning.note_given(db, agents)
        return len(agents)

    def _append(self, given: list[tuple[UUID, Waiting, UUID]], turn: int) -> list[UUID]:
        """Those who were given a ticket; a ticket that somebody else moved meanwhile stays theirs."""
        known = Known(self.log)
        for _ in range(DECIDED_AGAIN):
            known.load([ticket.conversation_id for _, ticket, _ in given], conversations.evolve)
            draft, agents = Draft(known, advances=[Advance(f"{TURNS}/0", turn, turn + 1)]), []
            for tenant_id, ticket, agent_id in given:
                conversation = draft.conversation(ticket.conversation_id).state
                facts = give(conversation, agent_id, ticket.control) if conversation is not None else ()
                if conversation is None or not facts:
                    continue
                agents.append(agent_id)
                draft.state(
                    ticket.conversation_id,
                    facts,
                    conversations.evolve,
                    tenant_id=tenant_id,
                    conversation_id=ticket.conversation_id,
                    contact_id=conversation.contact_id,
                    actor=ACTOR,
                )
            if not agents:
                return []
            answer = self.log.append(draft.append())
            if isinstance(answer, Appended):
                return agents
            if not isinstance(answer, Lost) or answer.sources:
                return []  # another assigner was faster
            known.correct(answer)
        return []
