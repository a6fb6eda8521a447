"""Routes of notes and tags."""

from uuid import UUID

from fastapi import APIRouter, Response

from schemas.http import Done
from schemas.notes_and_tags import NewNote, Noted, SetTags
from services.commands.notes_and_tags import NoteCommands
from services.http.edge.callers import CurrentCaller, IdempotencyKey, person_of
from services.http.edge.command_answers import body_hash, done
from services.http.edge.json_body import StrictJson
from services.http.edge.position_codec import PositionCodec
from services.runtime.clock import Clock
from services.write.actor import Request


def note_and_tag_routes(notes: NoteCommands, places: PositionCodec, now: Clock) -> APIRouter:
    """Create the routes of notes and tags, open to everyone who can see the ticket."""
    routes = APIRouter(prefix="/v1/conversations", tags=["conversations"], route_class=StrictJson)

    @routes.post("/{conversation_id}/notes", status_code=201)
    def add_note(
        conversation_id: UUID, body: NewNote, caller: CurrentCaller, key: IdempotencyKey, response: Response
    ) -> Noted:
        """Add a note for other agents.

        The customer never sees it, and the ticket does not count as answered. Idempotent, as sending a
        message.

        409 `no_open_ticket`: the conversation never had a ticket; `idempotency_mismatch`, `contact_erased`.
        422 `text_empty`, `text_too_long`; `unknown_agent`: a mentioned agent does not exist.
        """
        request = Request(key, body_hash(conversation_id, body))
        accepted = notes.note(conversation_id, body.text, body.mentions, request, person_of(caller), now())
        response.status_code = accepted.status
        return Noted(note_id=accepted.answer["note_id"], position=places.write(accepted.position))

    @routes.put("/{conversation_id}/tags")
    def set_tags(conversation_id: UUID, body: SetTags, caller: CurrentCaller, response: Response) -> Done:
        """Set the tags of the newest ticket.

        Tags that differ only in case or width of letters are the same; the first spelling is kept.

        409 `no_open_ticket`: the conversation never had a ticket; 422 `tag_name`, `too_many_tags`.
        """
        return done(notes.retag(conversation_id, body.tags, person_of(caller)), response, places)

    return routes
