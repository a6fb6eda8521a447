"""Routes by which a ticket changes hands and ends, and by which that is taken back."""

from uuid import UUID

from fastapi import APIRouter, Response

from domain.conversation.close import CloseRequest
from domain.conversation.undo import undo_until
from schemas.http import Done
from schemas.moves import Close, Moved, Transfer
from services.commands.transfers import TransferCommands, TransferRequest
from services.http.edge.callers import CurrentCaller, IfMatch
from services.http.edge.command_answers import done
from services.http.edge.json_body import StrictJson
from services.http.edge.positions import PositionCodec
from services.runtime.clock import Clock
from services.write.actor import Outcome, Person


def move_routes(moves: TransferCommands, places: PositionCodec, now: Clock) -> APIRouter:
    """What moves a ticket; each needs `If-Match`, 428 without."""
    routes = APIRouter(prefix="/v1/conversations", tags=["conversations"], route_class=StrictJson)

    def moved(outcome: Outcome, by: Person, response: Response) -> Moved:
        told = done(outcome, response, places).model_dump()
        return Moved(**told, undo_until=undo_until(outcome.thread, by.id))

    @routes.post("/{conversation_id}/transfer")
    def transfer_ticket(
        conversation_id: UUID, body: Transfer, caller: CurrentCaller, seen: IfMatch, response: Response
    ) -> Moved:
        """Hand the ticket to a team, to an agent, or to an agent within a team; put off, it keeps its hour.

        The bot loses it. Where it is already nothing happens, but a note stands in the thread. Agents hand
        over only what is theirs (403).
        409 `no_open_ticket`, `control_moved`; 422 `unknown_team`, `unknown_agent`, `not_in_team`.
        """
        by, to = caller.person(), TransferRequest(body.team_id, body.agent_id, body.note)
        return moved(moves.transfer(conversation_id, to, seen, by, now()), by, response)

    @routes.post("/{conversation_id}/close")
    def close_ticket(
        conversation_id: UUID,
        caller: CurrentCaller,
        seen: IfMatch,
        response: Response,
        body: Close | None = None,
    ) -> Moved:
        """End the service; scheduled messages are not sent any more. 409 `control_moved`.

        One that has ended stays as it is, without the new reason and tags: 200 for whoever saw it so, or as
        it stood when it was closed; `undo_until` is that of the end before, for whoever made it.
        422 `tag_name`, `too_many_tags`.
        """
        by, how = caller.person(), CloseRequest() if body is None else CloseRequest(body.reason, body.tags)
        return moved(moves.close(conversation_id, how, seen, by, now()), by, response)

    @routes.post("/{conversation_id}/undo")
    def undo_move(conversation_id: UUID, caller: CurrentCaller, seen: IfMatch, response: Response) -> Done:
        """Take back one's own close, snooze or transfer within a minute, if nothing moved the ticket since
        and whoever got it has not answered.

        It stands as it did before, also where the move took it out of one's sight, but for an owner who has
        left, or a team that is no more: then it waits. Scheduled messages that ended with the close stay
        cancelled. 409 `nothing_to_undo`, `undo_too_late`, `control_moved`.
        """
        return done(moves.undo(conversation_id, seen, caller.person(), now()), response, places)

    return routes
