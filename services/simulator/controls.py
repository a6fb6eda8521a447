"""Control routes for tests: faults, the ledger of calls and webhooks, arbitrary webhooks."""

from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, HTTPException, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.simulator.faults import Faults
from services.simulator.payloads import written
from services.simulator.records import Number
from services.simulator.templates import CATEGORIES, STATUSES
from services.simulator.webhook_delivery import WebhookDelivery
from services.simulator.world import World

_WAIT_S = 10.0


def _known(words: Collection[str]) -> Callable[[str], str]:
    def check(word: str) -> str:
        if word not in words:
            raise ValueError(f"must be one of {', '.join(sorted(words))}")
        return word

    return check


class NewNumber(BaseModel):
    """A business number to add."""

    model_config = ConfigDict(extra="forbid")

    phone_number_id: Annotated[str, Field(min_length=1, max_length=100)]
    business_name: str = "Balcão"
    display: str = "+55 20 4000-0001"
    waba_id: str = "100000000000001"


class AnyWebhook(BaseModel):
    """A webhook body to send: JSON is encoded as Meta does, text is sent unchanged."""

    body: Any


class TemplateDecision(BaseModel):
    """What Meta decides about a template; omitted fields stay as they are. Each change is announced."""

    model_config = ConfigDict(extra="forbid")

    status: Annotated[str, AfterValidator(_known(STATUSES))] | None = None
    reason: Annotated[str, Field(pattern=r"^[A-Z_]{1,40}$")] = "NONE"
    title: Annotated[str, Field(pattern=r"^[A-Z_]{1,40}$")] | None = None
    """Such as FIRST_PAUSE, for `other_info`."""

    quality: Literal["GREEN", "YELLOW", "RED", "UNKNOWN"] | None = None
    category: Annotated[str, AfterValidator(_known(CATEGORIES))] | None = None
    refusal: int | None = None
    """A code to refuse every message of this template with; 0: none."""


def control_routes(world: World, delivery: WebhookDelivery) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["simulator"])

    @routes.get("/faults")
    async def faults() -> Faults:
        return world.faults

    @routes.post("/faults")
    async def misbehave(body: Faults) -> Faults:
        """Replace all faults; those omitted are off."""
        world.faults = body
        return body

    @routes.get("/ledger")
    async def ledger() -> dict[str, Any]:
        """List accepted calls by message id, and webhooks with their answers."""
        return {
            "calls": world.store.calls(),
            "webhooks": world.store.webhooks(),
            "handshake": delivery.verified,
        }

    @routes.get("/webhooks/{n}/body")
    async def body(n: int) -> Response:
        found = world.store.body(n)
        if found is None:
            raise HTTPException(404, "no such webhook")
        return Response(found, media_type="application/json")

    @routes.post("/webhooks", status_code=202)
    async def send(body: AnyWebhook) -> dict[str, Any]:
        """Sign and send a webhook; answers when the business has, or after ten seconds with `done` false."""
        raw = body.body.encode() if isinstance(body.body, str) else written(body.body)
        parsed: Any = None
        with suppress(orjson.JSONDecodeError):
            parsed = orjson.loads(raw)
        n = world.webhook(parsed, raw)
        until = world.now() + _WAIT_S
        while not (told := world.store.webhook(n) or {}).get("tries") and world.now() < until:
            await world.bell.wait(0.5)
        return told

    @routes.post("/numbers", status_code=201)
    async def add_number(body: NewNumber) -> dict[str, Any]:
        number = Number(body.phone_number_id, body.waba_id, body.display, body.business_name)
        world.store.add_number(number)
        return {"phone_number_id": number.phone_number_id, "business_name": number.name}

    @routes.get("/templates")
    async def templates() -> dict[str, Any]:
        """List the templates of all accounts."""
        accounts = {number.waba_id: None for number in world.store.numbers()}
        found = [template for account in accounts for template in world.store.templates(account)]
        return {"items": [{"waba_id": each.waba_id, **each.fields(None)} for each in found]}

    @routes.post("/templates/{template_id}")
    async def decide(template_id: str, body: TemplateDecision) -> dict[str, Any]:
        """Approve, reject, pause, disable or rate a template, or move it to another category."""
        template = world.store.template(template_id)
        if template is None:
            raise HTTPException(404, "no such template")
        return world.meta_decides(template, **body.model_dump()).fields(None)

    @routes.post("/reset", status_code=204)
    async def reset() -> None:
        """Delete phones, messages, pending webhooks and faults; keep the numbers and their templates."""
        world.reset()

    return routes
