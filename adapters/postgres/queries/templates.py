"""Queries for templates, and for when their accounts were read from Meta."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import class_row, tuple_row

from adapters.postgres.connection.pool import AsyncQueryPool
from projections.templates import TemplateRow

_PAGE = (
    f"select {', '.join(TemplateRow._fields)} from templates"
    " where tenant_id = %(tenant)s and (%(account)s::text is null or account = %(account)s)"
    " and not exists (select from unnest(%(words)s::text[]) w(word) where position(word in search) = 0)"
    " and (why_not is not null, name, language, template_id)"
    " > (%(sorts_last)s, %(name)s, %(language)s, %(id)s)"
    " order by why_not is not null, name, language, template_id limit %(limit)s"
)
_SYNCS = (
    "select min(synced_at) filter (where synced_at is not null),"
    " bool_or(synced_at is null), bool_or(error is not null) from template_accounts"
    " where tenant_id = %(tenant)s and (%(account)s::text is null or account = %(account)s)"
)
_REQUEST = (
    "update template_accounts set requested_at = clock_timestamp() where tenant_id = %s"
    " returning requested_at"
)


class TemplateAfter(NamedTuple):
    """The place of a template in the list: those that cannot be sent come last."""

    sorts_last: bool = False
    name: str = ""
    language: str = ""
    id: UUID = UUID(int=0)


class Syncs(NamedTuple):
    """When the account that was read first was read last, None before all were; and whether one failed."""

    synced_at: datetime | None
    failed: bool


def place_of(row: TemplateRow) -> TemplateAfter:
    """Return the place of a template in the list."""
    return TemplateAfter(row.why_not is not None, row.name, row.language, row.template_id)


class PostgresTemplates:
    """Queries that list templates."""

    def __init__(self, pool: AsyncQueryPool) -> None:
        self._pool = pool

    async def page(
        self,
        tenant_id: UUID,
        account: str | None,
        words: Sequence[str],
        after: TemplateAfter,
        limit: int,
    ) -> Sequence[TemplateRow]:
        """Read templates of an account (None: of all) in which each of these folded words stands."""
        asked = {"tenant": tenant_id, "account": account, "words": list(words), "limit": limit}
        return await self._pool.rows_as(class_row(TemplateRow), _PAGE.encode(), asked | after._asdict())

    async def syncs(self, tenant_id: UUID, account: str | None) -> Syncs:
        """Read when the accounts were read from Meta."""
        asked = {"tenant": tenant_id, "account": account}
        (found,) = await self._pool.rows_as(tuple_row, _SYNCS.encode(), asked)
        synced_at, some_never, failed = found
        return Syncs(None if some_never else synced_at, bool(failed))

    async def request(self, tenant_id: UUID) -> datetime | None:
        """Ask for the accounts of a tenant to be read again; return when that was, None without accounts."""
        found = await self._pool.rows_as(tuple_row, _REQUEST.encode(), [tenant_id])
        return max((requested_at for (requested_at,) in found), default=None)
