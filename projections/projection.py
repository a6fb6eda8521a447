"""A read model as a pure fold: which row an event changes, and the row after it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from domain.event import Event, Recorded

Row = TypeVar("Row", bound=tuple[Any, ...])

Key = tuple[Any, ...]
"""Identifies one row: its first columns, beginning with the tenant."""


@dataclass(frozen=True, slots=True)
class Where:
    """Selects every row of the event's tenant whose `column`, or whose `or_column`, is `value`.

    An event that changes one of these columns must select its rows by another one, which never changes.
    """

    column: str
    value: UUID
    or_column: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,) if self.or_column is None else (self.column, self.or_column)


class Projection(ABC, Generic[Row]):
    """One read model. A fold knows its row and its event, nothing else.

    Rows are named tuples, for speed: a frozen dataclass takes eight times as long to replace. The first
    `key_size` columns are the key. Raise `version` when the same events give other rows.

    `facts` are the event classes that may change a row (a set, as `isinstance` of a pydantic class is slow).
    `founding` are those that create a row: it cannot exist before, so it is not looked up.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    key_size: ClassVar[int]
    facts: ClassVar[frozenset[type[Event]]]
    founding: ClassVar[frozenset[type[Event]]] = frozenset()
    row: type[Row]

    @abstractmethod
    def key(self, event: Recorded) -> Key | Where | list[Recorded] | None:
        """Return the row or rows that an event of one of `facts` changes; None for none.

        An event that says something of several rows is divided: into events that say it of one row each.
        """

    @abstractmethod
    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        """Return the row after the event; None when there is none."""


class ProjectionBatch(Generic[Row]):
    """The events of a batch that concern a projection, in the order in which they are folded.

    Events of one row are grouped, because a fold knows no other rows. Only an event that selects rows by a
    column divides the batch: all events before it are folded first, so that it finds the rows up to date.
    """

    def __init__(self, projection: Projection[Row], events: Iterable[Recorded]) -> None:
        self._projection = projection
        self._parts: list[dict[Key, list[Recorded]] | tuple[Where, Recorded]] = []
        self._founded: set[Key] = set()
        self.keys: set[Key] = set()
        self.wheres: set[tuple[UUID, Where]] = set()
        key, facts = projection.key, projection.facts
        of_rows: dict[Key, list[Recorded]] = {}
        for event in events:
            if type(event.fact) not in facts:
                continue
            found = key(event)
            if isinstance(found, tuple):
                if (of_row := of_rows.get(found)) is None:
                    of_rows[found] = [event]
                else:
                    of_row.append(event)
            elif isinstance(found, list):
                for part in found:
                    of_part = key(part)
                    assert isinstance(of_part, tuple), "a part of an event changes one row"
                    of_rows.setdefault(of_part, []).append(part)
            elif found is not None:
                self._add(of_rows)
                of_rows = {}
                self._parts.append((found, event))
                self.wheres.add((event.tenant_id, found))
        self._add(of_rows)

    @property
    def is_empty(self) -> bool:
        return self._parts == [{}]

    def _add(self, of_rows: dict[Key, list[Recorded]]) -> None:
        self._parts.append(of_rows)
        founding = self._projection.founding
        for key, events in of_rows.items():
            if type(events[0].fact) in founding:
                self._founded.add(key)
            elif key not in self._founded:
                self.keys.add(key)

    def fold(self, stored: Mapping[Key, Row]) -> dict[Key, Row | None]:
        """Return the rows that differ from `stored` afterwards; None for those that are deleted.

        `stored` must hold every existing row that `keys` or `wheres` select.
        """
        rows: dict[Key, Row | None] = {}
        index = _Index({column for _, where in self.wheres for column in where.columns}, stored)
        for part in self._parts:
            if isinstance(part, dict):
                for key, events in part.items():
                    self._fold_row(rows, stored, key, events, index)
            else:
                where, event = part
                for key in index.keys(where, event.tenant_id):
                    row = rows[key] if key in rows else stored.get(key)
                    if row is not None and where.value in (getattr(row, column) for column in where.columns):
                        self._fold_row(rows, stored, key, [event], index)
        return rows

    def _fold_row(
        self,
        rows: dict[Key, Row | None],
        stored: Mapping[Key, Row],
        key: Key,
        events: Iterable[Recorded],
        index: "_Index",
    ) -> None:
        before = rows[key] if key in rows else stored.get(key)
        row, fold = before, self._projection.fold
        for event in events:
            row = fold(row, event)
        if row is None and key not in stored:
            rows.pop(key, None)
        elif row is not before:
            rows[key] = row
            index.add(key, row)


class _Index:
    """Where the rows of a batch are, by the columns that its events select rows by.

    A row that has another value by now stays listed under the old one.
    """

    def __init__(self, columns: Iterable[str], stored: Mapping[Key, Row]) -> None:
        self._columns = sorted(columns)
        self._found: dict[tuple[str, UUID, Any], dict[Key, None]] = {}
        for key, row in stored.items() if self._columns else ():
            self.add(key, row)

    def add(self, key: Key, row: Row | None) -> None:
        for column in self._columns if row is not None else ():
            self._found.setdefault((column, key[0], getattr(row, column)), {})[key] = None

    def keys(self, where: Where, tenant_id: UUID) -> list[Key]:
        found = (self._found.get((column, tenant_id, where.value), {}) for column in where.columns)
        return list(dict.fromkeys(key for keys in found for key in keys))
