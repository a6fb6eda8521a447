"""Queries of a conversation: its tickets and pages of its messages, as far as the caller may read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg.sql import SQL, Composable, Composed

from adapters.postgres.connection.pool import AsyncQueryPool, Row
from adapters.postgres.queries.columns import MESSAGE, PINNED, STALE_TICKET, TICKET
from adapters.postgres.queries.statements import Statements
from adapters.postgres.queries.visibility import Visibility

Key = tuple[datetime, int]
"""Sort key of messages: a second, and a position among those of one second."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A page of messages, oldest first, and whether there are more on each side."""

    rows: Sequence[Row]
    older: bool
    newer: bool


class PostgresQueries:
    """Queries of a conversation."""

    def __init__(self, pool: AsyncQueryPool) -> None:
        self._pool = pool
        self._statements = Statements()

    async def newest_ticket(self, visibility: Visibility, conversation_id: UUID) -> Row | None:
        """Read the newest ticket of a conversation that the caller may read, with `read_limit`."""
        query = self._statements.text(
            ("newest_ticket", visibility.plan_key),
            lambda: SQL(
                "select {}, {}, {}, w.channel_id, {} as read_limit from workspace w where {}"
                " and w.conversation_id = %(conversation)s order by w.number desc limit 1"
            ).format(TICKET, STALE_TICKET, PINNED, visibility.limit_of_thread, visibility.readable),
        )
        return await self._pool.row(query, {**visibility.values, "conversation": conversation_id})

    async def visible_tickets(self, visibility: Visibility, conversation_id: UUID) -> Sequence[Row]:
        """Read the tickets of a conversation that stand in the caller's lists."""
        query = self._statements.text(
            ("visible_tickets", visibility.plan_key),
            lambda: SQL(
                "select {}, {}, {} from workspace w where {} and w.conversation_id = %(conversation)s"
                " order by w.number"
            ).format(TICKET, STALE_TICKET, PINNED, visibility.rule),
        )
        return await self._pool.rows(query, {**visibility.values, "conversation": conversation_id})

    async def read_limit(self, visibility: Visibility, conversation_id: UUID) -> int | None:
        """Read up to which position the caller may read a conversation; None for not at all."""
        query = self._statements.text(
            ("read_limit", visibility.plan_key),
            lambda: SQL("select {} as read_limit").format(visibility.limit_of_thread),
        )
        row = await self._pool.row(query, {**visibility.values, "conversation": conversation_id})
        return None if row is None else row.read_limit

    async def readable_tickets(self, visibility: Visibility, conversation_id: UUID) -> set[int]:
        """Read the numbers of the tickets of a conversation that the caller may read."""
        query = self._statements.text(
            ("readable_tickets", visibility.plan_key),
            lambda: SQL(
                "select w.number from workspace w where {} and w.conversation_id = %(conversation)s"
            ).format(visibility.readable),
        )
        rows = await self._pool.rows(query, {**visibility.values, "conversation": conversation_id})
        return {row.number for row in rows}

    async def newest(self, visibility: Visibility, conversation_id: UUID, limit: int) -> Thread:
        """Read the newest messages."""
        rows, older = await self._page(visibility, conversation_id, "older", None, limit)
        return Thread(rows[::-1], older, newer=False)

    async def before(self, visibility: Visibility, conversation_id: UUID, key: Key, limit: int) -> Thread:
        """Read the messages before `key`."""
        rows, older = await self._page(visibility, conversation_id, "older", key, limit)
        return Thread(rows[::-1], older, newer=True)

    async def after(self, visibility: Visibility, conversation_id: UUID, key: Key, limit: int) -> Thread:
        """Read the messages after `key`."""
        rows, newer = await self._page(visibility, conversation_id, "newer", key, limit)
        return Thread(rows, older=True, newer=newer)

    async def around(
        self, visibility: Visibility, conversation_id: UUID, message_id: UUID, limit: int
    ) -> Thread | None:
        """Read a message and its neighbours on both sides; None if it is not in this conversation."""
        found = await self.message(visibility, conversation_id, message_id)
        if found is None:
            return None
        key = (found.sent_at, found.position)
        half = (limit - 1) // 2
        before, older = await self._page(visibility, conversation_id, "older", key, half)
        after, newer = await self._page(visibility, conversation_id, "newer", key, limit - 1 - half)
        return Thread([*before[::-1], found, *after], older, newer)

    async def message(self, visibility: Visibility, conversation_id: UUID, message_id: UUID) -> Row | None:
        """Read a message; None if it is not in this conversation, or not readable."""
        query = self._statements.text(
            ("around", visibility.plan_key),
            lambda: SQL(
                "select {} from timeline m where m.tenant_id = %(tenant)s and m.message_id = %(message)s"
                " and m.conversation_id = %(conversation)s and {}"
            ).format(MESSAGE, _readable(visibility)),
        )
        values = {**visibility.values, "conversation": conversation_id, "message": message_id}
        return await self._pool.row(query, values)

    async def _page(
        self,
        visibility: Visibility,
        conversation_id: UUID,
        towards: Literal["older", "newer"],
        key: Key | None,
        limit: int,
    ) -> tuple[Sequence[Row], bool]:
        """Read at most `limit` messages from `key` on, nearest first, and whether there are more."""
        query = self._statements.text(
            ("page", visibility.plan_key, towards, key is None, limit),
            lambda: _page_of(visibility, towards, key is not None, limit + 1),
        )
        at, position = key or (None, None)
        values = {"conversation": conversation_id, "at": at, "position": position}
        rows = await self._pool.rows(query, {**visibility.values, **values})
        return rows[:limit], len(rows) > limit


def _page_of(
    visibility: Visibility, towards: Literal["older", "newer"], from_key: bool, limit: int
) -> Composed:
    """Build the query of a page.

    The limit is part of the text: PostgreSQL would plan each page again if it were a parameter.
    """
    compare, order = ("<", "desc") if towards == "older" else (">", "asc")
    keyset = f" and (m.sent_at, m.position) {compare} (%(at)s, %(position)s)" if from_key else ""
    return SQL(
        "select {} from timeline m where m.tenant_id = %(tenant)s"
        " and m.conversation_id = %(conversation)s and {}{}{}"
    ).format(
        MESSAGE,
        _readable(visibility),
        SQL(keyset),
        SQL(f" order by m.sent_at {order}, m.position {order} limit {limit}"),
    )


def _readable(visibility: Visibility) -> Composable:
    """Build the condition that a message `m` of the conversation is readable."""
    if visibility.everything:
        return SQL("true")
    return SQL("m.position <= {}").format(visibility.limit_of_thread)
