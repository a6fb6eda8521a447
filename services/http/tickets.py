"""The lists of the workspace."""

from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Query

from adapters.postgres.queries import COUNTED, PostgresQueries
from schemas.http import Count, Counts, Tickets, View
from services.http.callers import CurrentCaller, shown
from services.http.keys import key_of, written_key
from services.http.places import Cursors
from services.http.problems import NameOf
from services.http.views import ticket_answer
from services.installation.access import Caller

Limit = Annotated[int, Query(ge=1, le=200)]
Stale = Annotated[bool, Depends(shown("workspace"))]


def ticket_routes(queries: PostgresQueries, cursors: Cursors, name_of: NameOf) -> APIRouter:
    """Tickets by view, newest first."""
    routes = APIRouter(prefix="/v1/tickets", tags=["tickets"])

    @routes.get("")
    def list_tickets(
        caller: CurrentCaller,
        stale: Stale,
        view: View = "all",
        cursor: Annotated[str | None, Query(max_length=1000)] = None,
        limit: Limit = 50,
    ) -> Tickets:
        """A page of a view. `mine` are the open ones of the asker, `all` whatever the asker may see."""
        query = query_of(caller, f"tickets {view}")
        behind = None if cursor is None else key_of(cursors.read(query, cursor))
        rows = queries.tickets(caller.sight, view, behind, limit + 1)
        items = [ticket_answer(row, name_of) for row in rows[:limit]]
        more = len(rows) > limit
        key = written_key(rows[limit - 1]["last_at"], rows[limit - 1]["last_position"]) if more else None
        return Tickets(items=items, next=key and cursors.write(query, key), stale=stale)

    @routes.get("/counts")
    def count_tickets(caller: CurrentCaller, stale: Stale) -> Counts:
        """How many tickets each view has; what is more than a hundred is not counted."""
        counted = queries.counts(caller.sight, get_args(View))
        counts = {view: Count(count=min(n, COUNTED), more=n > COUNTED) for view, n in counted.items()}
        return Counts(**counts, stale=stale)

    return routes


def query_of(caller: Caller, what: str) -> str:
    """The name of a query in its cursors: whose it is, and what it asks."""
    return f"{caller.tenant_id} {caller.agent_id} {what}"
