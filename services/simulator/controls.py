"""Control routes for tests: faults, the ledger of calls and webhooks, arbitrary webhooks."""

from contextlib import suppress
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, HTTPException, Response
from pydantic import BaseModel, ConfigDict, Field

from services.simulator.faults import Faults
from services.simulator.payloads import written
from services.simulator.records import Number
from services.simulator.webhook_delivery import WebhookDelivery
from services.simulator.world import World

_WAIT_S = 10.0


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

    @routes.post("/reset", status_code=204)
    async def reset() -> None:
        """Delete phones, messages, pending webhooks and faults; keep the numbers."""
        world.reset()

    return routes
