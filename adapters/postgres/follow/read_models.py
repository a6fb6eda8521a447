"""Storage of read models: load the rows that a batch touches in one query, fold, write back."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import orjson
from psycopg import Connection, ProgrammingError
from psycopg.sql import SQL, Composable, Composed, Identifier
from psycopg.types.json import Json

from domain.event import Recorded
from projections.projection import Key, Projection, ProjectionBatch, Where

Row = TypeVar("Row", bound=tuple[Any, ...])

Db = Connection[Any]


class ColumnsDiffer(ProgrammingError):
    """The table's columns differ from the fields of the projection's rows."""


class LiveTable(NamedTuple):
    """The table that a read model is served from, and the version of the fold that filled it."""

    generation: int
    version: int


def live_table(db: Db, name: str) -> LiveTable | None:
    """Return the live table of the read model `name`, None when there is none yet."""
    asked = "select generation, version from positions where name = %s and not building"
    row = db.execute(asked, [name]).fetchone()
    return None if row is None else LiveTable(*row)


def adopt_version(db: Db, name: str, version: int) -> None:
    """Mark a live table as of this version if nothing has been folded into it yet."""
    adopt = "update positions set version = %s where name = %s and not building and position = 0"
    db.execute(adopt, [version, name])


class ReadModel(Generic[Row]):
    """One projection in one table. The caller holds the lock of its position.

    Thanks to that lock new rows can be written by COPY and the others by a plain update.
    """

    def __init__(self, projection: Projection[Row], generation: int = 1) -> None:
        self.projection = projection
        self.generation = generation
        self.table = f"{projection.name}_{generation}"
        self._statements: _Statements | None = None

    def handle(self, db: Db, events: Iterable[Recorded]) -> None:
        """Fold the events and write the rows, in the caller's transaction."""
        batch = ProjectionBatch(self.projection, events)
        if batch.is_empty:
            return
        statements = self._prepare(db)
        stored = self._load(db, statements, batch)
        self._store(db, statements, stored, batch.fold(stored))

    def _prepare(self, db: Db) -> "_Statements":
        if self._statements is None:
            self._statements = _Statements.of(db, self.table, self.projection)
        return self._statements

    def _load(self, db: Db, statements: "_Statements", batch: ProjectionBatch[Row]) -> dict[Key, Row]:
        found: list[Any] = []
        with db.cursor(binary=True) as cursor:
            if batch.keys:
                found += cursor.execute(statements.load, _columns(batch.keys), prepare=False).fetchall()
            for column, values in _by_column(batch.wheres).items():
                found += cursor.execute(statements.where(column), _columns(values)).fetchall()
        rows: Any = self.projection.row  # a NamedTuple, which no bound of a type variable can say
        size = self.projection.key_size
        return {record[:size]: rows._make(record) for record in found}

    def _store(
        self, db: Db, statements: "_Statements", stored: Mapping[Key, Row], rows: Mapping[Key, Row | None]
    ) -> None:
        new, kept, gone = [], [], []
        for key, row in rows.items():
            if row is None:
                gone.append(key)
            elif key in stored:
                kept.append(row)
            else:
                new.append(row)
        if new:
            statements.copy(db, new)
        if kept:
            db.execute(statements.update, [statements.json(kept)], prepare=False)
        if gone:
            db.execute(statements.delete, _columns(gone), prepare=False)


def _by_column(wheres: Iterable[tuple[UUID, Where]]) -> dict[str, set[Key]]:
    columns: defaultdict[str, set[Key]] = defaultdict(set)
    for tenant_id, where in wheres:
        for column in where.columns:
            columns[column].add((tenant_id, where.value))
    return columns


def _columns(keys: Iterable[Key]) -> list[list[Any]]:
    return [list(column) for column in zip(*keys, strict=True)]


class _Statements:
    """SQL of one table, built once from its column types.

    Bulk statements are not prepared: a plan made while the table was small would stay.
    """

    def __init__(self, table: str, types: Mapping[str, str], fields: Sequence[str], key_size: int) -> None:
        self._table, self._fields = Identifier(table), fields
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
        self.load = (
            SQL("select {} from {} join {} t on {}").format(listed, keys, self._table, known).as_bytes()
        )
        self.update = (
            SQL("update {} t set {} from json_to_recordset(%s::json) as k({}) where {}")
            .format(self._table, assigned, record, known)
            .as_bytes()
        )
        self.delete = SQL("delete from {} t using {} where {}").format(self._table, keys, known).as_bytes()
        self._copy = (
            SQL("copy {} ({}) from stdin (format binary)")
            .format(self._table, _list(map(Identifier, fields)))
            .as_bytes()
        )

    @classmethod
    def of(cls, db: Db, table: str, projection: Projection[Any]) -> "_Statements":
        """Build the statements from the types of the table's columns.

        Raises:
            ColumnsDiffer
        """
        types = dict(
            db.execute(
                "select attname::text, format_type(atttypid, null) from pg_attribute"
                " where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''",
                [table],
            ).fetchall()
        )
        fields: Sequence[str] = projection.row._fields
        if differing := types.keys() ^ set(fields):
            raise ColumnsDiffer(f"{table} and the rows of {projection.name} differ in {sorted(differing)}")
        return cls(table, types, fields, projection.key_size)

    def where(self, column: str) -> Composed:
        """Select all rows by pairs of tenant and value of `column`."""
        return SQL(
            "select {} from unnest(%b::uuid[], %b::uuid[]) as k(tenant_id, value)"
            " join {} t on t.tenant_id = k.tenant_id and t.{} = k.value"
        ).format(self._listed, self._table, Identifier(column))

    def json(self, rows: Iterable[tuple[Any, ...]]) -> str:
        """Encode rows as the parameter of `update`."""
        return f"[{','.join(_json(dict(zip(self._fields, row, strict=True))) for row in rows)}]"

    def copy(self, db: Db, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert new rows by COPY."""
        with db.cursor() as cursor, cursor.copy(self._copy) as copy:
            copy.set_types(self._types)
            for row in rows:
                copy.write_row(self._with_json(row) if self._json else row)

    def _with_json(self, row: tuple[Any, ...]) -> Sequence[Any]:
        values = list(row)
        for place in self._json:
            if values[place] is not None:
                values[place] = Json(values[place], _json)
        return values


def _json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # an integer beyond 64 bits in a customer's message
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _list(parts: Iterable[Composable]) -> Composable:
    return SQL(", ").join(parts)


def differing_rows(
    db: Db,
    one: Identifier,
    other: Identifier,
    key: Sequence[str],
    limit: int,
    columns: Sequence[str] | None = None,
) -> list[tuple[str, int]]:
    """Compare two tables; return at most `limit` keys of rows that differ, each with the number of them all.

    Only `columns` are compared, in that order; without them the rows as they stand.
    """
    keys = SQL(", ").join(map(Identifier, key))
    listed = SQL("*") if columns is None else SQL(", ").join(map(Identifier, columns))
    query = SQL(
        "select concat_ws(' ', {}), count(*) over () from (select {} from {}) a"
        " full join (select {} from {}) b using ({}) where a::text is distinct from b::text limit {}"
    ).format(keys, listed, one, listed, other, keys, limit)
    return db.execute(query).fetchall()
