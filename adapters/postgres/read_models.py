"""A read model in its table: the rows of a page loaded in one query, folded, and written back."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import orjson
from psycopg import Connection
from psycopg.sql import SQL, Composable, Composed, Identifier
from psycopg.types.json import Json

from domain.event import Recorded
from projections.projection import Key, Named, Projection, Where, fold_page, named

Row = TypeVar("Row", bound=tuple[Any, ...])

Db = Connection[Any]


class ColumnsDiffer(Exception):
    """The table does not have the columns of the rows: schema and program do not fit."""


class ReadModel(Generic[Row]):
    """Folds pages of events into one table. Whoever calls holds the lock of the position.

    Because of that lock, rows that were not there are copied in plainly, and rows that were are updated.
    """

    def __init__(self, projection: Projection[Row], generation: int = 1) -> None:
        self.projection = projection
        self.generation = generation
        self.table = f"{projection.name}_{generation}"
        self._statements: _Statements | None = None

    def handle(self, db: Db, events: Iterable[Recorded]) -> None:
        """Fold the events and write the rows, in the caller's transaction."""
        page = named(self.projection, events)
        if not page:
            return
        statements = self._prepared(db)
        stored = self._load(db, statements, page)
        rows = dict(stored)
        changed = fold_page(self.projection, rows, page)
        self._store(db, statements, stored, rows, changed)

    def _prepared(self, db: Db) -> "_Statements":
        if self._statements is None:
            self._statements = _Statements.of(db, self.table, self.projection)
        return self._statements

    def _load(self, db: Db, statements: "_Statements", page: Iterable[Named]) -> dict[Key, Row]:
        keys: set[Key] = set()
        wheres: defaultdict[tuple[Any, str], set[Any]] = defaultdict(set)
        for where, event in page:
            if isinstance(where, Where):
                wheres[event.tenant_id, where.column].add(where.value)
            else:
                keys.add(where)
        found: list[Any] = []
        with db.cursor(binary=True) as cursor:
            if keys:
                found += cursor.execute(statements.load, _columns(keys), prepare=False).fetchall()
            for (tenant_id, column), values in wheres.items():
                found += cursor.execute(statements.where(column), [tenant_id, list(values)]).fetchall()
        make, size = self.projection.row, self.projection.key_size
        return {record[:size]: make(*record) for record in found}

    def _store(
        self,
        db: Db,
        statements: "_Statements",
        stored: Mapping[Key, Row],
        rows: Mapping[Key, Row],
        changed: Collection[Key],
    ) -> None:
        new = [rows[key] for key in changed if key in rows and key not in stored]
        kept = [rows[key] for key in changed if key in rows and key in stored]
        gone = [key for key in changed if key not in rows and key in stored]
        if new:
            statements.copy(db, new)
        if kept:
            fields = self.projection.row._fields  # type: ignore[attr-defined]
            records = orjson.dumps([dict(zip(fields, row, strict=True)) for row in kept])
            db.execute(statements.update, [records.decode()], prepare=False)
        if gone:
            db.execute(statements.delete, _columns(gone), prepare=False)


def _columns(keys: Iterable[Key]) -> list[list[Any]]:
    return [list(column) for column in zip(*keys, strict=True)]


class _Statements:
    """The SQL of one table, made once from its own column types.

    Bulk statements are planned each time they run: a plan made while the table was small would stay.
    """

    def __init__(self, table: str, types: Mapping[str, str], fields: Sequence[str], key_size: int) -> None:
        self._table, self._columns = Identifier(table), _list(map(Identifier, fields))
        self._types = [types[field] for field in fields]
        self._json = [place for place, kind in enumerate(self._types) if kind == "json"]
        key, rest = fields[:key_size], fields[key_size:]
        known = SQL(" and ").join(SQL("t.{0} = k.{0}").format(Identifier(name)) for name in key)
        arrays = _list(SQL("%b::{}[]").format(SQL(types[name])) for name in key)
        keys = SQL("unnest({}) as k({})").format(arrays, _list(map(Identifier, key)))
        record = _list(SQL("{} {}").format(Identifier(name), SQL(types[name])) for name in fields)
        assigned = _list(SQL("{0} = k.{0}").format(Identifier(name)) for name in rest)
        listed = _list(SQL("t.{}").format(Identifier(name)) for name in fields)
        self._listed = listed
        self.load = SQL("select {} from {} join {} t on {}").format(listed, keys, self._table, known)
        self.update = SQL("update {} t set {} from json_to_recordset(%s::json) as k({}) where {}").format(
            self._table, assigned, record, known
        )
        self.delete = SQL("delete from {} t using {} where {}").format(self._table, keys, known)
        self._copy = SQL("copy {} ({}) from stdin (format binary)").format(self._table, self._columns)

    @classmethod
    def of(cls, db: Db, table: str, projection: Projection[Any]) -> "_Statements":
        """Read the types of the table's columns.

        Raises:
            ColumnsDiffer
        """
        types = dict(
            db.execute(
                "select attname::text, format_type(atttypid, null) from pg_attribute"
                " where attrelid = %s::regclass and attnum > 0 and not attisdropped",
                [table],
            ).fetchall()
        )
        fields: Sequence[str] = projection.row._fields
        if differing := types.keys() ^ set(fields):
            raise ColumnsDiffer(f"{table} and the rows of {projection.name} differ in {sorted(differing)}")
        return cls(table, types, fields, projection.key_size)

    def where(self, column: str) -> Composed:
        """All rows of a tenant in which `column` is one of several values."""
        return SQL("select {} from {} t where t.tenant_id = %s and t.{} = any(%s)").format(
            self._listed, self._table, Identifier(column)
        )

    def copy(self, db: Db, rows: Iterable[tuple[Any, ...]]) -> None:
        """Write rows that are not there yet."""
        with db.cursor() as cursor, cursor.copy(self._copy) as copy:
            copy.set_types(self._types)
            for row in rows:
                copy.write_row(self._with_json(row) if self._json else row)

    def _with_json(self, row: tuple[Any, ...]) -> Sequence[Any]:
        values = list(row)
        for place in self._json:
            if values[place] is not None:
                values[place] = Json(values[place], orjson.dumps)
        return values


def _list(parts: Iterable[Composable]) -> Composable:
    return SQL(", ").join(parts)
