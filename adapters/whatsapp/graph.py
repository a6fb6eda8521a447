"""Client of Meta's Graph API for the sender: a call was accepted, was refused, or has an unknown outcome."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

import httpx2
import orjson

from adapters.whatsapp.error_codes import Scope, Verdict, means_not_sent, verdict
from adapters.whatsapp.people import text_or_none
from adapters.whatsapp.templates import FIELDS

VERSION = "v26.0"
NO_CODE = -1
"""Refused without a WhatsApp error code: by a proxy, or because the server could not be reached."""

PAGE = 100
_MAX_ANSWER_BYTES, _MAX_LIST_BYTES = 1_000_000, 8_000_000
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)


@dataclass(frozen=True, slots=True)
class AcceptedByMeta:
    """WhatsApp accepted the message; statuses report its delivery. `wa_id` may differ from the given `to`."""

    wamid: str
    wa_id: str | None = None


class GraphRefused(Exception):
    """The message was not sent."""

    def __init__(self, code: int, title: str, details: str | None, ruling: Verdict) -> None:
        super().__init__(f"{code} {title}")
        self.code, self.title, self.details = code, title, details
        self.retryable: bool = ruling.retryable
        self.retry_after: float | None = ruling.retry_after_s
        self.halt: bool = ruling.halt
        self.scope: Scope = ruling.scope
        self.known: bool = ruling.known


class OutcomeUnknown(Exception):
    """It is unknown whether the message was sent; only a status can tell. Never repeat the call."""


class DeadlinePassed(OutcomeUnknown):
    """The deadline passed before the call, so there was none; another process may have given it up."""


class GraphApi:
    """Client with one access token. Keeps connections open; thread-safe."""

    def __init__(self, base_url: str, token: str) -> None:
        base = base_url.rstrip("/")
        last = base.rpartition("/")[2]
        self._base = base if last[:1] == "v" and last[1:2].isdigit() else f"{base}/{VERSION}"
        self._client = httpx2.Client(
            headers={"Authorization": f"Bearer {token}", "User-Agent": "balcao"},
            follow_redirects=False,
            # a proxy from the environment is not used for this machine
            trust_env=urlsplit(base).hostname not in _LOOPBACK,
            # shorter than servers keep idle connections: a request on a closing one has an unknown outcome
            limits=httpx2.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=4.0),
        )

    def close(self) -> None:
        self._client.close()

    def send_text(
        self,
        phone_number_id: str,
        to: str | None,
        text: str,
        message_id: UUID,
        *,
        deadline: float,
        recipient_bsuid: str | None = None,
        context_wamid: str | None = None,
    ) -> AcceptedByMeta:
        """Send a text; never retries. `to` is the number as WhatsApp writes it, else give `recipient_bsuid`.

        `message_id` comes back in every status. `deadline` is in seconds of `time.monotonic()`.

        Raises:
            Refused: it did not go out.
            OutcomeUnknown: it may have been sent.
        """
        body = _message(to, recipient_bsuid, message_id, "text", {"body": text})
        if context_wamid is not None:
            body["context"] = {"message_id": context_wamid}
        return _accepted(self._post(phone_number_id, body, deadline))

    def send_template(
        self,
        phone_number_id: str,
        to: str | None,
        template: Mapping[str, Any],
        message_id: UUID,
        *,
        deadline: float,
        recipient_bsuid: str | None = None,
    ) -> AcceptedByMeta:
        """Send a template, `message_of` what was filled; otherwise as `send_text`."""
        body = _message(to, recipient_bsuid, message_id, "template", dict(template))
        return _accepted(self._post(phone_number_id, body, deadline))

    def templates(self, account: str, *, deadline: float) -> Iterator[list[Any]]:
        """List the templates of an account, page by page.

        Raises:
            GraphRefused, OutcomeUnknown: the list is not complete.
        """
        path, after = f"{quote(account, safe='')}/message_templates", None
        while True:
            query = {"fields": FIELDS, "limit": str(PAGE), **({} if after is None else {"after": after})}
            answer = self._get(path, query, deadline)
            listed = answer.get("data")
            if not isinstance(listed, list):
                raise OutcomeUnknown("200 without a list")
            yield listed
            before, after = after, _next_page(answer)
            if after is None:
                return
            if after == before:
                raise OutcomeUnknown("the list has no end")

    def mark_read(self, phone_number_id: str, wamid: str, *, deadline: float, typing: bool = False) -> None:
        """Mark a customer's message and all before it as read; `typing` also shows that we are typing.

        Raises:
            Refused, OutcomeUnknown: as for sending, but it is safe to repeat.
        """
        body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
        if typing:
            body["typing_indicator"] = {"type": "text"}
        self._post(phone_number_id, body, deadline)

    def _post(self, phone_number_id: str, body: Mapping[str, Any], deadline: float) -> dict[str, Any]:
        url = f"{self._base}/{quote(phone_number_id, safe='')}/messages"
        json = {"content": orjson.dumps(body), "headers": {"Content-Type": "application/json"}}
        return self._call("POST", url, deadline, _MAX_ANSWER_BYTES, **json)

    def _get(self, path: str, query: Mapping[str, str], deadline: float) -> dict[str, Any]:
        return self._call("GET", f"{self._base}/{path}", deadline, _MAX_LIST_BYTES, params=query)

    def _call(self, method: str, url: str, deadline: float, most: int, **request: Any) -> dict[str, Any]:
        left = deadline - time.monotonic()
        if left <= 0:
            raise DeadlinePassed("the deadline passed before the call")
        try:
            with self._client.stream(
                method,
                url,
                **request,
                timeout=httpx2.Timeout(left, connect=min(left, 10.0)),
            ) as response:
                answer = _read(response, deadline, most)
        except _NEVER_SENT as failed:
            raise GraphRefused(
                NO_CODE, "unreachable", type(failed).__name__, Verdict(retryable=True, scope="account")
            ) from None
        except httpx2.HTTPError as failed:
            raise OutcomeUnknown(type(failed).__name__) from None
        return _judged(response, answer)


def _message(
    to: str | None, recipient_bsuid: str | None, message_id: UUID, kind: str, content: dict[str, Any]
) -> dict[str, Any]:
    """Write the body of a message of a kind."""
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **({"to": to} if to else {"recipient": recipient_bsuid}),
        "type": kind,
        kind: content,
        "biz_opaque_callback_data": str(message_id),
    }


def _next_page(answer: dict[str, Any]) -> str | None:
    """Return the cursor of the next page; None at the end."""
    paging = answer.get("paging")
    if not isinstance(paging, dict) or not paging.get("next") or not answer["data"]:
        return None
    cursors = paging.get("cursors")
    return text_or_none(cursors.get("after"), 4096) if isinstance(cursors, dict) else None


def _read(response: httpx2.Response, deadline: float, most: int) -> bytes:
    answer = b""
    for part in response.iter_bytes():
        answer += part
        if len(answer) > most:
            raise OutcomeUnknown("the answer has no end")
        if time.monotonic() > deadline:
            raise OutcomeUnknown("the answer took too long")
    return answer


def _judged(response: httpx2.Response, answer: bytes) -> dict[str, Any]:
    status = response.status_code
    try:
        parsed = orjson.loads(answer)
    except orjson.JSONDecodeError:
        parsed = None
    read = parsed if isinstance(parsed, dict) else {}
    error = read.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(error, dict) and isinstance(code, int) and (status < 500 or means_not_sent(code)):
        raise _refused(error, code, _retry_after(response))
    if 200 <= status < 300 and error is None:
        return read
    if status in (408, 499) or status >= 500 or status < 300:
        raise OutcomeUnknown(f"HTTP {status}")
    raise GraphRefused(NO_CODE, f"HTTP {status}", None, _without_code(status, _retry_after(response)))


def _refused(error: dict[str, Any], code: int, retry_after_s: float | None) -> GraphRefused:
    subcode, data = error.get("error_subcode"), error.get("error_data")
    ruling = verdict(code, subcode if isinstance(subcode, int) else None)
    if not ruling.known and error.get("is_transient") is True:
        ruling = Verdict(retryable=True, known=False)
    if ruling.retryable and retry_after_s is not None:
        ruling = Verdict(True, retry_after_s, ruling.scope, ruling.halt, ruling.known)
    details = data.get("details") if isinstance(data, dict) else data
    title = error.get("message") or error.get("error_user_title") or ""
    return GraphRefused(code, str(title)[:500], details[:2000] if isinstance(details, str) else None, ruling)


def _without_code(status: int, retry_after_s: float | None) -> Verdict:
    """Judge an answer without a WhatsApp error code, from a proxy or another server, by its HTTP status."""
    if status in (425, 429):
        return Verdict(True, retry_after_s or 60, "number")
    return Verdict(scope="account", halt=status < 400 or status in (401, 403, 404, 407))


def _retry_after(response: httpx2.Response) -> float | None:
    written = response.headers.get("retry-after", "")
    return float(min(int(written), 3600)) if written.isascii() and written.isdigit() else None


def _accepted(answer: dict[str, Any]) -> AcceptedByMeta:
    sent, known = _first(answer.get("messages")), _first(answer.get("contacts"))
    wamid = text_or_none(sent.get("id"), 1024)
    if wamid is None:
        raise OutcomeUnknown("200 without a message id")
    return AcceptedByMeta(wamid, text_or_none(known.get("wa_id"), 256))


def _first(listed: Any) -> dict[str, Any]:
    return listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
