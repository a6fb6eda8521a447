"""One request for many tickets."""

from uuid import UUID

from fastapi import APIRouter

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
from services.bulk import Bulk, Given, GivenBack, Labelled, Marked, Wanted, Woken
from services.commands import PutOff
from services.desk import Outcome
from services.http.body import StrictJson
from services.http.callers import CurrentCaller
from services.http.places import Places
from services.http.problems import NameOf, refusal
from services.moves import Ending, Handover
from services.process.clock import Clock
from services.reactivation import ToBot


def bulk_routes(bulk: Bulk, places: Places, name_of: NameOf, now: Clock) -> APIRouter:
    """What is asked of many tickets at once."""
    routes = APIRouter(prefix="/v1/tickets", tags=["tickets"], route_class=StrictJson)

    @routes.post("/bulk")
    def bulk_action(body: BulkAction, caller: CurrentCaller) -> BulkDone:
        """Ask the same of up to a hundred tickets; each answers as its single command does.

        One that is refused stops no other. 422 `invalid` when a conversation is named twice.
        """
        seen = {item.conversation_id: item.control for item in body.items}
        answers = bulk.all(_wanted(body), seen, caller.person(), now())
        results = [_result(id, answers[id], name_of) for id in seen]
        positions = [answer.position for answer in answers.values() if isinstance(answer, Outcome)]
        return BulkDone(items=results, position=places.write(max(positions, default=0) or bulk.head()))

    return routes


def _result(id: UUID, answer: Outcome | DomainError, name_of: NameOf) -> BulkResult:
    if isinstance(answer, Outcome):
        control = answer.thread.control
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


def _wanted(body: BulkAction) -> Wanted:
    match body:
        case BulkAssign(assignee_id=agent_id):
            return Given(agent_id)
        case BulkUnassign():
            return GivenBack()
        case BulkTransfer():
            return Handover(body.team_id, body.agent_id, body.note)
        case BulkClose():
            return Ending(body.reason, body.tags)
        case BulkSnooze():
            return PutOff(body.until, body.zone, body.keep, body.reason)
        case BulkWake():
            return Woken()
        case BulkBot():
            return ToBot(body.until, body.hours, body.close)
        case BulkAnswered(answered=answered):
            return Marked(answered)
        case BulkTag(tags=tags):
            return Labelled(tuple(tags), alone=False)
        case BulkTags(tags=tags):
            return Labelled(tuple(tags), alone=True)
