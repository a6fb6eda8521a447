"""The simulated Graph API: accepts and refuses what Meta does, with Meta's error bodies."""

import asyncio
import hmac
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from domain.contact.phone import canonical_phone
from services.simulator.errors import GraphError
from services.simulator.records import Number, Phone, PhoneMessage
from services.simulator.template_routes import json_body, no_object, template_routes
from services.simulator.templates import filled
from services.simulator.world import REENGAGEMENT, World

NOT_YET = ("audio", "contacts", "document", "image", "interactive", "location", "sticker", "video")
"""Types of messages that the real Graph API takes and this one does not yet."""

MAX_TEXT = 4096
MAX_EMOJI = 32  # of UTF-16, with skin tones and joiners
MAX_OPAQUE = 512
_SILENCE_S = 120.0
_BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
_VERSION = re.compile(r"v[0-9]{1,2}\.[0-9]")
_PAIR_BURST, _PAIR_EVERY_S = 45, 6.0


def graph_routes(world: World, token: str) -> APIRouter:
    """Build the routes; any version is accepted, as Meta accepts several."""

    async def authorized(version: str, request: Request) -> None:
        if not _VERSION.fullmatch(version):
            raise GraphError(2500, f"Unknown path components: /{version}")
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(errors="replace"), f"Bearer {token}".encode()):
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token", status=401)

    routes = APIRouter(prefix="/graph/{version}")
    known = APIRouter(dependencies=[Depends(authorized)])
    endpoint = _MessagesEndpoint(world)

    @known.post("/{phone_number_id}/messages")
    async def messages(phone_number_id: str, request: Request) -> Response:
        return await endpoint.messages(_number(world, phone_number_id), request)

    @known.get("/{node}/subscribed_apps")
    async def subscribed(node: str) -> dict[str, Any]:
        return {"data": [{"whatsapp_business_api_data": {"name": "Balcão"}}]}

    @known.post("/{node}/subscribed_apps")
    async def subscribe(node: str) -> dict[str, Any]:
        return {"success": True}

    @known.get("/{node}/phone_numbers")
    async def numbers(node: str) -> dict[str, Any]:
        return {
            "data": [_number_fields(number) for number in world.store.numbers() if number.waba_id == node]
        }

    @known.get("/{node}")
    async def node(node: str, fields: str | None = None) -> dict[str, Any]:
        template = world.store.template(node)
        return _number_fields(_number(world, node)) if template is None else template.fields(fields)

    known.include_router(template_routes(world))
    routes.include_router(known)

    @routes.api_route("/{rest:path}", methods=["GET", "POST", "DELETE"], include_in_schema=False)
    async def unknown(rest: str) -> None:
        raise GraphError(2500, f"Unknown path components: /{rest}")

    return routes


