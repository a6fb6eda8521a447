"""Routes that transfer and close a ticket, and undo that."""

from uuid import UUID

from fastapi import APIRouter, Response

from domain.conversation.close import CloseRequest
from domain.conversation.undo import undo_until
from schemas.http import Done
from schemas.transfers import Close, Moved, Transfer
from services.commands.transfers import TransferCommands, TransferRequest
from services.http.edge.callers import CurrentCaller, IfMatch, person_of
from services.http.edge.command_answers import done
from services.http.edge.json_body import StrictJson
from services.http.edge.position_codec import PositionCodec
from services.runtime.clock import Clock
from services.write.actor import Outcome, Person


def transfer_routes(transfers: TransferCommands, places: PositionCodec, now: Clock) -> APIRouter:
    """Create the routes that move a ticket; each requires `If-Match`."""
    routes = APIRouter(prefix="/v1/conversations", tags=["conversations"], route_class=StrictJson)

    def moved(outcome: Outcome, by: Person, response: Response) -> Moved:
        told = done(outcome, response, places).model_dump()
        return Moved(**told, undo_until=undo_until(outcome.conversation, by.id))

    @routes.post("/{conversation_id}/transfer")
    def transfer_ticket(
        conversation_id: UUID, body: Transfer, caller: CurrentCaller, seen: IfMatch, response: Response
    ) -> Moved:
        """Transfer the ticket to a team, an agent, or an agent within a team.

        A snoozed ticket stays snoozed; a ticket with the bot is taken from it. If the ticket is already
        there, only the note is added.

        403 `forbidden`: an agent may transfer only their own tickets.
        409 `control_moved`: the ticket was moved meanwhile; `no_open_ticket`.
        422 `unknown_team`, `unknown_agent`, `not_in_team`; 428 `version_required`.
        """
        by, to = person_of(caller), TransferRequest(body.team_id, body.agent_id, body.note)
        return moved(transfers.transfer(conversation_id, to, seen, by, now()), by, response)

    @routes.post("/{conversation_id}/close")
    def close_ticket(
        conversation_id: UUID,
        caller: CurrentCaller,
        seen: IfMatch,
        response: Response,
        body: Close | None = None,
    ) -> Moved:
        """Close the ticket and cancel its scheduled messages.

        A closed ticket stays as it is, without the new reason and tags: 200 if `If-Match` has its current
        control version or the one that it was closed at. `undo_until` is then that of the first close, for
        the agent who made it.

        409 `control_moved`: the ticket was moved meanwhile; 422 `tag_name`, `too_many_tags`; 428
        `version_required`.
        """
        by, how = person_of(caller), CloseRequest() if body is None else CloseRequest(body.reason, body.tags)
        return moved(transfers.close(conversation_id, how, seen, by, now()), by, response)

    @routes.post("/{conversation_id}/undo")
    def undo_move(conversation_id: UUID, caller: CurrentCaller, seen: IfMatch, response: Response) -> Done:
        """Undo one's own close, snooze or transfer within a minute.

        Possible if nothing moved the ticket since and its new owner has not replied, even if the caller can
        no longer see the ticket. It returns to its former state; without an owner if that agent was
        deactivated, to the queue without a team if the team was archived. Scheduled messages cancelled by a
        close stay cancelled.

        409 `nothing_to_undo`, `undo_too_late`; `control_moved`: the ticket was moved meanwhile; 428
        `version_required`.
        """
        return done(transfers.undo(conversation_id, seen, person_of(caller), now()), response, places)

    return routes
