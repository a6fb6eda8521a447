"""Webhook signatures: HMAC-SHA256 of the raw body with an app secret."""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

_BOUND = re.compile(r"(.*)@([0-9+]*)", re.DOTALL)
_NUMBERS = re.compile(r"[0-9]+(\+[0-9]+)*")
_HEADER = re.compile(r"sha256=([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class AppSecret:
    """A secret that signs webhooks, and the phone number ids that it speaks for; None: for all."""

    secret: str
    numbers: frozenset[str] | None = None

    @classmethod
    def parse(cls, written: str) -> "AppSecret":
        """Read `secret` or `secret@number+number`.

        Raises:
            ValueError: an `@` with digits after it, but no list of numbers.
        """
        if (bound := _BOUND.fullmatch(written)) is None:
            return cls(written)
        if not _NUMBERS.fullmatch(bound[2]):
            raise ValueError("numbers should look like 1234+5678")
        return cls(bound[1], frozenset(bound[2].split("+")))


@dataclass(frozen=True, slots=True)
class Signed:
    """A body with a right signature, and the numbers that its signers speak for; None: for all."""

    numbers: frozenset[str] | None

    def speaks_for(self, number: str | None) -> bool:
        """Return whether an item may be of this number; one without a number changes nothing of any."""
        return self.numbers is None or number is None or number in self.numbers


def sign(raw_body: bytes, secret: str) -> str:
    """Return the value of `X-Hub-Signature-256` for a body."""
    return "sha256=" + hmac.digest(secret.encode(), raw_body, sha256).hex()


def verify(raw_body: bytes, header: str | None, secrets: Iterable[str]) -> bool:
    """Check that one of `secrets` signed exactly these bytes; as `signed_by`."""
    return signed_by(raw_body, header, map(AppSecret, secrets)) is not None


def signed_by(raw_body: bytes, header: str | None, secrets: Iterable[AppSecret]) -> Signed | None:
    """Return for whom those of `secrets` speak that signed exactly these bytes; None: no one has.

    Secrets rotate, and apps may share a URL. Accepts only Meta's own form: lower-case hex without anything
    around it. Never raises; compares in constant time.
    """
    found = _HEADER.fullmatch(header) if header else None
    if found is None:
        return None
    given = bytes.fromhex(found[1])
    signers = [
        known
        for known in secrets
        if known.secret and hmac.compare_digest(hmac.digest(known.secret.encode(), raw_body, sha256), given)
    ]
    if not signers:
        return None
    bound = [known.numbers for known in signers if known.numbers is not None]
    return Signed(frozenset().union(*bound) if len(bound) == len(signers) else None)
