"""How commands are answered, and what makes two of them the same one."""

from hashlib import sha256
from uuid import UUID

from fastapi import Response

from schemas.http import Asked, Done
from services.http.edge.positions import PositionCodec
from services.write.actor import Outcome


def done(outcome: Outcome, response: Response, places: PositionCodec) -> Done:
    """What was asked is so; the answer carries the ticket's new ETag."""
    control = outcome.thread.control
    response.headers["ETag"] = f'"{control}"'
    return Done(position=places.write(outcome.position), control=control)


def body_hash(conversation_id: UUID, body: Asked) -> bytes:
    """What makes two commands the same one: where they go, and what they say."""
    return sha256(conversation_id.bytes + body.model_dump_json().encode(errors="surrogatepass")).digest()
