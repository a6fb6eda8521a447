"""What tests ask of the simulator: to misbehave, to tell what it saw, to send any body."""

from contextlib import suppress
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, HTTPException, Response
from pydantic import BaseModel, ConfigDict, Field

from services.simulator.courier import Courier
from services.simulator.faults import Faults
from services.simulator.payloads import written
from services.simulator.records import Number
from services.simulator.world import World

_WAIT_S = 10.0


class NewNumber(BaseModel):
    """A number of the business to make known."""

    model_config = ConfigDict(extra="forbid")

    phone_number_id: Annotated[str, Field(min_length=1, max_length=100)]
    business_name: str = "Balcão"
    display: str = "+55 20 4000-0001"
    waba_id: str = "100000000000001"


class AnyWebhook(BaseModel):
    """A body to send: JSON is written as Meta writes it, text goes out as it is."""

    body: Any


def control_routes(world: World, courier: Courier) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["simulator"])

    @routes.get("/faults")
    async def faults() -> Faults:
        return world.faults

    @routes.post("/faults")
    async def misbehave(body: Faults) -> Faults:
        """Replace all knobs; what is not named returns to good behaviour."""
        world.faults = body
        return body

    @routes.get("/ledger")
    async def ledger() -> dict[str, Any]:
        """Every accepted call by our message id, and every webhook with its answers."""
        return {
            "calls": world.store.calls(),
            "webhooks": world.store.webhooks(),
            "handshake": courier.verified,
        }

    @routes.get("/webhooks/{n}/body")
    async def body(n: int) -> Response:
        found = world.store.body(n)
        if found is None:
            raise HTTPException(404, "no such webhook")
        return Response(found, media_type="application/json")

    @routes.post("/webhooks", status_code=202)
    async def send(body: AnyWebhook) -> dict[str, Any]:
        """Sign and send; answers when the business did, or after ten seconds (then `done` is false)."""
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
        """A clean simulator with the same numbers: no phones, no messages, nothing owed, no faults."""
        world.reset()

    return routes
