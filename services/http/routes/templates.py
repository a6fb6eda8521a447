"""Routes of templates: list them, read them from Meta again, write to a contact first."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from adapters.postgres.queries.templates import PostgresTemplates, TemplateAfter, place_of
from domain.refusals import NotFound
from domain.template.content import Content, parameters
from projections.directory import DirectoryRow
from projections.names import plain
from projections.templates import TemplateRow
from schemas.templates import (
    ConversationOpened,
    OpenConversation,
    SyncRequested,
    Template,
    Templates,
)
from services.commands.templates import TemplateCommands, Wanted
from services.http.answers.tickets import ModelResponse
from services.http.edge.callers import CurrentCaller, IdempotencyKey, person_of, shown
from services.http.edge.command_answers import body_hash
from services.http.edge.json_body import StrictJson
from services.http.edge.position_codec import MAX_CURSOR, Cursors, PositionCodec
from services.http.routes.organisation import CurrentAdmin
from services.http.routes.tickets import Limit, query_of
from services.runtime.clock import Clock
from services.write.actor import Request

Cursor = Annotated[str | None, Query(max_length=MAX_CURSOR, description="`next` of the previous page.")]


def template_routes(
    templates: PostgresTemplates,
    channel: Callable[[UUID], DirectoryRow | None],
    cursors: Cursors,
    now: Clock,
) -> APIRouter:
    """Create the routes that list templates and have them read again."""
    routes = APIRouter(prefix="/v1/templates", tags=["templates"], route_class=StrictJson)

    @routes.get("", response_model=Templates)
    async def list_templates(
        caller: CurrentCaller,
        stale: Annotated[bool, Depends(shown("templates"))],
        channel_id: Annotated[
            UUID | None, Query(description="Only those of the account of this channel.")
        ] = None,
        q: Annotated[
            str, Query(max_length=200, description="Words that stand in the name, the header or the body.")
        ] = "",
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Response:
        """List templates.

        Those that can be sent come first, then the others with what prevents it, each by name and language.
        Accents and case do not count in `q`.
        """
        account = None
        if channel_id is not None:
            known = channel(channel_id)
            if known is None or known.tenant_id != caller.tenant_id:
                raise NotFound("channel", channel_id)
            account = known.account or ""
        query = query_of(caller, f"templates {account} {q}")
        after = TemplateAfter() if cursor is None else _after(cursors.read(query, cursor))
        rows = await templates.page(caller.tenant_id, account, plain(q).split(), after, limit + 1)
        last = place_of(rows[limit - 1]) if len(rows) > limit else None
        syncs = await templates.syncs(caller.tenant_id, account)
        return ModelResponse(
            Templates(
                items=[template_answer(row) for row in rows[:limit]],
                next=last and cursors.write(query, [last.sorts_last, last.name, last.language, str(last.id)]),
                synced_at=syncs.synced_at,
                sync_failed=syncs.failed,
                stale=stale,
            )
        )

    @routes.post("/sync", status_code=202)
    async def sync_templates(by: CurrentAdmin) -> SyncRequested:
        """Read the templates from Meta again.

        They are read every hour anyway, and when Meta reports a change. Admins only.
        """
        return SyncRequested(requested_at=await templates.request(by.tenant_id) or now())

    return routes


def active_message_routes(commands: TemplateCommands, places: PositionCodec, now: Clock) -> APIRouter:
    """Create the route that writes to a contact first."""
    routes = APIRouter(prefix="/v1/conversations", tags=["templates"], route_class=StrictJson)

    @routes.post("", status_code=202)
    def write_first(
        body: OpenConversation, caller: CurrentCaller, key: IdempotencyKey, response: Response
    ) -> ConversationOpened:
        """Send a template to a contact on a channel, whether they have a conversation there or not.

        Opens a ticket of the caller; an open one gets the template as an answer. The customer's first answer
        reopens that ticket for who wrote the template, if it was closed meanwhile and the channel's
        `active_message_return_s` has not passed. Idempotent.

        403 `takes_part`: others serve the contact, or did so last on this channel.
        409 `template_not_sendable`: with a `reason`.
        409 `opted_out`: the customer told WhatsApp to stop marketing messages.
        409 `contact_unreachable`, `contact_erased`, `idempotency_mismatch`.
        422 `parameter_missing`, `parameter_invalid`; `unknown_agent`: the caller was deactivated meanwhile.
        """
        request = Request(key, body_hash(body.contact_id, body))
        wanted = Wanted(body.template_id, body.parameters)
        accepted = commands.write_first(
            body.channel_id, body.contact_id, wanted, request, person_of(caller), now()
        )
        response.status_code = accepted.status
        return ConversationOpened(
            conversation_id=UUID(accepted.answer["conversation_id"]),
            message_id=UUID(accepted.answer["message_id"]),
            position=places.write(accepted.position),
        )

    return routes


def template_answer(row: TemplateRow) -> Template:
    """Build a template from a row of `templates`."""
    content = Content.model_validate(row.content)
    header = content.header
    example = next(iter(header.examples.values()), None) if header is not None else None
    return Template.model_validate(
        {
            "id": row.template_id,
            "name": row.name,
            "language": row.language,
            "category": row.category,
            "status": row.status,
            "quality": row.quality,
            "reason": row.reason,
            "parameter_format": content.parameter_format,
            "header": header and {"format": header.format, "text": header.text, "example": example},
            "body": content.body,
            "footer": content.footer,
            "buttons": [
                {"type": each.type, "text": each.text, "url": each.url, "phone": each.phone}
                for each in content.buttons
            ],
            "parameters": [
                {
                    "key": each.key,
                    "part": each.part,
                    "index": each.index,
                    "kind": each.kind,
                    "name": each.name,
                    "example": each.example,
                    "max_length": each.max_length,
                    "required": each.required,
                }
                for each in parameters(content)
            ],
            "sendable": row.why_not is None,
            "why_not": row.why_not,
        }
    )


def _after(key: list[object]) -> TemplateAfter:
    sorts_last, name, language, id = key
    return TemplateAfter(bool(sorts_last), str(name), str(language), UUID(str(id)))
