"""A conversation as of an earlier time: the read models' folds over its events up to there."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from domain.event import Recorded
from projections.projection import Key, Projection, ProjectionBatch
from projections.timeline import MessageRow, TimelineProjection
from projections.workspace import TicketRow, WorkspaceProjection

Row = TypeVar("Row", bound=tuple[Any, ...])


class ConversationAsOf:
    """The read models of one conversation, fed its events in order, in batches of any size.

    Only the `newest` messages are kept: a message never changes its place, and later events do not bring back
    one that was dropped.
    """

    def __init__(self, newest: int) -> None:
        self._newest = newest
        self._tickets: Mapping[Key, TicketRow] = {}
        self._messages: Mapping[Key, MessageRow] = {}
        self._by_wamid: dict[str, UUID] = {}
        self.last_at: datetime | None = None

    def tell(self, events: Sequence[Recorded]) -> None:
        """Fold the next events."""
        if not events:
            return
        self._tickets = _folded(WorkspaceProjection(), self._tickets, events)
        messages = sorted(_folded(TimelineProjection(), self._messages, events).items(), key=_place)
        self._by_wamid |= {row.wamid: row.message_id for _, row in messages if row.wamid is not None}
        self._messages = dict(messages[-self._newest :])
        self.last_at = events[-1].recorded_at

    def ticket(self, seen: Collection[int]) -> TicketRow | None:
        """Return the newest ticket of those numbers."""
        rows = [row for row in self._tickets.values() if row.number in seen]
        return max(rows, key=lambda row: row.number, default=None)

    @property
    def messages(self) -> Iterable[MessageRow]:
        """The newest messages, oldest first, with the quotes whose originals had come by then."""
        return map(self._with_quote, self._messages.values())

    def _with_quote(self, row: MessageRow) -> MessageRow:
        if row.quoted_wamid is None:
            return row
        return row._replace(quoted_id=self._by_wamid.get(row.quoted_wamid))


def _folded(
    projection: Projection[Row], stored: Mapping[Key, Row], events: Sequence[Recorded]
) -> dict[Key, Row]:
    changed = ProjectionBatch(projection, events).fold(stored)
    return {key: row for key, row in {**stored, **changed}.items() if row is not None}


def _place(item: tuple[Key, MessageRow]) -> tuple[datetime, int]:
    return item[1].sent_at, item[1].position