@dataclass
class _MessagesEndpoint:
    """Handles calls to `messages`; counts the calls for each message, and keeps the pair limits."""

    world: World
    asked: dict[str, int] = field(default_factory=dict)
    pairs: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    async def messages(self, number: Number, request: Request) -> Response:
        body = await json_body(request)
        if body.get("messaging_product") != "whatsapp":
            raise GraphError(100, "The parameter messaging_product is required.")
        if body.get("status") == "read":
            return self._mark_read(number, body)
        reaction, opaque = _reaction(body), _opaque(body)
        is_template = body.get("type") == "template"
        text = _text(body) if reaction is None and not is_template else ""
        recipient, phone = self._recipient(number, body)
        self._fail_before(opaque)
        self._require_allowed(number, recipient, phone, needs_window=not is_template)
        if reaction is not None:
            message = self.world.business_reacts(number, recipient, phone, *reaction, opaque)
        elif is_template:
            shown = self._template(number, body)
            if shown["category"] == "AUTHENTICATION" and not body.get("to"):
                raise GraphError(131062, "Unsupported recipient for this message type")
            message = self.world.business_writes(number, recipient, phone, shown["body"], opaque, shown)
        else:
            message = self.world.business_writes(number, recipient, phone, text, opaque)
        return await self._answer(request, body, recipient, phone, message)

    def _template(self, number: Number, body: dict[str, Any]) -> dict[str, Any]:
        """Return what the customer sees of the template that is sent."""
        wanted = body.get("template")
        wanted = wanted if isinstance(wanted, dict) else {}
        name, language = wanted.get("name"), wanted.get("language")
        code = language.get("code") if isinstance(language, dict) else None
        if not isinstance(name, str) or not isinstance(code, str):
            raise GraphError(
                131008,
                "Required parameter is missing",
                "template.name and template.language.code are required.",
            )
        template = self.world.store.template_named(number.waba_id, name, code)
        if template is not None and template.refusal is not None:
            raise GraphError(template.refusal, "Refused", "The simulator was told to refuse this template.")
        match None if template is None else template.status:
            case "PAUSED":
                raise GraphError(132015, "Template is paused", "Template is paused due to low quality.")
            case "DISABLED":
                raise GraphError(132016, "Template is disabled", "Template was paused too many times.")
            case "APPROVED" if template is not None:
                return filled(template, wanted.get("components"))
            case _:
                details = f"template name ({name}) does not exist in {code}"
                raise GraphError(
                    132001, "Template name does not exist in the translation", details, status=404
                )

    def _mark_read(self, number: Number, body: dict[str, Any]) -> Response:
        """Mark a message and the earlier ones as read; a typing indicator comes with it and is not shown."""
        typing = body.get("typing_indicator")
        if typing is not None and typing != {"type": "text"}:
            raise GraphError(131009, "Parameter value is not valid", "typing_indicator.type must be text.")
        message_id = body.get("message_id")
        message = self.world.store.message(message_id) if isinstance(message_id, str) else None
        if message is None or message.phone_number_id != number.phone_number_id:
            raise GraphError(100, "Invalid parameter", "Message ID is invalid.")
        self.world.business_reads(message)
        return JSONResponse({"success": True})

    def _recipient(self, number: Number, body: dict[str, Any]) -> tuple[str, Phone | None]:
        to, bsuid = body.get("to"), body.get("recipient")
        if body.get("recipient_type", "individual") != "individual":
            raise GraphError(131009, "Parameter value is not valid", "The simulator knows no groups.")
        if to:
            if not isinstance(to, str) or canonical_phone(to) is None:
                raise GraphError(131009, "Parameter value is not valid", "to is not a phone number.")
            if canonical_phone(to) == canonical_phone(number.display):
                raise GraphError(131021, "Recipient cannot be sender")
            return "".join(filter(str.isdecimal, to)), self._phone(number, to)
        if bsuid is None:
            raise GraphError(100, "The parameter to is required.")
        if not isinstance(bsuid, str) or not _BSUID.fullmatch(bsuid):
            raise GraphError(131009, "Parameter value is not valid", "recipient is not a user id.")
        return bsuid, self._phone(number, bsuid)

    def _phone(self, number: Number, address: str) -> Phone | None:
        phone = self.world.store.phone(address)
        return phone if phone and phone.phone_number_id == number.phone_number_id else None

    def _fail_before(self, opaque: str | None) -> None:
        """Raise the faults that occur before a message is accepted."""
        faults, name = self.world.faults, opaque or secrets.token_hex(8)
        if not (faults.error_before or faults.throttle or faults.pair_limit):
            return
        self.asked[name] = self.asked.get(name, 0) + 1
        which = f"{name}:{self.asked[name]}"
        if faults.happens("error_before", faults.error_before, which):
            raise GraphError(131016, "Service unavailable", "Try again later.", status=500)
        if faults.happens("throttle", faults.throttle, which):
            raise GraphError(130429, "Rate limit hit", "Message throughput has been reached.", status=429)
        if faults.happens("pair_limit", faults.pair_limit, which):
            raise GraphError(131056, "(Business Account, Consumer Account) pair rate limit hit")

    def _require_allowed(
        self, number: Number, recipient: str, phone: Phone | None, needs_window: bool
    ) -> None:
        faults = self.world.faults
        if (
            needs_window
            and faults.window == "at_once"
            and not self.world.window_is_open(number, recipient, phone)
        ):
            raise GraphError(131047, REENGAGEMENT["title"], REENGAGEMENT["error_data"]["details"])
        if faults.enforce_pair_limit and not self._pair_has_room(number, phone.wa_id if phone else recipient):
            raise GraphError(131056, "(Business Account, Consumer Account) pair rate limit hit")

    def _pair_has_room(self, number: Number, customer: str) -> bool:
        """Allow a burst of 45, then one message in 6 seconds (token bucket)."""
        pair, now = (number.phone_number_id, customer), time.monotonic()
        room, since = self.pairs.get(pair, (float(_PAIR_BURST), now))
        room = min(float(_PAIR_BURST), room + (now - since) / _PAIR_EVERY_S)
        self.pairs[pair] = (room - 1 if room >= 1 else room, now)
        return room >= 1

    async def _answer(
        self,
        request: Request,
        body: dict[str, Any],
        recipient: str,
        phone: Phone | None,
        message: PhoneMessage,
    ) -> Response:
        faults = self.world.faults
        if faults.happens("status_first", faults.status_first, message.id):
            await asyncio.sleep(0.5)
        if faults.answer_delay_ms:
            await asyncio.sleep(faults.answer_delay_ms / 1000)
        if faults.happens("timeout_after", faults.timeout_after, message.id):
            await self._never_answer(request)
        if faults.happens("error_after", faults.error_after, message.id):
            raise GraphError(131000, "Something went wrong", status=500)
        known: dict[str, Any] = {"input": body.get("to") or recipient}
        if not (phone and phone.hides_number) and canonical_phone(recipient):
            known["wa_id"] = message.wa_id
        if phone is not None:
            known["user_id"] = phone.bsuid
        accepted = {"id": message.id}
        if message.template is not None:
            accepted["message_status"] = "accepted"
        return JSONResponse({"messaging_product": "whatsapp", "contacts": [known], "messages": [accepted]})

    async def _never_answer(self, request: Request) -> None:
        until = time.monotonic() + _SILENCE_S
        while time.monotonic() < until and not self.world.closing and not await request.is_disconnected():
            await asyncio.sleep(0.1)


