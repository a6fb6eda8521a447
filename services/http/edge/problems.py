"""One table from refusals to statuses; everything that is not a success leaves as problem+json."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from domain.log.port import LogUnavailable, UnreadableEvent
from domain.refusals import ContactMoved, ControlMoved, DomainError, MergedAlready, NotFound, WindowClosed
from schemas.problem import FieldProblem, Problem

RETRY_AFTER_S = 1
MAX_FIELD_PATH = 100
OWN_NAME = re.compile(r"[a-z0-9_\[\]-]{1,40}", re.IGNORECASE)
UNKNOWN = "/v1/{rest:path}"
"""The route of whatever does not exist; no method of it does."""

STATUS: Mapping[str, tuple[int, str]] = {
    "not_found": (404, "There is no such thing"),
    "no_open_ticket": (409, "Nothing is being served in this conversation"),
    "window_closed": (409, "Free text may be sent within 24 hours after the customer's last message"),
    "control_moved": (409, "Somebody was faster"),
    "with_bot": (409, "The bot has this ticket; take it first"),
    "no_bot": (409, "No bot serves this channel"),
    "snooze_until": (422, "The hour must be in the future, within two years"),
    "due_at": (422, "The hour must be in the future, within two years"),
    "not_scheduled": (409, "This message does not wait any more: it was sent, or cancelled"),
    "too_many_scheduled": (409, "Twenty messages wait for their hour here already"),
    "forbidden": (403, "Your role does not allow this"),
    "themselves": (403, "Nobody changes their own role, or shuts themselves out: ask another admin"),
    "unknown_agent": (422, "Whoever is named here is no active agent"),
    "unknown_team": (422, "There is no such team, or it is archived"),
    "in_use": (409, "Something still depends on it"),
    "not_in_team": (422, "The agent does not work in that team"),
    "nothing_to_undo": (409, "There is no move of yours to take back"),
    "undo_too_late": (409, "A move can be taken back for one minute"),
    "tag_name": (422, "A tag has 1 to 50 characters"),
    "too_many_tags": (422, "A ticket has at most 20 tags"),
    "name_taken": (409, "This name is taken"),
    "text_empty": (422, "A message needs something to read"),
    "text_too_long": (422, "A message has at most 4,096 characters"),
    "concurrent_change": (409, "Others changed this at the same moment; try again"),
    "contact_erased": (409, "The data of this customer was erased"),
    "idempotency_mismatch": (409, "This Idempotency-Key was used with another body"),
    "contact_name": (422, "A name has 1 to 200 characters, and something to see"),
    "contact_email": (422, "No mail could go to this address"),
    "contact_attributes": (
        422,
        "At most 50 attributes, each with a name of its own (up to 50 characters) and up to 1,000 characters",
    ),
    "contact_moved": (409, "Somebody changed this contact meanwhile"),
    "merge_itself": (409, "A contact cannot be merged into itself"),
    "merged_already": (409, "This contact is merged into another one; undo that first"),
    "has_aliases": (409, "Others are merged into this contact; merge into it, or undo those first"),
    "not_begun": (404, "There was no such conversation yet"),
    "not_retryable": (409, "This message did not fail"),
    "refused": (422, "This was refused"),
}

PLAIN: Mapping[int, str] = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    503: "unavailable",
}

BARE: Mapping[str, str] = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Headers of an answer that no middleware of ours may have touched."""

NameOf = Callable[[UUID], str | None]
"""The name of an agent or a team by its id."""


