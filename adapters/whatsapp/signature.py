"""The signature of a webhook: HMAC-SHA256 of the raw bytes under one of our app secrets."""

import hmac
import re
from collections.abc import Iterable
from hashlib import sha256

_HEADER = re.compile(r"sha256=([0-9a-f]{64})")


def sign(raw_body: bytes, secret: str) -> str:
    """The value of `X-Hub-Signature-256` for these bytes."""
    return "sha256=" + hmac.digest(secret.encode(), raw_body, sha256).hex()


def verify(raw_body: bytes, header: str | None, secrets: Iterable[str]) -> bool:
    """Whether one of `secrets` (they rotate, and several apps may share a URL) signed exactly these bytes.

    Only Meta's own form passes: lower-case hex, nothing around it. Never raises; takes the same time for a
    nearly right signature as for a wrong one.
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
