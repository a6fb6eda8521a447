"""What goes out to be brought back: places in the log, and cursors that only we can write."""

import base64
import hmac
import re
import secrets
import time
from collections.abc import Sequence
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
    """Writes positions of this log as `<log>.<n>`, and reads them back."""

    def __init__(self, log_id: str) -> None:
        self.log_id = log_id

    def write(self, position: int) -> str:
        """The place of `position`."""
        return f"{self.log_id}.{position}"

    def split(self, place: str) -> tuple[bool, int]:
        """Whether `place` is of this log, and its position.

        Raises:
            Refused: 422, it is no place at all.
        """
        if (match := PLACE.fullmatch(place)) is None:
            raise Refused(422, "invalid_position", "A position is written <log>.<n>")
        return match[1] == self.log_id, int(match[2])

    def read(self, place: str) -> int:
        """The position of `place`.

        Raises:
            Refused: 422, it is no place; 409 `resync`, it is a place of another log.
        """
        ours, position = self.split(place)
        if not ours:
            raise Refused(409, "resync", "This position belongs to another log; load again from the start")
        return position


class Cursors:
    """Cursors that only we can write and read: they hold names, and stand in addresses.

    They are good for the query and the viewer that they were made for, seven days long.
    """

    def __init__(self, secret: bytes, log_id: str) -> None:
        self._cipher = AESGCM(hmac.digest(secret, b"cursors of " + log_id.encode(), "sha256"))

    def write(self, query: str, key: Sequence[Any]) -> str:
        """A cursor behind the row with `key` of `query` (a text that names query and viewer)."""
        nonce, payload = secrets.token_bytes(NONCE_BYTES), orjson.dumps([int(time.time()), *key])
        return _text(nonce + self._cipher.encrypt(nonce, payload, query.encode()))

    def read(self, query: str, cursor: str) -> list[Any]:
        """The key in `cursor`.

        Raises:
            Refused: 400 `invalid_cursor`, for whatever reason.
        """
        refused = Refused(400, "invalid_cursor", "This cursor does not belong to this query")
        if len(cursor) > MAX_CURSOR or not cursor.isascii():
            raise refused
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            payload = self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], query.encode())
        except (ValueError, InvalidTag):
            raise refused from None
        # Several texts decode to the same bytes; only the one that we wrote is a cursor.
        key: list[Any] = orjson.loads(payload)
        issued_at = key.pop(0)
        if _text(raw) != cursor or time.time() - issued_at > CURSOR_LIFETIME_S:
            raise refused
        return key


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
