"""Authentication: logins, sessions of people and tokens of services, cached for two seconds."""

import secrets
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from adapters.postgres.agents.sessions import LoginSession, PostgresSessions
from adapters.postgres.queries.visibility import Visibility
from domain import streams
from domain.administration import Agent, Role, Tenant
from domain.log.append import Name
from domain.log.port import Log
from domain.refusals import Forbidden
from services.access.passwords import KIND
from services.access.unique_names import EMAIL, folded
from services.write.actor import Person

LIFETIME = timedelta(days=14)
CACHE_S = 2.0
MAX_CACHED = 10_000
DEMO_DOMAIN = "@demo.balcao"


class Passwords(Protocol):
    """Sealed password hashes."""

    def get(self, kind: str, owner_id: UUID) -> bytes | None: ...


class KnownAgent(Protocol):
    """An agent as the directory knows them."""

    @property
    def tenant_id(self) -> UUID: ...
    @property
    def id(self) -> UUID: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str | None: ...
    @property
    def role(self) -> Role | None: ...
    @property
    def active(self) -> bool: ...
    @property
    def teams(self) -> Sequence[str] | None: ...
    @property
    def open_limit(self) -> int | None: ...
    @property
    def position(self) -> int: ...


class NotLoggedIn(Exception):
    """The cookie or token is absent, unknown or expired."""


class WrongLogin(Exception):
    """Wrong e-mail or password; callers are not told which."""


class LoginUnavailable(Exception):
    """The password cannot be verified now, neither as right nor as wrong."""


class TooManyAttempts(Exception):
    """Too many failed logins for this account from this address."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request. A service has no agent and may only read."""

    tenant_id: UUID
    agent_id: UUID | None
    role: Role | None
    token_hash: bytes
    teams: frozenset[UUID] = frozenset()

    @property
    def visibility(self) -> Visibility:
        return Visibility.of(self.tenant_id, self.agent_id, self.role, self.teams)

    @property
    def reads_history(self) -> bool:
        """Whether the caller may read all events of the tenant."""
        return self.role in (None, "admin")

    def person(self) -> Person:
        """Return the caller as the author of a command.

        Raises:
            Forbidden: the caller is a service.
        """
        if self.agent_id is None or self.role is None:
            raise Forbidden
        return Person(self.agent_id, self.tenant_id, self.role, self.teams)


@cache
def _dummy_hash() -> str:
    """Hash a random password, once per process: an unknown e-mail takes as long as a known one."""
    return PasswordHasher().hash(secrets.token_urlsafe())