def _number(world: World, phone_number_id: str) -> Number:
    number = world.store.number(phone_number_id)
    if number is None:
        raise no_object(phone_number_id)
    return number


def _number_fields(number: Number) -> dict[str, Any]:
    return {
        "verified_name": number.name,
        "display_phone_number": number.display,
        "id": number.phone_number_id,
        "quality_rating": "GREEN",
        "code_verification_status": "VERIFIED",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
    }


def _not_yet(kind: str) -> GraphError:
    return GraphError(131051, "Unsupported message type", f"The simulator does not carry {kind} yet.")


def _reaction(body: dict[str, Any]) -> tuple[str, str] | None:
    """Read message id and emoji of a reaction; None for another type."""
    if body.get("type") != "reaction":
        return None
    content = body.get("reaction")
    if not isinstance(content, dict) or not {"message_id", "emoji"} <= content.keys():
        raise GraphError(
            131008,
            "Required parameter is missing",
            "reaction.message_id and reaction.emoji are required; an empty emoji removes.",
        )
    message_id, emoji = content["message_id"], content["emoji"]
    if not isinstance(message_id, str) or not isinstance(emoji, str) or len(emoji) > MAX_EMOJI:
        raise GraphError(131009, "Parameter value is not valid", "reaction is not a message id and an emoji.")
    if body.get("context") is not None:
        raise GraphError(131009, "Parameter value is not valid", "A reaction quotes nothing.")
    return message_id, emoji


def _text(body: dict[str, Any]) -> str:
    kind = body.get("type", "text")
    if kind in NOT_YET:
        raise _not_yet(kind)
    if kind != "text":
        raise GraphError(100, "Invalid parameter", "type is not a type of message.")
    content = body.get("text")
    if not isinstance(content, dict) or "body" not in content:
        raise GraphError(131008, "Required parameter is missing", "text.body is required.")
    text = content["body"]
    if not isinstance(text, str) or not text.strip():
        raise GraphError(100, "Param text['body'] must be a non-empty string.")
    if len(text) > MAX_TEXT:
        raise GraphError(100, f"Param text['body'] must be at most {MAX_TEXT} characters long.")
    context = body.get("context")
    if context is not None and not (isinstance(context, dict) and isinstance(context.get("message_id"), str)):
        raise GraphError(131009, "Parameter value is not valid", "context.message_id is not a message id.")
    return text


def _opaque(body: dict[str, Any]) -> str | None:
    opaque = body.get("biz_opaque_callback_data")
    if opaque is not None and (not isinstance(opaque, str) or len(opaque) > MAX_OPAQUE):
        raise GraphError(100, f"biz_opaque_callback_data must be text of at most {MAX_OPAQUE} characters.")
    return opaque
