"""Webhook signatures: HMAC-SHA256 of the raw body with an app secret."""

import hmac
import re
from collections.abc import Iterable
from hashlib import sha256

_HEADER = re.compile(r"sha256=([0-9a-f]{64})")


def sign(raw_body: bytes, secret: str) -> str:
    """Return the value of `X-Hub-Signature-256` for a body."""
    return "sha256=" + hmac.digest(secret.encode(), raw_body, sha256).hex()


def verify(raw_body: bytes, header: str | None, secrets: Iterable[str]) -> bool:
    """Check that one of `secrets` signed exactly these bytes (secrets rotate, and apps may share a URL).

    Accepts only Meta's own form: lower-case hex without anything around it. Never raises; compares in
    constant time.
    """
    found = _HEADER.fullmatch(header) if header else None
    if found is None:
        return False
    given = bytes.fromhex(found[1])
    matches = [
        hmac.compare_digest(hmac.digest(secret.encode(), raw_body, sha256), given)
        for secret in secrets
        if secret
    ]
    return any(matches)
