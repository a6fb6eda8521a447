"""Errors of the HTTP API: the table from error codes to status and title, and problem+json responses."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from domain.log.port import LogUnavailable, UnknownEvent, UnreadableEvent
from domain.quick_reply.known_values import HoldsKnownValues
from domain.refusals import (
    ContactMoved,
    ControlMoved,
    DomainError,
    MergedAlready,
    MissingValue,
    NotFound,
    ParameterInvalid,
    ParameterMissing,
    QuickReplyMoved,
    TemplateNotSendable,
    UnknownVariable,
    WindowClosed,
)
from schemas.problem import FieldProblem, Problem

RETRY_AFTER_S = 1
MAX_FIELD_PATH = 100
OWN_NAME = re.compile(r"[a-z0-9_\[\]-]{1,40}", re.IGNORECASE)
Location = tuple[str | int, ...]
UNKNOWN = "/v1/{rest:path}"
"""Catch-all route for paths that do not exist, with any method."""

STATUS: Mapping[str, tuple[int, str]] = {
    "not_found": (404, "Not found"),
    "no_open_ticket": (409, "The conversation has no open ticket"),
    "window_closed": (409, "Free text can be sent only within 24 hours after the customer's last message"),
    "control_moved": (409, "The ticket was moved meanwhile"),
    "with_bot": (409, "The bot has this ticket; take it first"),
    "no_bot": (409, "This channel has no bot"),
    "snooze_until": (422, "The time must be in the future, within two years"),
    "due_at": (422, "The time must be in the future, within two years"),
    "not_scheduled": (409, "The message was sent or cancelled already"),
    "too_many_pins": (409, "Unpin a conversation first: you have pinned 200"),
    "too_many_scheduled": (409, "The conversation has 20 scheduled messages already"),
    "password_too_short": (422, "A password must have at least 10 characters"),
    "forbidden": (403, "Your role does not allow this"),
    "takes_part": (403, "You only take part in this ticket: you read it, and write notes while it is open"),
    "themselves": (403, "You cannot change your own role or deactivate yourself; ask another admin"),
    "unknown_agent": (422, "There is no such active agent"),
    "unknown_team": (422, "There is no such team, or it is archived"),
    "in_use": (409, "It is still in use"),
    "not_in_team": (422, "The agent is not in that team"),
    "nothing_to_undo": (409, "There is nothing of yours to undo"),
    "undo_too_late": (409, "Undo is possible for one minute only"),
    "tag_name": (422, "A tag must have 1 to 50 characters"),
    "too_many_tags": (422, "A ticket can have at most 20 tags"),
    "name_taken": (409, "This name is taken"),
    "text_empty": (422, "The message has no visible text"),
    "text_too_long": (422, "A message can have at most 4,096 characters"),
    "concurrent_change": (409, "Too many concurrent changes; try again"),
    "contact_erased": (409, "The data of this customer was erased"),
    "idempotency_mismatch": (409, "This Idempotency-Key was used with another request"),
    "contact_name": (422, "A name must have 1 to 200 characters, at least one of them visible"),
    "contact_email": (422, "This is not a valid e-mail address"),
    "contact_attributes": (
        422,
        "At most 50 attributes, with distinct names of up to 50 and values of up to 1,000 characters",
    ),
    "contact_moved": (409, "The contact was changed meanwhile"),
    "merge_itself": (409, "A contact cannot be merged into itself"),
    "merged_already": (409, "This contact is merged into another one; undo that first"),
    "has_aliases": (409, "Other contacts are merged into this one; undo that first, or merge into it"),
    "known_values": (422, "The suggestion holds what is known of the customer"),
    "unknown_variable": (422, "The text names a variable that does not exist"),
    "variable_name": (
        422,
        "A name has 1 to 40 letters, digits and _, begins with a letter and does not end with _",
    ),
    "variable_source": (422, "A fixed variable needs a text, any other one a field of its kind"),
    "too_many_variables": (409, "Archive a variable first: there are 500"),
    "quick_reply_moved": (409, "The quick reply was changed meanwhile"),
    "own_suggestion": (403, "You cannot decide what you suggested yourself; ask another admin"),
    "no_suggestion": (409, "No suggestion waits to be decided"),
    "suggestion_waits": (409, "A suggestion waits to be decided"),
    "not_approved": (409, "No text of this quick reply was approved yet"),
    "archived": (409, "It is archived"),
    "missing_value": (422, "A variable has no value yet"),
    "not_begun": (404, "The conversation did not exist yet"),
    "template_not_sendable": (409, "This template cannot be sent"),
    "parameter_missing": (422, "Parameters of the template have no value"),
    "parameter_invalid": (422, "WhatsApp would refuse the value of a parameter"),
    "opted_out": (409, "This customer wants no marketing messages"),
    "contact_unreachable": (409, "This contact has no number that can be written to"),
    "not_retryable": (409, "This message did not fail"),
    "refused": (422, "The request was refused"),
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
"""Headers of an error response, which may bypass our middleware."""

NameOf = Callable[[UUID], str | None]
"""The name of an agent or a team by its id."""


class Refused(Exception):
    """An error of the HTTP layer itself, not of a domain rule."""

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
    """A problem+json response."""

    media_type = "application/problem+json"


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> ProblemResponse:
    """Build the response of a problem, with the headers it needs when it bypasses our middleware."""
    return ProblemResponse(problem.document(), problem.status, headers={**BARE, **(headers or {})})


def refusal(error: DomainError, name_of: NameOf) -> Problem:
    """Convert a refusal of the domain; an unknown code becomes 422."""
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
    if isinstance(error, TemplateNotSendable):
        data["reason"] = error.reason
    if isinstance(error, ParameterMissing):
        data["parameters"] = list(error.keys)
    if isinstance(error, ParameterInvalid):
        data["reason"] = error.reason
        if error.reason != "unknown":  # else it is the caller's own text, which is never repeated
            data["parameter"] = error.key
    if isinstance(error, MergedAlready):
        data["into"] = str(error.into)
    if isinstance(error, HoldsKnownValues):
        data["findings"] = [{"field": field, **asdict(finding)} for field, finding in error.findings]
    if isinstance(error, UnknownVariable):
        data["name"], data["position"] = error.name, error.position
    if isinstance(error, QuickReplyMoved):
        data["revision"] = error.revision
    if isinstance(error, MissingValue):
        data["name"] = error.name
    return Problem(title=title, status=status, code=error.code, **data)


def _instant(at: datetime) -> str:
    """Format an instant as in all other responses."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def problems(app: FastAPI, name_of: NameOf) -> None:
    """Install handlers that turn every error of `app` into problem+json."""

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
    """Return the current ETag for a version conflict."""
    match error:
        case ControlMoved():
            return {"ETag": f'"{error.control}"'}
        case ContactMoved():
            return {"ETag": f'"{error.version}"'}
        case QuickReplyMoved():
            return {"ETag": f'"{error.revision}"'}
        case _:
            return None


