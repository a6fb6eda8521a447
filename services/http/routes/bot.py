"""The bot and a conversation: how people give it the ticket."""

from uuid import UUID

from fastapi import APIRouter, Response

from schemas.http import Done
from schemas.reactivation import GiveToBot
from services.commands.bot import BotCommands, ToBot
from services.http.edge.callers import CurrentCaller, IfMatch
from services.http.edge.json_body import StrictJson
from services.http.edge.positions import PositionCodec
from services.runtime.clock import Clock


def bot_routes(reactivation: BotCommands, places: PositionCodec, now: Clock) -> APIRouter:
    """What people do with a conversation and its bot."""
    routes = APIRouter(prefix="/v1/conversations", tags=["conversations"], route_class=StrictJson)

    @routes.post("/{conversation_id}/bot")
    def give_to_bot(
        conversation_id: UUID, body: GiveToBot, caller: CurrentCaller, seen: IfMatch, response: Response
    ) -> Done:
        """Give the ticket to the bot, which gets a summary; an agent who takes it or writes takes it back.

        A bot that does not answer within a minute loses it to the queue. With `close` the ticket ends, and
        the customer's next message meets the bot. 409 `no_bot`, `no_open_ticket`, `control_moved`; 428
        without `If-Match`.
        """
        how = ToBot(body.until, body.hours, body.close)
        outcome = reactivation.reactivate(conversation_id, how, seen, caller.person(), now())
        control = outcome.thread.control
        response.headers["ETag"] = f'"{control}"'
        return Done(position=places.write(outcome.position), control=control)

    return routes
