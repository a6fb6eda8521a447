"""Facts as the log tells them, and what a projection makes of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from domain.event import Event, Recorded
from projections.projection import Key, Projection, ProjectionBatch
from tests.domain.given import MARINA, NOON, THREAD

TENANT = UUID(int=9)

Row = TypeVar("Row", bound=tuple[Any, ...])


class Told:
    """A log in the making: each fact gets the next position, and its version in its stream."""

    def __init__(self) -> None:
        self.events: list[Recorded] = []
        self._versions: dict[UUID, int] = {}

    def tell(
        self,
        *facts: Event,
        stream: UUID = THREAD,
        conversation: UUID | None = THREAD,
        contact: UUID | None = MARINA,
        tenant: UUID = TENANT,
    ) -> "Told":
        for fact in facts:
            self._versions[stream] = version = self._versions.get(stream, 0) + 1
            position = len(self.events) + 1
            self.events.append(
                Recorded(
                    fact=fact,
                    position=position,
                    event_id=UUID(int=10_000 + position),
                    stream_id=stream,
                    stream_version=version,
                    tenant_id=tenant,
                    conversation_id=conversation,
                    contact_id=contact,
                    recorded_at=NOON + timedelta(milliseconds=position),
                    actor="system:test",
                )
            )
        return self


def folded(
    projection: Projection[Row],
    events: Sequence[Recorded],
    batch_size: int = 1_000,
    stored: Mapping[Key, Row] | None = None,
) -> dict[Key, Row]:
    """All rows after the events, folded in batches as the projectors do it, from those that were `stored`."""
    rows: dict[Key, Row] = dict(stored or {})
    for start in range(0, len(events), batch_size):
        batch = ProjectionBatch(projection, events[start : start + batch_size])
        for key, row in batch.fold(dict(rows)).items():
            if row is None:
                del rows[key]
            else:
                rows[key] = row
    return rows


def only(rows: Iterable[Row]) -> Row:
    (row,) = rows
    return row
