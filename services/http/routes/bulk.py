"""Route for one command on many tickets."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter

from domain.conversation.close import CloseRequest
from domain.conversation.snooze import SnoozeRequest
from domain.conversation.tags import retag, tag
from domain.refusals import DomainError
from schemas.bulk import (
    BulkAction,
    BulkAnswered,
    BulkAssign,
    BulkBot,
    BulkClose,
    BulkDone,
    BulkResult,
    BulkSnooze,
    BulkTag,
    BulkTags,
    BulkTransfer,
    BulkUnassign,
    BulkWake,
)
from services.commands.bot import BotCommands, ReactivateRequest
from services.commands.conversations import (
    assign_decision,
    mark_decision,
    snooze_decision,
    unassign_decision,
    wake_decision,
)
from services.commands.transfers import TransferRequest, close_decision, transfer_decision
from services.http.edge.callers import CurrentCaller, person_of
from services.http.edge.json_body import StrictJson
from services.http.edge.position_codec import PositionCodec
from services.http.edge.problems import NameOf, refusal
from services.runtime.clock import Clock
from services.write.actor import Outcome, Person
from services.write.command_runner import CommandRunner, Decide


def bulk_routes(
    runner: CommandRunner, bot: BotCommands, places: PositionCodec, name_of: NameOf, now: Clock
) -> APIRouter:
    """Create the route of bulk commands."""
    routes = APIRouter(prefix="/v1/tickets", tags=["tickets"], route_class=StrictJson)

    @routes.post("/bulk")
    def bulk_action(body: BulkAction, caller: CurrentCaller) -> BulkDone:
        """Run one command on up to a hundred tickets.

        Each item has the status and code of the single command; an error of one does not affect the others.

        422 `invalid`: a conversation is named twice.
        """
        answers = _answers(runner, bot, body, person_of(caller), now())
        results = [
            _result(item.conversation_id, answers[item.conversation_id], name_of) for item in body.items
        ]
        positions = [answer.position for answer in answers.values() if isinstance(answer, Outcome)]
        return BulkDone(items=results, position=places.write(max(positions, default=0) or runner.log.head()))

    return routes


def _answers(
    runner: CommandRunner, bot: BotCommands, body: BulkAction, by: Person, at: datetime
) -> Mapping[UUID, Outcome | DomainError]:
    """Run the command on all items in one append."""
    any_version = isinstance(body, BulkAnswered | BulkTag | BulkTags)
    versions = {item.conversation_id: None if any_version else item.control for item in body.items}
    return runner.run_many(versions, by, _decide(bot, body, by, at))


def _result(id: UUID, answer: Outcome | DomainError, name_of: NameOf) -> BulkResult:
    if isinstance(answer, Outcome):
        control = answer.conversation.control
        return BulkResult(conversation_id=id, status=200, code=None, title=None, control=control, owner=None)
    told = refusal(answer, name_of).document()
    return BulkResult(
        conversation_id=id,
        status=told["status"],
        code=told["code"],
        title=told["title"],
        control=told.get("control"),
        owner=told.get("owner"),
    )


def _decide(bot: BotCommands, body: BulkAction, by: Person, at: datetime) -> Decide:
    match body:
        case BulkAssign():
            return assign_decision(body.assignee_id, by)
        case BulkUnassign():
            return unassign_decision(by)
        case BulkTransfer():
            return transfer_decision(TransferRequest(body.team_id, body.agent_id, body.note), by, at)
        case BulkClose():
            return close_decision(CloseRequest(body.reason, body.tags), by, at)
        case BulkSnooze():
            return snooze_decision(SnoozeRequest(body.until, body.zone, body.keep, body.reason), by, at)
        case BulkWake():
            return wake_decision(by, at)
        case BulkBot():
            return bot.reactivate_decision(ReactivateRequest(body.until, body.hours, body.close), by, at)
        case BulkAnswered():
            return mark_decision(body.answered, by, at)
        case BulkTag():
            return lambda conversation, _, __: tag(conversation, body.tags, by.id)
        case BulkTags():
            return lambda conversation, _, __: retag(conversation, body.tags, by.id)
