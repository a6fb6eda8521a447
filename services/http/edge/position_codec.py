"""Positions and cursors, as clients receive them and send them back."""

import base64
import hmac
import re
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.http.edge.problems import Refused

PLACE = re.compile(r"([A-Za-z0-9_-]{1,64})\.(0|[1-9][0-9]{0,17})")
NONCE_BYTES = 12
CURSOR_LIFETIME_S = 7 * 24 * 3600
MAX_CURSOR = 1500


class PositionCodec:
    """Codec of positions of this log, `<log>.<n>`; the log gets another id when it is restored."""

    def __init__(self, log_id: Callable[[], str]) -> None:
        self._log_id = log_id

    @property
    def log_id(self) -> str:
        return self._log_id()

    def write(self, position: int) -> str:
        """Encode a position."""
        return f"{self.log_id}.{position}"

    def split(self, place: str) -> tuple[bool, int]:
        """Decode a position of any log; also returns whether it belongs to this one.

        Raises:
            Refused: 422, it is malformed.
        """
        if (match := PLACE.fullmatch(place)) is None:
            raise Refused(422, "invalid_position", "A position is written <log>.<n>")
        return match[1] == self.log_id, int(match[2])

    def read(self, place: str) -> int:
        """Decode a position of this log.

        Raises:
            Refused: 422, it is malformed; 409 `resync`, it belongs to another log.
        """
        ours, position = self.split(place)
        if not ours:
            raise Refused(409, "resync", "This position belongs to another log; load again from the start")
        return position


def require_reached(position: int, head: int) -> None:
    """Refuse a position ahead of the log, which is of another state of it.

    Raises:
        Refused: 409 `resync`
    """
    if position > head:
        raise Refused(409, "resync", "This position is ahead of the log; load again from the start")


class Cursors:
    """Codec of pagination cursors, encrypted because they hold names and are sent in URLs.

    A cursor is valid for seven days or until the log is restored, for its query and caller.
    """

    def __init__(self, secret: bytes, log_id: Callable[[], str]) -> None:
        self._secret, self._log_id = secret, log_id
        self._ciphers: dict[str, AESGCM] = {}

    def write(self, query: str, key: Sequence[Any]) -> str:
        """Encode the cursor after the row with `key`; `query` names the query and its caller."""
        nonce, payload = secrets.token_bytes(NONCE_BYTES), orjson.dumps([int(time.time()), *key])
        return _text(nonce + self._cipher().encrypt(nonce, payload, query.encode()))

    def read(self, query: str, cursor: str) -> list[Any]:
        """Decode the key of a cursor.

        Raises:
            Refused: 400 `invalid_cursor`
        """
        refused = Refused(400, "invalid_cursor", "This cursor does not belong to this query")
        if len(cursor) > MAX_CURSOR or not cursor.isascii():
            raise refused
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            payload = self._cipher().decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], query.encode())
        except (ValueError, InvalidTag):
            raise refused from None
        # Several base64 texts decode to the same bytes; accept only the one that we wrote.
        key: list[Any] = orjson.loads(payload)
        issued_at = key.pop(0)
        if _text(raw) != cursor or time.time() - issued_at > CURSOR_LIFETIME_S:
            raise refused
        return key

    def _cipher(self) -> AESGCM:
        log_id = self._log_id()
        if log_id not in self._ciphers:
            key = hmac.digest(self._secret, b"cursors of " + log_id.encode(), "sha256")
            self._ciphers = {log_id: AESGCM(key)}
        return self._ciphers[log_id]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
