"""Routes of quick replies: everybody uses and suggests them, admins decide and edit."""

from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from starlette.concurrency import run_in_threadpool

from adapters.postgres.queries.conversations import PostgresQueries
from adapters.postgres.queries.quick_replies import After, PostgresQuickReplies, QuickReplyReader
from domain.quick_reply.known_values import find_in_fields
from domain.quick_reply.state import Content
from domain.quick_reply.state import QuickReply as QuickReplyNow
from domain.refusals import Forbidden, NotFound
from domain.variables import MAX_NAME, Reference, parse
from schemas.http import RequestModel
from schemas.organisation import Changed, Created
from schemas.quick_replies import (
    CheckSuggestion,
    DecideSuggestion,
    NewQuickReply,
    QuickReplies,
    QuickReplyChanged,
    QuickReplyCounts,
    QuickReplyDetails,
    QuickReplyView,
    SuggestionChecked,
    SuggestQuickReply,
    UnknownName,
)
from services.access.access import Caller
from services.commands.quick_replies import ContentChange, QuickReplyCommands
from services.http.answers.quick_replies import details_answer, finding_answer, quick_reply_answer
from services.http.edge.callers import CurrentCaller, IdempotencyKey, person_of, revision_seen, shown
from services.http.edge.json_body import StrictJson
from services.http.edge.position_codec import MAX_CURSOR, Cursors, PositionCodec
from services.http.edge.problems import NameOf
from services.http.routes.organisation import CurrentAdmin
from services.http.routes.tickets import Limit, query_of
from services.queries.known_values import KnownValuesReader
from services.write.actor import Request

PREFIX = "/v1/quick-replies"

Stale = Annotated[bool, Depends(shown("quick_replies", "quick_reply_uses"))]
Cursor = Annotated[str | None, Query(max_length=MAX_CURSOR, description="`next` of the previous page.")]
Revision = Annotated[int, Depends(revision_seen)]