class Access:
    """Logs people in and out, and finds the caller behind a cookie or a bearer token.

    Sessions are cached for two seconds: most requests cost no query, and a revoked one ends in that time.
    """

    def __init__(
        self,
        log: Log,
        sessions: PostgresSessions,
        passwords: Passwords,
        agent: Callable[[UUID], KnownAgent | None],
        demo: bool,
    ) -> None:
        self._log, self._sessions, self._passwords = log, sessions, passwords
        self._agent, self._demo = agent, demo
        self._hasher = PasswordHasher()
        self._dummy_hash = _dummy_hash()
        self._cache: dict[bytes, tuple[float, LoginSession | UUID]] = {}

    def log_in(self, email: str, password: str, address: str) -> str:
        """Check a password and open a session; return the secret for its cookie.

        Only a password that was found wrong counts towards the lock: a process killed, or a database lost,
        in the middle of a login locks nobody out.

        Raises:
            WrongLogin, TooManyAttempts
            LoginUnavailable, LogUnavailable: the password was neither accepted nor refused.
        """
        email = folded(email)
        subject = sha256(f"{email}\0{address}".encode(errors="replace")).digest()
        if (wait_s := self._sessions.locked_for_s(subject)) is not None:
            raise TooManyAttempts(wait_s)
        session, hashed = self._account(email)
        right = self._verified(hashed or self._dummy_hash, password)
        if session is not None and hashed is None:
            raise LoginUnavailable("the account has no password yet")
        if session is None or not right:
            if (wait_s := self._sessions.count_failure(subject)) is not None:
                raise TooManyAttempts(wait_s)
            raise WrongLogin
        self._sessions.forgive(subject)
        secret = secrets.token_urlsafe(32)
        self._sessions.open(hash_of(secret), session, LIFETIME)
        return secret

    def log_out(self, secret: str) -> None:
        """End a session; does nothing when it has ended."""
        self._cache.pop(hash_of(secret), None)
        self._sessions.close(hash_of(secret))

    def cached(self, secret: str, kind: type[LoginSession] | type[UUID]) -> Caller | None:
        """Return the caller behind a secret that was looked up less than two seconds ago."""
        token_hash = hash_of(secret)
        found = self._cache.get(token_hash)
        if found is None or time.monotonic() - found[0] > CACHE_S or not isinstance(found[1], kind):
            return None
        return self._caller(token_hash, found[1])

    def by_cookie(self, secret: str) -> Caller:
        """Look up the person behind a cookie.

        Raises:
            NotLoggedIn
        """
        token_hash = hash_of(secret)
        session = self._sessions.find(token_hash)
        if session is None:
            raise NotLoggedIn
        return self._remember(token_hash, session)

    def by_token(self, secret: str) -> Caller:
        """Look up the service behind a bearer token.

        Raises:
            NotLoggedIn
        """
        token_hash = hash_of(secret)
        service = self._sessions.service(token_hash)
        if service is None:
            raise NotLoggedIn
        return self._remember(token_hash, service.tenant_id)

    def ended(self, callers: Collection[Caller]) -> set[bytes]:
        """Return the token hashes of those logged out, revoked or deactivated."""
        people = {caller.token_hash: caller for caller in callers if caller.agent_id is not None}
        services = {caller.token_hash for caller in callers if caller.agent_id is None}
        alive = self._sessions.alive(people) if people else set()
        active = {hashed for hashed, caller in people.items() if hashed in alive and self._current(caller)}
        valid = {hashed for hashed in services if self._sessions.service(hashed) is not None}
        return (people.keys() | services) - active - valid

    def changed(self, callers: Collection[Caller]) -> set[bytes]:
        """Return the token hashes of those whose role or teams have changed, or who were deactivated."""
        people = [caller for caller in callers if caller.agent_id is not None]
        return {caller.token_hash for caller in people if self._current(caller) != caller}

    def changed_at(self, caller: Caller) -> int:
        """Return the position of the last known change of this person; 0 for a service."""
        known = None if caller.agent_id is None else self._agent(caller.agent_id)
        return 0 if known is None else known.position

    def profile(self, tenant_id: UUID, agent_id: UUID) -> Agent | None:
        """Return an agent; from the log when the directory does not know them as active."""
        known = self._agent(agent_id)
        if known is not None and known.role is not None and known.active:
            teams = frozenset(map(UUID, known.teams or ()))
            email, limit = known.email or "", known.open_limit
            return Agent(known.name, email, known.role, True, teams, limit)
        loaded = self._log.load([agent_id], streams.administered, tenant_id).get(agent_id)
        agent = None if loaded is None else loaded.state
        return agent if isinstance(agent, Agent) else None

    def company(self, tenant_id: UUID) -> Tenant:
        """Return a tenant with its teams, from the log: the directory may be behind."""
        tenant = self._log.load([tenant_id], streams.administered, tenant_id)[tenant_id].state
        assert isinstance(tenant, Tenant), "whoever works here works for a tenant"
        return tenant

    def _current(self, caller: Caller) -> Caller | None:
        """Return the person with their present role and teams; None when deactivated."""
        assert caller.agent_id is not None
        return self._caller(caller.token_hash, LoginSession(caller.tenant_id, caller.agent_id))

    def _account(self, email: str) -> tuple[LoginSession | None, str | None]:
        """Find the session to open for an e-mail and its password hash; None where there is none."""
        if email.endswith(DEMO_DOMAIN) and not self._demo:
            return None, None
        held = self._log.owners_of_names([Name(EMAIL, email)]).get(Name(EMAIL, email))
        if held is None:
            return None, None
        tenant_id, agent_id = held
        loaded = self._log.load([agent_id], streams.administered, tenant_id).get(agent_id)
        agent = None if loaded is None else loaded.state
        if not isinstance(agent, Agent) or not agent.active:
            return None, None
        hashed = self._passwords.get(KIND, agent_id)
        return LoginSession(tenant_id, agent_id), None if hashed is None else hashed.decode()

    def _verified(self, hashed: str, password: str) -> bool:
        """Return whether the password matches the hash.

        Raises:
            LoginUnavailable: not enough memory, or the stored hash is damaged.
        """
        try:
            return self._hasher.verify(hashed, password)
        except (VerifyMismatchError, UnicodeEncodeError):
            return False
        except (VerificationError, InvalidHashError) as error:
            raise LoginUnavailable(f"the password cannot be verified: {error}") from error

    def _remember(self, token_hash: bytes, found: LoginSession | UUID) -> Caller:
        caller = self._caller(token_hash, found)
        if caller is None:
            raise NotLoggedIn
        if len(self._cache) >= MAX_CACHED:
            self._cache.clear()
        self._cache[token_hash] = (time.monotonic(), found)
        return caller

    def _caller(self, token_hash: bytes, found: LoginSession | UUID) -> Caller | None:
        """Return the caller with their present role; None when deactivated."""
        if isinstance(found, UUID):
            return Caller(found, None, None, token_hash)
        agent = self.profile(found.tenant_id, found.agent_id)
        if agent is None or not agent.active:
            return None
        return Caller(found.tenant_id, found.agent_id, agent.role, token_hash, agent.teams)


def hash_of(secret: str) -> bytes:
    """Hash a secret for storage. It is random and long, so one round of SHA-256 is enough."""
    return sha256(secret.encode(errors="replace")).digest()
