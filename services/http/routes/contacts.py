"""Routes of contacts: search, read, change, merge."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from starlette.concurrency import run_in_threadpool

from adapters.postgres.queries.contacts import ContactAfter, PostgresContacts, searches
from domain.contact.card import Details
from domain.log.port import Log
from domain.refusals import NotFound
from projections.contacts import ContactRow
from schemas.contacts import (
    ChangeContact,
    ContactDone,
    ContactEvents,
    ContactPage,
    Contacts,
    MergeInto,
    ServedTickets,
)
from services.access.access import Caller
from services.commands import contacts as commands
from services.commands.contacts import CardDone
from services.http.answers.contacts import (
    event_answer,
    holders_of,
    other_of,
    page_answer,
    served_answer,
    summary_answer,
)
from services.http.answers.tickets import ModelResponse
from services.http.edge.callers import CardSeen, CurrentCaller, person_of, shown
from services.http.edge.json_body import StrictJson
from services.http.edge.position_codec import MAX_CURSOR, Cursors, PositionCodec, require_reached
from services.http.edge.problems import NameOf
from services.http.routes.tickets import Limit, query_of
from services.queries.contact_history import CardVersion, contact_history

PREFIX = "/v1/contacts"
NEWEST_TICKETS = 20

Stale = Annotated[bool, Depends(shown("contacts", "workspace", "participants"))]
Cursor = Annotated[str | None, Query(max_length=MAX_CURSOR, description="`next` of the previous page.")]


def contact_reading_routes(contacts: PostgresContacts, cursors: Cursors, name_of: NameOf) -> APIRouter:
    """Create the routes that read contacts."""
    routes = APIRouter(prefix=PREFIX, tags=["contacts"])

    @routes.get("")
    async def list_contacts(
        caller: CurrentCaller,
        stale: Stale,
        q: Annotated[
            str,
            Query(
                max_length=200,
                description="Words of a name by their beginnings, the beginning of an e-mail, or a part of a"
                " phone number.",
            ),
        ] = "",
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Contacts:
        """List contacts by name, without those whose data was erased.

        `q` searches by the beginning of name, e-mail or phone number or by the end of the phone number, then
        by words of the name, each by its beginning, and parts of the number from three digits on. Accents,
        case, symbols and the format of phone numbers do not count.
        """
        query = query_of(caller, f"contacts {q}")
        after = None if cursor is None else _after(cursors.read(query, cursor))
        found = await contacts.page(caller.visibility, searches(q), after, limit + 1)
        last = found[limit - 1].place if len(found) > limit else None
        return Contacts(
            items=[summary_answer(each.row) for each in found[:limit]],
            next=last and cursors.write(query, [last.beginning, last.key, str(last.contact_id)]),
            stale=stale,
        )

    @routes.get("/{contact_id}")
    async def get_contact(
        contact_id: UUID, caller: CurrentCaller, stale: Stale, response: Response
    ) -> ContactPage:
        """Get a contact.

        The id of an alias returns its main contact.
        """
        group = await group_of(contacts, caller, contact_id)
        person, visibility = group[0], caller.visibility
        response.headers["ETag"] = f'"{person.version}"'
        return page_answer(
            group,
            await contacts.named(visibility, holders_of(group)),
            await contacts.tickets(visibility, person.contact_id, None, NEWEST_TICKETS),
            await contacts.handed_off(visibility, person.contact_id),
            name_of,
            stale or await contacts.waits([row.contact_id for row in group]),
        )

    @routes.get("/{contact_id}/tickets")
    async def list_contact_tickets(
        contact_id: UUID, caller: CurrentCaller, stale: Stale, cursor: Cursor = None, limit: Limit = 50
    ) -> ServedTickets:
        """List the tickets of a contact and its aliases, newest first."""
        person_id = (await group_of(contacts, caller, contact_id))[0].contact_id
        query = query_of(caller, f"tickets of {person_id}")
        after = None if cursor is None else int(cursors.read(query, cursor)[0])
        rows = await contacts.tickets(caller.visibility, person_id, after, limit + 1)
        last = rows[limit - 1]["opened_position"] if len(rows) > limit else None
        return ServedTickets(
            items=[served_answer(row, name_of) for row in rows[:limit]],
            next=last and cursors.write(query, [last]),
            stale=stale,
        )

    return routes


def contact_history_routes(
    contacts: PostgresContacts, log: Log, places: PositionCodec, name_of: NameOf
) -> APIRouter:
    """Create the route of a contact's history."""
    routes = APIRouter(prefix=PREFIX, tags=["contacts"])

    @routes.get("/{contact_id}/events", response_model=ContactEvents)
    async def get_contact_events(
        contact_id: UUID,
        caller: CurrentCaller,
        after: Annotated[
            str | None, Query(max_length=100, description="A position; events after it.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=1000, description="Maximum number of items.")] = 100,
    ) -> Response:
        """List the events of a contact and its aliases after a position, oldest first.

        409 `resync`: the position belongs to another log, or is ahead of this one; 422 `invalid_position`.
        """
        since = 0 if after is None else places.read(after)
        group = await group_of(contacts, caller, contact_id)
        ids = {row.contact_id for row in group}

        def read() -> list[CardVersion]:
            if since:
                require_reached(since, log.head())
            return contact_history(log, caller.tenant_id, ids, since, limit + 1)

        def answer() -> Response:
            return ModelResponse(
                ContactEvents(
                    items=[event_answer(each, others, places, name_of, group[0].name) for each in told],
                    next=reached if len(page) > limit else None,
                    position=reached,
                )
            )

        page = await run_in_threadpool(read)
        told = page[:limit]
        named = {other for each in told if (other := other_of(each.recorded.fact)) is not None}
        others = await contacts.named(caller.visibility, sorted(named))
        reached = places.write(told[-1].recorded.position if told else since)
        return await run_in_threadpool(answer)

    return routes


def contact_command_routes(contacts: commands.ContactCommands, places: PositionCodec) -> APIRouter:
    """Create the routes of commands on a contact."""
    routes = APIRouter(prefix=PREFIX, tags=["contacts"], route_class=StrictJson)

    def done(outcome: CardDone, response: Response) -> ContactDone:
        response.headers["ETag"] = f'"{outcome.version}"'
        position = places.write(outcome.position)
        return ContactDone(position=position, id=outcome.person_id, version=outcome.version)

    @routes.put("/{contact_id}")
    def change_contact(
        contact_id: UUID, body: ChangeContact, caller: CurrentCaller, seen: CardSeen, response: Response
    ) -> ContactDone:
        """Change the contact's card.

        Later hand-offs of the bot do not overwrite it. The id of an alias changes its main contact.

        409 `contact_moved`: the card was changed meanwhile (with `If-Match` only); with the current card.
        409 `contact_erased`; 422 `contact_name`, `contact_email`, `contact_attributes`.
        """
        given = body.model_dump(exclude_unset=True)

        def revise(details: Details) -> Details:
            return replace(details, **given)

        return done(contacts.change(contact_id, revise, seen, person_of(caller)), response)

    @routes.post("/{contact_id}/merge")
    def merge_contact(
        contact_id: UUID, body: MergeInto, caller: CurrentCaller, response: Response
    ) -> ContactDone:
        """Merge the contact into another one.

        It becomes an alias of `into`; conversations and windows stay separate. Idempotent.

        409 `merge_itself`; `merged_already`: it is an alias of another contact, given as `into`;
        `has_aliases`.
        """
        return done(contacts.merge(contact_id, body.into, person_of(caller)), response)

    @routes.delete("/{contact_id}/merge")
    def undo_contact_merge(contact_id: UUID, caller: CurrentCaller, response: Response) -> ContactDone:
        """Undo the merge of an alias.

        Has no effect on a contact that is not an alias.
        """
        return done(contacts.undo_merge(contact_id, person_of(caller)), response)

    return routes


async def group_of(contacts: PostgresContacts, caller: Caller, contact_id: UUID) -> list[ContactRow]:
    """Load the main contact and its aliases.

    Raises:
        NotFound: the contact does not exist, or the caller may not see it.
    """
    group = await contacts.person(caller.visibility, contact_id)
    if not group:
        raise NotFound("contact", contact_id)
    return group


def _after(key: list[Any]) -> ContactAfter:
    beginning, value, contact_id = key
    return ContactAfter(beginning, value, UUID(contact_id))
