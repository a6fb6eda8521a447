"""Dependencies of routes: the caller, `If-Match`, `Idempotency-Key` and `min_position`."""

import re
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Header, Query, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from adapters.postgres.follow.read_model_positions import ReadModelPositions
from domain.refusals import Forbidden
from services.access.access import Access, Caller, NotLoggedIn
from services.http.edge.position_codec import PositionCodec
from services.http.edge.problems import Refused
from services.http.edge.query_parameters import require_known_parameters
from services.http.edge.shares import Shares
from services.write.actor import Person

COOKIE = "balcao_session"
DEVICE_COOKIE = "balcao_device"
"""Names the people who have logged in on this browser before; it opens nothing."""

HOST_ONLY = "__Host-"
"""Prefix of the cookie over https: no other host of the same domain can set it."""

AGENT_HEADER = "balcao-agent"
"""The agent for whom a page was loaded; the browser's cookie may belong to another one by now."""

MAX_SECRET = 200
FRESH_WITHIN_S = 2.0
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

_IF_MATCH = re.compile(r'(?:W/)?"([0-9]{1,18})"|([0-9]{1,18})')
_CHARSET = re.compile(r'charset\s*=\s*"?([^\s";]*)', re.IGNORECASE)
_KEY = re.compile(r"[\x21-\x7e]{1,200}")

REQUIRED = {"x-required": True}
"""Marks a header as required in the OpenAPI document; we check it ourselves, for our own error codes."""


def require_same_origin(request: Request) -> None:
    """Refuse a request that another site made this browser send (CSRF).

    What the browser says of the site decides; behind a proxy, Origin and Host may name different addresses.

    Raises:
        Refused: 403 `cross_site`
    """
    if (site := request.headers.get("sec-fetch-site")) is not None:
        is_ours = site in ("same-origin", "none")
    else:
        host = request.headers.get("host", "")
        ours = {request.app.state.public_url, f"http://{host}", f"https://{host}"}
        is_ours = ours.issuperset(request.headers.getlist("origin"))
    if not is_ours:
        raise Refused(403, "cross_site", "The request comes from another site")


def require_json(request: Request, status: int) -> None:
    """Require a body of uncompressed JSON in UTF-8 with the right content type, which HTML forms cannot send.

    Raises:
        Refused
    """
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    if not has_body:
        return
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != "application/json":
        code = "cross_site" if status == 403 else "unsupported_media_type"
        raise Refused(status, code, "The body must be application/json")
    charset = _CHARSET.search(parameters)
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity") or (charset and charset[1].lower() not in ("utf-8", "utf8")):
        raise Refused(415, "unsupported_media_type", "The body must be UTF-8 and not compressed")


async def asked_here(request: Request) -> None:
    """Check origin and body type of the login, which has no caller yet.

    Raises:
        Refused: 403, 415
    """
    require_same_origin(request)
    require_json(request, 415)


def cookie_name(request: Request, name: str = COOKIE) -> str:
    """Return the name of a cookie, of the session's if none is given, as it is used here."""
    return HOST_ONLY + name if request.app.state.public_url.startswith("https:") else name


def person_of(caller: Caller) -> Person:
    """Return the caller as the author of a command.

    Raises:
        Forbidden: the caller is a service.
    """
    if caller.agent_id is None or caller.role is None:
        raise Forbidden
    return Person(caller.agent_id, caller.tenant_id, caller.role, caller.teams)


def require_same_agent(request: Request, caller: Caller) -> None:
    """Refuse a request from a page that was loaded for another agent: a browser has one session.

    Raises:
        Refused: 401 `other_agent`
    """
    if request.headers.get(AGENT_HEADER, str(caller.agent_id)) != str(caller.agent_id):
        raise Refused(
            401, "other_agent", "Another person has logged in on this browser since; reload the page"
        )


async def _authenticated(request: Request) -> Caller:
    """Authenticate by bearer token or cookie.

    Raises:
        Refused: 401, also for a page that was loaded for another agent; 403 for a request from another site.
    """
    access: Access = request.app.state.access
    authorization = request.headers.get("authorization")
    try:
        if authorization is not None:
            scheme, _, secret = authorization.partition(" ")
            if scheme.lower() != "bearer" or not 0 < len(secret) <= MAX_SECRET:
                raise NotLoggedIn
            if request.method not in SAFE_METHODS:
                require_json(request, 415)
            return await access.by_token(secret)
        secret = request.cookies.get(cookie_name(request), "")
        if not 0 < len(secret) <= MAX_SECRET:
            raise NotLoggedIn
        if request.method not in SAFE_METHODS:
            require_same_origin(request)
            require_json(request, 403)
        caller = await access.by_cookie(secret)
        require_same_agent(request, caller)
        return caller
    except NotLoggedIn:
        raise Refused(401, "unauthenticated", "Log in first", {"WWW-Authenticate": "Bearer"}) from None


