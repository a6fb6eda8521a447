"""Route that gives a ticket to the bot."""

from uuid import UUID

from fastapi import APIRouter, Response

from schemas.bot_reactivation import GiveToBot
from schemas.http import Done
from services.commands.bot import BotCommands, ReactivateRequest
from services.http.edge.callers import CurrentCaller, IfMatch, person_of
from services.http.edge.command_answers import done
from services.http.edge.json_body import StrictJson
from services.http.edge.position_codec import PositionCodec
from services.runtime.clock import Clock


def bot_routes(bot: BotCommands, places: PositionCodec, now: Clock) -> APIRouter:
    """Create the route that gives a ticket to the bot."""
    routes = APIRouter(prefix="/v1/conversations", tags=["conversations"], route_class=StrictJson)

    @routes.post("/{conversation_id}/bot")
    def give_to_bot(
        conversation_id: UUID, body: GiveToBot, caller: CurrentCaller, seen: IfMatch, response: Response
    ) -> Done:
        """Give the ticket to the bot.

        The bot gets a summary. The ticket goes back to agents when one takes it or replies, when the time
        given in `until` is over, or to the queue when the bot does not reply within a minute. With `close`
        the ticket is closed, and the bot gets the customer's next message.

        409 `no_bot`, `no_open_ticket`; `control_moved`: the ticket was moved meanwhile; 428
        `version_required`.
        """
        how = ReactivateRequest(body.until, body.hours, body.close)
        return done(bot.reactivate(conversation_id, how, seen, person_of(caller), now()), response, places)

    return routes