async def _refused(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, Refused)
    problem = Problem(title=error.title, status=error.status, code=error.code, **error.data)
    return problem_response(problem, error.headers)


async def _unavailable(_: Request, error: Exception) -> ProblemResponse:
    problem = Problem(title="Temporarily unavailable, try again", status=503, code="unavailable")
    return problem_response(problem, {"Retry-After": str(RETRY_AFTER_S)})


async def _unreadable(_: Request, error: Exception) -> ProblemResponse:
    title = "This needs a newer version of the program"
    if not isinstance(error, UnknownEvent):
        title = "Something that is stored here is damaged; an operator can tell by `balcao doctor --deep`"
    problem = Problem(title=title, status=503, code="unreadable")
    return problem_response(problem, {"Retry-After": "60"})


async def _invalid(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return problem_response(Problem(title="The body is not JSON", status=400, code="malformed"))
    by_kind = _body_has_kinds(request)
    fields = [
        FieldProblem(field=_path(_location(each, by_kind)), message=_wrong(each)) for each in found[:20]
    ]
    return problem_response(
        Problem(title="Some fields are invalid", status=422, code="invalid", errors=fields)
    )


async def _plain(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    status, headers = error.status_code, error.headers
    if status == 405 and getattr(request.scope.get("route"), "path", "") == UNKNOWN:
        status, headers = 404, None
    title = HTTPStatus(status).phrase
    return problem_response(Problem(title=title, status=status, code=PLAIN.get(status, "refused")), headers)


async def _unexpected(_: Request, error: Exception) -> ProblemResponse:
    return problem_response(Problem(title="Internal error", status=500, code="internal"))


def _wrong(error: Mapping[str, Any]) -> str:
    """Describe a validation error. Replaces pydantic's text where it would repeat the input."""
    match error["type"]:
        case "union_tag_not_found":
            return "Field required"
        case "union_tag_invalid":
            return f"Input should be one of {error['ctx']['expected_tags']}"
        case "uuid_parsing":
            return "Input should be a valid UUID"
        case _:
            return str(error["msg"])


def _body_has_kinds(request: Request) -> bool:
    """Return whether one of the body's fields, such as `type`, says what the others are."""
    body = getattr(request.scope.get("route"), "body_field", None)
    return body is not None and getattr(body.field_info, "discriminator", None) is not None


def _location(error: Mapping[str, Any], by_kind: bool) -> Location:
    """Return where the invalid field stands in what was sent.

    Pydantic names the kind of such a body as if it were a field around the others, and the body where the
    field that says the kind is wrong.
    """
    location: Location = error["loc"]
    if error["type"] in ("union_tag_not_found", "union_tag_invalid"):
        return (*location, error["ctx"]["discriminator"].strip("'"))
    if by_kind and location[0] == "body":
        return (location[0], *location[2:])
    return location


def _path(location: Location) -> str:
    """Return the path of an invalid field, with names of our own form only, so that no input is repeated."""
    parts = [part for part in map(str, location) if OWN_NAME.fullmatch(part)]
    return ".".join(parts)[:MAX_FIELD_PATH]
