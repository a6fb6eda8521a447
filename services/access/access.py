"""Authentication: logins, sessions of people and tokens of services, cached for two seconds."""

import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import sha256
from uuid import UUID

from anyio import to_thread
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from adapters.postgres.agents.sessions import LoginSession, PostgresLogins, PostgresSessions
from adapters.postgres.log.secrets import PostgresSecrets
from adapters.postgres.queries.visibility import Visibility
from domain import streams
from domain.administration import Agent, Role, Tenant
from domain.log.append import Name
from domain.log.port import Log
from projections.directory import DirectoryRow
from services.access.known_devices import KnownDevices
from services.access.login_limits import Attempt, LoginLimits
from services.access.passwords import HASHER, KIND, new_password, store_password
from services.access.unique_names import EMAIL, folded

LIFETIME = timedelta(days=14)
CACHE_S = 2.0
MAX_CACHED = 10_000
DEMO_DOMAIN = "@demo.balcao"
NOBODY = UUID(int=0)


class NotLoggedIn(Exception):
    """The cookie or token is absent, unknown or expired."""


class WrongLogin(Exception):
    """Wrong e-mail or password; callers are not told which."""


class LoginUnavailable(Exception):
    """The password cannot be verified now, neither as right nor as wrong."""


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
    def counted_as(self) -> UUID | bytes:
        """The key for limits per caller: a person with all their sessions, or a service's token."""
        return self.agent_id or self.token_hash

    @property
    def reads_history(self) -> bool:
        """Whether the caller may read all events of the tenant."""
        return self.role in (None, "admin")


@dataclass(frozen=True, slots=True)
class _Account:
    """An account; not open when deactivated, or when it belongs to the demo while that is off."""

    session: LoginSession
    password_hash: str | None
    is_open: bool


@cache
def _dummy_hash() -> str:
    """Hash a random password, once per process: an unknown e-mail takes as long as a known one."""
    return HASHER.hash(secrets.token_urlsafe())