def quick_reply_reading_routes(
    quick_replies: PostgresQuickReplies, cursors: Cursors, name_of: NameOf
) -> APIRouter:
    """Create the routes that read quick replies."""
    routes = APIRouter(prefix=PREFIX, tags=["quick replies"])

    @routes.get("")
    async def list_quick_replies(
        caller: CurrentCaller,
        stale: Stale,
        view: QuickReplyView = "usable",
        q: Annotated[
            str,
            Query(
                max_length=200,
                description="Words of name, shortcut or text, all of which are in it; accents and case do not"
                " count.",
            ),
        ] = "",
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> QuickReplies:
        """List quick replies.

        View `usable`: approved ones for everybody or for a team of the caller (for admins, of every team),
        those that the caller uses most first, after the one whose whole shortcut is `q`. `mine`: what the
        caller has suggested, newest first. `waiting`: suggestions to be decided, oldest first; `all`:
        approved ones of every team, and `archived`, by name.

        403 `forbidden`: only admins have `waiting`, `all` and `archived`.
        """
        if view in ("waiting", "all", "archived"):
            require_decides(caller)
        query = query_of(caller, f"quick replies {view} {q}")
        after = None if cursor is None else _after(cursors.read(query, cursor))
        rows = await quick_replies.page(_reader(caller), view, q, after, limit + 1)
        last = rows[limit - 1] if len(rows) > limit else None
        key = last and [last.first, last.second, last.third, str(last.quick_reply_id)]
        return QuickReplies(
            items=[quick_reply_answer(row, caller, name_of) for row in rows[:limit]],
            next=key and cursors.write(query, key),
            stale=stale,
        )

    @routes.get("/counts")
    async def count_quick_replies(caller: CurrentCaller, stale: Stale) -> QuickReplyCounts:
        """Count the suggestions that wait for an admin."""
        waiting = await quick_replies.waiting(caller.tenant_id) if caller.reads_history else 0
        return QuickReplyCounts(waiting=waiting, stale=stale)

    @routes.get("/{quick_reply_id}")
    async def get_quick_reply(
        quick_reply_id: UUID, caller: CurrentCaller, stale: Stale, response: Response
    ) -> QuickReplyDetails:
        """Get a quick reply with all approved versions, and who used it how often.

        Agents get those that they may use or have suggested.
        """
        reader = _reader(caller)
        if (row := await quick_replies.one(reader, quick_reply_id)) is None:
            raise NotFound("quick_reply", quick_reply_id)
        response.headers["ETag"] = f'"{row.revision}"'
        users = await quick_replies.users(reader, quick_reply_id)
        return details_answer(row, users, caller, name_of, stale)

    return routes


def quick_reply_command_routes(commands: QuickReplyCommands, places: PositionCodec) -> APIRouter:
    """Create the routes that change quick replies."""
    routes = APIRouter(prefix=PREFIX, tags=["quick replies"], route_class=StrictJson)

    def changed(outcome: tuple[QuickReplyNow, int], response: Response) -> QuickReplyChanged:
        reply, position = outcome
        response.headers["ETag"] = f'"{reply.revision}"'
        return QuickReplyChanged(
            position=places.write(position), version=reply.version, revision=reply.revision
        )

    @routes.post("", status_code=201)
    def add_quick_reply(body: NewQuickReply, by: CurrentAdmin, key: IdempotencyKey) -> Created:
        """Add a quick reply.

        Admins only: it can be used at once. Idempotent, as sending a message.

        409 `idempotency_mismatch`; 422 `unknown_team`; `unknown_variable`, with `name` and `position`.
        """
        content = Content(body.name, body.shortcut, body.text)
        added = commands.add(content, body.team_ids, by, Request(key, _hash("add", body)))
        return Created(id=added.answer["id"], position=places.write(added.position))

    @routes.post("/suggestions", status_code=201)
    def suggest_quick_reply(body: SuggestQuickReply, caller: CurrentCaller, key: IdempotencyKey) -> Created:
        """Suggest a quick reply, or a change of one.

        Everybody who reads the message may suggest; an admin decides. Idempotent, as sending a message.

        404 `not_found`: no such message to the customer, or quick reply, that the caller can read.
        409 `suggestion_waits`: another change of it waits; `archived`, `contact_erased`,
        `idempotency_mismatch`.
        422 `known_values`: it holds what is known of the customer, in `findings`, which are those of the
        check; `unknown_variable`, with `name` and `position`.
        """
        suggested = commands.suggest(
            Content(body.name, body.shortcut, body.text),
            body.conversation_id,
            body.message_id,
            body.quick_reply_id,
            person_of(caller),
            Request(key, _hash("suggest", body)),
        )
        return Created(id=suggested.answer["id"], position=places.write(suggested.position))

    @routes.put("/{quick_reply_id}")
    def edit_quick_reply(
        quick_reply_id: UUID, body: NewQuickReply, by: CurrentAdmin, seen: Revision, response: Response
    ) -> QuickReplyChanged:
        """Edit a quick reply; everything of it is in the body.

        Another name, shortcut or text is a new version. Admins only.

        409 `quick_reply_moved`: somebody was faster, with the present `revision`; `not_approved`: it is only
        suggested, so decide that; `archived`.
        422 `unknown_team`; `unknown_variable`, with `name` and `position`.
        428 `version_required`: `If-Match` is missing.
        """
        content = Content(body.name, body.shortcut, body.text)
        return changed(commands.edit(quick_reply_id, content, body.team_ids, seen, by), response)

    @routes.delete("/{quick_reply_id}")
    def archive_quick_reply(quick_reply_id: UUID, by: CurrentAdmin) -> Changed:
        """Archive a quick reply.

        Nobody is offered it any more. Admins only. 409 `suggestion_waits`: decide the change first.
        """
        return Changed(position=places.write(commands.archive(quick_reply_id, by)[1]))

    @routes.put("/{quick_reply_id}/approval")
    def decide_suggestion(
        quick_reply_id: UUID,
        body: DecideSuggestion,
        caller: CurrentCaller,
        seen: Revision,
        response: Response,
    ) -> QuickReplyChanged:
        """Approve a suggestion, as it is or edited, or reject it with a reason.

        What is approved is the next version, byte for byte. Admins only. Deciding once more as before has no
        effect.

        403 `own_suggestion`: somebody else has to decide it.
        409 `quick_reply_moved`: it was decided, withdrawn or changed meanwhile, with the present `revision`;
        `no_suggestion`, `archived`.
        422 `unknown_team`; `unknown_variable`, with `name` and `position`.
        428 `version_required`: `If-Match` is missing.
        """
        require_decides(caller)
        by = person_of(caller)
        if not body.approved:
            return changed(commands.reject(quick_reply_id, body.reason or "", seen, by), response)
        change = ContentChange(body.name, body.shortcut, "shortcut" in body.model_fields_set, body.text)
        return changed(commands.approve(quick_reply_id, change, body.team_ids, seen, by), response)

    @routes.delete("/{quick_reply_id}/suggestion")
    def withdraw_suggestion(quick_reply_id: UUID, caller: CurrentCaller) -> Changed:
        """Withdraw one's own suggestion before it is decided.

        403 `forbidden`: somebody else suggested it; 409 `no_suggestion`: it was decided.
        """
        return Changed(position=places.write(commands.withdraw(quick_reply_id, person_of(caller))[1]))

    return routes


def suggestion_check_routes(known_values: KnownValuesReader, queries: PostgresQueries) -> APIRouter:
    """Create the route that checks a suggestion before it is made."""
    routes = APIRouter(prefix=PREFIX, tags=["quick replies"], route_class=StrictJson)

    @routes.post("/check")
    async def check_suggestion(body: CheckSuggestion, caller: CurrentCaller) -> SuggestionChecked:
        """Check what may become a suggestion; changes nothing.

        Finds what is known of the customer of the message, with the variable that could say it, the author's
        own name, and variables that do not exist. Suggesting compares by the same rule.

        404 `not_found`: no such message to the customer that the caller can read.
        """
        visibility = person_of(caller).visibility
        message = await queries.message(visibility, body.conversation_id, body.message_id)
        if message is None or message.direction != "out":
            raise NotFound("message", body.message_id)
        known = await known_values.of_conversation(visibility, body.conversation_id)
        found = await run_in_threadpool(find_in_fields, body.name, body.shortcut, body.text, known)
        names = {variable.name for variable in known.variables}
        return SuggestionChecked(
            findings=[finding_answer(field, finding) for field, finding in found],
            unknown=[
                UnknownName(name=part.name[:MAX_NAME], position=part.start)
                for part in parse(body.text)
                if isinstance(part, Reference) and part.name not in names
            ],
        )

    return routes


def require_decides(caller: Caller) -> None:
    """Require somebody who decides about suggestions, or a service, which reads what they read.

    Raises:
        Forbidden
    """
    if not caller.reads_history:
        raise Forbidden


def _reader(caller: Caller) -> QuickReplyReader:
    teams = None if caller.reads_history else caller.teams
    return QuickReplyReader(caller.tenant_id, caller.agent_id, teams)


def _after(key: list[object]) -> After:
    first, second, third, id = key
    return int(str(first)), int(str(second)), str(third), UUID(str(id))


def _hash(act: str, body: RequestModel) -> bytes:
    return sha256(f"quick reply {act} ".encode() + body.model_dump_json().encode()).digest()
