"""The order of sending in a conversation: one attempt at a time, later messages wait."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from domain.conversation.message_events import MessageSent
from domain.delivery import MAX_RETRIES, Accepted, Delivered, Failed, Read, RetryRequested, Unconfirmed
from domain.event import Recorded

LANE_EVENTS = (MessageSent, Accepted, Delivered, Failed, Read, RetryRequested, Unconfirmed)
"""The facts that move a lane."""


class QueuedMessage(NamedTuple):
    """A message without an outcome, as its row. `asked`: the sender was asked for this attempt.

    `position` is that of its MessageSent, which also gives the order; 0 when it must be looked up.
    """

    message_id: UUID
    position: int
    attempt: int
    caused_by: UUID
    asked: bool = False


@dataclass
class Lane:
    """The messages of one conversation that have no outcome yet."""

    rows: dict[UUID, QueuedMessage] = field(default_factory=dict)

    def see(self, event: Recorded) -> None:
        """Apply an event: a message was decided, an attempt ended for good, or one is asked for again."""
        match event.fact:
            case MessageSent(message_id=id):
                self.rows.setdefault(id, QueuedMessage(id, event.position, 1, event.event_id))
            case RetryRequested(attempt=attempt):
                known = self.rows.get(event.stream_id) or QueuedMessage(event.stream_id, 0, 1, event.event_id)
                self.rows[event.stream_id] = known._replace(
                    attempt=attempt, caused_by=event.event_id, asked=False
                )
            case Failed(retryable=True, attempt=attempt) if attempt <= MAX_RETRIES:
                pass  # it will be tried again, and those behind it wait
            case Accepted() | Delivered() | Read() | Failed() | Unconfirmed():
                # One that arrived though its call seemed refused is not tried again.
                self.rows.pop(event.stream_id, None)
            case _:
                pass

    def due(self) -> Iterator[QueuedMessage]:
        """Take the attempt to ask for now, if its turn has come; it counts as asked from then on."""
        if self.rows and not any(row.asked for row in self.rows.values()):
            first = min(self.rows.values(), key=lambda row: (row.position, row.message_id))
            self.rows[first.message_id] = first._replace(asked=True)
            yield first