class Access:
    """Logs people in and out, and finds the caller behind a cookie or a bearer token.

    Sessions are cached for two seconds: most requests cost no query, and a revoked one ends in that time.
    """

    def __init__(
        self,
        log: Log,
        sessions: PostgresSessions,
        logins: PostgresLogins,
        limits: LoginLimits,
        devices: KnownDevices,
        passwords: PostgresSecrets,
        agent: Callable[[UUID], DirectoryRow | None],
        demo: bool,
    ) -> None:
        self._log, self._sessions, self._logins, self._passwords = log, sessions, logins, passwords
        self._limits, self._devices, self._agent, self._demo = limits, devices, agent, demo
        self._dummy_hash = _dummy_hash()
        self._cache: dict[bytes, tuple[float, LoginSession | UUID]] = {}

    def attempt(self, email: str, address: str, device: str) -> Attempt:
        """Describe a login before the password is checked; `device` is the cookie of known devices."""
        email = folded(email)
        return Attempt(email, address, self._devices.find(email, device))

    def device_cookie(self, attempt: Attempt, device: str) -> str:
        """Return the cookie of known devices after a login."""
        return self._devices.cookie_for(attempt.email, device)

    def log_in(self, attempt: Attempt, password: str) -> str:
        """Check a password and open a session; return the secret for its cookie.

        Only a password that was found wrong counts towards the limits: a process killed, or a database lost,
        in the middle of a login locks nobody out. The right one of an account that is not open is refused as
        wrong, and not counted.

        Raises:
            WrongLogin, TooManyAttempts
            LoginUnavailable, LogUnavailable: the password was neither accepted nor refused.
        """
        return self._open(self._checked(attempt, password))

    def change_password(self, caller: Caller, current: str, new: str, address: str, device: str) -> str:
        """Set the caller's password, end all their sessions, and return the secret of a new one.

        Raises:
            PasswordTooShort
            WrongLogin, TooManyAttempts: `current` is wrong; it counts like a login.
            LoginUnavailable, LogUnavailable
        """
        new = new_password(new)
        assert caller.agent_id is not None, "services have no password"
        agent = self.profile(caller.tenant_id, caller.agent_id)
        attempt = self.attempt(agent.email if agent is not None else "", address, device)
        account = self._checked(attempt, current)
        store_password(self._passwords, account.session.agent_id, new)
        self._logins.end_all(account.session.agent_id)
        self._cache.clear()
        return self._open(account)

    def _checked(self, attempt: Attempt, password: str) -> _Account:
        """Return the account that this is the password of.

        Raises:
            WrongLogin, TooManyAttempts, LoginUnavailable
        """
        self._limits.require_open(attempt)
        account = self._account(attempt.email)
        hashed = None if account is None else account.password_hash
        right = self._verified(hashed or self._dummy_hash, password)
        if account is not None and account.is_open and hashed is None:
            raise LoginUnavailable("the account has no password yet")
        if account is None or hashed is None or not right:
            self._limits.count_failure(attempt)
            raise WrongLogin
        if not account.is_open:
            raise WrongLogin
        self._limits.forgive(attempt)
        return account

    def _open(self, account: _Account) -> str:
        secret = secrets.token_urlsafe(32)
        self._logins.open(hash_of(secret), account.session, LIFETIME)
        return secret

    async def log_out(self, secret: str) -> None:
        """End a session; does nothing when it has ended."""
        self._cache.pop(hash_of(secret), None)
        await self._sessions.close(hash_of(secret))

    async def by_cookie(self, secret: str) -> Caller:
        """Look up the person behind a cookie.

        Raises:
            NotLoggedIn
        """
        token_hash = hash_of(secret)
        session = self._recall(token_hash)
        if not isinstance(session, LoginSession):
            session = await self._sessions.find(token_hash)
            if session is None:
                raise NotLoggedIn
            self._remember(token_hash, session)
        agent = self._known(session.agent_id)
        if agent is None:
            # An agent who was added or activated a moment ago is read from the log, in a thread.
            agent = await to_thread.run_sync(self.profile, session.tenant_id, session.agent_id)
        if (caller := self._caller(token_hash, session, agent)) is None:
            self._cache.pop(token_hash, None)  # the session has ended, too: whoever is let in again logs in
            raise NotLoggedIn
        return caller

    async def by_token(self, secret: str) -> Caller:
        """Look up the service behind a bearer token.

        Raises:
            NotLoggedIn
        """
        token_hash = hash_of(secret)
        tenant_id = self._recall(token_hash)
        if not isinstance(tenant_id, UUID):
            service = await self._sessions.service(token_hash)
            if service is None:
                raise NotLoggedIn
            tenant_id = service.tenant_id
            self._remember(token_hash, tenant_id)
        return Caller(tenant_id, None, None, token_hash)

    async def ended(self, callers: Collection[Caller]) -> set[bytes]:
        """Return the token hashes of those logged out, revoked or deactivated."""
        people = {caller.token_hash: caller for caller in callers if caller.agent_id is not None}
        services = {caller.token_hash for caller in callers if caller.agent_id is None}
        alive = await self._sessions.alive(people) if people else set()
        active = await to_thread.run_sync(self._active, [people[hashed] for hashed in alive])
        valid = {hashed for hashed in services if await self._sessions.service(hashed) is not None}
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
        if (known := self._known(agent_id)) is not None:
            return known
        loaded = self._log.load([agent_id], streams.administered, tenant_id).get(agent_id)
        agent = None if loaded is None else loaded.state
        return agent if isinstance(agent, Agent) else None

    def shares_password(self, tenant_id: UUID, agent_id: UUID) -> bool:
        """Return whether an agent is one of the demo's people, whose password others know, too."""
        agent = self.profile(tenant_id, agent_id)
        return self._demo and agent is not None and agent.email.endswith(DEMO_DOMAIN)

    def company(self, tenant_id: UUID) -> Tenant:
        """Return a tenant with its teams, from the log: the directory may be behind."""
        tenant = self._log.load([tenant_id], streams.administered, tenant_id)[tenant_id].state
        assert isinstance(tenant, Tenant), "whoever works here works for a tenant"
        return tenant

    def _active(self, people: Collection[Caller]) -> set[bytes]:
        return {caller.token_hash for caller in people if self._current(caller) is not None}

    def _current(self, caller: Caller) -> Caller | None:
        """Return the person with their present role and teams; None when deactivated."""
        assert caller.agent_id is not None
        session = LoginSession(caller.tenant_id, caller.agent_id)
        return self._caller(caller.token_hash, session, self.profile(session.tenant_id, session.agent_id))

    def _is_open(self, agent: Agent) -> bool:
        """Return whether an agent may log in: active, and no demo account while the demo is off."""
        return agent.active and (self._demo or not agent.email.endswith(DEMO_DOMAIN))

    def _caller(self, token_hash: bytes, session: LoginSession, agent: Agent | None) -> Caller | None:
        """Return the person of a session with their present role; None for one who may not come in."""
        if agent is None or not self._is_open(agent):
            return None
        return Caller(session.tenant_id, session.agent_id, agent.role, token_hash, agent.teams)

    def _account(self, email: str) -> _Account | None:
        """Find the account of an e-mail, open or not; for an unknown one as much is read."""
        held = self._log.owners_of_names([Name(EMAIL, email)]).get(Name(EMAIL, email))
        tenant_id, agent_id = held or (NOBODY, NOBODY)
        loaded = self._log.load([agent_id], streams.administered, tenant_id).get(agent_id)
        agent = None if loaded is None else loaded.state
        hashed = self._passwords.get(KIND, agent_id)
        if not isinstance(agent, Agent):
            return None
        return _Account(
            LoginSession(tenant_id, agent_id),
            None if hashed is None else hashed.decode(),
            is_open=self._is_open(agent),
        )

    def _verified(self, hashed: str, password: str) -> bool:
        """Return whether the password matches the hash.

        Raises:
            LoginUnavailable: not enough memory, or the stored hash is damaged.
        """
        try:
            return HASHER.verify(hashed, password)
        except (VerifyMismatchError, UnicodeEncodeError):
            return False
        except (VerificationError, InvalidHashError) as error:
            raise LoginUnavailable(f"the password cannot be verified: {error}") from error

    def _known(self, agent_id: UUID) -> Agent | None:
        """Return an active agent whom the directory in memory knows."""
        known = self._agent(agent_id)
        if known is None or known.role is None or not known.active:
            return None
        teams = frozenset(map(UUID, known.teams or ()))
        return Agent(known.name, known.email or "", known.role, True, teams, known.open_limit)

    def _recall(self, token_hash: bytes) -> LoginSession | UUID | None:
        found = self._cache.get(token_hash)
        return None if found is None or time.monotonic() - found[0] > CACHE_S else found[1]

    def _remember(self, token_hash: bytes, found: LoginSession | UUID) -> None:
        if len(self._cache) >= MAX_CACHED:
            self._cache.clear()
        self._cache[token_hash] = (time.monotonic(), found)


def hash_of(secret: str) -> bytes:
    """Hash a secret for storage. It is random and long, so one round of SHA-256 is enough."""
    return sha256(secret.encode(errors="replace")).digest()
