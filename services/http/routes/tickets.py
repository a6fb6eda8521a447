"""Routes of the ticket lists."""

from datetime import datetime
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Query, Response

from adapters.postgres.agents.pins import PostgresPreferences
from adapters.postgres.queries.ticket_lists import PostgresLists, TicketAfter, most_counted
from adapters.postgres.queries.ticket_orders import Listing, Preferences
from schemas.http import Count, Counts, Sort, Tickets, View
from services.access.access import Caller
from services.http.answers.tickets import RawJsonResponse, ticket_fields
from services.http.edge.callers import CurrentCaller, shown
from services.http.edge.cursor_keys import instant_of, written_instant
from services.http.edge.position_codec import Cursors
from services.http.edge.problems import NameOf
from services.runtime.clock import Clock

Limit = Annotated[int, Query(ge=1, le=200, description="Maximum number of items.")]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next` of the previous page.")]
Stale = Annotated[bool, Depends(shown("workspace"))]


def ticket_routes(
    lists: PostgresLists, preferences: PostgresPreferences, cursors: Cursors, name_of: NameOf, now: Clock
) -> APIRouter:
    """Create the routes of ticket lists and counts."""
    routes = APIRouter(prefix="/v1/tickets", tags=["tickets"])

    @routes.get("", response_model=Tickets)
    async def list_tickets(
        caller: CurrentCaller,
        stale: Stale,
        view: View = "all",
        sort: Sort | None = None,
        unanswered_first: bool | None = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Response:
        """List tickets.

        View `mine`: open tickets of the caller; `all`: every ticket that the caller may see. `closing` is
        always sorted by window.

        Sort `newest`: by last message; `waiting`: longest unanswered first, answered ones last; `window`:
        first to close first; `queued`: longest in the queue first; `name`: by contact name. Except for
        `newest` and `name`, closed tickets come last, newest first. `sort` and `unanswered_first` default to
        the caller's preferences.
        """
        if sort is None or unanswered_first is None:
            me = caller.agent_id
            chosen = Preferences() if me is None else await preferences.get(caller.tenant_id, me)
            sort = sort or chosen.sort
            unanswered_first = chosen.unanswered_first if unanswered_first is None else unanswered_first
        listing = Listing(view, sort, unanswered_first)
        query = query_of(caller, f"tickets {view} {sort} {unanswered_first}")
        after, at = (None, now()) if cursor is None else _after(cursors.read(query, cursor))
        page = await lists.tickets(caller.visibility, listing, after, at, limit)
        items = [ticket_fields(row, name_of, at) for row in page.rows]
        next = page.next and cursors.write(query, _key(page.next, at))
        return RawJsonResponse({"items": items, "next": next, "stale": stale})

    @routes.get("/counts")
    async def count_tickets(caller: CurrentCaller, stale: Stale) -> Counts:
        """Count the tickets of each view.

        Up to a hundred; for supervisors and admins up to 10,000, except `closed` and `all`.
        """
        visibility = caller.visibility
        counts = {
            view: Count(count=min(n, most), more=n > most)
            for view, n in (await lists.counts(visibility, get_args(View), now())).items()
            for most in [most_counted(visibility, view)]
        }
        return Counts(**counts, stale=stale)

    return routes


def query_of(caller: Caller, what: str) -> str:
    """Name a query and its caller, to bind cursors to them."""
    return f"{caller.tenant_id} {caller.agent_id} {what}"


def _key(after: TicketAfter, at: datetime) -> list[Any]:
    """Encode where a listing that began at `at` goes on, for a cursor."""
    value = written_instant(after.value) if isinstance(after.value, datetime) else after.value
    return [written_instant(at), after.segment, value, after.position]


def _after(key: list[Any]) -> tuple[TicketAfter, datetime]:
    """Decode a key that `_key` wrote."""
    at, segment, value, position = key
    value = instant_of(value) if isinstance(value, int) else value
    return TicketAfter(segment, value, position), instant_of(at)
