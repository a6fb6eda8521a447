"""Limits on wrong passwords: of an account at an address, of an address, of an account, of a known device."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

import structlog
from prometheus_client import Counter

from adapters.postgres.agents.login_failures import FailureLimit, PostgresLoginFailures
from services.runtime.addresses import network_of

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

log = structlog.get_logger("login")
locks = Counter("balcao_login_locks", "Locks after too many wrong passwords, by limit.", ["limit"])


class TooManyAttempts(Exception):
    """Too many wrong passwords; attempts are refused for a while."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Attempt:
    """Whose password is tried, and from where; `device` is known for this e-mail, or None."""

    email: str
    address: str
    device: bytes | None

    def own_limits(self) -> list[FailureLimit]:
        """Return the limits that the right password resets: it says who was wrong."""
        if self.device is not None:
            return [
                _limit("device", 10, MINUTE, self.email, self.device.hex()),
                _limit("device", 30, HOUR, self.email, self.device.hex()),
            ]
        address = network_of(self.address)
        return [
            _limit("account and address", 10, MINUTE, self.email, address),
            # An address alone cannot reach the limit of the account: that takes ten.
            _limit("account and address", 30, HOUR, self.email, address),
        ]

    def limits(self) -> list[FailureLimit]:
        """Return all limits; a known device has its own alone, so that no stranger keeps a person out."""
        if self.device is not None:
            return self.own_limits()
        return [
            *self.own_limits(),
            _limit("address", 40, timedelta(minutes=10), network_of(self.address)),
            _limit("account", 300, HOUR, self.email),
        ]


class LoginLimits:
    """Refuses attempts over a limit; a lock is counted and logged once, not each refusal."""

    def __init__(self, failures: PostgresLoginFailures) -> None:
        self._failures = failures

    def require_open(self, attempt: Attempt) -> None:
        """Allow an attempt.

        Raises:
            TooManyAttempts
        """
        if (wait_s := self._failures.locked_for_s(attempt.limits())) is not None:
            raise TooManyAttempts(wait_s)

    def count_failure(self, attempt: Attempt) -> None:
        """Count a wrong password; attempts during a lock do not prolong it.

        Raises:
            TooManyAttempts: others were counted meanwhile.
        """
        counted = self._failures.count(attempt.limits())
        if counted.wait_s is not None:
            raise TooManyAttempts(counted.wait_s)
        for limit in counted.reached:
            locks.labels(limit.name).inc()
            minutes = limit.within // MINUTE
            log.warning(
                "too many wrong passwords, refusing more",
                limit=limit.name,
                address=attempt.address,
                for_at_most_min=minutes,
            )

    def forgive(self, attempt: Attempt) -> None:
        """Forget the failures of whoever gave the right password, but not those of strangers."""
        self._failures.forgive(attempt.own_limits())


def _limit(name: str, most: int, within: timedelta, *subject: str) -> FailureLimit:
    counted = "\0".join([name, str(within), *subject])
    return FailureLimit(name, sha256(counted.encode(errors="replace")).digest(), most, within)
