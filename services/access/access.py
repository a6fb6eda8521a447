"""Who may come in: passwords, sessions, tokens of services; remembered for seconds, never longer."""

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
REMEMBERED_S = 2.0
MAX_REMEMBERED = 10_000
DEMO_DOMAIN = "@demo.balcao"


class Passwords(Protocol):
    """Where hashes of passwords stand, sealed."""

    def get(self, kind: str, owner_id: UUID) -> bytes | None: ...


class KnownAgent(Protocol):
    """An agent as the directory names them."""

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
    """No session, no token, or one that has ended."""


class WrongLogin(Exception):
    """E-mail or password are wrong; which of them is not said."""


class LoginUnavailable(Exception):
    """Whether the password is right cannot be said now."""


class TooManyAttempts(Exception):
    """Too many failed logins for this account from this address."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose request it is. A service has no agent: it reads, and does nothing."""

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
        """Whether all events of the tenant are theirs to read."""
        return self.role in (None, "admin")

    def person(self) -> Person:
        """As the one who gives a command.

        Raises:
            Forbidden: services give none.
        """
        if self.agent_id is None or self.role is None:
            raise Forbidden
        return Person(self.agent_id, self.tenant_id, self.role, self.teams)


@cache
def _of_nobody() -> str:
    """The hash of a password that nobody knows, for e-mails that nobody has; made once in a process."""
    return PasswordHasher().hash(secrets.token_urlsafe())


class Access:
    """Logins, and who is behind a cookie or a token.

    What was found is remembered for two seconds, so that a request costs no query, and whoever was shut
    out is out after that time.
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
        self._of_nobody = _of_nobody()
        self._remembered: dict[bytes, tuple[float, LoginSession | UUID]] = {}

    def log_in(self, email: str, password: str, address: str) -> str:
        """Check a password and open a session; the secret of its cookie. As slow for an unknown e-mail.

        Only a password that was found wrong is counted: a process that is killed, or a database that is
        unavailable in the middle of it, locks nobody out.

        Raises:
            WrongLogin, TooManyAttempts
            LoginUnavailable, LogUnavailable: the password was neither accepted nor refused.
        """
        email = folded(email)
        subject = sha256(f"{email}\0{address}".encode(errors="replace")).digest()
        if (wait_s := self._sessions.locked_for_s(subject)) is not None:
            raise TooManyAttempts(wait_s)
        session, hashed = self._account(email)
        right = self._verified(hashed or self._of_nobody, password)
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
        """End a session; unknown ones have ended."""
        self._remembered.pop(hash_of(secret), None)
        self._sessions.close(hash_of(secret))

    def remembered(self, secret: str, kind: type[LoginSession] | type[UUID]) -> Caller | None:
        """The caller behind a secret that was looked up less than two seconds ago."""
        token_hash = hash_of(secret)
        found = self._remembered.get(token_hash)
        if found is None or time.monotonic() - found[0] > REMEMBERED_S or not isinstance(found[1], kind):
            return None
        return self._caller(token_hash, found[1])

    def by_cookie(self, secret: str) -> Caller:
        """The person behind a cookie.

        Raises:
            NotLoggedIn
        """
        token_hash = hash_of(secret)
        session = self._sessions.find(token_hash)
        if session is None:
            raise NotLoggedIn
        return self._recognised(token_hash, session)

    def by_token(self, secret: str) -> Caller:
        """The service behind a bearer token.

        Raises:
            NotLoggedIn
        """
        token_hash = hash_of(secret)
        service = self._sessions.service(token_hash)
        if service is None:
            raise NotLoggedIn
        return self._recognised(token_hash, service.tenant_id)

    def ended(self, callers: Collection[Caller]) -> set[bytes]:
        """The hashes of those whose session has ended, or who were deactivated."""
        people = {caller.token_hash: caller for caller in callers if caller.agent_id is not None}
        services = {caller.token_hash for caller in callers if caller.agent_id is None}
        alive = self._sessions.alive(people) if people else set()
        active = {hashed for hashed, caller in people.items() if hashed in alive and self._now(caller)}
        there = {hashed for hashed in services if self._sessions.service(hashed) is not None}
        return (people.keys() | services) - active - there

    def changed(self, callers: Collection[Caller]) -> set[bytes]:
        """The hashes of those who have another role or other teams now, or do not work here any more."""
        people = [caller for caller in callers if caller.agent_id is not None]
        return {caller.token_hash for caller in people if self._now(caller) != caller}

    def changed_at(self, caller: Caller) -> int:
        """The position at which something about this person changed last, as far as it is known."""
        known = None if caller.agent_id is None else self._agent(caller.agent_id)
        return 0 if known is None else known.position

    def profile(self, tenant_id: UUID, agent_id: UUID) -> Agent | None:
        """Name and role of an agent; of one who came, or came back, a moment ago from the log itself."""
        known = self._agent(agent_id)
        if known is not None and known.role is not None and known.active:
            teams = frozenset(map(UUID, known.teams or ()))
            email, limit = known.email or "", known.open_limit
            return Agent(known.name, email, known.role, True, teams, limit)
        loaded = self._log.load([agent_id], streams.administered, tenant_id).get(agent_id)
        agent = None if loaded is None else loaded.state
        return agent if isinstance(agent, Agent) else None

    def company(self, tenant_id: UUID) -> Tenant:
        """For whom somebody works, and its teams; from the log: it may have come a moment ago."""
        tenant = self._log.load([tenant_id], streams.administered, tenant_id)[tenant_id].state
        assert isinstance(tenant, Tenant), "whoever works here works for a tenant"
        return tenant

    def _now(self, caller: Caller) -> Caller | None:
        """The person with the role and the teams that they have now."""
        assert caller.agent_id is not None
        return self._caller(caller.token_hash, LoginSession(caller.tenant_id, caller.agent_id))

    def _account(self, email: str) -> tuple[LoginSession | None, str | None]:
        """The session that this e-mail would get, and the hash of its password."""
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
        """Whether the password is the one of this hash.

        Raises:
            LoginUnavailable: no memory to compute it in, or no hash that can be read.
        """
        try:
            return self._hasher.verify(hashed, password)
        except (VerifyMismatchError, UnicodeEncodeError):
            return False
        except (VerificationError, InvalidHashError) as error:
            raise LoginUnavailable(f"the password cannot be verified: {error}") from error

    def _recognised(self, token_hash: bytes, found: LoginSession | UUID) -> Caller:
        caller = self._caller(token_hash, found)
        if caller is None:
            raise NotLoggedIn
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[token_hash] = (time.monotonic(), found)
        return caller

    def _caller(self, token_hash: bytes, found: LoginSession | UUID) -> Caller | None:
        """The caller with the role that they have now; None when they no longer work here."""
        if isinstance(found, UUID):
            return Caller(found, None, None, token_hash)
        agent = self.profile(found.tenant_id, found.agent_id)
        if agent is None or not agent.active:
            return None
        return Caller(found.tenant_id, found.agent_id, agent.role, token_hash, agent.teams)


def hash_of(secret: str) -> bytes:
    """What is stored of a secret. It is random and long, so one round is enough."""
    return sha256(secret.encode(errors="replace")).digest()
