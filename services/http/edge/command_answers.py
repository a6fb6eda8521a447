"""Responses of commands, and the hash by which repeated ones are compared."""

from hashlib import sha256
from uuid import UUID

from fastapi import Response

from schemas.http import Done, RequestModel
from services.http.edge.position_codec import PositionCodec
from services.write.actor import Outcome


def done(outcome: Outcome, response: Response, places: PositionCodec) -> Done:
    """Build the response of a command and set the ticket's new ETag."""
    control = outcome.conversation.control
    response.headers["ETag"] = f'"{control}"'
    return Done(position=places.write(outcome.position), control=control)


def body_hash(conversation_id: UUID, body: RequestModel) -> bytes:
    """Hash target and body of a command, to compare requests with the same idempotency key."""
    return sha256(conversation_id.bytes + body.model_dump_json().encode(errors="surrogatepass")).digest()
