"""Routes of login, logout and the current user."""

from collections import Counter as Tally
from collections.abc import Callable
from functools import partial

import anyio
import anyio.to_thread
import structlog
from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import Counter
from starlette.concurrency import run_in_threadpool

from schemas.http import Person
from schemas.session import ChangePassword, LogIn, Me, SessionOptions, Tenant
from services.access.access import (
    LIFETIME,
    Access,
    Caller,
    LoginUnavailable,
    NotLoggedIn,
    WrongLogin,
)
from services.access.login_limits import TooManyAttempts
from services.http.edge.callers import (
    DEVICE_COOKIE,
    HOST_ONLY,
    CurrentCaller,
    asked_here,
    cookie_name,
    person_of,
)
from services.http.edge.json_body import StrictJson
from services.http.edge.problems import Refused
from services.runtime.addresses import network_of
from services.runtime.log_setup import Occasionally

DEVICE_LIFETIME_S = 180 * 24 * 3600
MAX_WAITING, MAX_WAITING_OF_ADDRESS = 50, 25

log = structlog.get_logger("session")
logins = Counter("balcao_logins", "Attempts to log in, by result.", ["result"])


class _Queue:
    """Passwords to verify, one at a time because each takes a core for a while; few may wait."""

    def __init__(self) -> None:
        self._limiter = anyio.CapacityLimiter(1)
        self._waiting: Tally[str] = Tally()
        self._warns = Occasionally()

    async def verify(self, work: Callable[[], str], request: Request) -> str:
        """Run what verifies a password when it is its turn; return the secret of the session that it opens.

        Raises:
            WrongLogin
            Refused: 429 after too many wrong ones; 503 when it cannot be verified now.
        """
        try:
            secret = await self._run(work, network_of(_address(request)))
        except WrongLogin:
            logins.labels("wrong").inc()
            raise
        except TooManyAttempts as many:
            logins.labels("too_many").inc()
            wait = {"Retry-After": str(many.retry_after_s)}
            raise Refused(429, "too_many_attempts", "Too many attempts, wait a moment", wait) from None
        except LoginUnavailable as unavailable:
            logins.labels("unavailable").inc()
            if self._warns.is_due():
                log.error("password cannot be verified, login refused", reason=str(unavailable))
            title = "Not possible right now, try again"
            raise Refused(503, "unavailable", title, {"Retry-After": "2"}) from None
        logins.labels("right").inc()
        return secret

    async def _run(self, work: Callable[[], str], address: str) -> str:
        if self._waiting.total() >= MAX_WAITING or self._waiting[address] >= MAX_WAITING_OF_ADDRESS:
            raise LoginUnavailable("too many logins wait")
        self._waiting[address] += 1
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]


def session_routes(access: Access, demo_accounts: list[str] | None) -> APIRouter:
    """Create the routes of sessions. `demo_accounts` is None outside the demo."""
    routes = APIRouter(prefix="/v1", tags=["session"], route_class=StrictJson)

    # People who are known do not wait behind strangers who guess.
    known, strangers = _Queue(), _Queue()

    @routes.get("/session/options")
    async def session_options() -> SessionOptions:
        """Get the options of the login page."""
        return SessionOptions(demo=demo_accounts is not None, accounts=demo_accounts or [])

    def me_of(caller: Caller) -> Me:
        person = person_of(caller)
        agent = access.profile(caller.tenant_id, person.id)
        if agent is None:
            raise Refused(401, "unauthenticated", "Log in first")
        company = access.company(caller.tenant_id)
        return Me(
            id=person.id,
            name=agent.name,
            email=agent.email,
            role=agent.role,
            tenant=Tenant(id=caller.tenant_id, name=company.name),
            demo=demo_accounts is not None,
            teams=[Person(id=id, name=company.teams[id].name) for id in sorted(agent.teams)],
        )

    @routes.post("/session", dependencies=[Depends(asked_here)])
    async def log_in(body: LogIn, request: Request, response: Response) -> Me:
        """Log in.

        Opens a session and sets its cookie, and one that marks the device as known to this person: wrong
        passwords of others do not count against it.

        401 `wrong_login`: e-mail or password is wrong; 429 `too_many_attempts`, with `Retry-After`;
        503 `unavailable`: the password cannot be checked now, which does not count as an attempt.
        """
        password = body.password.get_secret_value()
        attempt = access.attempt(body.email, _address(request), _device(request))
        queue = strangers if attempt.device is None else known
        try:
            secret = await queue.verify(partial(access.log_in, attempt, password), request)
            me = await run_in_threadpool(me_of, await access.by_cookie(secret))
        except (WrongLogin, NotLoggedIn):  # NotLoggedIn: deactivated at this very moment
            raise Refused(401, "wrong_login", "E-mail or password is wrong") from None
        if former := request.cookies.get(cookie_name(request)):
            await access.log_out(former)  # else it stays open, and nobody knows its cookie any more
        _set_cookie(request, response, secret)
        device = access.device_cookie(attempt, _device(request))
        name, secure = cookie_name(request, DEVICE_COOKIE), _is_secure(request)
        response.set_cookie(
            name, device, max_age=DEVICE_LIFETIME_S, httponly=True, samesite="strict", secure=secure
        )
        return me

    @routes.put("/me/password", status_code=204)
    async def change_password(body: ChangePassword, request: Request, caller: CurrentCaller) -> Response:
        """Change the caller's password.

        Ends all sessions of the caller and sets the cookie of a new one.

        422 `password_too_short`: the new one has fewer than ten characters; 403 `wrong_password`: the present
        one is wrong; 403 `forbidden`: one of the demo's people; 429 `too_many_attempts`, with `Retry-After`;
        503 `unavailable`.
        """
        if access.shares_password(caller.tenant_id, person_of(caller).id):
            raise Refused(403, "forbidden", "The passwords of the demo's people stay as they are")
        current, new = body.current.get_secret_value(), body.new.get_secret_value()
        address, device = _address(request), _device(request)
        change = partial(access.change_password, caller, current, new, address, device)
        try:
            secret = await known.verify(change, request)
        except WrongLogin:
            raise Refused(403, "wrong_password", "The present password is wrong") from None
        response = Response(status_code=204)
        _set_cookie(request, response, secret)
        return response

    @routes.delete("/session", status_code=204)
    async def log_out(request: Request, _: CurrentCaller) -> Response:
        """Log out.

        Ends the caller's session.
        """
        name = cookie_name(request)
        if secret := request.cookies.get(name):
            await access.log_out(secret)
        response = Response(status_code=204)
        response.delete_cookie(name, httponly=True, samesite="lax", secure=_is_secure(request))
        return response

    @routes.get("/me")
    async def me(caller: CurrentCaller) -> Me:
        """Get the current user."""
        return await run_in_threadpool(me_of, caller)

    return routes


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _device(request: Request) -> str:
    return request.cookies.get(cookie_name(request, DEVICE_COOKIE), "")


def _set_cookie(request: Request, response: Response, secret: str) -> None:
    lifetime_s, secure = int(LIFETIME.total_seconds()), _is_secure(request)
    name = cookie_name(request)
    response.set_cookie(name, secret, max_age=lifetime_s, httponly=True, samesite="lax", secure=secure)


def _is_secure(request: Request) -> bool:
    """Return whether the cookie is for https alone."""
    return cookie_name(request).startswith(HOST_ONLY) or request.url.scheme == "https"
