"""Devices on which somebody has logged in before, as a cookie proves.

What strangers get wrong elsewhere does not count against them (OWASP: device cookies).
"""

import base64
import hmac
import re
import secrets
from hashlib import sha256

ID_BYTES, MAC_BYTES = 16, 16
PROOF = re.compile(r"[A-Za-z0-9_-]{43}")
MAX_PEOPLE = 5
"""How many people of one browser are known."""


class KnownDevices:
    """Issues and checks cookies; a cookie holds one proof per person who uses the browser."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"known devices", sha256)

    def find(self, email: str, cookie: str) -> bytes | None:
        """Return the id of the device if this person has logged in on it."""
        return next((id for proof in _proofs(cookie) if (id := self._id(email, proof)) is not None), None)

    def cookie_for(self, email: str, cookie: str) -> str:
        """Return the cookie after a login: the one before, with this person as the latest."""
        proofs = _proofs(cookie)
        known = [proof for proof in proofs if self._id(email, proof) is not None]
        others = [proof for proof in proofs if proof not in known]
        mine = known[0] if known else self._proof(email, secrets.token_bytes(ID_BYTES))
        return ".".join([mine, *others][:MAX_PEOPLE])

    def _proof(self, email: str, id: bytes) -> str:
        mac = hmac.digest(self._key, id + email.encode(errors="replace"), sha256)
        return base64.urlsafe_b64encode(id + mac[:MAC_BYTES]).decode().rstrip("=")

    def _id(self, email: str, proof: str) -> bytes | None:
        id = base64.urlsafe_b64decode(proof + "=")[:ID_BYTES]
        return id if hmac.compare_digest(self._proof(email, id), proof) else None


def _proofs(cookie: str) -> list[str]:
    return [proof for proof in cookie.split(".")[:MAX_PEOPLE] if PROOF.fullmatch(proof)]