class Refused(Exception):
    """A refusal of the HTTP interface itself: what no rule of the domain speaks of."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        headers: Mapping[str, str] | None = None,
        **data: Any,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.title = status, code, title
        self.headers, self.data = headers, data


class ProblemResponse(JSONResponse):
    """An answer that says what is wrong, and is never kept by anyone."""

    media_type = "application/problem+json"


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> ProblemResponse:
    """`problem` as an answer. Also right where no middleware of ours stands above (an unexpected error)."""
    return ProblemResponse(problem.document(), problem.status, headers={**BARE, **(headers or {})})


def refusal(error: DomainError, name_of: NameOf) -> Problem:
    """A refusal of the domain with its data; an unknown code is a plain 422."""
    status, title = STATUS.get(error.code, STATUS["refused"])
    data: dict[str, Any] = {}
    if isinstance(error, ControlMoved):
        owner = error.owner
        data["control"] = error.control
        data["owner"] = None if owner is None else {"id": str(owner), "name": name_of(owner) or ""}
    if isinstance(error, WindowClosed):
        data["closed_at"] = None if error.closed_at is None else _instant(error.closed_at)
    if isinstance(error, ContactMoved):
        data["version"] = error.version
        data["present"] = {"name": error.name, "email": error.email, "attributes": dict(error.attributes)}
    if isinstance(error, MergedAlready):
        data["into"] = str(error.into)
    return Problem(title=title, status=status, code=error.code, **data)


def _instant(at: datetime) -> str:
    """As all other answers write it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def problems(app: FastAPI, name_of: NameOf) -> None:
    """Let every refusal and failure of `app` leave as problem+json."""

    async def refused_by_rule(request: Request, error: Exception) -> ProblemResponse:
        assert isinstance(error, DomainError)
        if isinstance(error, NotFound) and getattr(request.state, "stale", False):
            # The read models have not come to what the asker knows of: whether it is there cannot be said.
            return await _unavailable(request, error)
        problem = refusal(error, name_of)
        return problem_response(problem, _present_version(error))

    app.add_exception_handler(DomainError, refused_by_rule)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(LogUnavailable, _unavailable)
    app.add_exception_handler(UnreadableEvent, _unreadable)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(Exception, _unexpected)


def _present_version(error: DomainError) -> dict[str, str] | None:
    """The ETag of what is there now, for whoever saw another one."""
    match error:
        case ControlMoved():
            return {"ETag": f'"{error.control}"'}
        case ContactMoved():
            return {"ETag": f'"{error.version}"'}
        case _:
            return None


async def _refused(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, Refused)
    problem = Problem(title=error.title, status=error.status, code=error.code, **error.data)
    return problem_response(problem, error.headers)


async def _unavailable(_: Request, error: Exception) -> ProblemResponse:
    problem = Problem(title="Not possible right now, try again", status=503, code="unavailable")
    return problem_response(problem, {"Retry-After": str(RETRY_AFTER_S)})


async def _unreadable(_: Request, error: Exception) -> ProblemResponse:
    problem = Problem(title="This conversation needs a newer program", status=503, code="unreadable")
    return problem_response(problem, {"Retry-After": "60"})


async def _invalid(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return problem_response(Problem(title="The body is not JSON", status=400, code="malformed"))
    fields = [FieldProblem(field=_path(each["loc"]), message=_wrong(each)) for each in found[:20]]
    return problem_response(
        Problem(title="Some fields are not as they must be", status=422, code="invalid", errors=fields)
    )


async def _plain(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    status, headers = error.status_code, error.headers
    if status == 405 and getattr(request.scope.get("route"), "path", "") == UNKNOWN:
        status, headers = 404, None
    title = HTTPStatus(status).phrase
    return problem_response(Problem(title=title, status=status, code=PLAIN.get(status, "refused")), headers)


async def _unexpected(_: Request, error: Exception) -> ProblemResponse:
    return problem_response(Problem(title="Something is wrong on our side", status=500, code="internal"))


def _wrong(error: Mapping[str, Any]) -> str:
    """What is wrong in words of ours; where those of pydantic hold what was sent, others."""
    match error["type"]:
        case "union_tag_invalid":
            return f"{error['ctx']['discriminator']} must be one of {error['ctx']['expected_tags']}"
        case "uuid_parsing":
            return "Input should be a valid UUID"
        case _:
            return str(error["msg"])


def _path(location: tuple[str | int, ...]) -> str:
    """Where it is: names as ours are, so that nothing else of what was sent comes back with them."""
    parts = [part for part in map(str, location) if OWN_NAME.fullmatch(part)]
    return ".".join(parts)[:MAX_FIELD_PATH]
