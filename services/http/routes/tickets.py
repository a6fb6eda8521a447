"""The lists of the workspace."""

from datetime import datetime
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Query, Response

from adapters.postgres.agents.pins import PostgresPreferences
from adapters.postgres.queries.conversations import Row
from adapters.postgres.queries.ticket_lists import COUNTED, After, PostgresLists
from adapters.postgres.queries.ticket_orders import Listing, Preferences
from schemas.http import Count, Counts, Sort, Tickets, View
from services.access.access import Caller
from services.http.answers.tickets import RawJsonResponse, ticket_fields
from services.http.edge.callers import CurrentCaller, shown
from services.http.edge.cursor_keys import instant_of, written_instant
from services.http.edge.positions import Cursors
from services.http.edge.problems import NameOf
from services.runtime.clock import Clock

Limit = Annotated[int, Query(ge=1, le=200)]
Stale = Annotated[bool, Depends(shown("workspace"))]


def ticket_routes(
    lists: PostgresLists, preferences: PostgresPreferences, cursors: Cursors, name_of: NameOf, now: Clock
) -> APIRouter:
    """Tickets by view, in the order that was asked for."""
    routes = APIRouter(prefix="/v1/tickets", tags=["tickets"])

    @routes.get("", response_model=Tickets)
    def list_tickets(
        caller: CurrentCaller,
        stale: Stale,
        view: View = "all",
        sort: Sort | None = None,
        unanswered_first: bool | None = None,
        cursor: Annotated[str | None, Query(max_length=1000)] = None,
        limit: Limit = 50,
    ) -> Response:
        """A page of a view. `mine` are the open ones of the asker, `all` whatever the asker may see.

        `newest`: by the last message. `waiting`: longest unanswered first, those without a mark behind.
        `window`: closing first. `queued`: by arrival in the queue, oldest first. `name`: by the contact's.
        What is closed stands behind, newest first, but for `newest` and `name`. The view `closing` is sorted
        by the window alone. What a request does not name is as the asker prefers it.
        """
        if sort is None or unanswered_first is None:
            me = caller.agent_id
            chosen = Preferences() if me is None else preferences.get(caller.tenant_id, me)
            sort = sort or chosen.sort
            unanswered_first = chosen.unanswered_first if unanswered_first is None else unanswered_first
        listing = Listing(view, sort, unanswered_first)
        query = query_of(caller, f"tickets {view} {sort} {unanswered_first}")
        behind, at = (None, now()) if cursor is None else _behind(cursors.read(query, cursor))
        rows = lists.tickets(caller.visibility, listing, behind, at, limit + 1)
        items = [ticket_fields(row, name_of, at) for row in rows[:limit]]
        key = _key(rows[limit - 1], at) if len(rows) > limit else None
        return RawJsonResponse({"items": items, "next": key and cursors.write(query, key), "stale": stale})

    @routes.get("/counts")
    def count_tickets(caller: CurrentCaller, stale: Stale) -> Counts:
        """How many tickets each view has; what is more than a hundred is not counted."""
        counted = lists.counts(caller.visibility, get_args(View), now())
        counts = {view: Count(count=min(n, COUNTED), more=n > COUNTED) for view, n in counted.items()}
        return Counts(**counts, stale=stale)

    return routes


def query_of(caller: Caller, what: str) -> str:
    """The name of a query in its cursors: whose it is, and what it asks."""
    return f"{caller.tenant_id} {caller.agent_id} {what}"


def _key(row: Row, at: datetime) -> list[Any]:
    """The place behind a row of a listing that was begun at `at`, for a cursor."""
    value = row["sort_value"]
    written = written_instant(value) if isinstance(value, datetime) else value
    return [written_instant(at), row["sort_stretch"], written, row["sort_position"]]


def _behind(key: list[Any]) -> tuple[After, datetime]:
    """What `_key` wrote."""
    at, stretch, value, position = key
    value = instant_of(value) if isinstance(value, int) else value
    return After(stretch, value, position), instant_of(at)
