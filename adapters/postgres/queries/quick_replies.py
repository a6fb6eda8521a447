"""Queries of quick replies: lists and search, one of them, and who used it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from psycopg.sql import SQL, Composable

from adapters.postgres.connection.pool import AsyncQueryPool, Row
from adapters.postgres.connection.text import storable
from projections.names import plain

View = Literal["usable", "mine", "waiting", "all", "archived"]
After = tuple[int, int, str, UUID]
"""Where the next page begins: after these values of the view's order."""

MAX_WORDS = 12

_COLUMNS = SQL(
    "q.quick_reply_id, q.name, q.shortcut, q.text, q.version, q.teams, q.state, q.revision, q.suggestion,"
    " q.suggestion_state, q.suggested_by, q.suggesters"
)
_USES = SQL(
    "coalesce((select sum(u.uses) from quick_reply_uses u where u.tenant_id = q.tenant_id"
    " and u.quick_reply_id = q.quick_reply_id), 0)::bigint as uses"
)
_OWN = SQL(
    "left join quick_reply_uses o on o.tenant_id = q.tenant_id and o.quick_reply_id = q.quick_reply_id"
    " and o.agent_id = %(me)s"
)
_VIEWS: dict[View, Composable] = {
    "usable": SQL("q.state = 'approved'"),
    "mine": SQL("q.suggesters @> array[%(me)s::uuid]"),
    "waiting": SQL("q.suggestion_state = 'waiting'"),
    "all": SQL("q.state = 'approved'"),
    "archived": SQL("q.state = 'archived'"),
}
_BY_NAME = SQL("0"), SQL("0::bigint"), SQL("q.name_key")
# The most used one first; but what is typed as a whole shortcut is found, however rarely it is used.
_BY_USE = (
    SQL("(q.shortcut is distinct from %(shortcut)s)::integer"),
    SQL("-coalesce(o.uses, 0)::bigint"),
    SQL("q.name_key"),
)
_ORDERS: dict[View, Sequence[Composable]] = {
    "usable": _BY_USE,
    "mine": (SQL("0"), SQL("-q.suggested_position"), SQL("''")),
    "waiting": (SQL("0"), SQL("q.suggested_position"), SQL("''")),
    "all": _BY_NAME,
    "archived": _BY_NAME,
}


@dataclass(frozen=True, slots=True)
class QuickReplyReader:
    """The caller of a query: `me` is None for a service, `teams` for who reads the replies of all teams."""

    tenant_id: UUID
    me: UUID | None
    teams: frozenset[UUID] | None

    @property
    def values(self) -> dict[str, Any]:
        return {"tenant": self.tenant_id, "me": self.me, "teams": sorted(self.teams or ())}

    @property
    def offered(self) -> Composable:
        """The condition that a quick reply is for everybody, or for a team of the reader."""
        if self.teams is None:
            return SQL("true")
        return SQL("(q.teams = '{}' or q.teams && %(teams)s::uuid[])")


class PostgresQuickReplies:
    """Queries of quick replies."""

    def __init__(self, pool: AsyncQueryPool) -> None:
        self._pool = pool

    async def page(
        self, reader: QuickReplyReader, view: View, q: str, after: After | None, limit: int
    ) -> Sequence[Row]:
        """Return at most `limit` quick replies of a view, in its order, with `first`, `second` and `third`.

        Each word of `q` stands in name, shortcut or text; accents and case do not count.
        """
        if not storable(q):
            return []
        first, second, third = _ORDERS[view]
        words = plain(q).split(" ")[:MAX_WORDS]
        conditions: list[Composable] = [SQL("q.tenant_id = %(tenant)s"), _VIEWS[view]]
        if view == "usable":
            conditions.append(reader.offered)
        wanted = {f"w{place}": word for place, word in enumerate(words) if word}
        conditions += [SQL(f"strpos(q.search, %({name})s) > 0") for name in wanted]
        if after is not None:
            key = SQL("({}, {}, {}, q.quick_reply_id) > (%(first)s, %(second)s, %(third)s, %(id)s)")
            conditions.append(key.format(first, second, third))
        query = SQL(
            "select {}, {}, p.own_uses, p.first, p.second, p.third"
            " from (select q.quick_reply_id as id, coalesce(o.uses, 0) as own_uses,"
            " {} as first, {} as second, {} as third"
            " from quick_replies q {} where {} order by 3, 4, 5, 1 limit %(limit)s) p"
            " join quick_replies q on q.tenant_id = %(tenant)s and q.quick_reply_id = p.id"
            " order by p.first, p.second, p.third, p.id"
        ).format(_COLUMNS, _USES, first, second, third, _OWN, SQL(" and ").join(conditions))
        values = {**reader.values, **wanted, "shortcut": plain(q).removeprefix("/"), "limit": limit}
        if after is not None:
            values |= dict(zip(("first", "second", "third", "id"), after, strict=True))
        return await self._pool.rows(query, values)

    async def one(self, reader: QuickReplyReader, quick_reply_id: UUID) -> Row | None:
        """Return a quick reply with its versions; None if the reader may not see it.

        One that is offered to them while it is approved, one that they suggested, or any for who decides.
        """
        seen: Composable = SQL("true")
        if reader.teams is not None:
            offered = SQL("(q.state = 'approved' and {})").format(reader.offered)
            seen = SQL("({} or {})").format(offered, _VIEWS["mine"])
        query = SQL(
            "select {}, q.versions, coalesce(o.uses, 0) as own_uses, {} from quick_replies q {}"
            " where q.tenant_id = %(tenant)s and q.quick_reply_id = %(id)s and {}"
        ).format(_COLUMNS, _USES, _OWN, seen)
        return await self._pool.row(query, {**reader.values, "id": quick_reply_id})

    async def users(self, reader: QuickReplyReader, quick_reply_id: UUID) -> Sequence[Row]:
        """Return who used a quick reply how often, most used first; only the reader, unless they decide."""
        own = SQL("true" if reader.teams is None else "u.agent_id = %(me)s")
        query = SQL(
            "select u.agent_id, u.uses, u.last_used_at from quick_reply_uses u"
            " where u.tenant_id = %(tenant)s and u.quick_reply_id = %(id)s and {}"
            " order by u.uses desc, u.last_used_at desc, u.agent_id limit 1000"
        ).format(own)
        return await self._pool.rows(query, {**reader.values, "id": quick_reply_id})

    async def waiting(self, tenant_id: UUID) -> int:
        """Count the suggestions that wait to be decided."""
        query = SQL(
            "select count(*) as waiting from quick_replies q"
            " where q.tenant_id = %(tenant)s and q.suggestion_state = 'waiting'"
        )
        row = await self._pool.row(query, {"tenant": tenant_id})
        return 0 if row is None else int(row.waiting)
