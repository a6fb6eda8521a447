"""Meta's webhook: check the signature, split the body, produce the items, answer 200."""

import hmac
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus

import anyio
import anyio.to_thread
import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import Counter
from starlette.requests import ClientDisconnect

from adapters.whatsapp.signature import AppSecret, Signed, signed_by
from adapters.whatsapp.split import split
from schemas.inbound import InboundItem, encode
from schemas.problem import Problem
from schemas.topics import (
    INBOUND,
    MAX_RECORD_BYTES,
    Outgoing,
    RecordTooLarge,
    Topics,
    TopicsUnavailable,
)
from services.http.edge.problems import BARE, problem_response
from services.http.edge.query_parameters import require_single_parameters
from services.http.webhook.shared_produce import SharedProduce
from services.runtime.clock import Clock
from services.runtime.failpoint import failpoint
from services.runtime.log_setup import Occasionally

MAX_BODY_BYTES = 3 * 1024 * 1024
BODY_TIMEOUT_S = 10.0
PRODUCE_TIMEOUT_S = 2.0
_SPLIT_IN_THREAD_BYTES = 64 * 1024  # below this a thread switch costs more than the split
_KEPT_IF_TOO_LARGE_BYTES = 1024 * 1024
_OVERHEAD_BYTES = 4096  # key and headers of a record
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,128}")
_PLAIN = frozenset({"", "identity"})

log = structlog.get_logger("webhook")
answers = Counter("balcao_webhook_answers", "Answers to webhook posts.", ["status"])
items = Counter("balcao_webhook_items", "Items taken into the topics.", ["kind"])
foreign = Counter("balcao_webhook_foreign_items", "Items whose app secret does not speak for their number.")


def webhook_routes(topics: Topics, secrets: Sequence[str], verify_token: str, now: Clock) -> APIRouter:
    """Build the routes that Meta calls. They need only the topics: no event log, no session.

    `secrets` are written as `AppSecret.parse` reads them.
    """
    routes = APIRouter(tags=["webhooks"])
    intake = _Intake(topics, secrets, now)

    @routes.get("/webhooks/whatsapp", response_class=PlainTextResponse)
    async def handshake(request: Request) -> Response:
        """Answer Meta's verification of the callback URL."""
        require_single_parameters(request)
        given = request.query_params.get("hub.verify_token") or ""
        challenge = request.query_params.get("hub.challenge") or ""
        verified = hmac.compare_digest(given.encode(errors="replace"), verify_token.encode())
        if not verify_token or not verified or request.query_params.get("hub.mode") != "subscribe":
            return _refusal(403, "wrong_verify_token")
        if not _CHALLENGE.fullmatch(challenge):
            return _refusal(400, "bad_challenge")
        return PlainTextResponse(challenge, headers=BARE)

    @routes.post("/webhooks/whatsapp")
    async def receive(request: Request) -> Response:
        """Accept a webhook; 200 means it is stored durably, and Meta need not send it again."""
        response = await intake.receive(request)
        answers.labels(response.status_code).inc()
        return response

    return routes


class _Intake:
    """Takes requests through signature check, split and produce, concurrently."""

    def __init__(self, topics: Topics, secrets: Sequence[str], now: Clock) -> None:
        self._secrets, self._now = [AppSecret.parse(written) for written in secrets], now
        self._shared = SharedProduce(topics, PRODUCE_TIMEOUT_S)
        self._warns = Occasionally()

    async def receive(self, request: Request) -> Response:
        if request.headers.get("content-encoding", "").strip().lower() not in _PLAIN:
            return _refusal(415, "unsupported_encoding")
        body = await _body(request)
        if isinstance(body, Response):
            return body
        signatures = request.headers.getlist("x-hub-signature-256")
        signed = signed_by(body, signatures[0], self._secrets) if len(signatures) == 1 else None
        if signed is None:
            return _refusal(401, "bad_signature")
        records = await self._records(body, signed)
        failpoint("before_produce")
        if not await self._stored(records):
            return _refusal(503, "topics_unavailable", {"Retry-After": "2"})
        failpoint("after_produce")
        return Response(status_code=200, headers=BARE)

    async def _records(self, body: bytes, signed: Signed) -> list[Outgoing]:
        received_at = self._now()
        if len(body) < _SPLIT_IN_THREAD_BYTES:
            return _records(body, signed, received_at)
        return await anyio.to_thread.run_sync(_records, body, signed, received_at)

    async def _stored(self, records: Sequence[Outgoing]) -> bool:
        """Produce the records; return whether they are durable within two seconds."""
        try:
            await self._shared.produce(records)
        except (TopicsUnavailable, RecordTooLarge, TimeoutError) as failed:
            self._warn(failed)
            return False
        return True

    def _warn(self, failed: Exception) -> None:
        """Log at most one line in ten seconds; `balcao_webhook_answers` counts every refusal."""
        if self._warns.is_due():
            log.warning("topics unavailable, refusing webhooks", reason=type(failed).__name__)


def _records(body: bytes, signed: Signed, received_at: datetime) -> list[Outgoing]:
    records = []
    at = received_at.isoformat().encode()
    for key, item in split(body, received_at):
        if not signed.speaks_for(item.phone_number_id):
            # Under a key of its own: it takes no place in the order of that number's customer.
            key, item = f"foreign:{item.body_hash}".encode(), replace(item, foreign=True)
            foreign.inc()
        headers = {"received_at": at, "body_hash": item.body_hash.encode()}
        records.append(Outgoing(INBOUND, key, _fitting(item), headers))
        items.labels(item.kind).inc()
    return records


def _fitting(item: InboundItem) -> bytes:
    """Encode an item; of one that is too large for a topic only the beginning, for a person to look at."""
    value = encode(item)
    if len(value) <= MAX_RECORD_BYTES - _OVERHEAD_BYTES:
        return value
    raw = item.raw or b64encode(value).decode()
    reason = f"{item.reason or 'It cannot be processed:'} It is too large; only its beginning is kept."
    cut = replace(item, kind="unreadable", item={}, contact=None, errors=(), reason=reason)
    return encode(replace(cut, raw=raw[:_KEPT_IF_TOO_LARGE_BYTES]))


async def _body(request: Request) -> bytes | Response:
    """Read the raw body, or return the refusal."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
        return _refusal(413, "body_too_large")
    parts: list[bytes] = []
    size = 0
    try:
        with anyio.fail_after(BODY_TIMEOUT_S):
            async for part in request.stream():
                size += len(part)
                if size > MAX_BODY_BYTES:
                    return _refusal(413, "body_too_large")
                parts.append(part)
    except TimeoutError:
        return _refusal(408, "body_too_slow")
    except ClientDisconnect:
        return _refusal(400, "body_incomplete")
    return b"".join(parts)


def _refusal(status: int, code: str, headers: dict[str, str] | None = None) -> Response:
    return problem_response(Problem(title=HTTPStatus(status).phrase, status=status, code=code), headers)