async def current_caller(request: Request) -> Caller:
    """Authenticate by bearer token or cookie, and wait for the caller's turn.

    Raises:
        Refused: 401; 403 for a request from another site; 422 for a repeated parameter; 429 for too many
            requests of the same caller.
        RequestValidationError: for an unknown parameter.
    """
    caller = await _authenticated(request)
    require_known_parameters(request)
    shares: Shares = request.app.state.shares
    request.state.turn = await shares.enter(caller.counted_as)
    return caller


CurrentCaller = Annotated[Caller, Depends(current_caller)]


def needs_caller(dependant: Dependant) -> bool:
    """Return whether a route depends on `current_caller`."""
    return dependant.call is current_caller or any(map(needs_caller, dependant.dependencies))


async def known_parameters_only(request: Request) -> None:
    """Refuse unknown query parameters on routes without a caller; on others `current_caller` does.

    Raises:
        Refused, RequestValidationError
    """
    route = request.scope.get("route")
    if request.scope["query_string"] and isinstance(route, APIRoute) and not needs_caller(route.dependant):
        require_known_parameters(request)


def control_seen(
    request: Request,
    if_match: Annotated[
        str | None, Header(description='The control version, like `"3"`.', json_schema_extra=REQUIRED)
    ] = None,
) -> int:
    """Read the control version that the caller has seen from `If-Match`.

    Raises:
        Refused: 428, it is missing; 400, it is not a control version.
    """
    if if_match is None:
        raise Refused(428, "version_required", "If-Match is required, with the control version")
    return _version(request, "the control version")


def _version(request: Request, what: str) -> int:
    given = request.headers.getlist("if-match")
    match = _IF_MATCH.fullmatch(given[0].strip()) if len(given) == 1 else None
    if match is None:
        raise Refused(400, "invalid_version", f'If-Match must be {what}, like "3"')
    return int(match[1] or match[2])


IfMatch = Annotated[int, Depends(control_seen)]


def revision_seen(
    request: Request,
    if_match: Annotated[
        str | None, Header(description='The revision, like `"3"`.', json_schema_extra=REQUIRED)
    ] = None,
) -> int:
    """Read the revision of a quick reply that the caller has seen from `If-Match`.

    Raises:
        Refused: 428, it is missing; 400, it is not a revision.
    """
    if if_match is None:
        raise Refused(428, "version_required", "If-Match is required, with the revision")
    return _version(request, "the revision")


def card_seen(
    request: Request,
    if_match: Annotated[str | None, Header(description='The version of the card, like `"3"`.')] = None,
) -> int | None:
    """Read the version of a contact's card that the caller has seen from `If-Match`, if given.

    Raises:
        Refused: 400, it is not a version.
    """
    return None if if_match is None else _version(request, "the version of the card")


CardSeen = Annotated[int | None, Depends(card_seen)]


def idempotency_key(
    request: Request,
    idempotency_key: Annotated[
        str | None, Header(description="A unique key chosen by the client.", json_schema_extra=REQUIRED)
    ] = None,
) -> str:
    """Read the key by which a repeated command is recognised.

    Raises:
        Refused: 400
    """
    given = request.headers.getlist("idempotency-key")
    if idempotency_key is None:
        raise Refused(400, "idempotency_key_required", "Idempotency-Key is required")
    if len(given) > 1 or not _KEY.fullmatch(given[0]):
        raise Refused(
            400, "invalid_idempotency_key", "Idempotency-Key must be 1 to 200 visible ASCII characters"
        )
    return given[0]


IdempotencyKey = Annotated[str, Depends(idempotency_key)]
MinPosition = Annotated[
    str | None,
    Query(max_length=100, description="Wait until this position (`<log>.<n>`) is visible, else say `stale`."),
]


def shown(*read_models: str) -> Callable[..., Awaitable[bool]]:
    """Create a dependency that waits for `min_position` in `read_models`; True when that was not reached.

    In a route it comes after the caller, so that unauthorised requests do not wait.
    """

    async def wait(request: Request, min_position: MinPosition = None) -> bool:
        if min_position is None:
            return False
        places: PositionCodec = request.app.state.places
        projected: ReadModelPositions = request.app.state.projected
        stale = not await projected.wait_for(read_models, places.read(min_position), FRESH_WITHIN_S)
        request.state.stale = stale  # what is not found by a stale answer may be there (`problems`)
        return stale

    return wait
