"""Parked events: those that a follower could not handle, and the later ones of the same conversation."""

from collections.abc import Sequence
from traceback import extract_tb
from typing import Any
from uuid import UUID

from psycopg import Connection

from domain.event import Recorded
from domain.log.port import UnreadableEvent

Db = Connection[Any]

PARK = """
insert into parked_events (name, position, conversation_id, reason)
select %s, u.* from unnest(%s::bigint[], %s::uuid[], %s::text[]) as u
"""
THREADS = """
select conversation_id, array_agg(position order by position) from parked_events where name = %s
group by 1 order by min(position)
"""
SET_REASON = """
update parked_events set reason = %(reason)s where name = %(name)s and position = (
    select min(position) from parked_events where name = %(name)s and conversation_id = %(thread)s)
"""


class ParkedEvents:
    """Parked events of one follower. A thread is a conversation, or the stream of an event without one."""

    def __init__(self, name: str) -> None:
        self._name = name

    def threads(self, db: Db) -> dict[UUID, list[int]]:
        """Return the positions of the parked events by thread, oldest first."""
        return dict(db.execute(THREADS, [self._name]).fetchall())

    def exclude_parked(self, db: Db, events: Sequence[Recorded]) -> Sequence[Recorded]:
        """Return the events of threads that have nothing parked; park the others."""
        parked = self.threads(db)
        waiting = [event for event in events if thread_of(event) in parked]
        if waiting:
            self._add(
                db, [(event.position, thread_of(event), "waits behind a parked event") for event in waiting]
            )
        return [event for event in events if thread_of(event) not in parked]

    def park(self, db: Db, event: Recorded | UnreadableEvent, reason: str) -> None:
        """Park one event."""
        self._add(db, [(event.position, thread_of(event), reason)])

    def release(self, db: Db, thread: UUID) -> None:
        """Delete the parked events of a thread after they were handled."""
        db.execute("delete from parked_events where name = %s and conversation_id = %s", [self._name, thread])

    def set_reason(self, db: Db, thread: UUID, reason: str) -> None:
        """Replace the reason why the first event of the thread cannot be handled."""
        db.execute(SET_REASON, {"reason": reason, "name": self._name, "thread": thread})

    def _add(self, db: Db, events: Sequence[tuple[int, UUID, str]]) -> None:
        positions, threads, reasons = zip(*events, strict=True)
        db.execute(PARK, [self._name, list(positions), list(threads), list(reasons)])


def thread_of(event: Recorded | UnreadableEvent) -> UUID:
    """Return the id by which events are parked together."""
    return event.conversation_id or event.stream_id


def reason_of(error: Exception) -> str:
    """Describe an error by class and place only: its text may quote what a customer wrote."""
    if isinstance(error, UnreadableEvent):
        return str(error)
    frames = extract_tb(error.__traceback__)
    where = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
