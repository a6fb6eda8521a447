"""Whose request it is, and how fresh its answer must be: what routes ask for in their signatures."""

import re
from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Header, Query, Request
from starlette.concurrency import run_in_threadpool

from adapters.postgres.agents.sessions import LoginSession
from adapters.postgres.follow.positions import ReadModelPositions
from services.access.access import Access, Caller, NotLoggedIn
from services.http.edge.positions import PositionCodec
from services.http.edge.problems import Refused

COOKIE = "balcao_session"
MAX_SECRET = 200
FRESH_WITHIN_S = 2.0
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

_IF_MATCH = re.compile(r'(?:W/)?"([0-9]{1,18})"|([0-9]{1,18})')
_CHARSET = re.compile(r'charset\s*=\s*"?([^\s";]*)', re.IGNORECASE)
_KEY = re.compile(r"[\x21-\x7e]{1,200}")

REQUIRED = {"x-required": True}
"""Marks a header in the contract without which a command is refused by us, in words of ours."""


def require_same_origin(request: Request) -> None:
    """Refuse what another site made this browser ask.

    Raises:
        Refused: 403 `cross_site`
    """
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")
    if foreign or request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Refused(403, "cross_site", "This was asked by another site")


def require_json(request: Request, status: int) -> None:
    """A body is plain JSON in UTF-8 and says so; forms of other sites cannot.

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
        raise Refused(415, "unsupported_media_type", "The body must be UTF-8, and not compressed")


async def asked_here(request: Request) -> None:
    """For the login, which has no caller yet.

    Raises:
        Refused: 403, 415
    """
    require_same_origin(request)
    require_json(request, 415)


def require_single_parameters(request: Request) -> None:
    """Nobody guesses which of two was meant.

    Raises:
        Refused: 422 `repeated_parameter`
    """
    if len(request.query_params.multi_items()) != len(request.query_params):
        raise Refused(422, "repeated_parameter", "Give each parameter of the address once")


async def current_caller(request: Request) -> Caller:
    """Who asks, by bearer token or cookie.

    Raises:
        Refused: 401, or 403 for what another site made a browser ask; 422 for what is asked twice.
    """
    require_single_parameters(request)
    access: Access = request.app.state.access
    authorization = request.headers.get("authorization")
    try:
        if authorization is not None:
            scheme, _, secret = authorization.partition(" ")
            if scheme.lower() != "bearer" or not 0 < len(secret) <= MAX_SECRET:
                raise NotLoggedIn
            if request.method not in SAFE_METHODS:
                require_json(request, 415)
            known = access.remembered(secret, UUID)
            return known if known is not None else await run_in_threadpool(access.by_token, secret)
        secret = request.cookies.get(COOKIE, "")
        if not 0 < len(secret) <= MAX_SECRET:
            raise NotLoggedIn
        if request.method not in SAFE_METHODS:
            require_same_origin(request)
            require_json(request, 403)
        known = access.remembered(secret, LoginSession)
        return known if known is not None else await run_in_threadpool(access.by_cookie, secret)
    except NotLoggedIn:
        raise Refused(401, "unauthenticated", "Log in first", {"WWW-Authenticate": "Bearer"}) from None


CurrentCaller = Annotated[Caller, Depends(current_caller)]


def control_seen(
    request: Request,
    if_match: Annotated[
        str | None, Header(description='the control version, like `"3"`', json_schema_extra=REQUIRED)
    ] = None,
) -> int:
    """The control version that the asker has seen, from `If-Match`.

    Raises:
        Refused: 428, there is none; 400, it is no control version.
    """
    if if_match is None:
        raise Refused(428, "version_required", "Say which control version you have seen, in If-Match")
    return _version(request, "the control version")


def _version(request: Request, what: str) -> int:
    given = request.headers.getlist("if-match")
    match = _IF_MATCH.fullmatch(given[0].strip()) if len(given) == 1 else None
    if match is None:
        raise Refused(400, "invalid_version", f'If-Match is {what}, like "3"')
    return int(match[1] or match[2])


IfMatch = Annotated[int, Depends(control_seen)]


def card_seen(
    request: Request,
    if_match: Annotated[str | None, Header(description='the version of the card, like `"3"`')] = None,
) -> int | None:
    """The version of a contact's card that the asker has seen, if they say so in `If-Match`.

    Raises:
        Refused: 400, it is no version.
    """
    return None if if_match is None else _version(request, "the version of the card")


CardSeen = Annotated[int | None, Depends(card_seen)]


def idempotency_key(
    request: Request,
    idempotency_key: Annotated[
        str | None, Header(description="drawn by the client", json_schema_extra=REQUIRED)
    ] = None,
) -> str:
    """The key under which this command happens once.

    Raises:
        Refused: 400
    """
    given = request.headers.getlist("idempotency-key")
    if idempotency_key is None:
        raise Refused(400, "idempotency_key_required", "Give this command an Idempotency-Key")
    if len(given) > 1 or not _KEY.fullmatch(given[0]):
        raise Refused(400, "invalid_idempotency_key", "A key has 1 to 200 visible ASCII characters")
    return given[0]


IdempotencyKey = Annotated[str, Depends(idempotency_key)]
MinPosition = Annotated[
    str | None,
    Query(max_length=100, description="answer only once this place (`<log>.<n>`) is shown, or say `stale`"),
]


def shown(*read_models: str) -> Callable[..., Awaitable[bool]]:
    """Waits until `read_models` have passed `min_position`; gives whether the answer will be stale.

    In a route it stands behind the caller: what nobody may ask is refused before it waits.
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
