"""Routes of what colleagues write about a ticket."""

from uuid import UUID

from fastapi import APIRouter, Response

from schemas.http import Done
from schemas.remarks import NewNote, Noted, SetTags
from services.commands.notes_and_tags import NoteCommands
from services.http.edge.callers import CurrentCaller, IdempotencyKey
from services.http.edge.command_answers import body_hash, done
from services.http.edge.json_body import StrictJson
from services.http.edge.positions import PositionCodec
from services.runtime.clock import Clock
from services.write.actor import Request


def remark_routes(remarks: NoteCommands, places: PositionCodec, now: Clock) -> APIRouter:
    """Notes and tags: whoever sees the ticket may write them."""
    routes = APIRouter(prefix="/v1/conversations", tags=["conversations"], route_class=StrictJson)

    @routes.post("/{conversation_id}/notes", status_code=201)
    def add_note(
        conversation_id: UUID, body: NewNote, caller: CurrentCaller, key: IdempotencyKey, response: Response
    ) -> Noted:
        """Write to colleagues inside the thread; it answers nobody and sets no mark.

        409 `no_open_ticket` (there never was one), `idempotency_mismatch`, `contact_erased`; 422
        `text_empty`, `text_too_long`, `unknown_agent`.
        """
        request = Request(key, body_hash(conversation_id, body))
        accepted = remarks.note(conversation_id, body.text, body.mentions, request, caller.person(), now())
        response.status_code = accepted.status
        return Noted(note_id=accepted.answer["note_id"], position=places.write(accepted.position))

    @routes.put("/{conversation_id}/tags")
    def set_tags(conversation_id: UUID, body: SetTags, caller: CurrentCaller, response: Response) -> Done:
        """Let the newest ticket have these tags and no others.

        A tag is one whatever its case or width, and stays as it was first written. 422 `tag_name`,
        `too_many_tags`; 409 `no_open_ticket` (there never was one).
        """
        return done(remarks.retag(conversation_id, body.tags, caller.person()), response, places)

    return routes
