"""The participants of a ticket: its owners so far, and the agents whom its notes mention."""

from collections.abc import Collection
from uuid import UUID

from domain.conversation.ticket_events import Assigned, MoveUndone, NoteAdded, Reopened, Transferred
from domain.event import Event

JOINS: frozenset[type[Event]] = frozenset({Assigned, Transferred, Reopened, MoveUndone, NoteAdded})
"""Events that may add participants to their ticket; shared with the read model."""


def joining(event: Event) -> Collection[UUID]:
    """Return the participants that the event adds: the owner that it names, or the agents mentioned."""
    match event:
        case Assigned(agent_id=owner) | Transferred(agent_id=UUID() as owner):
            return (owner,)
        case Reopened(owner=UUID() as owner) | MoveUndone(owner=UUID() as owner):
            return (owner,)
        case NoteAdded(mentions=mentions):
            return mentions
        case _:
            return ()
