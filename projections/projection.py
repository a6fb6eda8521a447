"""A read model as a pure fold: which row an event concerns, and that row after it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

from domain.event import Erased, Recorded

T = TypeVar("T")
Row = TypeVar("Row", bound=tuple[Any, ...])

Key = tuple[Any, ...]
"""What names one row: its first columns, the tenant first."""


@dataclass(frozen=True, slots=True)
class Where:
    """Names every row of the event's tenant whose `column` is `value`; the column never changes in a row."""

    column: str
    value: UUID


class Projection(ABC, Generic[Row]):
    """One read model. A fold knows its row and its event, nothing else, and calls nobody.

    Rows are named tuples, for speed: a frozen dataclass takes eight times as long to replace. The first
    `key_size` columns are the key. `version` is raised when the same events give other rows.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    key_size: ClassVar[int]
    row: type[Row]

    @abstractmethod
    def key(self, event: Recorded) -> Key | Where | None:
        """The row, or rows, that the event concerns; None when it concerns none."""

    @abstractmethod
    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        """The row after the event; None when there is none."""


Named = tuple[Key | Where, Recorded]
"""An event with the row, or rows, that it concerns."""


def named(projection: Projection[Any], events: Iterable[Recorded]) -> list[Named]:
    """The events that concern the projection, in order."""
    key = projection.key
    return [(found, event) for event in events if (found := key(event)) is not None]


def fold_page(projection: Projection[Row], rows: dict[Key, Row], page: Iterable[Named]) -> set[Key]:
    """Fold a page over `rows`, in place; return the keys whose row changed, came, or went.

    `rows` holds every row that the page names and that exists.
    """
    fold, changed = projection.fold, set()
    for where, event in page:
        for key in _matching(rows, where, event) if isinstance(where, Where) else (where,):
            before = rows.get(key)
            after = fold(before, event)
            if after is before:
                continue
            changed.add(key)
            if after is None:
                del rows[key]
            else:
                rows[key] = after
    return changed


def _matching(rows: dict[Key, Row], where: Where, event: Recorded) -> list[Key]:
    tenant_id, column, value = event.tenant_id, where.column, where.value
    return [key for key, row in rows.items() if key[0] == tenant_id and getattr(row, column) == value]


def unsealed(value: T | Literal[Erased.ERASED]) -> T | None:
    """A personal value, or None where it was erased."""
    return None if isinstance(value, Erased) else value
