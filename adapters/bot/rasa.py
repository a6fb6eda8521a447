"""Client of Rasa's REST channel: one call sends a message and returns the bot's messages."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import orjson

MAX_ANSWER_BYTES = 1_000_000


class RasaFailed(Exception):
    """Rasa gave no usable answer; `code` is `timeout`, `unreachable`, `error` or `garbage`."""

    def __init__(self, code: str, told: str) -> None:
        super().__init__(f"{code}: {told}")
        self.code = code


@dataclass(frozen=True, slots=True)
class RasaMessage:
    """One message of the answer: a text, or the `custom` payload of an action."""

    text: str | None
    custom: dict[str, Any] | None = None


class Rasa:
    """Client of one Rasa server, which keeps the sessions by sender. Thread-safe."""

    def __init__(self, url: str, timeout_s: float = 10.0) -> None:
        self._address = f"{url.rstrip('/')}/webhooks/rest/webhook"
        self._client = httpx2.Client(timeout=httpx2.Timeout(timeout_s, connect=3.0))

    def send(self, sender: UUID, message: str) -> list[RasaMessage]:
        """Send a message and return the bot's messages in order.

        Raises:
            RasaFailed
        """
        asked = orjson.dumps({"sender": str(sender), "message": message})
        headers = {"Content-Type": "application/json"}
        try:
            answer = self._client.post(self._address, content=asked, headers=headers)
        except httpx2.TimeoutException as late:
            raise RasaFailed("timeout", type(late).__name__) from None
        except httpx2.HTTPError as failed:
            raise RasaFailed("unreachable", type(failed).__name__) from None
        if answer.status_code != 200:
            raise RasaFailed("error", f"HTTP {answer.status_code}")
        return _read(answer.content)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _read(content: bytes) -> list[RasaMessage]:
    if len(content) > MAX_ANSWER_BYTES:
        raise RasaFailed("garbage", f"{len(content)} bytes")
    try:
        answered = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise RasaFailed("garbage", "no JSON") from None
    if not isinstance(answered, list) or not all(isinstance(said, dict) for said in answered):
        raise RasaFailed("garbage", "no list of messages")
    return [_message(said) for said in answered]


def _message(said: dict[str, Any]) -> RasaMessage:
    text, custom = said.get("text"), said.get("custom")
    if (text is not None and not isinstance(text, str)) or not (custom is None or isinstance(custom, dict)):
        raise RasaFailed("garbage", "a message that is neither text nor an object")
    buttons = said.get("buttons")
    if isinstance(text, str) and isinstance(buttons, list):
        titles = [
            str(button["title"]) for button in buttons if isinstance(button, dict) and "title" in button
        ]
        text = "\n".join([text, *(f"- {title}" for title in titles)])
    return RasaMessage(text, custom)
