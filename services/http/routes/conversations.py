"""Routes of a conversation: read it, reply, mark, assign and snooze."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import anyio.from_thread
from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from adapters.postgres.agents.drafts import PostgresDrafts
from adapters.postgres.agents.read_pointers import PostgresReadPointers
from adapters.postgres.connection.pool import Row
from adapters.postgres.queries.contacts import PostgresContacts
from adapters.postgres.queries.conversations import PostgresQueries, Thread
from adapters.postgres.queries.visibility import access_of
from domain.conversation.message_events import QuickReplyUse
from domain.conversation.snooze import SnoozeRequest
from domain.conversation.undo import undo_until
from domain.minted import minted_ms
from domain.refusals import NotFound
from projections.directory import DirectoryRow
from schemas.http import (
    Assign,
    Conversation,
    Done,
    Mark,
    Messages,
    SendText,
    Sent,
    Snooze,
    SnoozeDone,
    Window,
)
from schemas.templates import SendTemplate
from services.access.access import Caller
from services.commands.conversations import ConversationCommands
from services.commands.templates import TemplateCommands, Wanted
from services.http.answers.contacts import card_answer
from services.http.answers.tickets import (
    RawJsonResponse,
    channel_answer,
    contact_answer,
    message_fields,
    ticket_answer,
)
from services.http.edge.callers import CurrentCaller, IdempotencyKey, IfMatch, person_of, shown
from services.http.edge.command_answers import body_hash, done
from services.http.edge.cursor_keys import key_of, written_key
from services.http.edge.json_body import StrictJson
from services.http.edge.position_codec import Cursors, PositionCodec
from services.http.edge.problems import NameOf, Refused
from services.http.live.receipt_requests import ReadReceiptRequests
from services.http.routes.tickets import Limit, query_of
from services.queries.conversation_variables import ConversationVariables
from services.runtime.clock import Clock
from services.write.actor import Request

Cursor = Annotated[str | None, Query(max_length=1000, description="`next` or `previous` of another page.")]


def reading_routes(
    queries: PostgresQueries,
    contacts: PostgresContacts,
    reading: PostgresReadPointers,
    cursors: Cursors,
    name_of: NameOf,
    channel: Callable[[UUID], DirectoryRow | None],
    now: Clock,
) -> APIRouter:
    """Create the routes that read a conversation."""
    routes = APIRouter(prefix="/v1/conversations", tags=["conversations"])

    @routes.get("/{conversation_id}")
    async def get_conversation(
        conversation_id: UUID,
        caller: CurrentCaller,
        stale: Annotated[bool, Depends(shown("workspace", "participants", "contacts"))],
        response: Response,
    ) -> Conversation:
        """Get a conversation.

        Returns the newest ticket that the caller may read, the channel, the contact and the 24-hour window.
        `access` says what the caller may do.
        """
        row = await queries.newest_ticket(caller.visibility, conversation_id)
        if row is None:
            raise NotFound("conversation", conversation_id)
        card = await contacts.of_ticket(caller.tenant_id, conversation_id, row.number)
        if card is None:
            raise NotFound("conversation", conversation_id)
        response.headers["ETag"] = f'"{row.control}"'
        ends_at, me = row.window_ends_at, caller.agent_id
        return Conversation(
            ticket=ticket_answer(row, name_of, now()),
            channel=channel_answer(row.channel_id, channel(row.channel_id)),
            contact=contact_answer(row),
            contact_card=card_answer(card),
            window=Window(open=ends_at is not None and now() < ends_at, ends_at=ends_at),
            read_until=me and await reading.get(caller.tenant_id, me, conversation_id),
            access=access_of(row.read_limit),
            stale=stale,
        )

    @routes.get("/{conversation_id}/messages", response_model=Messages)
    async def get_messages(
        conversation_id: UUID,
        caller: CurrentCaller,
        stale: Annotated[bool, Depends(shown("timeline", "workspace", "participants"))],
        before: Cursor = None,
        after: Cursor = None,
        around: UUID | None = None,
        limit: Limit = 50,
    ) -> Response:
        """List messages.

        A page of the conversation: its end, the messages before or after a cursor, or those around a message;
        with `access` `read` only those that came before the caller's last ticket here had ended.
        422 `invalid`: more than one of `before`, `after` and `around` is given.
        """
        if sum(given is not None for given in (before, after, around)) > 1:
            raise Refused(422, "invalid", "Give only one of before, after and around")
        query = query_of(caller, f"messages {conversation_id}")
        thread = await _thread(queries, cursors, query, caller, conversation_id, before, after, around, limit)
        rows = thread.rows
        return RawJsonResponse(
            {
                "items": [message_fields(row, name_of) for row in rows],
                "next": _cursor(cursors, query, rows[0] if rows and thread.older else None),
                "previous": _cursor(cursors, query, rows[-1] if rows and thread.newer else None),
                "stale": stale,
            }
        )

    return routes


def command_routes(
    conversations: ConversationCommands,
    templates: TemplateCommands,
    variables: ConversationVariables,
    drafts: PostgresDrafts,
    receipts: ReadReceiptRequests,
    places: PositionCodec,
    now: Clock,
) -> APIRouter:
    """Create the routes of commands on a conversation."""
    routes = APIRouter(prefix="/v1/conversations", tags=["conversations"], route_class=StrictJson)

    @routes.post("/{conversation_id}/messages", status_code=202)
    def send_message(
        conversation_id: UUID,
        body: Annotated[SendText | SendTemplate, Field(discriminator="type")],
        caller: CurrentCaller,
        key: IdempotencyKey,
        response: Response,
    ) -> Sent:
        """Send a text or a template to the customer.

        A template can be sent when the 24-hour window is closed, too.

        Idempotent: repeating the request with the same key and body has no further effect and returns the
        first response. A text deletes the caller's draft. Sends a read receipt for what the customer wrote
        before, if the channel has `sends_read`.

        404 `not_found`: there is no such conversation, the channel's account has no such template, or the
        caller cannot have used that quick reply, or that version of it.
        409 `window_closed`: the customer's last message is older than 24 hours.
        409 `template_not_sendable`: with a `reason`, such as `paused`.
        409 `opted_out`: the customer told WhatsApp to stop marketing messages.
        409 `no_open_ticket`, `idempotency_mismatch`, `contact_erased`.
        422 `text_empty`, `text_too_long`, `parameter_missing`, `parameter_invalid`; `unknown_agent`: the
        caller was deactivated meanwhile; `missing_value`: the variable `name` of a quick reply still stands
        in the text, and not in a value.
        """
        request = Request(key, body_hash(conversation_id, body))
        by = person_of(caller)
        if isinstance(body, SendTemplate):
            wanted = Wanted(body.template_id, body.parameters)
            accepted = templates.send(conversation_id, wanted, request, by, now())
        else:
            uses = [QuickReplyUse(id=u.id, version=u.version) for u in dict.fromkeys(body.quick_replies)]

            def values() -> list[str]:
                read = anyio.from_thread.run(variables.now, caller.visibility, conversation_id, now())
                return [value for _, value in read if value]

            accepted = conversations.send_text(conversation_id, body.text, request, by, now(), uses, values)
        message_id = UUID(accepted.answer["message_id"])
        if isinstance(body, SendText):
            # The time of the first request, also for a repeated one: a draft begun since then stays.
            written_at = moment_of(message_id)
            anyio.from_thread.run(drafts.delete, by.tenant_id, by.id, conversation_id, written_at)
        receipts.answered(by.tenant_id, conversation_id, by.id, accepted.position)
        response.status_code = accepted.status
        return Sent(message_id=message_id, position=places.write(accepted.position))

    @routes.put("/{conversation_id}/answered")
    def mark_answered(conversation_id: UUID, body: Mark, caller: CurrentCaller, response: Response) -> Done:
        """Mark the ticket as answered or unanswered.

        409 `no_open_ticket`.
        """
        return done(
            conversations.mark(conversation_id, body.answered, person_of(caller), now()), response, places
        )

    @routes.put("/{conversation_id}/assignee")
    def assign(
        conversation_id: UUID, body: Assign, caller: CurrentCaller, seen: IfMatch, response: Response
    ) -> Done:
        """Assign the ticket.

        Agents can take any ticket they see, and give only their own to others.

        403 `forbidden`: an agent can give only their own tickets to others.
        409 `control_moved`: another agent has the ticket, or it was moved; with the current owner.
        409 `no_open_ticket`; 422 `unknown_agent`; 428 `version_required`: `If-Match` is missing.
        """
        outcome = conversations.assign(conversation_id, body.assignee_id, seen, person_of(caller))
        return done(outcome, response, places)

    @routes.delete("/{conversation_id}/assignee")
    def unassign(conversation_id: UUID, caller: CurrentCaller, seen: IfMatch, response: Response) -> Done:
        """Return the ticket to its queue.

        409 `control_moved`, `no_open_ticket`; 428 `version_required`, as for assigning it.
        """
        return done(conversations.unassign(conversation_id, seen, person_of(caller)), response, places)

    @routes.put("/{conversation_id}/snooze")
    def snooze(
        conversation_id: UUID, body: Snooze, caller: CurrentCaller, seen: IfMatch, response: Response
    ) -> SnoozeDone:
        """Snooze the ticket, or change the due time of a snoozed one.

        A snoozed ticket leaves the list of open ones. It returns when it is due, when the customer writes
        (unless `keep` is set), or when it is woken.

        409 `with_bot`, `no_open_ticket`; `control_moved`: the ticket was moved meanwhile.
        422 `snooze_until`: the time is not in the future or more than two years away.
        428 `version_required`: `If-Match` is missing.
        """
        at = now()
        wanted = SnoozeRequest(body.until, body.zone, body.keep, body.reason)
        outcome = conversations.snooze(conversation_id, wanted, seen, person_of(caller), at)
        return SnoozeDone(
            **done(outcome, response, places).model_dump(),
            snoozed_until=body.until,
            window_ends_at=outcome.conversation.window_ends_at,
            window_closes_first=outcome.conversation.window_closes_before(body.until),
            last_safe_until=outcome.conversation.last_safe_time(at),
            undo_until=undo_until(outcome.conversation, person_of(caller).id),
        )

    @routes.delete("/{conversation_id}/snooze")
    def wake(conversation_id: UUID, caller: CurrentCaller, seen: IfMatch, response: Response) -> Done:
        """Wake the ticket before it is due.

        If its owner is not present after the channel's `return_after_s`, it goes to its queue. Has no effect
        on a ticket that is not snoozed. 409 `control_moved`, `no_open_ticket`; 428
        `version_required`.
        """
        return done(conversations.wake(conversation_id, seen, person_of(caller), now()), response, places)

    return routes


async def _thread(
    queries: PostgresQueries,
    cursors: Cursors,
    query: str,
    caller: Caller,
    conversation_id: UUID,
    before: str | None,
    after: str | None,
    around: UUID | None,
    limit: int,
) -> Thread:
    visibility = caller.visibility
    if around is not None:
        found = await queries.around(visibility, conversation_id, around, limit)
        if found is None:
            raise NotFound("message", around)
        return found
    if before is not None:
        page = await queries.before(visibility, conversation_id, key_of(cursors.read(query, before)), limit)
    elif after is not None:
        page = await queries.after(visibility, conversation_id, key_of(cursors.read(query, after)), limit)
    else:
        page = await queries.newest(visibility, conversation_id, limit)
    if not page.rows and await queries.read_limit(visibility, conversation_id) is None:
        raise NotFound("conversation", conversation_id)
    return page


def _cursor(cursors: Cursors, query: str, row: Row | None) -> str | None:
    if row is None:
        return None
    return cursors.write(query, written_key(row.sent_at, row.position))


def moment_of(id: UUID) -> datetime:
    """Return the time at which a UUIDv7 was created."""
    return datetime.fromtimestamp((minted_ms(id) + 1) / 1000, UTC)
