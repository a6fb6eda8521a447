"""The participants of tickets, and the position up to which they may read once the ticket has ended."""

from typing import ClassVar, NamedTuple
from uuid import UUID

from domain.conversation.participants import JOINS, joining
from domain.conversation.ticket_events import (
    Closed,
    MoveUndone,
    NoteAdded,
    Reopened,
    TicketEvent,
    TicketOpened,
)
from domain.event import Recorded
from projections.projection import Key, Projection


class ParticipantsRow(NamedTuple):
    """The participants of one ticket, in the order in which they joined.

    `ended_position` is None while the ticket is open, then the position of its close or of the last note
    added since. `position` is that of the last change.
    """

    tenant_id: UUID
    conversation_id: UUID
    number: int
    people: list[UUID]
    position: int
    ended_position: int | None = None


class ParticipantsProjection(Projection[ParticipantsRow]):
    """One row per ticket."""

    name: ClassVar = "participants"
    key_size: ClassVar = 3
    facts: ClassVar = frozenset({TicketOpened, Closed, *JOINS})
    founding: ClassVar = frozenset({TicketOpened})
    row = ParticipantsRow

    def key(self, event: Recorded) -> Key | None:
        match event.fact:
            case TicketEvent(ticket=number):
                return event.tenant_id, event.conversation_id, number
            case _:
                return None

    def fold(self, row: ParticipantsRow | None, event: Recorded) -> ParticipantsRow | None:
        if isinstance(event.fact, TicketOpened):
            assert event.conversation_id is not None, "a ticket belongs to a conversation"
            return ParticipantsRow(
                event.tenant_id, event.conversation_id, event.fact.ticket, [], event.position
            )
        if row is None:
            return None
        people = list(dict.fromkeys([*row.people, *joining(event.fact)]))
        ended_position = _ended(row, event)
        if people == row.people and ended_position == row.ended_position:
            return row
        return row._replace(people=people, ended_position=ended_position, position=event.position)


def _ended(row: ParticipantsRow, event: Recorded) -> int | None:
    match event.fact:
        case Closed():
            return event.position
        case Reopened() | MoveUndone():
            return None
        case NoteAdded() if row.ended_position is not None:
            return event.position
        case _:
            return row.ended_position
